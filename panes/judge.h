/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_JUDGE_H
#define PARALLAX_JUDGE_H

#include "panes/latencies.h"
#include "panes/losses.h"
#include "panes/memtrends.h"
#include "panes/pauses.h"
#include "panes/window.h"
#include "probes/snapshot.h"

/*
 * Memory across snapshots for rules: a condition becomes a finding when it held in 2 of the
 * last 3 of them, and ends when it failed in 2 of 3. So nothing flickers, and each finding
 * knows since when. One for each sequence of snapshots; used by one thread.
 */
struct judge;

struct judge *judge_new(void);
void judge_free(struct judge *judge); /* accepts NULL */

/* Around the calls of all panes' rules for one snapshot; end writes snap->finding. */
void judge_begin(struct judge *judge, struct snapshot *snap);
void judge_end(struct judge *judge);
/* Instead of both: a snapshot that was judged when it was recorded. */
void judge_note(struct judge *judge, const struct snapshot *snap);

/* The waits of the last minute, this snapshot's among them. */
const struct windows *judge_windows(const struct judge *judge);
/* The memory of the last minute, likewise. */
const struct memtrends *judge_memtrends(const struct judge *judge);
/* The stalls of the last minutes, likewise. */
const struct pauses *judge_pauses(const struct judge *judge);
/* What the host lost of packets; the queues pane adds to it, for it knows what counts as lost. */
struct losses *judge_losses(struct judge *judge);
/* The requests of disks in the last minutes, likewise. */
struct latencies *judge_latencies(const struct judge *judge);

/*
 * reading_s, of both below: when what they rest on was measured, wall clock, for a guest may be
 * asked less often than snapshots are made, and one reading that is seen twice says nothing
 * new. NAN: with this snapshot.
 */

/*
 * This snapshot shows what finding describes. Its strings are borrowed until judge_end, which
 * copies them into the snapshot; since_s is filled by the judge. Severity may differ from one
 * snapshot to the next. Identity is pane, rule, vm_key and subject.
 */
void judge_report(struct judge *judge, const struct finding *finding, double reading_s);
/* The same of a VM: fills in which. */
void judge_report_vm(struct judge *judge, const struct vm *vm, const struct finding *finding,
	double reading_s);

/* Does this condition count, after 2 of 3? For verdicts; call it in every snapshot. */
bool judge_lasting(
	struct judge *judge, const char *rule, const char *vm_key, bool holds, double reading_s);
/* The same of a part of a VM: rule, vm_key and subject of of say which. */
bool judge_lasting_of(struct judge *judge, const struct finding *of, bool holds, double reading_s);

/* Reasons that several panes give. Why it has no rates; NULL: it has. */
const char *judge_no_rates(const struct snapshot *snap);
/* ... why its guest is not compared. */
const char *judge_halted(struct snapshot *snap, const struct vm *vm);
bool judge_guest_is_asked(const struct vm *vm);
extern const char judge_not_asked[], judge_guest_is_old[], judge_guest_told_once[];

#endif
