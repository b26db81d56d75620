// SPDX-License-Identifier: GPL-2.0-or-later
#include "keymaps/keymap.h"
#include "probes/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Keys that are written by name; the first name of a key is the one shown. */
static const struct {
	const char *name;
	unsigned key;
} names[] = {
	{ "Space", ' ' },
	{ "Up", KEYM_UP },
	{ "Down", KEYM_DOWN },
	{ "Left", KEYM_LEFT },
	{ "Right", KEYM_RIGHT },
	{ "PgUp", KEYM_PAGE_UP },
	{ "PgDn", KEYM_PAGE_DOWN },
	{ "Home", KEYM_HOME },
	{ "End", KEYM_END },
	{ "Insert", KEYM_INSERT },
	{ "Delete", KEYM_DELETE },
	{ "Backspace", KEYM_BACKSPACE },
	{ "Enter", KEYM_ENTER },
	{ "Esc", KEYM_ESCAPE },
	{ "Tab", KEYM_TAB },
	{ "BackTab", KEYM_BACK_TAB },
	{ "Return", KEYM_ENTER },
	{ "Escape", KEYM_ESCAPE },
	{ "PageUp", KEYM_PAGE_UP },
	{ "PageDown", KEYM_PAGE_DOWN },
};

/* A character that a key can stand for: no control, no half of one, and no blank. */
static bool is_character(unsigned cp)
{
	return cp > ' ' && (cp < 0x7f || cp > 0xa0) && cp <= 0x10ffff &&
	       (cp < 0xd800 || cp > 0xdfff);
}

/* One whole character; 0: it is none, or not all of it. */
static unsigned parse_character(const char *text)
{
	size_t len = strlen(text);
	unsigned cp;

	return len > 0 && text_utf8_next(text, len, &cp) == len && is_character(cp) ? cp : 0;
}

/* U+05D0, for where the letter itself cannot be shown. */
static unsigned parse_number(const char *text)
{
	size_t digits;
	unsigned long cp;

	if (text[0] != 'U' || text[1] != '+')
		return 0;
	digits = strspn(text + 2, "0123456789ABCDEFabcdef");
	if (digits < 4 || digits > 6 || text[2 + digits])
		return 0;
	cp = strtoul(text + 2, NULL, 16);
	return is_character((unsigned)cp) ? (unsigned)cp : 0;
}

static unsigned parse_function_key(const char *text)
{
	char *end;
	unsigned long n;

	if ((text[0] != 'F' && text[0] != 'f') || text[1] < '1' || text[1] > '9')
		return 0;
	n = strtoul(text + 1, &end, 10);
	return *end == '\0' && n <= 12 ? KEYM_F1 + (unsigned)n - 1 : 0;
}

static unsigned parse_plain(const char *text)
{
	unsigned key = parse_character(text);

	if (key)
		return key;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(text, names[i].name) == 0)
			return names[i].key;
	key = parse_number(text);
	return key ? key : parse_function_key(text);
}

/* Terminals send one byte for Control and a letter, whatever Shift does. */
static unsigned with_control(unsigned key)
{
	if (key >= 'A' && key <= 'Z')
		key += 'a' - 'A';
	if ((key >= 'a' && key <= 'z') || key == ' ' || (key >= '[' && key <= '_'))
		return key | KEYM_CTRL;
	return 0;
}

unsigned key_parse(const char *text)
{
	bool control = false, alt = false;
	unsigned key;

	while (text[0] && text[1] == '-' && text[2]) {
		if (text[0] == 'C' && !control)
			control = true;
		else if (text[0] == 'M' && !alt)
			alt = true;
		else
			return 0;
		text += 2;
	}
	key = parse_plain(text);
	if (key && control)
		key = with_control(key);
	return key && alt ? key | KEYM_ALT : key;
}

static const char *format(unsigned key, char *buf, size_t size, unsigned last)
{
	unsigned plain = key & ~(unsigned)(KEYM_CTRL | KEYM_ALT);
	char text[16] = "";

	if (plain >= KEYM_F1 && plain <= KEYM_F12)
		snprintf(text, sizeof(text), "F%u", plain - KEYM_F1 + 1);
	else if (is_character(plain) && plain <= last && text_printable(plain))
		text[text_utf8_put(plain, text)] = '\0';
	else if (is_character(plain))
		snprintf(text, sizeof(text), "U+%04X", plain);
	for (size_t i = 0; !text[0] && i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].key == plain)
			snprintf(text, sizeof(text), "%s", names[i].name);
	snprintf(buf, size, "%s%s%s", key & KEYM_ALT ? "M-" : "", key & KEYM_CTRL ? "C-" : "",
		text[0] ? text : "?");
	return buf;
}

const char *key_format(unsigned key, char *buf, size_t size)
{
	return format(key, buf, size, 0x10ffff);
}

const char *key_format_ascii(unsigned key, char *buf, size_t size)
{
	return format(key, buf, size, '~');
}
