/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_APP_H
#define PARALLAX_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keymaps/keymap.h"
#include "lessons/play.h"
#include "panes/screen.h"
#include "probes/feed.h"
#include "tui/layout.h"
#include "tui/prompt.h"
#include "tui/witness.h"
#include "tui/timeshift.h"
#include "tui/session.h"

/*
 * The console without its terminal: what is on the screen and what the operator did to it.
 * Snapshots and keys go in, a canvas comes out; console.c joins it to the terminal.
 */

/* What covers the panes. */
enum page_kind { PAGE_NONE, PAGE_VM, PAGE_FINDING, PAGE_CELL, PAGE_TIME, PAGE_HELP };

struct open_page {
	enum page_kind kind;
	struct page page;	/* as last built, for cols columns; kept when its VM is gone */
	bool built, gone;	/* gone: what it shows has ended */
	double seen_s;		/* the time of the newest snapshot that had it */
	int cols, rows, scroll; /* rows: on screen */
	int other_scroll;	/* of the page as it is not shown: covered, or uncovered */
	const char *top;	/* a line that holds this is to be on top, once; borrowed; NULL */
	const char *vm_key, *name, *item; /* item: of the row of column; NULL: the VM */
	size_t pane;			  /* of column: index into panes */
	const struct column *column;
	struct finding finding;
	struct arena arena; /* of the strings above */
};

/* What a step of a lesson asked for, until it is on screen. */
struct lesson_view {
	bool begun;	  /* the lesson's first step was asked for */
	bool arrives;	  /* the snapshot of the step is not yet on screen */
	double hold_at_s; /* where playing ends; NAN: it is held */
};

struct message {
	char text[320];
	uint8_t style;
	uint64_t until_ns; /* 0: none */
};

struct app {
	/* Borrowed for its life. */
	struct feed *feed;
	struct recorder *recorder; /* NULL: nothing is recorded */
	const struct keymap *keymap;
	enum ask_mode ask;

	struct snapshot *snap;	 /* on screen; never NULL */
	struct snapshot *next;	 /* the newest while the screen is held; NULL */
	uint64_t next_ns;	 /* when it came */
	bool measured;		 /* snap is more than the blank to begin with */
	struct witness *witness; /* of what is on screen */
	struct timeshift shift;
	const struct lesson *lesson; /* that is played; NULL: none */
	struct lesson_play play;     /* where in it */
	struct lesson_view view;     /* what of its step is still to be done */
	struct saver *saver;	     /* NULL: nothing is being written */
	char written[96];	     /* its file */
	bool quit_written;	     /* quit when it is */
	struct run_state run;
	uint64_t now_ns, taken_ns, ask_until_ns;

	size_t pane;		   /* that has the keys: index into panes */
	struct table_state *table; /* by pane */
	size_t grid_pane;	   /* of those in the grid, the one that had the keys last */
	bool grid_fits;		   /* the screen is large enough for the grid, when last drawn */
	bool zoom;		   /* one pane is to be shown alone though it would fit */
	struct findings_state findings;
	bool in_findings;	    /* the keys go to the findings */
	bool findings_again;	    /* when they are uncovered */
	struct prompt filter, time; /* time: to go to */
	struct open_page open;
	struct message message;
	struct arena arena; /* of one drawing or one key */

	bool stale;		     /* draw again */
	bool quit, suspend, repaint; /* for the console to do */
};

void app_init(struct app *app, const struct session *session, const struct keymap *keymap);
void app_release(struct app *app);

/* The moment it is; before anything else in a turn of the loop. */
void app_set_time(struct app *app, uint64_t now_ns);
/* When it must be drawn again though nothing happens; UINT64_MAX: never. */
uint64_t app_due(const struct app *app);
/* Take what the feed has. */
void app_take(struct app *app);
/* No longer paused: show what came meanwhile, and what comes. */
void app_resume(struct app *app);
void app_key(struct app *app, unsigned key);
/* Draws everything; *row is negative when there is no cursor to show. */
void app_draw(struct app *app, struct canvas *canvas, int *row, int *col);

/* Show one sentence for a while. */
void app_say(struct app *app, uint8_t style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The place whose bindings count now, for keymap_action. */
const char *app_place(const struct app *app);
struct keymap_place app_keymap_place(const struct app *app);
/* Another snapshot comes onto the screen; the one before goes back to who makes them. */
void app_show(struct app *app, struct snapshot *snap, uint64_t taken_ns);
/* The rows of a pane, by index, in app->arena. */
size_t app_rows(struct app *app, size_t pane, struct row **rows);
/* The selected row of the pane that has the keys; false: there is none. */
bool app_selected_row(struct app *app, struct row *row);
/* A pane: what it says of the whole host, and its table. flags: TABLE_*. */
void app_draw_pane(struct app *app, size_t pane, unsigned flags, const struct canvas *canvas);
/* The key that does action here, by name; "" when none does. buf is returned. */
const char *app_key_for(const struct app *app, enum action action, char *buf, size_t size);

/* grid.c */
/* The panes of the grid, as indices into panes; returns how many. */
size_t app_grid(size_t pane[LAYOUT_GRID_MAX]);
/* Is there a grid that the screen is large enough for? */
bool app_has_grid(const struct app *app);
/* Is it what is shown, or what an open page covers? */
bool app_in_grid(const struct app *app);
/* The index of the pane that next-pane, step 1, or previous-pane, -1, goes to. */
size_t app_step_pane(const struct app *app, int step);
/*
 * The key of the VM that is selected in all panes: the one that was chosen, even where the pane
 * with the keys has no row of it, else the one of that pane's row. NULL: none.
 */
const char *app_selected_vm(struct app *app);
/* One pane instead of the grid, or the grid again. */
void app_zoom(struct app *app);
void app_draw_grid(struct app *app, const struct layout *layout, struct canvas *canvas);

/* time.c */
/* pace_s: how long each snapshot of a recording is shown; 0: as long as it was. */
void app_begin_time(struct app *app, double pace_s);
void app_end_time(struct app *app);
/* A live snapshot, judged: keep it. */
void app_keep(struct app *app, const struct snapshot *snap);
/* Take what the player has. */
void app_take_scenes(struct app *app);
/* Any snapshot but the newest can be shown: what is on screen is of a player. */
bool app_is_shifted(const struct app *app);
/* Numbers of what there is, of the tape or in memory: from first, up to but not with end. */
void app_time_range(const struct app *app, size_t *first, size_t *end);
double app_time_at(const struct app *app, size_t i);
/* Out of what is measured to that number; false: there is no thread for it. */
bool app_go_past(struct app *app, size_t at);
void app_go_live(struct app *app);
/* There is nothing more that way. */
void app_say_edge(struct app *app, int direction);
/* Why no snapshot has come yet, for the empty screen. buf is returned. */
const char *app_why_empty(const struct app *app, char *buf, size_t size);

/* travel.c */
/* The actions of this group; false: it is none. */
bool app_act_on_time(struct app *app, enum action action);
void app_go_to(struct app *app, double time_s);
/*
 * To what the time prompt has, "14:02:10", "-5m", "+30s", "30%", or say what is wrong. Of a
 * recording that is still being looked through: once it has been.
 */
void app_go_to_asked(struct app *app);
/* Pause and speed, where they are about a player; false: they are not. */
bool app_toggle_play(struct app *app);
void app_play(struct app *app, bool playing);
bool app_change_speed(struct app *app, bool slower);
/* From when to when there is something to be seen; false: nothing yet. */
bool app_time_line(const struct app *app, struct timeline *timeline);

/* lesson.c */
void app_begin_lesson(struct app *app);
/* The recording is known: begin; or there is another snapshot on screen: go on. */
void app_follow_lesson(struct app *app);
bool app_act_on_lesson(struct app *app, enum action action);

/* write.c */
/* Write the last minutes to a file, and say when that is done. */
void app_write(struct app *app);
void app_take_written(struct app *app);
/* Quitting waits for the file, or for a second time. Returns whether it waits. */
bool app_wait_for_write(struct app *app);
/* False: the disk hangs, and what is written must stay. A file that is not whole is told of. */
bool app_end_write(struct app *app);

/* act.c */
void app_go_to_pane(struct app *app, size_t pane);

/* eyes.c: guest's eyes. What is covered now is run.cover. */
/* Cover those parts (enum cover) and no other, wherever the operator is. */
void app_cover(struct app *app, unsigned cover);
/* All of them; none if any is. */
void app_toggle_eyes(struct app *app);
/* Would it act on what is covered? Says so then, with the key that uncovers. */
bool app_refuses_covered(struct app *app, enum action action);

/* pages.c */
struct vm_view app_view(const struct app *app, const struct vm *vm);
void app_open_vm(struct app *app, const struct vm *vm);
void app_open_finding(struct app *app, const struct finding *finding);
/* Show what was just opened from the first line on that holds text, if one does; NULL: from its begin. */
void app_open_at(struct app *app, const char *text);
void app_open_cell(struct app *app, const struct row *row, const struct column *column);
void app_open_help(struct app *app);
void app_open_time_line(struct app *app);
void app_close_page(struct app *app);
/* The snapshot changed: what the page shows may have, too. */
void app_refresh_page(struct app *app);
void app_draw_page(struct app *app, struct canvas *canvas);

/* Places that keymaps may name, ended by NULL; besides "global". */
const char *const *app_places(void);

#endif
