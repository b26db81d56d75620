/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RINGS_REASONS_H
#define PARALLAX_RINGS_REASONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/arena.h"
#include "probes/bpf.h"
#include "probes/rings.h"

/* Why the kernel drops packets: its numbers differ between versions, its names do not. */

struct reasons {
	struct arena arena;
	struct reason_name {
		uint32_t number;
		const char *name; /* "full ring" */
	} * name;
	size_t n, cap;
};

struct reason {
	const char *words; /* "ring full"; lives as long as the reasons */
	bool to_guest;	   /* tap devices drop only what is for the guest for it */
};

/* By the kernel's types; none where these have none. */
void reasons_load(struct reasons *reasons, struct bpf_types *types);
/* number RINGS_REASON_UNTOLD: this kernel tells none. */
struct reason reasons_find(struct reasons *reasons, uint32_t number);
/* The number of "ring full"; RINGS_REASON_NONE: this kernel has no such reason. */
uint32_t reasons_full(const struct reasons *reasons);
void reasons_release(struct reasons *reasons);

#endif
