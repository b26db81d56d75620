// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keymaps/keymap.h"
#include "tui/input.h"

/* A terminal that knows Up in application mode, a key of no use, and ^H as backspace. */
static int lookup(const char *sequence)
{
	static const struct {
		const char *sequence;
		int key;
	} known[] = { { "\033OA", KEYM_UP }, { "\033[[A", KEYM_F1 }, { "\033[25~", INPUT_UNUSED },
		{ "\b", KEYM_BACKSPACE } };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(known[i].sequence, sequence))
			return known[i].key;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strncmp(known[i].sequence, sequence, strlen(sequence)))
			return INPUT_PREFIX;
	}
	/* As key_defined of curses: whatever follows a whole sequence does not trouble it. */
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strncmp(known[i].sequence, sequence, strlen(known[i].sequence)))
			return known[i].key;
	}
	return INPUT_NO_KEY;
}

/* The keys of bytes that came at once, then nothing more, against those expected (0 ends). */
static void check_len(const char *bytes, size_t len, const unsigned *expected)
{
	struct input input = { .len = 0 };
	unsigned key;

	while (len) {
		const size_t n = input_add(&input, bytes, len);

		assert_true(n > 0);
		bytes += n;
		len -= n;
		while ((key = input_key(&input, lookup, false)))
			assert_int_equal(key, *expected++);
	}
	while ((key = input_key(&input, lookup, true)))
		assert_int_equal(key, *expected++);
	assert_int_equal(*expected, 0);
	assert_int_equal(input.len, 0);
}

#define CHECK(bytes, ...) check_len(bytes, sizeof(bytes) - 1, (const unsigned[]){ __VA_ARGS__ })

static void letters_and_controls(void **state)
{
	(void)state;
	CHECK("q", 'q', 0);
	CHECK(" ", ' ', 0);
	CHECK("\r\t\177\b", KEYM_ENTER, KEYM_TAB, KEYM_BACKSPACE, KEYM_BACKSPACE, 0);
	CHECK("\x01\x0c\x1a", KEYM_CTRL | 'a', KEYM_CTRL | 'l', KEYM_CTRL | 'z', 0);
	CHECK("\x1c\x1f", KEYM_CTRL | '\\', KEYM_CTRL | '_', 0);
	CHECK("a\0b", 'a', KEYM_CTRL | ' ', 'b', 0);
}

static void utf8(void **state)
{
	(void)state;
	CHECK("é€𝄞", 0xe9, 0x20ac, 0x1d11e, 0);
	CHECK("a\xff"
	      "b",
		'a', 'b', 0);
	CHECK("\xe2\x82x", 'x', 0);
	CHECK("\xe2\x82", 0);
}

static void sequences(void **state)
{
	(void)state;
	CHECK("\033OA\033[A\033[B", KEYM_UP, KEYM_UP, KEYM_DOWN, 0);
	CHECK("\033OAj\r", KEYM_UP, 'j', KEYM_ENTER, 0);
	CHECK("\033[[A", KEYM_F1, 0);
	CHECK("\033[5~\033[6~\033[1~\033[4~", KEYM_PAGE_UP, KEYM_PAGE_DOWN, KEYM_HOME, KEYM_END, 0);
	CHECK("\033[11~\033[24~\033OP\033OS", KEYM_F1, KEYM_F12, KEYM_F1, KEYM_F1 + 3, 0);
	CHECK("\033[1;5C\033[3;3~", KEYM_CTRL | KEYM_RIGHT, KEYM_ALT | KEYM_DELETE, 0);
	CHECK("\033[Z", KEYM_BACK_TAB, 0);
}

static void escape_and_alt(void **state)
{
	(void)state;
	CHECK("\033", KEYM_ESCAPE, 0);
	CHECK("\033\033", KEYM_ESCAPE, KEYM_ESCAPE, 0);
	CHECK("\033v", KEYM_ALT | 'v', 0);
	CHECK("\033é", KEYM_ALT | 0xe9, 0);
	CHECK("\033\033[A", KEYM_ALT | KEYM_UP, 0);
	CHECK("\033[", KEYM_ALT | '[', 0);
	CHECK("\033O", KEYM_ALT | 'O', 0);
	CHECK("\033\r", KEYM_ALT | KEYM_ENTER, 0);
}

static void strange_sequences_vanish_whole(void **state)
{
	(void)state;
	CHECK("\033[25~q", 'q', 0);
	CHECK("\033[?1;2cq", 'q', 0);
	CHECK("\033[200~q", 'q', 0);
	CHECK("\033[99999999999999999999~q", 'q', 0);
	CHECK("\033[1;2", 0);
}

static void waits_only_while_it_must(void **state)
{
	struct input input = { .len = 0 };

	(void)state;
	input_add(&input, "\033", 1);
	assert_int_equal(input_key(&input, lookup, false), 0);
	assert_int_equal(input.len, 1);
	input_add(&input, "[", 1);
	assert_int_equal(input_key(&input, lookup, false), 0);
	input_add(&input, "B", 1);
	assert_int_equal(input_key(&input, lookup, false), KEYM_DOWN);
	input_add(&input, "\xc3", 1);
	assert_int_equal(input_key(&input, lookup, false), 0);
	input_add(&input, "\xa9", 1);
	assert_int_equal(input_key(&input, lookup, false), 0xe9);
}

/* Whatever comes, everything is used up in the end and nothing is read beyond. */
static void any_bytes(void **state)
{
	uint32_t random = 1;
	int i, n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct input input = { .len = 0 };

		for (n = 0; n < (int)sizeof(input.bytes); n++) {
			random = random * 1664525 + 1013904223;
			input.bytes[n] = random >> 31 ? "\033[O;1~\xe2"[random >> 16 & 7]
						      : (char)(random >> 24);
		}
		input.len = (random >> 8) % sizeof(input.bytes);
		while (input_key(&input, lookup, true))
			;
		assert_int_equal(input.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_and_controls),
		cmocka_unit_test(utf8),
		cmocka_unit_test(sequences),
		cmocka_unit_test(escape_and_alt),
		cmocka_unit_test(strange_sequences_vanish_whole),
		cmocka_unit_test(waits_only_while_it_must),
		cmocka_unit_test(any_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
