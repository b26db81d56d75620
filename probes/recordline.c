// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/recordline.h"

#include <stdlib.h>
#include <string.h>

#include "probes/json.h"
#include "probes/schema_rows.h"

enum { TIME_WITHIN = 256, NUMBER_MOST = 32 };

/* Behind the member's name and colon; NULL: not there. */
static const char *member(const char *line, size_t len, const char *name)
{
	const char *at = memmem(line, len, name, strlen(name));

	return at ? at + strlen(name) : NULL;
}

double record_line_time_s(const char *line, size_t len)
{
	char number[NUMBER_MOST] = "";
	const char *at, *end = line + len;
	size_t n = 0;

	at = member(line, len < TIME_WITHIN ? len : TIME_WITHIN, "\"time_s\":");
	while (at && at < end && *at == ' ')
		at++;
	while (at && at < end && n < sizeof(number) - 1 && strchr("0123456789.-+eE", *at) && *at)
		number[n++] = *at++;
	/* strtod would want the locale's comma. */
	if (!n)
		return NAN;
	return json_read_number(number, n);
}

/* The quotes of a text inside of a string have a backslash before them, so this is no text. */
static const char *last_findings(const char *line, size_t len)
{
	static const char name[] = ", \"findings\": [";
	const size_t name_len = sizeof(name) - 1;

	for (size_t at = len; at >= name_len; at--)
		if (line[at - name_len] == ',' && memcmp(line + at - name_len, name, name_len) == 0)
			return line + at - name_len;
	return NULL;
}

struct end_of_line {
	struct finding *finding;
	size_t n_finding;
};

void record_line_spans(const char *line, size_t len, struct spans *spans)
{
	static const struct field fields[] = { ARRAY(
		end_of_line, finding, "findings", "As in a snapshot.") };
	static const SCHEMA(end_of_line, fields, "The end of a line.");
	const char *at = last_findings(line, len);
	struct snapshot snap = { .time_s = record_line_time_s(line, len) };
	struct end_of_line end;
	char *object;
	size_t object_len;

	if (!at || isnan(snap.time_s))
		return;
	object_len = (size_t)(line + len - at);
	object = xcalloc(object_len, 1);
	memcpy(object, at, object_len);
	object[0] = '{'; /* instead of the comma */
	if (json_read_object(&snap.arena, &schema_end_of_line, &end, object, object_len, NULL) ==
		0) {
		snap.finding = end.finding;
		snap.n_finding = end.n_finding;
		spans_add(spans, &snap);
	}
	arena_release(&snap.arena);
	free(object);
}
