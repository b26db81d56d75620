/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RINGS_LOAD_H
#define PARALLAX_RINGS_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/bpf.h"

struct rings_bpf;

/* Whose packets pass by the programs: those for taps, of all devices, or none. */
enum watch { WATCH_TAPS, WATCH_ALL, WATCH_NONE };

/* The programs of rings.bpf.c, as far as this kernel, and who runs us, allow them. */
struct rings_programs {
	struct rings_bpf *bpf;	     /* the caller's to destroy, also after a failure */
	bool knows_tun, knows_vhost; /* where their rings are */
	enum watch watch;
};

/* Into a zeroed one. full: the number of the reason "ring full". */
int rings_load(
	struct rings_programs *rings, struct bpf_types *types, uint32_t full, struct err *err);

#endif
