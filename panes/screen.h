/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SCREEN_H
#define PARALLAX_SCREEN_H

#include "panes/history.h"
#include "panes/page.h"
#include "panes/pane.h"
#include "panes/window.h"
#include "probes/snapshot.h"

/* The parts of the console beside the panes: all pure, each in a file of its own. */

/* How the console runs, as the header shows it. */
struct run_state {
	unsigned interval_ms;
	bool paused, replay, ended, asking; /* asking: guests may be asked */
	bool recording, record_ended;	    /* to a file; it ended early */
	double speed;			    /* at which what is recorded or past is played; 0: as 1 */
	double behind_s; /* how long ago what is on screen was, of live ones; 0: it is the newest */
	double age_s;	       /* of the snapshot on screen; shown when it is old */
	int utc_offset_s;      /* for the clock label */
	unsigned cover;	       /* enum cover: what is not to be seen */
};

/*
 * header.c: two lines; one when the canvas has one row. Says LIVE, PAUSED or REPLAY; GUEST'S EYES
 * when all is covered that can be.
 */
void header_draw(const struct snapshot *snap, const struct run_state *run, struct canvas *canvas);

/* findings.c: one line a finding; says that there is none, or how many do not fit. */
struct findings_state {
	int selected, top;
	unsigned cover; /* enum cover */
};
void findings_draw(const struct snapshot *snap, struct findings_state *state, bool focused,
	struct canvas *canvas);
bool findings_act(const struct snapshot *snap, struct findings_state *state, enum action action);

/*
 * vmpage.c: everything about one VM: promised and delivered, its vCPUs, its sources. Here and
 * below page->cover says what is left out.
 */
void vmpage_build(const struct vm_view *view, struct page *page);

/* explain.c: what a finding means; where a number comes from, how old it is, what it costs. */
void explain_finding(const struct snapshot *snap, const struct finding *finding,
	struct page *page);
/* What to look at next, with the names of what was found in it; without vm "VM" and the like. */
const char *explain_next(const struct explanation *explanation, const struct vm *vm,
	const struct finding *finding, struct arena *arena);
void explain_cell(const struct snapshot *snap, const struct pane *pane, const struct row *row,
	const struct column *column, struct page *page);

#endif
