/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PAGEWINDOW_H
#define PARALLAX_PAGEWINDOW_H

#include <stddef.h>
#include <stdint.h>

/*
 * What random pages of one VM were found to be, turn by turn. Pure. A turn looks at few pages, so
 * the last turns count together; but for those before a change, as when memory was moved to
 * another node: what is shown then is what is true now, with the larger error of fewer pages.
 */
enum { PAGES_NODES = 16, PAGEWINDOW_TURNS = 8, PAGEWINDOW_ENOUGH = 1024 };

/* asked = present + absent; the others are of some of these. */
enum pages_kind {
	PAGES_ASKED,
	PAGES_PRESENT,
	PAGES_ABSENT, /* never touched, never written to, given back, or in swap */
	PAGES_UNTOLD, /* present, and nobody tells where */
	PAGES_LOOKED, /* of those asked: whether it is swapped or zero is known */
	PAGES_SWAPPED,
	PAGES_ZERO,    /* read, never written to: all of them are the kernel's one page of zeroes */
	PAGES_FLAGGED, /* of those present: whether it is huge, merged is known */
	PAGES_HUGE,
	PAGES_KSM,
	PAGES_KINDS
};

struct pages_count {
	uint16_t kind[PAGES_KINDS];
	uint16_t node[PAGES_NODES]; /* of those present, by node */
};

struct pagewindow {
	struct pages_count turn[PAGEWINDOW_TURNS]; /* the oldest first */
	uint64_t at_ns[PAGEWINDOW_TURNS];
	size_t n;
};

/* A turn of at most 4095 pages. Forgets what is too old, more than enough, or no longer true. */
void pagewindow_add(struct pagewindow *window, const struct pages_count *turn, uint64_t at_ns);
/* All turns that count; returns when the first of them was, 0: there is none. */
uint64_t pagewindow_sum(const struct pagewindow *window, struct pages_count *sum);

#endif
