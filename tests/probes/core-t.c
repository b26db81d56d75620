// SPDX-License-Identifier: GPL-2.0-or-later
/* The core that all layers share: text filter, arena, sysroot, mailbox, errors. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/arena.h"
#include "probes/err.h"
#include "probes/mailbox.h"
#include "probes/sysroot.h"
#include "probes/text.h"
#include "probes/thread.h"

static void text_clean_lets_nothing_through(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "web-03", "web-03" },
		{ "Gr\xc3\xbc\xc3\x9f"
		  "e",
			"Gr\xc3\xbc\xc3\x9f"
			"e" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "\033[2Jgone", "?[2Jgone" },
		{ "a\nb\tc\rd\ae\177", "a?b?c?d?e?" },
		{ "\xe2\x80\xae"
		  "evil",
			"?evil" },			      /* bidi override */
		{ "\xe2\x80\x8bzero", "?zero" },	      /* zero width */
		{ "e\xcc\x81", "e?" },			      /* combining */
		{ "\xc2\x9b"
		  "2J",
			"?2J" },			      /* C1 CSI */
		{ "\xff\xfe", "??" },			      /* not UTF-8 */
		{ "\xc0\xaf", "??" },			      /* overlong */
		{ "\xed\xa0\x80", "???" },		      /* surrogate */
		{ "\xf4\x90\x80\x80", "????" },		      /* above Unicode */
		{ "cut\xe2\x80", "cut??" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			text_clean(&arena, cases[i].in, strlen(cases[i].in), TEXT_NAME_MAX),
			cases[i].out);
	assert_string_equal(text_clean(&arena, "a\0b", 3, 10), "a?b");
	arena_release(&arena);
}

static void text_clean_never_cuts_a_character(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(text_clean(&arena, "ab\xc3\xbc", 4, 3), "ab");
	assert_string_equal(text_clean(&arena, "ab\xc3\xbc", 4, 4), "ab\xc3\xbc");
	assert_string_equal(text_clean(&arena, "abc", 3, 0), "");
	arena_release(&arena);
}

/* Whatever the bytes: the result is valid, printable, and cleaning it again changes nothing. */
static void text_clean_is_idempotent_on_noise(void **state)
{
	struct arena arena = { 0 };
	char noise[64];

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		const char *once, *twice;

		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (char)rand();
		once = text_clean(&arena, noise, sizeof(noise), 40);
		assert_in_range(strlen(once), 0, 40);
		for (const char *p = once; *p;) {
			unsigned cp = 0;
			size_t n = text_utf8_next(p, strlen(p), &cp);

			assert_true(n > 0 && text_printable(cp));
			p += n;
		}
		twice = text_clean(&arena, once, strlen(once), 40);
		assert_string_equal(once, twice);
		arena_clear(&arena);
	}
	arena_release(&arena);
}

static void arena_gives_zeroed_aligned_memory_again_and_again(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 70000; size = size * 3 + 1) {
			char *p = arena_alloc(&arena, size);

			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xff, size);
		}
		assert_string_equal(arena_printf(&arena, "%s %d", "vm", 7), "vm 7");
		assert_null(arena_strdup(&arena, NULL));
		arena_clear(&arena);
		assert_int_equal(arena.used, 0);
	}
	arena_release(&arena);
}

static char *make_tree(void)
{
	char *dir = strdup("/tmp/parallax-core-XXXXXX"), path[128];
	FILE *file;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "mkdir -p %s/proc", dir);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/proc/number", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("42\n", file);
	fclose(file);
	return dir;
}

static void sysroot_reads_whole_files_or_says_why_not(void **state)
{
	char *dir = make_tree(), buf[8], command[128];
	struct sysroot root;
	struct err err = { 0 };
	uint64_t value = 0;
	int fd;

	(void)state;
	assert_int_equal(sysroot_open(&root, dir, &err), 0);
	assert_false(root.live);
	assert_int_equal(sysroot_read(&root, buf, sizeof(buf), "proc/%s", "number"), 3);
	assert_string_equal(buf, "42\n");
	assert_int_equal(sysroot_read(&root, buf, 3, "proc/number"), -EFBIG);
	assert_int_equal(sysroot_read(&root, buf, 4, "proc/number"), 3);
	assert_int_equal(sysroot_read_u64(&root, &value, "proc/number"), 0);
	assert_int_equal(value, 42);
	assert_int_equal(sysroot_read(&root, buf, sizeof(buf), "proc/absent"), -ENOENT);
	assert_int_equal(sysroot_read(&root, buf, sizeof(buf), "proc/%0300d", 1), -ENAMETOOLONG);
	fd = sysroot_open_file(&root, "proc/number");
	assert_true(fd >= 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sysroot_reread(fd, buf, sizeof(buf)), 3);
	close(fd);
	sysroot_close(&root);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	free(dir);
}

static void sysroot_grows_with_the_file(void **state)
{
	enum { LARGE = 40000, MOST = 64 * 1024 };
	char *dir = make_tree(), *text = NULL, command[160];
	struct sysroot root;
	struct err err = { 0 };
	size_t size = 0;

	(void)state;
	snprintf(command, sizeof(command), "head -c %d /dev/zero | tr '\\0' x >%s/proc/large",
		LARGE, dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(sysroot_open(&root, dir, &err), 0);
	assert_int_equal(sysroot_slurp(&root, &text, &size, MOST, "proc/%s", "number"), 3);
	assert_string_equal(text, "42\n");
	assert_int_equal(sysroot_slurp(&root, &text, &size, LARGE, "proc/large"), -EFBIG);
	assert_int_equal(size, LARGE);
	assert_int_equal(sysroot_slurp(&root, &text, &size, MOST, "proc/large"), LARGE);
	assert_int_equal(strlen(text), LARGE);
	assert_int_equal(size, MOST);
	assert_int_equal(sysroot_slurp(&root, &text, &size, MOST, "proc/absent"), -ENOENT);
	free(text);
	sysroot_close(&root);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	free(dir);
}

static void sysroot_names_what_is_wrong(void **state)
{
	struct sysroot root;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(sysroot_open(&root, "/nonexistent", &err), -ENOENT);
	assert_non_null(strstr(err.text, "\"/nonexistent\""));
	assert_non_null(strstr(err.text, "proc/"));
	assert_int_equal(sysroot_open(&root, "/usr", &err), -ENOENT);
	assert_non_null(strstr(err.text, "cannot read proc below sysroot \"/usr\""));
}

enum { LETTERS = 20000 };

static void *post_letters(void *arg)
{
	struct mailbox *box = arg;

	for (intptr_t i = 1; i <= LETTERS; i++)
		mailbox_put(box, (void *)i);
	return NULL;
}

static void mailbox_hands_over_the_newest_and_wakes(void **state)
{
	struct mailbox box;
	pthread_t thread;
	intptr_t last = 0;

	(void)state;
	assert_int_equal(mailbox_init(&box, true), 0);
	assert_null(mailbox_take(&box));
	assert_int_equal(thread_start(&thread, "post", post_letters, &box), 0);
	while (last < LETTERS) {
		intptr_t letter;

		assert_true(bell_wait(box.eventfd, 10000));
		letter = (intptr_t)mailbox_take(&box);
		if (letter) {
			assert_true(letter > last);
			last = letter;
		}
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_null(mailbox_put(&box, &box));
	assert_ptr_equal(mailbox_put(&box, &thread), &box);
	assert_ptr_equal(mailbox_release(&box), &thread);
}

static void err_set_is_one_bounded_sentence(void **state)
{
	struct err err;
	char large[1000];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(err_set(&err, -EIO, "%s", large), -EIO);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(err_set(NULL, -EPERM, "nobody asks"), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_clean_lets_nothing_through),
		cmocka_unit_test(text_clean_never_cuts_a_character),
		cmocka_unit_test(text_clean_is_idempotent_on_noise),
		cmocka_unit_test(arena_gives_zeroed_aligned_memory_again_and_again),
		cmocka_unit_test(sysroot_reads_whole_files_or_says_why_not),
		cmocka_unit_test(sysroot_grows_with_the_file),
		cmocka_unit_test(sysroot_names_what_is_wrong),
		cmocka_unit_test(mailbox_hands_over_the_newest_and_wakes),
		cmocka_unit_test(err_set_is_one_bounded_sentence),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
