// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keymaps/keymap.h"

enum long_option {
	OPTION_PANE = 256,
	OPTION_VM,
	OPTION_SORT,
	OPTION_GUEST_AGENT,
	OPTION_JSON,
	OPTION_RECORD,
	OPTION_REPLAY,
	OPTION_REPORT,
	OPTION_SYSROOT,
	OPTION_KEYMAP,
	OPTION_KEYS,
	OPTION_ASCII,
	OPTION_ANONYMIZE,
	OPTION_LESSON
};

static const struct option long_options[] = {
	{ "connect", required_argument, NULL, 'c' },
	{ "delay", required_argument, NULL, 'd' },
	{ "pane", required_argument, NULL, OPTION_PANE },
	{ "vm", required_argument, NULL, OPTION_VM },
	{ "sort", required_argument, NULL, OPTION_SORT },
	{ "guest-agent", required_argument, NULL, OPTION_GUEST_AGENT },
	{ "batch", no_argument, NULL, 'b' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "record", required_argument, NULL, OPTION_RECORD },
	{ "replay", required_argument, NULL, OPTION_REPLAY },
	{ "report", optional_argument, NULL, OPTION_REPORT },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	{ "keymap", required_argument, NULL, OPTION_KEYMAP },
	{ "keys", required_argument, NULL, OPTION_KEYS },
	{ "ascii", no_argument, NULL, OPTION_ASCII },
	{ "anonymize", no_argument, NULL, OPTION_ANONYMIZE },
	{ "lesson", optional_argument, NULL, OPTION_LESSON },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

/* What was given, for the checks that need all of it. */
struct given {
	const char *count, *sort, *ask;
	bool batch, json, report, lesson;
};

/* "steal, numa" of a list of names. */
static void list_names(char *out, size_t size, const char *name, bool first)
{
	const size_t len = strlen(out);

	snprintf(out + len, size - len, "%s%s", first ? "" : ", ", name);
}

static int parse_delay(struct options *options, const char *text, struct err *err)
{
	char *end;
	const double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds * 1000 >= INTERVAL_MIN_MS) ||
		!(seconds * 1000 <= INTERVAL_MAX_MS))
		return err_set(err, -EINVAL,
			"\"%s\" is no delay; --delay takes seconds from 0.1 to 3600", text);
	options->interval_ms = (unsigned)lround(seconds * 1000);
	return 0;
}

static int parse_count(struct options *options, const char *text, struct err *err)
{
	char *end;

	errno = 0;
	options->count = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !options->count)
		return err_set(
			err, -EINVAL, "\"%s\" is no count; -n takes a number from 1 on", text);
	return 0;
}

static int parse_ask(struct options *options, const char *text, struct err *err)
{
	static const char *const words[] = {
		[ASK_BY_KEY] = "ask", [ASK_ON] = "on", [ASK_OFF] = "off"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i])) {
			options->ask = (enum ask_mode)i;
			return 0;
		}
	return err_set(err, -EINVAL, "--guest-agent cannot be \"%s\"; it is ask, on or off", text);
}

/* NULL: the option stood alone. */
static int parse_report(struct options *options, const char *text, struct err *err)
{
	options->form = text && !strcmp(text, "markdown") ? DOCUMENT_MARKDOWN : DOCUMENT_TEXT;
	if (!text || !strcmp(text, "text") || !strcmp(text, "markdown"))
		return 0;
	return err_set(err, -EINVAL, "--report cannot be \"%s\"; it is text or markdown", text);
}

static int parse_pane(struct options *options, const char *text, struct err *err)
{
	char names[128] = "";
	size_t i;

	options->pane = pane_by_name(text);
	options->pane_given = true;
	if (options->pane)
		return 0;
	for (i = 0; panes[i]; i++)
		list_names(names, sizeof(names), panes[i]->name, i == 0);
	return err_set(err, -EINVAL, "there is no pane \"%s\"; there is: %s", text, names);
}

static int parse_keymap(struct options *options, const char *text, struct err *err)
{
	char names[128] = "";
	size_t i;

	options->keymap = text;
	if (keymap_builtin(text))
		return 0;
	for (i = 0; keymap_builtin_names[i]; i++)
		list_names(names, sizeof(names), keymap_builtin_names[i], i == 0);
	return err_set(err, -EINVAL, "there is no keymap \"%s\"; there is: %s", text, names);
}

static int parse_sort(struct options *options, const char *text, struct err *err)
{
	const struct table *table = options->pane->table;
	char names[160] = "";
	size_t i;

	for (i = 0; i < table->n_column; i++) {
		if (!strcmp(table->column[i].key, text)) {
			options->sort_column = (long)i;
			return 0;
		}
		list_names(names, sizeof(names), table->column[i].key, i == 0);
	}
	return err_set(err, -EINVAL, "pane %s has no column \"%s\"; it has: %s",
		options->pane->name, text, names);
}

static int unknown_option(int argc, char **argv, struct err *err)
{
	const char *word = argv[optind > 1 ? optind - 1 : argc - 1];

	if (strncmp(word, "--", 2))
		return err_set(err, -EINVAL, "unknown option \"-%c\"; parallax --help lists them",
			optopt >= ' ' && optopt <= '~' ? optopt : '?');
	if (optopt)
		return err_set(err, -EINVAL,
			"option \"%.*s\" takes no value; parallax --help lists them",
			(int)strcspn(word, "="), word);
	return err_set(err, -EINVAL, "unknown option \"%.60s\"; parallax --help lists them", word);
}

static int missing_value(char **argv, struct err *err)
{
	return err_set(err, -EINVAL, "option \"%s\" needs a value; parallax --help tells which",
		argv[optind - 1]);
}

/* getopt joins an optional value by = only; people also put it behind, as with other options. */
static void take_lesson(struct options *options, struct given *given, char **argv)
{
	given->lesson = true;
	if (!optarg && argv[optind] && argv[optind][0] != '-')
		optarg = argv[optind++];
	options->lesson_name = optarg;
}

/* Where the value of an option goes as it is; NULL: it has none, or one that is parsed. */
static const char **place_of_value(struct options *options, int option)
{
	switch (option) {
	case 'c':
		return &options->uri;
	case OPTION_VM:
		return &options->filter;
	case OPTION_RECORD:
		return &options->record;
	case OPTION_REPLAY:
		return &options->replay;
	case OPTION_SYSROOT:
		return &options->sysroot;
	case OPTION_KEYS:
		return &options->keys;
	}
	return NULL;
}

static int take_option(
	struct options *options, struct given *given, int option, char **argv, struct err *err)
{
	const char **place = place_of_value(options, option);

	if (place) {
		*place = optarg;
		return 0;
	}
	switch (option) {
	case 'd':
		options->delay_given = true;
		return parse_delay(options, optarg, err);
	case 'b':
		given->batch = true;
		return 0;
	case 'n':
		given->count = optarg;
		return parse_count(options, optarg, err);
	case 'h':
		options->front = FRONT_HELP;
		return 0;
	case 'V':
		options->front = FRONT_VERSION;
		return 0;
	case OPTION_PANE:
		return parse_pane(options, optarg, err);
	case OPTION_SORT:
		given->sort = optarg;
		return 0;
	case OPTION_GUEST_AGENT:
		given->ask = optarg;
		return parse_ask(options, optarg, err);
	case OPTION_JSON:
		given->json = true;
		return 0;
	case OPTION_REPORT:
		given->report = true;
		return parse_report(options, optarg, err);
	case OPTION_KEYMAP:
		return parse_keymap(options, optarg, err);
	case OPTION_ASCII:
		options->ascii = true;
		return 0;
	case OPTION_ANONYMIZE:
		options->anonymize = true;
		return 0;
	case OPTION_LESSON:
		take_lesson(options, given, argv);
		return 0;
	}
	return err_set(err, -EINVAL, "option %d is declared but not taken", option);
}

/* A report is of a whole recording, and chooses by itself what it shows. */
static int check_report(const struct options *options, const struct given *given, struct err *err)
{
	const char *other = given->batch	   ? "--batch"
			    : given->json	   ? "--json"
			    : given->count	   ? "-n"
			    : given->sort	   ? "--sort"
			    : options->pane_given  ? "--pane"
			    : options->delay_given ? "--delay"
			    : options->keymap	   ? "--keymap"
			    : options->keys	   ? "--keys"
						   : NULL;

	if (!options->replay)
		return err_set(err, -EINVAL, "--report needs a recording; add --replay FILE");
	if (other)
		return err_set(err, -EINVAL,
			"--report and %s exclude each other; a report is of the whole recording",
			other);
	return 0;
}

/* A lesson has its recording, and is played in the console. */
static int check_lesson(const struct options *options, const struct given *given, struct err *err)
{
	const char *other = given->batch       ? "--batch"
			    : given->json      ? "--json"
			    : options->replay  ? "--replay"
			    : options->record  ? "--record"
			    : options->uri     ? "--connect"
			    : options->sysroot ? "--sysroot"
			    : given->ask       ? "--guest-agent"
					       : NULL;

	if (options->lesson_name && !*options->lesson_name)
		return err_set(err, -EINVAL,
			"--lesson needs a name behind =; --lesson alone lists the lessons");
	if (other)
		return err_set(err, -EINVAL,
			"--lesson and %s exclude each other; a lesson shows its own recording",
			other);
	return 0;
}

/* What does not go together. */
static int check_together(const struct options *options, const struct given *given, struct err *err)
{
	const char *live = options->uri ? "--connect" : options->sysroot ? "--sysroot" : NULL;

	if (given->report && check_report(options, given, err))
		return err->code;
	if (given->lesson && check_lesson(options, given, err))
		return -EINVAL;
	if (given->batch && given->json)
		return err_set(
			err, -EINVAL, "--batch and --json exclude each other; choose text or JSON");
	if (given->count && !given->batch && !given->json)
		return err_set(err, -EINVAL, "-n counts what -b or --json print; add one of them");
	if (options->replay && live)
		return err_set(err, -EINVAL,
			"--replay and %s exclude each other; a recording is not measured again",
			live);
	if (options->replay && options->record && !given->batch && !given->json)
		return err_set(err, -EINVAL,
			"a recording that is looked at cannot be recorded again; add -b or --json "
			"to --replay and --record");
	if (options->replay && given->ask && options->ask == ASK_ON)
		return err_set(
			err, -EINVAL, "a recording cannot be asked; leave out --guest-agent on");
	if (options->anonymize && options->filter)
		return err_set(err, -EINVAL,
			"--anonymize leaves --vm no names to match; filter first, with --json "
			"--vm, and "
			"read that with --replay - --anonymize");
	if (given->json && given->sort)
		return err_set(
			err, -EINVAL, "--json has no order; use --sort with the console or -b");
	if ((given->json || given->batch) && (options->keymap || options->keys))
		return err_set(err, -EINVAL, "--%s needs the console; leave out %s",
			options->keymap ? "keymap" : "keys", given->batch ? "-b" : "--json");
	return 0;
}

static int read_options(
	struct options *options, struct given *given, int argc, char **argv, struct err *err)
{
	int option, rc = 0;

	optind = 0; /* glibc: begin anew, whoever parsed before */
	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":c:d:bn:hV", long_options, NULL)) != -1) {
		if (option == ':')
			rc = missing_value(argv, err);
		else if (option == '?')
			rc = unknown_option(argc, argv, err);
		else
			rc = take_option(options, given, option, argv, err);
	}
	if (!rc && optind < argc)
		rc = err_set(err, -EINVAL,
			"unexpected argument \"%.60s\"; parallax --help lists the options",
			argv[optind]);
	return rc;
}

int options_parse(struct options *options, int argc, char **argv, struct err *err)
{
	struct given given = { 0 };
	int rc;

	*options = (struct options){ .pane = panes[0], .sort_column = -1, .interval_ms = 1000 };
	rc = read_options(options, &given, argc, argv, err);
	if (rc || options->front == FRONT_HELP || options->front == FRONT_VERSION)
		return rc;
	if (given.sort)
		rc = parse_sort(options, given.sort, err);
	if (!rc)
		rc = check_together(options, &given, err);
	options->front = given.report				 ? FRONT_REPORT
			 : given.json				 ? FRONT_STREAM
			 : given.batch				 ? FRONT_BATCH
			 : given.lesson && !options->lesson_name ? FRONT_LESSONS
								 : FRONT_CONSOLE;
	return rc;
}
