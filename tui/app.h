/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_APP_H
#define PARALLAX_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keymaps/keymap.h"
#include "panes/screen.h"
#include "probes/feed.h"
#include "tui/options.h"
#include "tui/prompt.h"

/*
 * The console without its terminal: what is on the screen and what the operator did to it.
 * Snapshots and keys go in, a canvas comes out; console.c joins it to the terminal.
 */

/* What covers the panes. */
enum page_kind { PAGE_NONE, PAGE_VM, PAGE_FINDING, PAGE_CELL, PAGE_HELP };

struct open_page {
	enum page_kind kind;
	struct page page;	/* as last built, for cols columns; kept when its VM is gone */
	bool built, gone;	/* gone: what it shows has ended */
	int cols, rows, scroll; /* rows: on screen */
	const char *vm_key, *name;
	size_t pane;		     /* of column: index into panes */
	const struct column *column;
	struct finding finding;
	struct arena arena; /* of the three above */
};

struct message {
	char text[320];
	uint8_t style;
	uint64_t until_ns; /* 0: none */
};

struct app {
	/* Borrowed for its life. */
	struct feed *feed;
	const struct keymap *keymap;
	enum ask_mode ask;

	struct snapshot *snap; /* on screen; never NULL */
	struct snapshot *next; /* the newest while the screen is held; NULL */
	uint64_t next_ns;      /* when it came */
	bool measured;	       /* snap is more than the blank to begin with */
	struct judge *judge;
	struct history *history;
	struct run_state run;
	uint64_t now_ns, taken_ns, ask_until_ns;

	size_t pane;		   /* index into panes */
	struct table_state *table; /* by pane */
	struct findings_state findings;
	bool in_findings; /* the keys go to the findings */
	struct prompt filter;
	struct open_page open;
	struct message message;
	struct arena arena; /* of one drawing or one key */

	bool stale;		     /* draw again */
	bool quit, suspend, repaint; /* for the console to do */
};

void app_init(struct app *app, struct feed *feed, const struct keymap *keymap,
	const struct options *options);
void app_release(struct app *app);

/* The moment it is; before anything else in a turn of the loop. */
void app_set_time(struct app *app, uint64_t now_ns);
/* When it must be drawn again though nothing happens; UINT64_MAX: never. */
uint64_t app_due(const struct app *app);
/* Take what the feed has. */
void app_take(struct app *app);
/* The screen is no longer held: show what came meanwhile. */
void app_release_hold(struct app *app);
void app_key(struct app *app, unsigned key);
/* Draws everything; *row is negative when there is no cursor to show. */
void app_draw(struct app *app, struct canvas *canvas, int *row, int *col);

/* Show one sentence for a while. */
void app_say(struct app *app, uint8_t style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The place whose bindings count now, for keymap_action. */
const char *app_place(const struct app *app);
/* The rows of the pane on screen, in app->arena. */
size_t app_rows(struct app *app, struct row **rows);
/* The key that does action here, by name; "" when none does. buf is returned. */
const char *app_key_for(const struct app *app, enum action action, char *buf, size_t size);

/* pages.c */
struct vm_view app_view(const struct app *app, const struct vm *vm);
void app_open_vm(struct app *app, const struct vm *vm);
void app_open_finding(struct app *app, const struct finding *finding);
void app_open_cell(struct app *app, const struct vm *vm, const struct column *column);
void app_open_help(struct app *app);
void app_close_page(struct app *app);
/* The snapshot changed: what the page shows may have, too. */
void app_refresh_page(struct app *app);
void app_draw_page(struct app *app, struct canvas *canvas);

/* Places that keymaps may name, ended by NULL; besides "global". */
const char *const *app_places(void);

#endif
