/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BPF_WINDOW_H
#define PARALLAX_BPF_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An array map (BPF_F_MMAPABLE) seen as memory, as far as it is needed: what is mapped of one is
 * resident as a whole, however little of it is used. It stays where it is when it grows.
 */
struct bpf_map;

struct bpf_window {
	void *base;	       /* of the first element; NULL: not open */
	size_t bytes, mapped;  /* reserved for all of it; mapped so far, from base on */
	size_t element, count;
	int fd;
};

/* Returns 0 or a negative errno; nothing is mapped yet. */
int bpf_window_open(struct bpf_window *window, const struct bpf_map *map);
/* May the element be used? false: it cannot be mapped. */
bool bpf_window_reach(struct bpf_window *window, size_t element);
void bpf_window_close(struct bpf_window *window); /* accepts a zeroed one */

#endif
