/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STEAL_DIFFER_H
#define PARALLAX_STEAL_DIFFER_H

#include "panes/steal.h"

/* The ways in which the host's and the guest's view of CPU time differ, the gravest first. */
enum difference_id {
	STEAL_HIDDEN,  /* the host took more than the guest was told */
	STEAL_BLOCKED, /* it was blocked in the midst of guest code, which no steal clock shows */
	STEAL_PHANTOM, /* the guest was told more than the host took */
	BUSY_HIDDEN,   /* the host ran it more than the guest knows */
	BUSY_PHANTOM,  /* the guest counts more than the host gave */
	N_DIFFERENCE
};

/* In this snapshot beyond the error, whether it lasts or not: a bit each (1 << id). */
unsigned differ_now(const struct vm *vm);
/* They differ, but by no more than the error. */
bool differ_is_uncertain(const struct vm *vm);
/* The guest's side of it is of now; an old one differs by its age. */
bool differ_is_fresh(const struct vm *vm, enum difference_id id);
/* The guest's side of the gap that is shown is not. */
bool differ_is_stale(const struct vm *vm);
/* Which last, given those of now. All are asked in every snapshot, so that each remembers right. */
unsigned differ_lasting(
	struct judge *judge, const struct snapshot *snap, const struct vm *vm, unsigned now);
/* When the guest's side of it was read; NAN: with the snapshot, or it is not of now. */
double differ_read_s(const struct snapshot *snap, const struct vm *vm, enum difference_id id);

/* VM offers no steal clock, or its guest does not use it. */
bool differ_has_no_clock(const struct vm *vm);
/* Then: why. */
const char *differ_why_blind(const struct vm *vm);

const char *differ_rule(enum difference_id id);
enum verdict differ_verdict(enum difference_id id);
enum severity differ_severity(enum difference_id id, const struct vm *vm);
const char *differ_text(enum difference_id id, const struct vm *vm, struct arena *arena);

#endif
