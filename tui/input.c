// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/input.h"

#include <stdlib.h>
#include <string.h>

#include "keymaps/keymap.h"
#include "probes/text.h"

enum { ESC = 27, RUBOUT = 127, SEQUENCE_MAX = 32 };

size_t input_add(struct input *input, const char *bytes, size_t len)
{
	const size_t room = sizeof(input->bytes) - input->len;
	const size_t n = len < room ? len : room;

	memcpy(input->bytes + input->len, bytes, n);
	input->len += n;
	return n;
}

static unsigned letter_key(char letter)
{
	switch (letter) {
	case 'A':
		return KEYM_UP;
	case 'B':
		return KEYM_DOWN;
	case 'C':
		return KEYM_RIGHT;
	case 'D':
		return KEYM_LEFT;
	case 'F':
		return KEYM_END;
	case 'H':
		return KEYM_HOME;
	case 'M':
		return KEYM_ENTER;
	case 'Z':
		return KEYM_BACK_TAB;
	}
	return letter >= 'P' && letter <= 'S' ? KEYM_F1 + (unsigned)(letter - 'P') : 0;
}

/* The numbers before a tilde, as the VT220 and its heirs send them. */
static unsigned number_key(long number)
{
	static const unsigned key[] = { [1] = KEYM_HOME,
		KEYM_INSERT,
		KEYM_DELETE,
		KEYM_END,
		KEYM_PAGE_UP,
		KEYM_PAGE_DOWN,
		KEYM_HOME,
		KEYM_END,
		[11] = KEYM_F1,
		KEYM_F1 + 1,
		KEYM_F1 + 2,
		KEYM_F1 + 3,
		KEYM_F1 + 4,
		[17] = KEYM_F1 + 5,
		KEYM_F1 + 6,
		KEYM_F1 + 7,
		KEYM_F1 + 8,
		KEYM_F1 + 9,
		[23] = KEYM_F1 + 10,
		KEYM_F12 };

	return number > 0 && number < (long)(sizeof(key) / sizeof(key[0])) ? key[number] : 0;
}

static unsigned modifiers(const char *parameters)
{
	const char *second = strchr(parameters, ';');
	const long bits = second ? strtol(second + 1, NULL, 10) - 1 : 0;

	return (bits & 2 ? KEYM_ALT : 0) | (bits & 4 ? KEYM_CTRL : 0);
}

/* ESC [ parameters letter. Each decoder returns the bytes it used; 0: more must come. */
static size_t decode_csi(const char *bytes, size_t len, bool complete, unsigned *key)
{
	char parameters[SEQUENCE_MAX] = "";
	size_t n = 2;

	while (n < len && bytes[n] >= 0x20 && bytes[n] < 0x40)
		n++;
	if (n == len && !complete && len < SEQUENCE_MAX)
		return 0;
	if (len == 2)
		*key = KEYM_ALT | '[';
	if (n == len || n >= SEQUENCE_MAX)
		return n;
	memcpy(parameters, bytes + 2, n - 2);
	*key = bytes[n] == '~' ? number_key(strtol(parameters, NULL, 10)) : letter_key(bytes[n]);
	if (*key)
		*key |= modifiers(parameters);
	return n + 1;
}

/* ESC O letter. */
static size_t decode_ss3(const char *bytes, size_t len, bool complete, unsigned *key)
{
	if (len == 2) {
		*key = KEYM_ALT | 'O';
		return complete ? 2 : 0;
	}
	*key = letter_key(bytes[2]);
	return 3;
}

static unsigned control_key(unsigned char byte)
{
	if (byte == '\t')
		return KEYM_TAB;
	if (byte == '\r')
		return KEYM_ENTER;
	if (byte == ESC)
		return KEYM_ESCAPE;
	if (byte == 0)
		return KEYM_CTRL | ' ';
	return KEYM_CTRL | (byte <= 26 ? byte + 'a' - 1u : byte + '@' + 0u);
}

static size_t utf8_size(unsigned char first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

static size_t decode_character(const char *bytes, size_t len, bool complete, unsigned *key)
{
	const unsigned char first = (unsigned char)bytes[0];
	size_t n;

	*key = 0;
	if (first == RUBOUT) {
		*key = KEYM_BACKSPACE;
		return 1;
	}
	if (first < ' ') {
		*key = control_key(first);
		return 1;
	}
	n = text_utf8_next(bytes, len, key);
	if (n)
		return n;
	*key = 0;
	return len < utf8_size(first) && !complete ? 0 : 1;
}

/*
 * The longest sequence that the terminal's description knows. Returns its bytes, 0 when there is
 * none; *wait: more bytes may make one.
 */
static size_t decode_described(
	const char *bytes, size_t len, input_lookup *lookup, unsigned *key, bool *wait)
{
	char sequence[SEQUENCE_MAX] = "";
	size_t n, best = 0;
	int found = INPUT_NO_KEY;

	for (n = 0; n < len && n < sizeof(sequence) - 1 && bytes[n]; n++) {
		sequence[n] = bytes[n];
		found = lookup(sequence);
		if (found == INPUT_NO_KEY)
			break;
		if (found == INPUT_PREFIX)
			continue;
		/* What more would begin with it had been called a prefix; curses knows no ends. */
		best = n + 1;
		*key = found == INPUT_UNUSED ? 0 : (unsigned)found;
		break;
	}
	*wait = n == len && found == INPUT_PREFIX;
	return best;
}

static size_t decode(
	const char *bytes, size_t len, input_lookup *lookup, bool complete, unsigned *key);

/* ESC before anything else is Alt. */
static size_t decode_alt(
	const char *bytes, size_t len, input_lookup *lookup, bool complete, unsigned *key)
{
	const size_t n = decode(bytes + 1, len - 1, lookup, complete, key);

	if (*key == KEYM_ESCAPE)
		return 1;
	if (*key)
		*key |= KEYM_ALT;
	return n ? n + 1 : 0;
}

static size_t decode(
	const char *bytes, size_t len, input_lookup *lookup, bool complete, unsigned *key)
{
	bool wait;
	size_t n;

	*key = 0;
	n = decode_described(bytes, len, lookup, key, &wait);
	if (wait && !complete)
		return 0;
	if (n)
		return n;
	if (bytes[0] != ESC)
		return decode_character(bytes, len, complete, key);
	if (len == 1) {
		*key = KEYM_ESCAPE;
		return complete ? 1 : 0;
	}
	if (bytes[1] == '[')
		return decode_csi(bytes, len, complete, key);
	if (bytes[1] == 'O')
		return decode_ss3(bytes, len, complete, key);
	return decode_alt(bytes, len, lookup, complete, key);
}

unsigned input_key(struct input *input, input_lookup *lookup, bool complete)
{
	unsigned key = 0;

	while (input->len && !key) {
		const size_t n = decode(input->bytes, input->len, lookup, complete, &key);

		if (!n)
			return 0;
		input->len -= n;
		memmove(input->bytes, input->bytes + n, input->len);
	}
	return key;
}
