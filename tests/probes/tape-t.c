// SPDX-License-Identifier: GPL-2.0-or-later
/* Recordings: what was written is read, at any place, whatever happens to the rest of the file. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#include "probes/recordfile.h"
#include "probes/recordindex.h"
#include "probes/replay.h"
#include "probes/tape.h"
#include "probes/unzstd.h"
#include "tests/folder.h"
#include "tests/probes/snapshots.h"

static const atomic_bool never;

enum { FLIPPED = RECORD_LINES_MOST + 3 };

/* Number i: a snapshot that has that time, and a finding from 10 to 19. */
static void make(struct snapshot *snap, unsigned i)
{
	snapshot_clear(snap);
	snap->parallax = SNAPSHOT_VERSION;
	snap->time_s = 1000 + i;
	snap->interval_s = 1;
	snap->host.name = arena_printf(&snap->arena, "host-%u", i * 7919);
	if (i < 10 || i > 19)
		return;
	snap->finding = arena_array(&snap->arena, 1, sizeof(*snap->finding));
	snap->n_finding = 1;
	snap->finding[0] = (struct finding){ .pane = "steal",
		.rule = "steal-hidden",
		.vm = "a",
		.vm_key = "k",
		.severity = SEVERITY_WARN,
		.since_s = 1010,
		.text = "it waits" };
}

static const char *record(const char *name, unsigned count, bool closed)
{
	static char path[512];
	struct record_file *file;
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };

	unlink(in_folder(name));
	if (record_file_create(in_folder(name), &file, &err) < 0)
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < count; i++) {
		make(snap, i);
		if (record_file_add(file, snap, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(record_file_count(file), i + 1);
	}
	if (!closed) { /* as if it had been killed */
		const uint64_t bytes = record_file_bytes(file);

		record_file_close(file, &err);
		assert_int_equal(truncate(in_folder(name), (off_t)bytes), 0);
	} else if (record_file_close(file, &err) < 0) {
		fail_msg("%s", err.text);
	}
	snapshot_free(snap);
	snprintf(path, sizeof(path), "%s", in_folder(name));
	return path;
}

static struct tape *opened(const char *path)
{
	struct tape *tape = NULL;
	struct err err = { 0 };

	if (tape_open(path, &tape, &err) < 0)
		fail_msg("%s", err.text);
	return tape;
}

static struct tape *indexed(const char *path)
{
	struct tape *tape = opened(path);
	struct err err = { 0 };

	if (tape_index(tape, &never, &err) < 0 || err.code)
		fail_msg("%s", err.text);
	return tape;
}

/* 0, or what tape_read says. What it gives must be what was written with that time. */
static int check(struct tape *tape, size_t i)
{
	struct snapshot *is = snapshot_new(), *was = snapshot_new();
	struct err err = { 0 };
	const int rc = tape_read(tape, i, is, &err);
	char *text, *wanted;
	size_t len, wanted_len;

	assert_true(rc <= 0 && err.code == rc);
	if (rc == 0) {
		make(was, (unsigned)(is->time_s - 1000));
		text = written(is, &len);
		wanted = written(was, &wanted_len);
		assert_string_equal(text, wanted);
		assert_true(isnan(tape_time_s(tape, i)) || tape_time_s(tape, i) == is->time_s);
		free(text);
		free(wanted);
	} else if (!strstr(err.text, "cannot read line ")) {
		fail_msg("\"%s\"", err.text);
	}
	snapshot_free(is);
	snapshot_free(was);
	return rc;
}

/* The same of the one member that tells them apart, for when there is much to do. */
static bool check_name(struct tape *tape, size_t i)
{
	struct snapshot *is = snapshot_new(), *was = snapshot_new();
	struct err err = { 0 };
	const bool good = tape_read(tape, i, is, &err) == 0;

	make(was, good ? (unsigned)(is->time_s - 1000) : 0);
	assert_true(!good || strcmp(is->host.name, was->host.name) == 0);
	assert_true(good || err.code < 0);
	snapshot_free(is);
	snapshot_free(was);
	return good;
}

static void one_finding(struct tape *tape)
{
	size_t n;
	const struct span *span = spans_get(tape_spans(tape), &n);

	assert_int_equal(n, 1);
	assert_string_equal(span->vm, "a");
	assert_true(span->begin_s == 1010 && span->end_s == 1019);
}

static void is_read_at_any_place(void **state)
{
	struct tape *tape = indexed(record("whole", 100, true));

	(void)state;
	assert_int_equal(tape_count(tape), 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(check(tape, i), 0);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(check(tape, i * 37 % 100), 0);
	for (size_t i = 100; i > 0; i--)
		assert_int_equal(check(tape, i - 1), 0);
	one_finding(tape);
	tape_close(tape);
	tape_close(NULL);
}

static void is_lines_for_zstdcat(void **state)
{
	char command[1200];
	FILE *plain;
	char *line = NULL;
	size_t size = 0, n = 0;

	(void)state;
	snprintf(command, sizeof(command), "zstdcat %s", record("whole", 65, true));
	plain = popen(command, "r");
	assert_non_null(plain);
	while (getline(&line, &size, plain) > 0)
		n += strncmp(line, "{\"parallax\": 1, \"time_s\": 10", 28) == 0;
	free(line);
	assert_int_equal(pclose(plain), 0);
	assert_int_equal(n, 65);
}

static void copy(const char *from, const char *to, off_t len)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");

	assert_true(in && out);
	for (off_t i = 0; i < len; i++)
		putc(getc(in), out);
	fclose(in);
	fclose(out);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* Killed, or the power failed: at whatever byte it ends, what is whole before that is there. */
static void ends_anywhere(void **state)
{
	const char *path = record("whole", FLIPPED, true);
	const off_t size = size_of(path);
	size_t most = 0;

	(void)state;
	for (off_t len = size; len > 5; len -= len > 200 ? 7 : 1) {
		struct tape *tape;
		struct err err = { 0 };

		copy(path, in_folder("cut"), len);
		tape = opened(in_folder("cut"));
		if (tape_index(tape, &never, &err) < 0) {
			assert_int_equal(err.code, -ENODATA);
			assert_int_equal(tape_count(tape), 0);
		}
		if (len == size)
			most = tape_count(tape);
		assert_true(tape_count(tape) <= most);
		most = tape_count(tape);
		for (size_t i = 0; i < most; i++) {
			assert_true(tape_time_s(tape, i) == 1000 + (double)i);
			assert_int_equal(check(tape, i), 0);
		}
		tape_close(tape);
	}
	assert_int_equal(most, 0);
}

static void was_killed(void **state)
{
	struct tape *tape = indexed(record("killed", 44, false));

	(void)state;
	assert_int_equal(tape_count(tape), 44);
	for (size_t i = 44; i > 0; i--)
		assert_int_equal(check(tape, i - 1), 0);
	one_finding(tape);
	tape_close(tape);
}

/* Nothing wrong is ever shown, and what is lost is a part of the frame that was hit. */
static void a_bit_flipped_anywhere(void **state)
{
	const char *path = record("whole", FLIPPED, true), *bad = in_folder("flip");
	const off_t size = size_of(path);
	size_t lost_most = 0;
	unsigned silent = 0;

	(void)state;
	copy(path, bad, size);
	for (off_t at = 0; at < size; at++) {
		const int fd = open(bad, O_RDWR);
		unsigned char byte, flipped;
		struct tape *tape = NULL;
		struct err err = { 0 };
		size_t good = 0;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ (unsigned char)(1 << at % 8);
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		if (at >= UNZSTD_MAGIC_BYTES || tape_open(bad, &tape, &err) == 0) {
			if (!tape)
				tape = opened(bad);
			assert_int_equal(tape_index(tape, &never, &err), 0);
			for (size_t i = 0; i < tape_count(tape); i++)
				good += check_name(tape, i);
			silent += good < FLIPPED && !err.code && good == tape_count(tape);
			lost_most = FLIPPED - good > lost_most ? FLIPPED - good : lost_most;
		}
		tape_close(tape);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
	assert_true(lost_most <= RECORD_LINES_MOST);
	assert_int_equal(silent, 0);
}

static void of_another_zstd(void **state)
{
	static char text[64 << 10], packed[64 << 10];
	struct snapshot *snap = snapshot_new();
	size_t len = 0, line_len;
	struct tape *tape;
	FILE *file;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char *line;

		make(snap, i);
		line = written(snap, &line_len);
		memcpy(text + len, line, line_len);
		len += line_len;
		free(line);
	}
	snapshot_free(snap);
	file = fopen(in_folder("foreign"), "w");
	len = ZSTD_compress(packed, sizeof(packed), text, len, 3);
	assert_int_equal(fwrite(packed, 1, len, file), len);
	fclose(file);
	tape = indexed(in_folder("foreign"));
	assert_int_equal(tape_count(tape), 20);
	assert_int_equal(check(tape, 19), 0);
	assert_int_equal(check(tape, 3), 0);
	one_finding(tape);
	tape_close(tape);
}

static void of_plain_lines(void **state)
{
	struct snapshot *snap = snapshot_new();
	FILE *file = fopen(in_folder("plain"), "w");
	struct err err = { 0 };
	struct tape *tape;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char *line;
		size_t len;

		make(snap, i);
		line = written(snap, &len);
		fputs(line, file);
		free(line);
	}
	fputs("\n{\"parallax\": 1, \"vms\": 3}\n", file);
	fclose(file);
	tape = indexed(in_folder("plain"));
	assert_int_equal(tape_count(tape), 21);
	assert_int_equal(check(tape, 7), 0);
	assert_int_equal(check(tape, 19), 0);
	assert_int_equal(check(tape, 0), 0);
	assert_true(isnan(tape_time_s(tape, 20)));
	assert_int_equal(tape_read(tape, 20, snap, &err), -EINVAL);
	assert_non_null(strstr(err.text, "cannot read line 22 of "));
	one_finding(tape);
	tape_close(tape);
	snapshot_free(snap);
}

static void nothing_is_overwritten(void **state)
{
	struct record_file *file;
	struct err err = { 0 };

	(void)state;
	record("there", 1, true);
	assert_int_equal(record_file_create(in_folder("there"), &file, &err), -EEXIST);
	assert_non_null(strstr(err.text, "it exists; give a name that is free"));
	assert_int_equal(record_file_create(in_folder("no/such"), &file, &err), -ENOENT);
}

/* A disk that is full: what was written stays, and one sentence says how much that is. */
static void a_full_disk(void **state)
{
	struct record_file *file;
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };
	struct rlimit limit;
	struct tape *tape;
	unsigned long n;
	char wanted[64];

	(void)state;
	getrlimit(RLIMIT_FSIZE, &limit);
	unlink(in_folder("full"));
	assert_int_equal(record_file_create(in_folder("full"), &file, &err), 0);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 3000, limit.rlim_max });
	do
		make(snap, (unsigned)record_file_count(file));
	while (record_file_add(file, snap, &err) == 0);
	n = record_file_count(file);
	assert_in_range(n, 2, 999);
	assert_int_equal(err.code, -EFBIG);
	snprintf(wanted, sizeof(wanted), "the %lu snapshots before are in it", n);
	assert_non_null(strstr(err.text, wanted));
	record_file_close(file, &err);
	setrlimit(RLIMIT_FSIZE, &limit);
	tape = indexed(in_folder("full"));
	assert_int_equal(tape_count(tape), n);
	assert_int_equal(check(tape, n - 1), 0);
	tape_close(tape);
	snapshot_free(snap);
}

static void crc32_is_that_of_zlib(void **state)
{
	(void)state;
	assert_int_equal(record_crc32(0, "123456789", 9), 0xcbf43926u);
	assert_int_equal(record_crc32(record_crc32(0, "1234", 4), "56789", 5), 0xcbf43926u);
	assert_int_equal(
		record_crc32(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339u);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32_is_that_of_zlib),
		cmocka_unit_test(is_read_at_any_place),
		cmocka_unit_test(is_lines_for_zstdcat),
		cmocka_unit_test(ends_anywhere),
		cmocka_unit_test(was_killed),
		cmocka_unit_test(a_bit_flipped_anywhere),
		cmocka_unit_test(of_another_zstd),
		cmocka_unit_test(of_plain_lines),
		cmocka_unit_test(nothing_is_overwritten),
		cmocka_unit_test(a_full_disk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tape", tests, folder_make, folder_remove);
}
