// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/tape_line.h"

#include <errno.h>

#include "probes/json.h"

size_t tape_blanks(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (text[n] == ' ' || text[n] == '\t' || text[n] == '\r' || text[n] == '\n'))
		n++;
	return n;
}

bool tape_is_blank(const struct line *line)
{
	return tape_blanks(line->text, line->len) == line->len;
}

int tape_parse(const char *name, unsigned long number, const struct line *line,
	struct snapshot *snap, struct err *err)
{
	struct err why = { 0 };
	const int rc = json_read(snap, line->text, line->len, &why);

	if (rc == -ENODATA && !line->ended)
		return err_set(err, rc,
			"cannot read line %lu of %s: it ends after %zu bytes, for the recording "
			"was cut short",
			number, name, line->len);
	if (rc < 0)
		return err_set(err, rc, "cannot read line %lu of %s: %s", number, name, why.text);
	return 0;
}
