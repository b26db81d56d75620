// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts of the manual pages that the program knows best, as mdoc: docgen snapshot, columns,
 * actions, keys, rules or overhead. The tables that the program runs on are printed, so the pages
 * cannot lag behind it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "keymaps/keymap.h"
#include "panes/pane.h"
#include "probes/probe.h"
#include "probes/schema.h"
#include "tui/app.h"

/* Text for the middle of a line: a backslash is roff's escape. */
static void put(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

/* Where the first sentence of text ends, behind its full stop. */
static const char *sentence_end(const char *text)
{
	for (; *text; text++)
		if (*text == '.' && text[1] == ' ' && text[1 + strspn(text + 1, " ")] >= 'A' &&
			text[1 + strspn(text + 1, " ")] <= 'Z')
			return text + 1;
	return text;
}

/* Each sentence on a line of its own, which a control character may not begin. */
static void put_lines(const char *text)
{
	for (const char *end; *text; text = end + strspn(end, " ")) {
		end = sentence_end(text);
		if (*text == '.' || *text == '\'')
			fputs("\\&", stdout);
		for (const char *c = text; c < end; c++)
			put((char[]){ *c, '\0' });
		putchar('\n');
	}
}

/* A help text or a summary, which may lack capital and full stop; "vCPU" is a word of its own. */
static void put_sentence(const char *text)
{
	char sentence[1024];
	size_t len;

	snprintf(sentence, sizeof(sentence) - 1, "%s", text);
	len = strlen(sentence);
	if (len && sentence[len - 1] != '.')
		strcpy(sentence + len, ".");
	if (!isupper((unsigned char)sentence[0]) && !isupper((unsigned char)sentence[1]))
		sentence[0] = (char)toupper((unsigned char)sentence[0]);
	put_lines(sentence);
}

/* One argument of a macro: quoted, and never taken for punctuation or another macro. */
static void put_arg(const char *text)
{
	fputs(" \"\\&", stdout);
	for (; *text; text++) {
		if (*text == '"')
			fputs("\\(dq", stdout);
		else
			put((char[]){ *text, '\0' });
	}
	putchar('"');
}

static void put_macro(const char *macro, const char *arg)
{
	fputs(macro, stdout);
	put_arg(arg);
	putchar('\n');
}

static void list_begin(void)
{
	puts(".Bl -tag -width Ds");
}

static void list_end(void)
{
	puts(".El");
}

static void put_words(const char *const *words)
{
	const char *between = "";

	for (; *words; words++) {
		if (!**words)
			continue;
		fputs(between, stdout);
		put(*words);
		between = ", ";
	}
}

static void put_kind(const struct field *field)
{
	fputs(" Pq ", stdout);
	switch (field->kind) {
	case FIELD_F64:
		puts("number");
		return;
	case FIELD_U64:
		puts("integer");
		return;
	case FIELD_STR:
		puts("string");
		return;
	case FIELD_BOOL:
		puts("true or false");
		return;
	case FIELD_ENUM:
		put_words(field->words);
		putchar('\n');
		return;
	case FIELD_OBJECT:
		printf("object, see %s below\n", field->of->name);
		return;
	case FIELD_ARRAY:
		printf("array, see %s below\n", field->of->name);
		return;
	case FIELD_KEYED:
		printf("object by %s, see %s below\n", field->of->field[0].name, field->of->name);
		return;
	case FIELD_MAP:
		printf("object of numbers by %s\n", field->of->field[0].name);
		return;
	case FIELD_PLAIN:
		puts("array of strings");
		return;
	}
}

enum { SCHEMAS_MAX = 64 };

struct seen {
	const struct schema *schema[SCHEMAS_MAX];
	size_t count;
};

static bool see(struct seen *seen, const struct schema *schema)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->schema[i] == schema)
			return false;
	if (seen->count == SCHEMAS_MAX)
		return false;
	seen->schema[seen->count++] = schema;
	return true;
}

static void put_schema(const struct schema *schema, struct seen *seen)
{
	if (!see(seen, schema))
		return;
	put_macro(".Ss", schema->name);
	put_lines(schema->doc);
	list_begin();
	for (size_t i = 0; i < schema->n_field; i++) {
		fputs(".It Va ", stdout);
		fputs(schema->field[i].name, stdout);
		put_kind(&schema->field[i]);
		put_lines(schema->field[i].doc);
	}
	list_end();
	for (size_t i = 0; i < schema->n_field; i++)
		if (schema->field[i].of && schema->field[i].kind != FIELD_MAP &&
			schema->field[i].kind != FIELD_PLAIN)
			put_schema(schema->field[i].of, seen);
}

static int put_snapshot(void)
{
	struct seen seen = { 0 };

	put_schema(&schema_snapshot, &seen);
	return 0;
}

static const char *group_title(enum column_group group)
{
	switch (group) {
	case COLUMN_NAME:
		return "identity";
	case COLUMN_HOST:
		return "host";
	case COLUMN_GUEST:
		return "guest";
	case COLUMN_GAP:
		return "gap";
	}
	return "";
}

static void put_column(const struct column *column)
{
	fputs(".It Sy", stdout);
	put_arg(column->heading);
	printf(" Pq %s", group_title(column->group));
	if (column->unit && *column->unit) {
		fputs(" ,", stdout);
		put_arg(column->unit);
	}
	putchar('\n');
	put_sentence(column->help);
	if (column->origin) {
		char source[1024];

		snprintf(source, sizeof(source), "Source: %s", column->origin);
		put_sentence(source);
	}
}

static int put_columns(void)
{
	for (const struct pane *const *pane = panes; *pane; pane++) {
		put_macro(".Ss", (*pane)->title);
		put_sentence((*pane)->summary);
		list_begin();
		for (size_t i = 0; i < (*pane)->table->n_column; i++)
			put_column(&(*pane)->table->column[i]);
		list_end();
	}
	return 0;
}

static int put_actions(void)
{
	static const char *const titles[GROUP_COUNT] = {
		[GROUP_MOVE] = "Moving",
		[GROUP_VIEW] = "Viewing",
		[GROUP_TIME] = "Time",
		[GROUP_LESSON] = "Lessons",
		[GROUP_RUN] = "Running",
	};

	for (int group = 0; group < GROUP_COUNT; group++) {
		put_macro(".Ss", titles[group]);
		list_begin();
		for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
			if ((int)action_info[action].group != group)
				continue;
			put_macro(".It Cm", action_info[action].name);
			put_sentence(action_info[action].help);
		}
		list_end();
	}
	return 0;
}

static bool is_among(unsigned key, const unsigned *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i] == key)
			return true;
	return false;
}

enum { KEYS_MAX = 32 };

/* The keys of action that where adds to the global ones. */
static size_t own_keys(
	const struct keymap *map, const char *where, enum action action, unsigned *own)
{
	unsigned here[KEYS_MAX], everywhere[KEYS_MAX];
	size_t n_here = keymap_keys(
		       map, (struct keymap_place){ where, NULL }, action, here, KEYS_MAX),
	       n = 0;
	size_t n_everywhere = keymap_keys(
		map, (struct keymap_place){ "global", NULL }, action, everywhere, KEYS_MAX);

	for (size_t i = 0; i < n_here; i++)
		if (strcmp(where, "global") == 0 || !is_among(here[i], everywhere, n_everywhere))
			own[n++] = here[i];
	return n;
}

static void put_bindings(const struct keymap *map, const char *where, enum action action)
{
	unsigned keys[KEYS_MAX];
	size_t n = own_keys(map, where, action, keys);
	char name[64];

	for (size_t i = 0; i < n; i++) {
		fputs(i == 0 ? ".It Ic" : " , Ic", stdout);
		put_arg(key_format(keys[i], name, sizeof(name)));
	}
	if (n == 0)
		return;
	putchar('\n');
	put_macro(".Cm", action_info[action].name);
}

static bool has_bindings(const struct keymap *map, const char *where)
{
	unsigned keys[KEYS_MAX];

	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		if (own_keys(map, where, (enum action)action, keys))
			return true;
	return false;
}

static void put_place(const struct keymap *map, const char *where)
{
	if (!has_bindings(map, where))
		return;
	put_macro(".Ss", where);
	puts(".Bl -tag -compact -width \"Esc, Backspace\"");
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		put_bindings(map, where, (enum action)action);
	list_end();
}

static void bad_line(void *arg, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "docgen: %s\n", sentence);
}

/* What is bound in default.keys, place by place. */
static int put_keys(void)
{
	struct keymap *map = keymap_new();
	const char *const *places = app_places();
	int bad;

	keymap_set_places(map, places);
	bad = keymap_load_text(map, keymap_builtin("default"), "default.keys", bad_line, NULL);
	put_place(map, "global");
	for (; *places; places++)
		put_place(map, *places);
	keymap_free(map);
	return bad != 0;
}

static int put_rules(void)
{
	list_begin();
	for (size_t i = 0; panes[i]; i++) {
		for (const struct explanation *e = panes[i]->explanation; e && e->rule; e++) {
			put_macro(".It Cm", e->rule);
			put_sentence(e->title);
		}
	}
	list_end();
	return 0;
}

static void put_pace(const struct probe *probe)
{
	if (probe->slow && probe->period_ms)
		printf("Every refresh, but at most every %g s, in a thread of its own.\n",
			probe->period_ms / 1000.0);
	else
		puts(probe->slow ? "Every refresh, in a thread of its own." : "Every refresh.");
}

static int put_overhead(void)
{
	list_begin();
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		put_macro(".It Cm", probes[i]->name);
		put_sentence(probes[i]->summary);
		put_pace(probes[i]);
	}
	list_end();
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*put)(void);
	} parts[] = {
		{ "snapshot", put_snapshot },
		{ "columns", put_columns },
		{ "actions", put_actions },
		{ "keys", put_keys },
		{ "rules", put_rules },
		{ "overhead", put_overhead },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return parts[i].put() || fflush(stdout) != 0;
	fputs("usage: docgen snapshot|columns|actions|keys|rules|overhead\n", stderr);
	return 2;
}
