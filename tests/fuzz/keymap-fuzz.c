// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keymaps/keymap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *arg, const char *sentence)
{
	(void)arg;
	for (; *sentence; sentence++)
		if (*sentence < ' ' || *sentence > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const places[] = { "steal", NULL };
	struct keymap *map = keymap_new();
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	keymap_set_places(map, places);
	keymap_load_text(map, text, "fuzz", check, NULL);
	keymap_action(map, (struct keymap_place){ "steal", NULL }, 'x');
	keymap_free(map);
	free(text);
	return 0;
}
