// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON form: a round trip loses nothing, and foreign lines are refused with a reason. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/probes/snapshots.h"

static void same_after_round_trip(const struct snapshot *snap, const char *what)
{
	struct snapshot *again = snapshot_new();
	const struct field *field;
	struct err err = { 0 };
	size_t len, len_again;
	char *line = written(snap, &len), *line_again;

	if (json_read(again, line, len, &err) != 0)
		fail_msg("%s: %s in %s", what, err.text, line);
	field = different(&schema_snapshot, snap, again);
	if (field)
		fail_msg("%s: %s differs after a round trip", what, field->name);
	line_again = written(again, &len_again);
	assert_string_equal(line, line_again);
	assert_int_equal(len, len_again);
	assert_ptr_equal(memchr(line, '\n', len), line + len - 1);
	free(line);
	free(line_again);
	snapshot_free(again);
}

static void round_trip_loses_nothing(void **state)
{
	struct snapshot *snap = snapshot_new();
	char what[32];

	(void)state;
	same_after_round_trip(snap, "all unknown");
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		snprintf(what, sizeof(what), "seed %llu", (unsigned long long)seed);
		random_snapshot(seed * 2654435761u, snap);
		same_after_round_trip(snap, what);
	}
	snapshot_free(snap);
}

/* In some of these locales the decimal point is a comma. */
static void locale_changes_nothing(void **state)
{
	static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8" };
	struct snapshot *snap = snapshot_new();
	size_t len;
	char *line;

	(void)state;
	snap->time_s = 1795215148.25;
	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
		if (!setlocale(LC_ALL, locales[i]))
			continue;
		same_after_round_trip(snap, locales[i]);
		line = written(snap, &len);
		assert_non_null(strstr(line, "1795215148.25,"));
		free(line);
	}
	setlocale(LC_ALL, "C");
	snapshot_free(snap);
}

static void form_is_as_documented(void **state)
{
	static const char expected[] = "{\"parallax\": 1, \"time_s\": 1795215148.2, "
				       "\"utc_offset_s\": null, \"interval_s\": null, \"host\": ";
	struct source source = { "sched", SOURCE_OK, NULL, 0.000004, 1 };
	struct vm vm;
	struct snapshot *snap = snapshot_new();
	size_t len;
	char *line;

	(void)state;
	schema_init(&schema_vm, &vm);
	vm.accel = ACCEL_TCG;
	vm.pid = 4711;
	vm.name = "a\"b\\c";
	vm.steal.verdict = VERDICT_HIDDEN;
	snap->time_s = 1795215148.2;
	snap->source = &source;
	snap->vm = &vm;
	snap->n_source = snap->n_vm = 1;
	line = written(snap, &len);
	assert_memory_equal(line, expected, sizeof(expected) - 1);
	assert_non_null(
		strstr(line, "\"sources\": {\"sched\": {\"state\": \"ok\", \"reason\": null, "
			     "\"age_s\": 0.000004, \"cost_ms\": 1}}, \"vms\": [{\"key\": null, "
			     "\"name\": \"a\\\"b\\\\c\","));
	assert_non_null(strstr(line, "\"pid\": 4711, \"accel\": \"tcg\", \"state\": null"));
	assert_non_null(strstr(line, "\"gap_kind\": null, \"verdict\": \"hidden\""));
	assert_non_null(strstr(line, "\"findings\": []}\n"));
	free(line);
	snapshot_free(snap);
}

/* Nothing in a snapshot should be like this, but a broken line must not come of it either. */
static void unclean_text_is_escaped(void **state)
{
	struct snapshot *snap = snapshot_new(), *again = snapshot_new();
	struct err err = { 0 };
	size_t len;
	char *line;

	(void)state;
	snap->host.name = "a\nb\033\001\"\\";
	line = written(snap, &len);
	assert_non_null(strstr(line, "\"a\\u000ab\\u001b\\u0001\\\"\\\\\""));
	assert_int_equal(json_read(again, line, len, &err), 0);
	assert_string_equal(again->host.name, "a?b??\"\\");
	free(line);
	snapshot_free(snap);
	snapshot_free(again);
}

static void reads_what_is_there(void **state)
{
	static const char line[] =
		" { \"parallax\": 1, \"later\": [1, {\"x\": 2}], \"time_s\": 5, \"vms\": [{}, "
		"{\"name\": \"\\u001b[2Ja\\u0000b\", \"pid\": null, \"state\": \"dreaming\", "
		"\"steal\": {\"vcpu\": [{\"id\": 3}], \"host_wait_pct\": 0.12345678}}],\n "
		"\"sources\": {\"x\\u0007\": {}, \"x\\b\": {\"state\": \"ok\"}, \"y\": {}} } ";
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };

	(void)state;
	if (json_read(snap, line, sizeof(line) - 1, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(snap->time_s == 5 && isnan(snap->interval_s));
	assert_int_equal(snap->n_vm, 2);
	assert_null(snap->vm[0].name);
	assert_true(snap->vm[0].vcpus == UNKNOWN_U64);
	assert_string_equal(snap->vm[1].name, "?[2Ja?b");
	assert_true(snap->vm[1].pid == UNKNOWN_U64 && snap->vm[1].state == VM_UNKNOWN);
	assert_int_equal(snap->vm[1].steal.n_vcpu, 1);
	assert_int_equal(snap->vm[1].steal.vcpu[0].id, 3);
	assert_true(isnan(snap->vm[1].steal.vcpu[0].host_run_pct));
	assert_true(snap->vm[1].steal.host_wait_pct == 0.123457);
	/* Two keys that are one when clean: the first stays. */
	assert_int_equal(snap->n_source, 2);
	assert_string_equal(snap->source[0].name, "x?");
	assert_int_equal(snap->source[0].state, SOURCE_UNAVAILABLE);
	assert_string_equal(snap->source[1].name, "y");
	snapshot_free(snap);
}

static void refuses_with_a_reason(void **state)
{
	static const struct {
		const char *line;
		int code;
		const char *reason;
	} cases[] = {
		{ "", -ENODATA, "not JSON" },
		{ "{\"parallax\": 1", -ENODATA, "not JSON" },
		{ "hello", -EINVAL, "not JSON" },
		{ "{\"parallax\": 1} x", -EINVAL, "not JSON" },
		{ "{\"parallax\": 1, \"time_s\": 1e999}", -EINVAL, "not JSON" },
		{ "{\"a\": \"\033[2J\"}", -EINVAL, "not JSON" },
		{ "[]", -EINVAL, "no member \"parallax\"" },
		{ "{}", -EINVAL, "no member \"parallax\"" },
		{ "{\"parallax\": \"1\"}", -EINVAL, "no member \"parallax\"" },
		{ "{\"parallax\": 2}", -ENOTSUP, "version 2 and this parallax reads version 1" },
		{ "{\"parallax\": 0}", -ENOTSUP, "version 0" },
		{ "{\"parallax\": 1, \"host\": 5}", -EINVAL, "\"host\" is no object" },
		{ "{\"parallax\": 1, \"host\": {\"cpus\": 1.5}}", -EINVAL,
			"\"host.cpus\" is no integer" },
		{ "{\"parallax\": 1, \"host\": {\"cpus\": -1}}", -EINVAL, "\"host.cpus\"" },
		{ "{\"parallax\": 1, \"host\": {\"is_guest\": 1}}", -EINVAL,
			"\"host.is_guest\" is neither" },
		{ "{\"parallax\": 1, \"host\": {\"name\": 1}}", -EINVAL, "is no string" },
		{ "{\"parallax\": 1, \"time_s\": \"1\"}", -EINVAL, "\"time_s\" is no number" },
		{ "{\"parallax\": 1, \"vms\": {}}", -EINVAL, "\"vms\" is no array" },
		{ "{\"parallax\": 1, \"vms\": [{}, 7]}", -EINVAL, "\"vms[1]\" is no object" },
		{ "{\"parallax\": 1, \"vms\": [{\"steal\": {\"vcpu\": [{\"tid\": true}]}}]}",
			-EINVAL, "\"vms[0].steal.vcpu[0].tid\"" },
		{ "{\"parallax\": 1, \"sources\": []}", -EINVAL, "\"sources\" is no object" },
		{ "{\"parallax\": 1, \"sources\": {\"bpf\": 1}}", -EINVAL,
			"\"sources.bpf\" is no object" },
		{ "{\"parallax\": 1, \"vms\": [{\"accel\": 1}]}", -EINVAL, "\"vms[0].accel\"" },
	};
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };
		/* Sized to its bytes: the reader may not count on a NUL. */
		char *line = memcpy(malloc(strlen(cases[i].line) + 1), cases[i].line,
			strlen(cases[i].line) + 1);
		int rc = json_read(snap, line, strlen(line), &err);

		free(line);
		if (rc != cases[i].code || !strstr(err.text, cases[i].reason))
			fail_msg("%s: got %d \"%s\"", cases[i].line, rc, err.text);
		assert_null(strchr(err.text, '\033'));
		assert_int_equal(snap->n_vm, 0);
		assert_int_equal(snap->parallax, SNAPSHOT_VERSION);
	}
	snapshot_free(snap);
}

/* first, then middle count times separated by commas, then last. */
static char *long_line(const char *first, const char *middle, size_t count, const char *last)
{
	char *line = malloc(strlen(first) + count * (strlen(middle) + 1) + strlen(last) + 1);
	char *at = line;

	assert_non_null(line);
	at = stpcpy(at, first);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(stpcpy(at, i ? "," : ""), middle);
	stpcpy(at, last);
	return line;
}

static void lines_have_limits(void **state)
{
	static const struct {
		const char *first, *middle;
		size_t count;
		const char *last;
		int code;
		const char *reason;
	} cases[] = {
		{ "{\"parallax\":1,\"vms\":[", "{}", 100000, "]}", 0, "" },
		{ "{\"parallax\":1,\"vms\":[", "{}", 100001, "]}", -EINVAL, "\"vms\" has more" },
		{ "{\"parallax\":1,\"x\":[", "0", 1100000, "]}", -EFBIG, "a million values" },
		{ "{\"parallax\":1,\"x\":\"", "0123456789abcdef", 1000000, "\"}", -EFBIG,
			"longer than 16 MiB" },
	};
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };
		char *line =
			long_line(cases[i].first, cases[i].middle, cases[i].count, cases[i].last);
		int rc = json_read(snap, line, strlen(line), &err);

		if (rc != cases[i].code || !strstr(err.text, cases[i].reason))
			fail_msg("%s: got %d \"%s\"", cases[i].first, rc, err.text);
		free(line);
	}
	snapshot_free(snap);
}

/* The lists of a VM, at the place where each stands. */
static const struct {
	const char *before, *name, *after, *number;
} lists[] = {
	{ "\"steal\": {", "wait_bins", "}", "count" },
	{ "\"steal\": {", "thieves", "}", "pid" },
	{ "\"steal\": {", "helpers", "}", "threads" },
	{ "\"steal\": {", "vcpu", "}", "tid" },
	{ "", "exits", "", "mean_ns" },
};

static char *list_line(size_t list, const char *value)
{
	char *line = NULL;

	assert_true(asprintf(&line, "{\"parallax\": 1, \"vms\": [{%s\"%s\": %s%s}]}",
			    lists[list].before, lists[list].name, value, lists[list].after) > 0);
	return line;
}

static int read_list(struct snapshot *snap, size_t list, const char *value, struct err *err)
{
	char *line = list_line(list, value);
	int rc = json_read(snap, line, strlen(line), err);

	if (rc < 0 && !strstr(err->text, lists[list].name))
		fail_msg("%s: \"%s\" does not name it", line, err->text);
	free(line);
	return rc;
}

static void lists_of_a_vm_are_lists_of_objects(void **state)
{
	static const char *const wrong[] = { "{}", "7", "\"x\"", "true", "[7]", "[[]]", "[[[{}]]]",
		"[null]", "[{}, \"x\"]", "[{}, {}, true]" };
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++) {
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			struct err err = { 0 };

			if (read_list(snap, list, wrong[i], &err) != -EINVAL)
				fail_msg("%s: %s is taken", lists[list].name, wrong[i]);
			assert_int_equal(snap->n_vm, 0);
		}
		assert_int_equal(read_list(snap, list, "[]", NULL), 0);
		assert_int_equal(read_list(snap, list, "null", NULL), 0);
		assert_int_equal(read_list(snap, list, "[{}, {\"later\": [{}]}]", NULL), 0);
	}
	snapshot_free(snap);
}

static void numbers_in_lists_are_bounded(void **state)
{
	static const struct {
		const char *value;
		bool integer, number; /* is taken where one of that kind is wanted */
	} cases[] = { { "0", true, true }, { "9223372036854775807", true, true },
		{ "9223372036854775808", false, false }, { "18446744073709551615", false, false },
		{ "1e308", false, true }, { "1e999", false, false }, { "-1", false, true },
		{ "1.5", false, true }, { "\"1\"", false, false }, { "[1]", false, false },
		{ "{}", false, false }, { "true", false, false } };
	struct snapshot *snap = snapshot_new();
	char value[64];

	(void)state;
	for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			bool is_f64 = strcmp(lists[list].name, "exits") == 0;
			char *line;
			int rc;

			snprintf(value, sizeof(value), "[{\"%s\": %s}]", lists[list].number,
				cases[i].value);
			line = list_line(list, value);
			rc = json_read(snap, line, strlen(line), NULL);
			if ((rc == 0) != (is_f64 ? cases[i].number : cases[i].integer))
				fail_msg("%s: %d", line, rc);
			free(line);
			if (rc == 0)
				same_after_round_trip(snap, value);
		}
	snapshot_free(snap);
}

static void items_of_lists_are_read_and_unknown_words_stay_unknown(void **state)
{
	static const char line[] =
		"{\"parallax\": 1, \"vms\": [{\"steal\": {"
		"\"wait_bins\": [{\"from_ns\": 256, \"count\": 3, \"throttled\": 9}, {}], "
		"\"thieves\": [{\"kind\": \"martian\", \"name\": \"\\u001b[2J\"}, "
		"{\"kind\": \"vm\", \"pid\": 7, \"share_pct\": -1e300}], "
		"\"helpers\": [{\"kind\": \"\", \"threads\": 2}]}, "
		"\"exits\": [{\"reason\": \"a\\nb\", \"per_s\": 1e25}]}]}";
	struct snapshot *snap = snapshot_new();
	const struct steal *steal;
	struct err err = { 0 };

	(void)state;
	if (json_read(snap, line, sizeof(line) - 1, &err) != 0)
		fail_msg("%s", err.text);
	steal = &snap->vm[0].steal;
	assert_int_equal(steal->n_wait_bin, 2);
	assert_int_equal(steal->wait_bin[0].from_ns, 256);
	assert_int_equal(steal->wait_bin[0].throttled, 9);
	assert_true(steal->wait_bin[1].from_ns == UNKNOWN_U64);
	assert_true(steal->wait_bin[1].count == UNKNOWN_U64);
	assert_int_equal(steal->n_thief, 2);
	assert_int_equal(steal->thief[0].kind, THIEF_UNKNOWN);
	assert_string_equal(steal->thief[0].name, "?[2J");
	assert_true(steal->thief[0].pid == UNKNOWN_U64 && isnan(steal->thief[0].share_pct));
	assert_int_equal(steal->thief[1].kind, THIEF_VM);
	assert_null(steal->thief[1].name);
	assert_int_equal(steal->n_helper, 1);
	assert_int_equal(steal->helper[0].kind, HELPER_UNKNOWN);
	assert_int_equal(steal->helper[0].threads, 2);
	assert_true(isnan(steal->helper[0].host_run_pct));
	assert_int_equal(snap->vm[0].n_vm_exit, 1);
	assert_string_equal(snap->vm[0].vm_exit[0].reason, "a?b");
	assert_true(isnan(snap->vm[0].vm_exit[0].mean_ns));
	same_after_round_trip(snap, "lists");
	snapshot_free(snap);
}

static void lists_of_a_vm_have_limits(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++)
		for (size_t n = 100000; n <= 100001; n++) {
			char *items = long_line("[", "{}", n, "]");
			struct err err = { 0 };
			int rc = read_list(snap, list, items, &err);

			assert_int_equal(rc, n > 100000 ? -EINVAL : 0);
			assert_true(rc == 0 || strstr(err.text, "more than 100000 items"));
			free(items);
		}
	snapshot_free(snap);
}

/* Lists that are walked for every item of another one, or for every VM. */
static void short_lists_have_limits_of_their_own(void **state)
{
	static const struct {
		const char *before, *item, *after;
		size_t most;
	} cases[] = {
		{ "\"host\": {\"cpu\": [", "{}", "]}", 1024 },
		{ "\"host\": {\"node\": [", "{}", "]}", 64 },
		{ "\"cpu_map\": [", "{}", "]", 1024 },
		{ "\"cpu_map\": [{\"names\": [", "\"x\"", "]}]", 4 },
		{ "\"cpusets\": [", "{}", "]", 256 },
		{ "\"cpusets\": [{\"shares\": [", "{}", "]}]", 8 },
		{ "\"cpusets\": [{\"vms\": [", "\"x\"", "]}]", 64 },
		{ "\"vms\": [{\"pinning\": {\"thread_sets\": [", "{}", "]}}]", 8192 },
	};
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t n = cases[i].most; n <= cases[i].most + 1; n++) {
			char *items = long_line(cases[i].before, cases[i].item, n, cases[i].after),
			     *line;
			struct err err = { 0 };
			char reason[64];
			int rc;

			assert_true(asprintf(&line, "{\"parallax\": 1, %s}", items) > 0);
			rc = json_read(snap, line, strlen(line), &err);
			snprintf(reason, sizeof(reason), "more than %zu items", cases[i].most);
			if (rc != (n > cases[i].most ? -EINVAL : 0) ||
				(rc < 0 && !strstr(err.text, reason)))
				fail_msg("%s: %zu: %d %s", cases[i].before, n, rc, err.text);
			free(line);
			free(items);
		}
	snapshot_free(snap);
}

static void keyed_objects_have_a_limit(void **state)
{
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };
	char line[2048] = "{\"parallax\": 1, \"sources\": {";

	(void)state;
	for (unsigned i = 0; i < 65; i++)
		snprintf(line + strlen(line), 32, "%s\"%u\": {}", i ? ", " : "", i);
	strcat(line, "}}");
	assert_int_equal(json_read(snap, line, strlen(line), &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"sources\" has more than 64 members"));
	snapshot_free(snap);
}

static void deep_nesting_is_refused(void **state)
{
	enum { DEPTH = 500000 };
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };
	char *line = malloc(DEPTH);

	(void)state;
	assert_non_null(line);
	memset(line, '[', DEPTH);
	assert_int_equal(json_read(snap, line, DEPTH, &err), -EINVAL);
	assert_non_null(strstr(err.text, "depth"));
	free(line);
	snapshot_free(snap);
}

static void stream_errors_come_back(void **state)
{
	struct snapshot *snap = snapshot_new();
	int fd[2];
	FILE *full = fopen("/dev/full", "w"), *broken;

	(void)state;
	assert_non_null(full);
	assert_int_equal(json_write(full, snap), -ENOSPC);
	fclose(full);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fd), 0);
	close(fd[0]);
	broken = fdopen(fd[1], "w");
	assert_non_null(broken);
	assert_int_equal(json_write(broken, snap), -EPIPE);
	fclose(broken);
	snapshot_free(snap);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_loses_nothing),
		cmocka_unit_test(locale_changes_nothing),
		cmocka_unit_test(form_is_as_documented),
		cmocka_unit_test(unclean_text_is_escaped),
		cmocka_unit_test(reads_what_is_there),
		cmocka_unit_test(refuses_with_a_reason),
		cmocka_unit_test(lines_have_limits),
		cmocka_unit_test(lists_of_a_vm_are_lists_of_objects),
		cmocka_unit_test(numbers_in_lists_are_bounded),
		cmocka_unit_test(items_of_lists_are_read_and_unknown_words_stay_unknown),
		cmocka_unit_test(lists_of_a_vm_have_limits),
		cmocka_unit_test(short_lists_have_limits_of_their_own),
		cmocka_unit_test(keyed_objects_have_a_limit),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(stream_errors_come_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
