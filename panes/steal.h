/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STEAL_H
#define PARALLAX_STEAL_H

#include "panes/pane.h"
#include "panes/window.h"

/* The parts of the steal pane, each in a file of its own; steal.c puts them together. */

/* Time taken from a vCPU, in per cent: below 5 fine, then watch, warn and from 20 critical. */
enum severity steal_severity(double pct);
/* A VM whose vCPUs cannot run now: it has a state rather than numbers. */
bool steal_is_halted(const struct vm *vm);
/* Of the agreed gap, or of the wait that the guest cannot see; what the gap column sorts by. */
enum severity steal_gap_severity(const struct vm *vm);
/* What one source of a VM says of itself; NULL: the VM has none of that name. */
const struct source *steal_source(const struct vm *vm, const char *name);

extern const struct table steal_table;
extern const struct explanation steal_explanation[];
void steal_judge(struct snapshot *snap, struct judge *judge);
/*
 * steal_waits.c: whether the VM's waits of the last minute are of two kinds, into its
 * wait_modes. A kind is quota when most of its waits were throttled; else timeslices from the
 * shortest slice of a fair scheduler on, and queueing below that.
 */
void steal_waits(struct vm *vm, const struct windows *windows, struct arena *arena);
size_t steal_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);

#endif
