/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_THP_H
#define PARALLAX_THP_H

#include "panes/pane.h"
#include "panes/pauses.h"

/* The parts of the thp pane, each in a file of its own; thp.c puts them together. */

/*
 * thp_trouble.c: how bad it is. Time in stalls, in ms a second summed over the VM's threads: one
 * vCPU that stands still for 1% of the time is watched, for 20% it is critical. A single stall is
 * felt from 100 ms on, as a time-out from 1 s on. Unknown is none.
 */
static const double STALL_WATCH_MS_PER_S = 10, STALL_WARN_MS_PER_S = 50,
		    STALL_CRITICAL_MS_PER_S = 200;
static const double PAUSE_WARN_MS = 100, PAUSE_CRITICAL_MS = 1000;
/* A guest's own: stalls a second, and huge pages a second that it did not get. */
static const double GUEST_WATCH_PER_S = 1, GUEST_WARN_PER_S = 20, GUEST_FALLBACKS_PER_S = 10;
/* Of the host: so many a second, and at least half of those that were wanted. */
static const double FALLBACKS_PER_S = 50, FALLBACKS_PCT = 50;
/* A long stall is over at once, and it is told of for so long. */
static const double PAUSE_TOLD_S = 60;

enum severity thp_rate_severity(double ms_per_s);
enum severity thp_pause_severity(double ms);
/* The guest told of its own stalls, and lately: it is asked every ten seconds. */
static const double GUEST_OLD_S = 30;
bool thp_guest_is_known(const struct vm *vm);
enum severity thp_guest_severity(const struct vm *vm);
/* Of all that the host does to it now or did within PAUSE_TOLD_S; after judge. */
enum severity thp_trouble(const struct thp *thp);
/* "compacting", "reclaiming", "by its limit". */
const char *thp_kind_words(enum stall_kind kind);
/* What most of the time in stalls was of. */
enum stall_kind thp_main_kind(const struct thp *thp);
/* Of the huge pages that faults wanted on this host, those that they did not get; NAN unknown. */
double thp_fallback_pct(const struct host *host);
/* "0", "41ms": a time of ms, in 5 columns. */
char *thp_format_ms(char *buf, double ms);

extern const struct table thp_table;
extern const struct explanation thp_explanation[];
void thp_judge(struct snapshot *snap, struct judge *judge);
/* thp_report.c: the findings; recent: its longest stall within PAUSE_TOLD_S, ms 0 none. */
void thp_report(struct snapshot *snap, const struct vm *vm, const struct pause *recent,
	struct judge *judge);
void thp_report_host(struct snapshot *snap, struct judge *judge);
/* thp_detail.c: its section on the VM page. */
void thp_detail(const struct vm_view *view, struct page *page);
size_t thp_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);

#endif
