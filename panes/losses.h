/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LOSSES_H
#define PARALLAX_LOSSES_H

#include "probes/snapshot.h"

/*
 * What the host lost of each network device in the last LOSSES_POINTS snapshots, so that it can be
 * told for the seconds that a guest's own figures are of. Belongs to one sequence of snapshots; 1
 * KiB a device; devices that are gone are dropped.
 */
enum { LOSSES_POINTS = 64 };

struct losses;

struct losses *losses_new(void);
void losses_free(struct losses *losses); /* accepts NULL */
/* lost_per_s: in the snapshot's interval, NAN unknown; once a snapshot and device, then a sweep. */
void losses_add(struct losses *losses, const struct snapshot *snap, const char *vm_key,
	const struct nic *nic, double lost_per_s);
void losses_sweep(struct losses *losses);
/* The mean a second from from_s to to_s, wall clock; NAN: that is not all known. */
double losses_per_s(const struct losses *losses, const char *vm_key, const struct nic *nic,
	double from_s, double to_s);

#endif
