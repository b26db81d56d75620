// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keymaps/keymap.h"
#include "tui/prompt.h"

static void type(struct prompt *prompt, const char *text)
{
	for (; *text; text++)
		assert_int_equal(prompt_key(prompt, (unsigned char)*text), PROMPT_EDITED);
}

static void enter_keeps(void **state)
{
	struct prompt prompt = { .open = false };

	(void)state;
	prompt_open(&prompt);
	assert_true(prompt.open);
	type(&prompt, "web*");
	assert_string_equal(prompt.text, "web*");
	assert_int_equal(prompt_key(&prompt, KEYM_ENTER), PROMPT_KEPT);
	assert_false(prompt.open);
	assert_string_equal(prompt.text, "web*");
}

static void escape_drops(void **state)
{
	struct prompt prompt = { .text = "db" };

	(void)state;
	prompt_open(&prompt);
	type(&prompt, "-01");
	assert_string_equal(prompt.text, "db-01");
	assert_int_equal(prompt_key(&prompt, KEYM_ESCAPE), PROMPT_DROPPED);
	assert_false(prompt.open);
	assert_string_equal(prompt.text, "db");
}

static void editing(void **state)
{
	struct prompt prompt = { .text = "" };

	(void)state;
	prompt_open(&prompt);
	assert_int_equal(prompt_key(&prompt, KEYM_BACKSPACE), PROMPT_EDITED);
	assert_string_equal(prompt.text, "");
	type(&prompt, "a b  cd ");
	prompt_key(&prompt, KEYM_CTRL | 'w');
	assert_string_equal(prompt.text, "a b  ");
	prompt_key(&prompt, KEYM_BACKSPACE);
	assert_string_equal(prompt.text, "a b ");
	prompt_key(&prompt, KEYM_CTRL | 'u');
	assert_string_equal(prompt.text, "");
}

static void characters_go_whole(void **state)
{
	static const unsigned characters[] = { 'x', 0xe9, 0x20ac, 0x1d11e };
	struct prompt prompt = { .text = "" };
	size_t i;

	(void)state;
	prompt_open(&prompt);
	for (i = 0; i < 4; i++)
		assert_int_equal(prompt_key(&prompt, characters[i]), PROMPT_EDITED);
	assert_string_equal(prompt.text, "xé€𝄞");
	prompt_key(&prompt, KEYM_BACKSPACE);
	assert_string_equal(prompt.text, "xé€");
	prompt_key(&prompt, KEYM_BACKSPACE);
	prompt_key(&prompt, KEYM_BACKSPACE);
	assert_string_equal(prompt.text, "x");
}

static void other_keys_do_nothing(void **state)
{
	static const unsigned keys[] = { KEYM_UP, KEYM_F1, KEYM_ALT | 'x', KEYM_CTRL | 'x',
		0x202e };
	struct prompt prompt = { .text = "a" };
	size_t i;

	(void)state;
	prompt_open(&prompt);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(prompt_key(&prompt, keys[i]), PROMPT_SAME);
	assert_string_equal(prompt.text, "a");
	assert_true(prompt.open);
}

static void a_full_prompt_takes_no_more(void **state)
{
	struct prompt prompt = { .text = "" };
	int i;

	(void)state;
	prompt_open(&prompt);
	for (i = 0; i < 1000; i++)
		prompt_key(&prompt, i % 2 ? 0x20ac : 'a');
	assert_true(strlen(prompt.text) < sizeof(prompt.text));
	assert_true(strlen(prompt.text) > sizeof(prompt.text) - 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enter_keeps),
		cmocka_unit_test(escape_drops),
		cmocka_unit_test(editing),
		cmocka_unit_test(characters_go_whole),
		cmocka_unit_test(other_keys_do_nothing),
		cmocka_unit_test(a_full_prompt_takes_no_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("prompt", tests, NULL, NULL);
}
