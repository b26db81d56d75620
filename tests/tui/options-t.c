// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/options.h"

enum { MAX_ARGS = 16 };

/* One command line, words separated by blanks. */
static int parse(struct options *options, const char *line, struct err *err)
{
	static char words[256];
	static char name[] = "parallax";
	char *argv[MAX_ARGS + 1] = { name }, *word;
	int argc = 1;

	*err = (struct err){ 0 };
	assert_true(strlen(line) < sizeof(words));
	strcpy(words, line);
	for (word = strtok(words, " "); word && argc < MAX_ARGS; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(options, argc, argv, err);
}

static void defaults(void **state)
{
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(&options, "", &err), 0);
	assert_int_equal(options.front, FRONT_CONSOLE);
	assert_int_equal(options.interval_ms, 1000);
	assert_int_equal(options.ask, ASK_BY_KEY);
	assert_ptr_equal(options.pane, panes[0]);
	assert_int_equal(options.sort_column, -1);
	assert_int_equal(options.count, 0);
	assert_false(options.delay_given || options.ascii);
	assert_null(options.uri);
	assert_null(options.filter);
}

static void values(void **state)
{
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(
		parse(&options, "-c test:///default -d 0.1 --vm web* --guest-agent on --ascii",
			&err),
		0);
	assert_string_equal(options.uri, "test:///default");
	assert_int_equal(options.interval_ms, 100);
	assert_true(options.delay_given && options.ascii);
	assert_string_equal(options.filter, "web*");
	assert_int_equal(options.ask, ASK_ON);
	assert_int_equal(parse(&options, "--batch -n 3 --delay=2.5 --pane steal", &err), 0);
	assert_int_equal(options.front, FRONT_BATCH);
	assert_int_equal(options.count, 3);
	assert_int_equal(options.interval_ms, 2500);
	assert_int_equal(parse(&options, "--json --replay FILE", &err), 0);
	assert_int_equal(options.front, FRONT_STREAM);
	assert_string_equal(options.replay, "FILE");
	assert_false(options.anonymize);
	assert_int_equal(parse(&options, "--json --replay FILE --anonymize", &err), 0);
	assert_true(options.anonymize);
	assert_int_equal(parse(&options, "--replay FILE --report --vm web* --ascii", &err), 0);
	assert_int_equal(options.front, FRONT_REPORT);
	assert_int_equal(options.form, DOCUMENT_TEXT);
	assert_int_equal(parse(&options, "--report=text --replay FILE", &err), 0);
	assert_int_equal(options.form, DOCUMENT_TEXT);
	assert_int_equal(parse(&options, "--report=markdown --replay FILE", &err), 0);
	assert_int_equal(options.front, FRONT_REPORT);
	assert_int_equal(options.form, DOCUMENT_MARKDOWN);
	assert_int_equal(parse(&options, "-d 3600", &err), 0);
	assert_int_equal(options.interval_ms, 3600000);
}

static void lessons(void **state)
{
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(&options, "--lesson steal", &err), 0);
	assert_int_equal(options.front, FRONT_CONSOLE);
	assert_string_equal(options.lesson_name, "steal");
	assert_int_equal(parse(&options, "--lesson=./a.lesson --ascii", &err), 0);
	assert_string_equal(options.lesson_name, "./a.lesson");
	assert_int_equal(parse(&options, "-d 2 --lesson steal --ascii", &err), 0);
	assert_string_equal(options.lesson_name, "steal");
	assert_true(options.ascii);
	assert_int_equal(parse(&options, "--lesson", &err), 0);
	assert_int_equal(options.front, FRONT_LESSONS);
	assert_null(options.lesson_name);
	assert_int_equal(parse(&options, "--lesson --ascii", &err), 0);
	assert_int_equal(options.front, FRONT_LESSONS);
	assert_true(options.ascii);
	assert_int_equal(parse(&options, "--ascii", &err), 0);
	assert_int_equal(options.front, FRONT_CONSOLE);
	assert_null(options.lesson_name);
}

static void help_and_version_win(void **state)
{
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(&options, "-b --json -h", &err), 0);
	assert_int_equal(options.front, FRONT_HELP);
	assert_int_equal(parse(&options, "-V", &err), 0);
	assert_int_equal(options.front, FRONT_VERSION);
}

static void every_sort_column(void **state)
{
	struct options options;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < panes[0]->table->n_column; i++) {
		char line[64] = "--sort ";

		strcat(line, panes[0]->table->column[i].key);
		assert_int_equal(parse(&options, line, &err), 0);
		assert_int_equal(options.sort_column, i);
	}
}

static void mistakes(void **state)
{
	static const struct {
		const char *line, *sentence;
	} mistake[] = {
		{ "--foo", "unknown option \"--foo\"; parallax --help lists them" },
		{ "-b --foo=3", "unknown option \"--foo=3\"; parallax --help lists them" },
		{ "-bx", "unknown option \"-x\"; parallax --help lists them" },
		{ "--batch=3", "option \"--batch\" takes no value; parallax --help lists them" },
		{ "-d", "option \"-d\" needs a value; parallax --help tells which" },
		{ "--replay", "option \"--replay\" needs a value; parallax --help tells which" },
		{ "web", "unexpected argument \"web\"; parallax --help lists the options" },
		{ "-d 0.05", "\"0.05\" is no delay; --delay takes seconds from 0.1 to 3600" },
		{ "-d 3601", "\"3601\" is no delay; --delay takes seconds from 0.1 to 3600" },
		{ "-d nan", "\"nan\" is no delay; --delay takes seconds from 0.1 to 3600" },
		{ "-d inf", "\"inf\" is no delay; --delay takes seconds from 0.1 to 3600" },
		{ "-d 1s", "\"1s\" is no delay; --delay takes seconds from 0.1 to 3600" },
		{ "-b -n 0", "\"0\" is no count; -n takes a number from 1 on" },
		{ "-b -n -1", "\"-1\" is no count; -n takes a number from 1 on" },
		{ "-b -n 99999999999999999999",
			"\"99999999999999999999\" is no count; -n takes a number from 1 on" },
		{ "-n 3", "-n counts what -b or --json print; add one of them" },
		{ "--vm web --anonymize",
			"--anonymize leaves --vm no names to match; filter first, "
			"with --json --vm, and read that with --replay - "
			"--anonymize" },
		{ "-b --json", "--batch and --json exclude each other; choose text or JSON" },
		{ "--replay x -c y", "--replay and --connect exclude each other; a recording is "
				     "not measured again" },
		{ "--replay x --sysroot y", "--replay and --sysroot exclude each other; a "
					    "recording is not measured again" },
		{ "--replay x --guest-agent on",
			"a recording cannot be asked; leave out --guest-agent on" },
		{ "--report", "--report needs a recording; add --replay FILE" },
		{ "--report=html --replay x",
			"--report cannot be \"html\"; it is text or markdown" },
		{ "--report markdown --replay x",
			"unexpected argument \"markdown\"; parallax --help lists the options" },
		{ "--report --replay x -b", "--report and --batch exclude each other; a report is "
					    "of the whole recording" },
		{ "--report --replay x --json", "--report and --json exclude each other; a report "
						"is of the whole recording" },
		{ "--report --replay x -n 3",
			"--report and -n exclude each other; a report is of the whole recording" },
		{ "--report --replay x --sort vm", "--report and --sort exclude each other; a "
						   "report is of the whole recording" },
		{ "--report --replay x --pane io", "--report and --pane exclude each other; a "
						   "report is of the whole recording" },
		{ "--report --replay x -d 2", "--report and --delay exclude each other; a report "
					      "is of the whole recording" },
		{ "--report --replay x --keymap vi", "--report and --keymap exclude each other; a "
						     "report is of the whole recording" },
		{ "--report --replay x --sysroot y", "--replay and --sysroot exclude each other; a "
						     "recording is not measured again" },
		{ "--guest-agent yes", "--guest-agent cannot be \"yes\"; it is ask, on or off" },
		{ "--json --sort vm", "--json has no order; use --sort with the console or -b" },
		{ "-b --keymap vi", "--keymap needs the console; leave out -b" },
		{ "--lesson steal swap",
			"unexpected argument \"swap\"; parallax --help lists the options" },
		{ "--lesson=", "--lesson needs a name behind =; --lesson alone lists the lessons" },
		{ "--lesson x --replay y", "--lesson and --replay exclude each other; a lesson "
					   "shows its own recording" },
		{ "--lesson -b", "--lesson and --batch exclude each other; a lesson shows its own "
				 "recording" },
		{ "--lesson x --json", "--lesson and --json exclude each other; a lesson shows its "
				       "own recording" },
		{ "--lesson x -c y", "--lesson and --connect exclude each other; a lesson shows "
				     "its own recording" },
		{ "--lesson x --sysroot y", "--lesson and --sysroot exclude each other; a lesson "
					    "shows its own recording" },
		{ "--lesson x --guest-agent off", "--lesson and --guest-agent exclude each other; "
						  "a lesson shows its own recording" },
		{ "--json --keys x", "--keys needs the console; leave out --json" },
	};
	struct options options;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistake) / sizeof(mistake[0]); i++) {
		assert_true(parse(&options, mistake[i].line, &err) < 0);
		assert_string_equal(err.text, mistake[i].sentence);
	}
}

/* These name what there is, so they change with it. */
static void mistakes_tell_the_choice(void **state)
{
	struct options options;
	struct err err;

	(void)state;
	assert_true(parse(&options, "--pane foo", &err) < 0);
	assert_non_null(strstr(err.text, "there is no pane \"foo\"; there is: steal"));
	assert_true(parse(&options, "--keymap foo", &err) < 0);
	assert_non_null(strstr(err.text, "vi"));
	assert_true(parse(&options, "--sort foo", &err) < 0);
	assert_non_null(strstr(err.text, "pane steal has no column \"foo\"; it has: vm, "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(lessons),
		cmocka_unit_test(help_and_version_win),
		cmocka_unit_test(every_sort_column),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(mistakes_tell_the_choice),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
