/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STEAL_H
#define PARALLAX_STEAL_H

#include "panes/pane.h"

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
size_t steal_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);

#endif
