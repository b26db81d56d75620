/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RAM_H
#define PARALLAX_RAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where a VMM keeps its guest's memory, and random places in there. Pure. A zeroed struct ram is
 * empty.
 */
struct ram_range {
	uint64_t start, bytes;
};

struct ram {
	struct ram_range *range; /* by address */
	size_t n, cap;
	uint64_t bytes; /* of all */
};

/*
 * From the text of /proc/PID/maps, whatever it says. Nothing there tells guest memory from other
 * memory, but it is large, written to and no code: of such mappings of memory (anonymous, shared,
 * in huge pages, of a file; no device's registers) those that are more than an eighth of the
 * largest.
 */
void ram_parse(struct ram *ram, const char *maps);
void ram_release(struct ram *ram);

/*
 * n addresses, ascending, each at random in its own n-th part of all of it: so that every byte is
 * as likely as any other, and none of the parts is left out. As many as there are pages at most.
 * Returns how many. *seed is anything but 0.
 */
size_t ram_draw(
	const struct ram *ram, uint64_t *seed, uint64_t page_bytes, void **address, size_t n);

#endif
