// SPDX-License-Identifier: GPL-2.0-or-later
/* Keymaps: names of keys, bindings and their order, what is said of a bad line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keymaps/keymap.h"

static const char *const places[] = { "steal", "vm", "findings", "explain", "help", "replay",
	"lesson", NULL };

struct said {
	char text[8][512];
	int count;
};

static void note(void *arg, const char *sentence)
{
	struct said *said = arg;

	if (said->count < 8)
		snprintf(said->text[said->count], sizeof(said->text[0]), "%s", sentence);
	said->count++;
}

static struct keymap *map_of(const char *text, struct said *said)
{
	struct keymap *map = keymap_new();
	int bad;

	*said = (struct said){ 0 };
	keymap_set_places(map, places);
	bad = keymap_load_text(map, text, "my.keys", note, said);
	assert_int_equal(bad, said->count);
	return map;
}

static void every_key_keeps_its_name(void **state)
{
	char name[32];
	unsigned n = 0;

	(void)state;
	for (unsigned key = 1; key <= KEYM_F12; key++) {
		static const unsigned modifiers[] = { 0, KEYM_CTRL, KEYM_ALT,
			KEYM_ALT | KEYM_CTRL };

		if (key == 0x3000)
			key = KEY_SPECIAL + 1;
		for (size_t i = 0; i < 4; i++) {
			unsigned whole = key | modifiers[i];

			key_format(whole, name, sizeof(name));
			/* No terminal tells C-a from C-A, or sends C-Up: those have no name. */
			if (key_parse(name) == 0 || (whole & KEYM_CTRL && key >= 'A' && key <= 'Z'))
				continue;
			if (key != '?' && strchr(name, '?'))
				continue;
			assert_int_equal(key_parse(name), whole);
			n++;
		}
	}
	/* Printable ones, named ones, with Alt, and those that Control makes. */
	assert_true(n > 24000);
}

static void what_moves_other_text_about_is_shown_by_number(void **state)
{
	char name[32];

	(void)state;
	assert_string_equal(key_format(0x202e, name, sizeof(name)), "U+202E");
	assert_string_equal(key_format(0xe4, name, sizeof(name)), "\xc3\xa4");
	assert_string_equal(key_format_ascii(0xe4 | KEYM_ALT, name, sizeof(name)), "M-U+00E4");
	assert_string_equal(key_format_ascii('a' | KEYM_CTRL, name, sizeof(name)), "C-a");
}

static void keys_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		unsigned key;
	} cases[] = {
		{ "q", 'q' },
		{ "Q", 'Q' },
		{ "-", '-' },
		{ "space", ' ' },
		{ "PageDown", KEYM_PAGE_DOWN },
		{ "escape", KEYM_ESCAPE },
		{ "f12", KEYM_F12 },
		{ "C-l", 'l' | KEYM_CTRL },
		{ "C-L", 'l' | KEYM_CTRL },
		{ "M-v", 'v' | KEYM_ALT },
		{ "M-C-x", 'x' | KEYM_ALT | KEYM_CTRL },
		{ "C--", 0 },
		{ "M--", '-' | KEYM_ALT },
		{ "\xc3\xa4", 0xe4 },
		{ "", 0 },
		{ "F13", 0 },
		{ "F0", 0 },
		{ "C-", 0 },
		{ "C-C-x", 0 },
		{ "C-F1", 0 },
		{ "\033", 0 },
		{ "ab", 0 },
		{ "\xff", 0 },
		{ "\xc3", 0 },
		{ "\xc2\x9b", 0 },
		{ "\xe0\x82\xa0", 0 },	   /* longer than it may be */
		{ "\xed\xa0\x80", 0 },	   /* half of a pair */
		{ "\xf4\x90\x80\x80", 0 }, /* above all characters */
		{ "\xd7\x90", 0x5d0 },
		{ "M-U+05D0", 0x5d0 | KEYM_ALT },
		{ "U+05d0", 0x5d0 },
		{ "U+D800", 0 },
		{ "U+001B", 0 },
		{ "U+110000", 0 },
		{ "U+5D0", 0 },
		{ "U+05D0x", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (key_parse(cases[i].text) != cases[i].key)
			fail_msg("\"%s\" is %x", cases[i].text, key_parse(cases[i].text));
}

static void a_place_goes_before_global_and_the_later_file_wins(void **state)
{
	struct said said;
	struct keymap *map = map_of("# mine\n\n  bind global x quit\nbind steal x sort\n"
				    "bind global y help\nbind vm y none\n",
		&said);
	unsigned keys[4];

	(void)state;
	assert_int_equal(said.count, 0);
	assert_int_equal(
		keymap_action(map, (struct keymap_place){ "steal", NULL }, 'x'), ACTION_SORT);
	assert_int_equal(keymap_action(map, (struct keymap_place){ "vm", NULL }, 'x'), ACTION_QUIT);
	assert_int_equal(keymap_action(map, (struct keymap_place){ "vm", NULL }, 'y'), ACTION_NONE);
	assert_int_equal(
		keymap_action(map, (struct keymap_place){ "steal", NULL }, 'z'), ACTION_NONE);
	assert_int_equal(
		keymap_keys(map, (struct keymap_place){ "steal", NULL }, ACTION_QUIT, keys, 4), 0);
	assert_int_equal(
		keymap_keys(map, (struct keymap_place){ "vm", NULL }, ACTION_QUIT, keys, 4), 1);
	assert_int_equal(keys[0], 'x');
	assert_int_equal(keymap_load_text(map, "bind global x help\n", "2", note, &said), 0);
	assert_int_equal(keymap_action(map, (struct keymap_place){ "vm", NULL }, 'x'), ACTION_HELP);
	assert_int_equal(
		keymap_keys(map, (struct keymap_place){ "vm", NULL }, ACTION_HELP, keys, 1), 1);
	keymap_free(map);
}

static void a_bad_line_says_what_where_and_what_is_allowed(void **state)
{
	struct said said;
	struct keymap *map = map_of("bind global x qiut\n"
				    "bind stael x quit\n"
				    "bind global Foo quit\n"
				    "unbind x\n"
				    "bind global x \033[31m\n"
				    "bind global a up\nbind global a down\n"
				    "bind global q quit\n"
				    "bind vm M-\xc3\xa4 up\nbind vm M-\xc3\xa4 up\n",
		&said);

	(void)state;
	assert_int_equal(said.count, 7);
	assert_string_equal(
		said.text[0], "my.keys:1: unknown action \"qiut\"; did you mean \"quit\"?");
	assert_string_equal(said.text[1], "my.keys:2: unknown place \"stael\"; places are global, "
					  "steal, vm, findings, explain, help, replay, "
					  "lesson");
	assert_non_null(strstr(said.text[2], "my.keys:3: unknown key \"Foo\"; a key is"));
	assert_non_null(strstr(said.text[3], "bind PLACE KEY ACTION"));
	assert_null(strchr(said.text[4], '\033'));
	assert_string_equal(said.text[5],
		"my.keys:7: a is bound in global already, by line 6; the last one counts");
	assert_string_equal(said.text[6],
		"my.keys:10: M-U+00E4 is bound in vm already, by line 9; the last one counts");
	assert_int_equal(keymap_action(map, (struct keymap_place){ "vm", NULL }, 'q'), ACTION_QUIT);
	assert_int_equal(keymap_action(map, (struct keymap_place){ "vm", NULL }, 'a'), ACTION_DOWN);
	keymap_free(map);
}

static void a_line_of_any_length_is_survived(void **state)
{
	struct said said;
	char *text = malloc(100001);
	struct keymap *map;

	(void)state;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	map = map_of(text, &said);
	assert_int_equal(said.count, 1);
	assert_non_null(strstr(said.text[0], "longer than"));
	keymap_free(map);
	free(text);
}

static void files_that_are_no_keymaps_are_refused(void **state)
{
	char path[] = "/tmp/parallax-keys-XXXXXX";
	struct said said = { 0 };
	struct keymap *map = keymap_new();
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(keymap_load_file(map, "/proc/nonexistent", note, &said), -ENOENT);
	assert_string_equal(
		said.text[0], "cannot read keys from \"/proc/nonexistent\": No such file or directory");
	assert_int_equal(keymap_load_file(map, "/", note, &said), -EIO);
	assert_true(write(fd, "bind\0", 5) == 5);
	assert_int_equal(keymap_load_file(map, path, note, &said), -EINVAL);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(keymap_load_file(map, path, note, &said), -EFBIG);
	assert_int_equal(said.count, 4);
	close(fd);
	unlink(path);
	keymap_free(map);
}

/* default alone, and each other on top of it: no complaint, and every action can be reached. */
static void the_maps_that_come_along_are_complete(void **state)
{
	(void)state;
	assert_null(keymap_builtin("nano"));
	for (const char *const *name = keymap_builtin_names; *name; name++) {
		struct said said;
		struct keymap *map = map_of(keymap_builtin("default"), &said);

		if (strcmp(*name, "default") != 0)
			keymap_load_text(map, keymap_builtin(*name), *name, note, &said);
		if (said.count)
			fail_msg("%s: %s", *name, said.text[0]);
		for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
			unsigned key;

			if (!keymap_keys(map, (struct keymap_place){ "steal", "lesson" },
				    (enum action)action, &key, 1))
				fail_msg("%s: no key for %s", *name, action_info[action].name);
		}
		keymap_free(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_keeps_its_name),
		cmocka_unit_test(what_moves_other_text_about_is_shown_by_number),
		cmocka_unit_test(keys_are_read_as_people_write_them),
		cmocka_unit_test(a_place_goes_before_global_and_the_later_file_wins),
		cmocka_unit_test(a_bad_line_says_what_where_and_what_is_allowed),
		cmocka_unit_test(a_line_of_any_length_is_survived),
		cmocka_unit_test(files_that_are_no_keymaps_are_refused),
		cmocka_unit_test(the_maps_that_come_along_are_complete),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
