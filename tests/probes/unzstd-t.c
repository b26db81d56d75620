// SPDX-License-Identifier: GPL-2.0-or-later
/* Streams of zstd frames and lines in them, by pieces of any size, and hostile ones. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#include "probes/lines.h"
#include "probes/unzstd.h"

enum { SIZE = 1 << 20 };

/* A file of what was appended; it is read as a pipe, too, for nothing seeks in that. */
static int fd;
static uint64_t size;

static int setup(void **state)
{
	(void)state;
	fd = memfd_create("frames", 0);
	size = 0;
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	return close(fd);
}

static void append(const void *data, size_t len)
{
	assert_int_equal(pwrite(fd, data, len, (off_t)size), len);
	size += len;
}

static void append_frame(const char *text, int window_log)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	const size_t len = strlen(text), most = ZSTD_compressBound(len) + 1024;
	char *out = malloc(most);
	ZSTD_outBuffer to = { out, most, 0 };
	ZSTD_inBuffer from = { text, len, 0 };

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	if (window_log) /* flushed first, so that its length is not known and the window stays */
		ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log);
	if (window_log)
		ZSTD_compressStream2(zstd, &to, &from, ZSTD_e_flush);
	assert_int_equal(ZSTD_compressStream2(zstd, &to, &from, ZSTD_e_end), 0);
	append(out, to.pos);
	ZSTD_freeCCtx(zstd);
	free(out);
}

static void append_skippable(uint32_t number, const char *text)
{
	const uint32_t magic = 0x184d2a50u + number, len = (uint32_t)strlen(text);

	append(&magic, 4);
	append(&len, 4);
	append(text, len);
}

/* All of it, by reads of so many bytes. Returns the last return value. */
static ssize_t drain(struct unzstd *unzstd, char *out, size_t step)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = unzstd_read(unzstd, out + len, step);
		len += got > 0 ? (size_t)got : 0;
		assert_true(len + step < SIZE);
	} while (got > 0);
	out[len] = '\0';
	return got;
}

static ssize_t drain_pipe(char *out, size_t step)
{
	struct unzstd *unzstd = unzstd_pipe(fd);
	ssize_t got;

	lseek(fd, 0, SEEK_SET);
	got = drain(unzstd, out, step);
	unzstd_free(unzstd);
	return got;
}

static char out[SIZE];

static void a_pipe_of_several_frames(void **state)
{
	static const size_t steps[] = { 1, 3, 100, 4096 };

	(void)state;
	append_skippable(0, "before");
	append_frame("one\n", 0);
	append_frame("", 0);
	append_skippable(15, "");
	append_frame("two\n", 0);
	append_skippable(11, "PLXINDEX");
	append_frame("three", 20);
	append_skippable(3, "behind");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(drain_pipe(out, steps[i]), 0);
		assert_string_equal(out, "one\ntwo\nthree");
	}
}

static void what_was_peeked_comes_first(void **state)
{
	struct unzstd *unzstd;
	char first[7];

	(void)state;
	append_frame("all of it", 0);
	unzstd = unzstd_pipe(fd);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(read(fd, first, sizeof(first)), sizeof(first));
	unzstd_give(unzstd, first, sizeof(first));
	assert_int_equal(drain(unzstd, out, 4), 0);
	assert_string_equal(out, "all of it");
	unzstd_free(unzstd);
	unzstd_free(NULL);
}

/* A writer that is alive has flushed them: they must not wait for what it writes next. */
static void all_that_has_come_of_a_pipe_is_told(void **state)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char text[1000], packed[2000];
	ZSTD_outBuffer to = { packed, sizeof(packed), 0 };
	ZSTD_inBuffer from = { memset(text, 'a', sizeof(text)), sizeof(text), 0 };
	struct unzstd *unzstd;
	int ends[2];

	(void)state;
	assert_int_equal(ZSTD_compressStream2(zstd, &to, &from, ZSTD_e_flush), 0);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(write(ends[1], packed, to.pos), to.pos);
	unzstd = unzstd_pipe(ends[0]);
	for (size_t i = 0; i < sizeof(text) / 100; i++)
		assert_int_equal(unzstd_read(unzstd, out, 100), 100);
	assert_int_equal(unzstd_read(unzstd, out, 100), -EAGAIN);
	close(ends[1]);
	assert_int_equal(unzstd_read(unzstd, out, 100), 0);
	unzstd_free(unzstd);
	close(ends[0]);
	ZSTD_freeCCtx(zstd);
}

static void one_frame_of_a_file(void **state)
{
	struct unzstd *unzstd = unzstd_file(fd);
	uint64_t second, third;
	bool whole = false;

	(void)state;
	append_frame("one", 0);
	second = size;
	append_frame("two", 0);
	third = size;
	append_frame("three", 0);
	unzstd_seek(unzstd, second, size);
	assert_int_equal(drain(unzstd, out, 2), 0);
	assert_string_equal(out, "two");
	assert_int_equal(unzstd_tell(unzstd, &whole), third);
	assert_true(whole);
	/* Nothing behind the end that was given is read. */
	unzstd_seek(unzstd, second, third - 1);
	assert_int_equal(drain(unzstd, out, 2), 0);
	unzstd_tell(unzstd, &whole);
	assert_false(whole);
	unzstd_seek(unzstd, 0, size);
	assert_int_equal(drain(unzstd, out, 100), 0);
	assert_string_equal(out, "one");
	unzstd_free(unzstd);
}

/* 200 bytes must not make us allocate a gigabyte. */
static void a_large_window_is_refused(void **state)
{
	(void)state;
	append_frame("small", UNZSTD_WINDOW_LOG);
	assert_int_equal(drain_pipe(out, 100), 0);
	assert_string_equal(out, "small");
	size = 0;
	assert_int_equal(ftruncate(fd, 0), 0);
	append_frame("small", UNZSTD_WINDOW_LOG + 1);
	assert_int_equal(drain_pipe(out, 100), -EBADMSG);
	assert_string_equal(out, "");
}

static void a_stream_that_was_cut_short(void **state)
{
	(void)state;
	append_frame("it was cut short", 20);
	for (uint64_t len = 0; len < size; len++) {
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		assert_int_equal(drain_pipe(out, 5), 0);
		assert_int_equal(strncmp("it was cut short", out, strlen(out)), 0);
		size = 0;
		append_frame("it was cut short", 20);
	}
}

/* Behind damage nothing is invented, however often one asks. */
static void damage_stays_damage(void **state)
{
	struct unzstd *unzstd;
	uint64_t first;
	unsigned char bad;

	(void)state;
	append_frame("good\n", 0);
	first = size;
	append_frame("this one is damaged, this one is not\n", 0);
	append_frame("good again\n", 0);
	for (uint64_t at = first; at < first + 12; at++) {
		assert_int_equal(pread(fd, &bad, 1, (off_t)at), 1);
		bad ^= 0xff;
		assert_int_equal(pwrite(fd, &bad, 1, (off_t)at), 1);
		unzstd = unzstd_pipe(fd);
		lseek(fd, 0, SEEK_SET);
		if (drain(unzstd, out, 100) == 0)
			fail_msg("byte %u: \"%s\"", (unsigned)(at - first), out);
		assert_int_equal(strncmp(out, "good\n", 5), 0);
		for (int i = 0; i < 20; i++)
			assert_int_equal(unzstd_read(unzstd, out, 100), -EBADMSG);
		unzstd_free(unzstd);
		bad ^= 0xff;
		assert_int_equal(pwrite(fd, &bad, 1, (off_t)at), 1);
	}
}

static void beginnings_are_known(void **state)
{
	(void)state;
	assert_true(unzstd_begins("\x28\xb5\x2f\xfd", 4));
	assert_true(unzstd_begins("\x50\x2a\x4d\x18", 4));
	assert_true(unzstd_begins("\x5f\x2a\x4d\x18...", 7));
	assert_false(unzstd_begins("\x60\x2a\x4d\x18", 4));
	assert_false(unzstd_begins("\x28\xb5\x2f", 3));
	assert_false(unzstd_begins("{\"p\"", 4));
	assert_false(unzstd_begins("", 0));
}

/* Lines. */

struct bytes {
	size_t left, step;
	size_t newline_at; /* so many bytes before the end there is one */
};

static ssize_t give(void *arg, char *buf, size_t room)
{
	struct bytes *bytes = arg;
	size_t n = bytes->step < room ? bytes->step : room;

	n = n < bytes->left ? n : bytes->left;
	memset(buf, 'x', n);
	if (bytes->newline_at <= bytes->left && bytes->newline_at > bytes->left - n)
		buf[bytes->left - bytes->newline_at] = '\n';
	bytes->left -= n;
	return (ssize_t)n;
}

/* However it comes, a line is too long or it is not. */
static void the_longest_line_is_the_same_for_all(void **state)
{
	static const size_t steps[] = { 4096, 1 << 16, 1 << 26 };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (size_t more = 0; more < 2; more++) {
			struct bytes bytes = { LINES_LONGEST + more + 100, steps[i], 100 };
			struct lines lines;
			struct line line;

			lines_init(&lines, give, &bytes);
			assert_int_equal(lines_next(&lines, &line), more ? -EFBIG : 0);
			assert_true(more || line.len == LINES_LONGEST);
			lines_release(&lines);
		}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(a_pipe_of_several_frames),
		TEST(what_was_peeked_comes_first),
		cmocka_unit_test(all_that_has_come_of_a_pipe_is_told),
		TEST(one_frame_of_a_file),
		TEST(a_large_window_is_refused),
		TEST(a_stream_that_was_cut_short),
		TEST(damage_stays_damage),
		TEST(beginnings_are_known),
		TEST(the_longest_line_is_the_same_for_all),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("unzstd", tests, NULL, NULL);
}
