// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings of any bytes: what is drawn from them lies in them. */
#include <stdlib.h>
#include <string.h>

#include "probes/ram.h"

enum { PAGE = 4096, MANY = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_inside(const struct ram *ram, uint64_t address)
{
	for (size_t i = 0; i < ram->n; i++)
		if (address + PAGE > ram->range[i].start &&
			address - ram->range[i].start + PAGE <= ram->range[i].bytes + PAGE)
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1); /* to its size: an overrun is seen */
	uint64_t seed = 1 + size;
	struct ram ram = { 0 };
	void *address[MANY];
	size_t n;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	ram_parse(&ram, text);
	n = ram_draw(&ram, &seed, PAGE, address, MANY);
	if (n > MANY || (n > 0 && ram.n == 0))
		abort();
	for (size_t i = 0; i < n; i++)
		if (!is_inside(&ram, (uintptr_t)address[i]))
			abort();
	ram_release(&ram);
	free(text);
	return 0;
}
