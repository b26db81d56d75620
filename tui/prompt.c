// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/prompt.h"

#include <string.h>

#include "keymaps/keymap.h"
#include "probes/text.h"

void prompt_open(struct prompt *prompt)
{
	prompt->open = true;
	memcpy(prompt->before, prompt->text, sizeof(prompt->before));
}

static enum prompt_result insert(struct prompt *prompt, unsigned key)
{
	const size_t len = strlen(prompt->text);
	char bytes[4];
	size_t n;

	if (key >= KEY_SPECIAL || !text_printable(key))
		return PROMPT_SAME;
	n = text_utf8_put(key, bytes);
	if (len + n >= sizeof(prompt->text))
		return PROMPT_SAME;
	memcpy(prompt->text + len, bytes, n);
	prompt->text[len + n] = '\0';
	return PROMPT_EDITED;
}

static void erase_character(char *text)
{
	size_t len = strlen(text);

	while (len && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	text[len ? len - 1 : 0] = '\0';
}

static void erase_word(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == ' ')
		len--;
	while (len && text[len - 1] != ' ')
		len--;
	text[len] = '\0';
}

enum prompt_result prompt_key(struct prompt *prompt, unsigned key)
{
	switch (key) {
	case KEYM_ENTER:
	case KEYM_CTRL | 'j':
		prompt->open = false;
		return PROMPT_KEPT;
	case KEYM_ESCAPE:
	case KEYM_CTRL | 'g':
		prompt->open = false;
		memcpy(prompt->text, prompt->before, sizeof(prompt->text));
		return PROMPT_DROPPED;
	case KEYM_BACKSPACE:
	case KEYM_CTRL | 'h':
		erase_character(prompt->text);
		return PROMPT_EDITED;
	case KEYM_CTRL | 'w':
		erase_word(prompt->text);
		return PROMPT_EDITED;
	case KEYM_CTRL | 'u':
		prompt->text[0] = '\0';
		return PROMPT_EDITED;
	}
	return insert(prompt, key);
}
