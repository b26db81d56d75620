/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STEAL_H
#define PARALLAX_STEAL_H

#include "panes/pane.h"
#include "panes/window.h"

/* The parts of the steal pane, each in a file of its own; steal.c puts them together. */

/*
 * steal_trouble.c: how bad it is, whatever the guest knows. Time taken from a vCPU, in per cent:
 * below 5 fine, then watch, warn and from 20 critical; unknown is none.
 */
static const double STEAL_WATCH_PCT = 5, STEAL_WARN_PCT = 10, STEAL_CRITICAL_PCT = 20;
enum severity steal_severity(double pct);
enum severity steal_wait_severity(const struct steal *steal);
/* Somebody's decision and no theft, but to the guest it is the same. */
enum severity steal_quota_severity(const struct steal *steal);
/* The worst of wait, quota and blocked. */
enum severity steal_trouble(const struct steal *steal);
/* ": 62% to batch-11": who had the most of the wait beside any quota; "": nobody stands out. */
const char *steal_thief_words(const struct steal *steal, struct arena *arena);

/* Of a difference that lasts, or of the trouble that a blind guest cannot see. */
enum severity steal_gap_severity(const struct vm *vm);

extern const struct table steal_table;
extern const struct explanation steal_explanation[];
void steal_judge(struct snapshot *snap, struct judge *judge);
/* steal_report.c: the findings of a VM that runs, given its differences of now. */
void steal_report(struct snapshot *snap, const struct vm *vm, unsigned now, struct judge *judge);
/*
 * steal_waits.c: whether the VM's waits of the last minute are of two kinds, into its
 * wait_modes. A kind is quota when most of its waits were throttled; else timeslices from the
 * shortest slice of a fair scheduler on, and queueing below that.
 */
void steal_waits(struct vm *vm, const struct windows *windows, struct arena *arena);
size_t steal_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);

#endif
