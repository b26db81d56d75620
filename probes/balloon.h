/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BALLOON_H
#define PARALLAX_BALLOON_H

#include <libvirt/libvirt.h>

#include "probes/sample.h"

/* What a guest's balloon driver last told QEMU, of libvirt's statistics. */

/* Earlier words of the guest, for rates. */
struct balloon_mark {
	double time_s; /* 0: there is none */
	uint64_t swap_in_bytes, swap_out_bytes;
};

struct balloon_marks {
	struct balloon_mark last, before;
};

extern const struct balloon_reading balloon_unknown;

/* False: there is nothing of a balloon in it, and out is all unknown. */
bool balloon_read(const virDomainStatsRecord *record, struct balloon_reading *out);
/* Keep this reading's word, and put the one that rates begin at into it. */
void balloon_mark(struct balloon_marks *marks, struct balloon_reading *reading);

#endif
