/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PLAYER_H
#define PARALLAX_PLAYER_H

#include <stdatomic.h>

#include "probes/err.h"
#include "probes/snapshot.h"

/*
 * A thread that reads snapshots of a source that has many of them in the order of time: one after
 * the other at the speed that is asked for, or any one at once. After a jump it shows the one that
 * was wanted first, and then reads those of the minutes before, so that whoever remembers
 * snapshots remembers the same as if all had been played.
 */
struct player;

/* Called on the player's thread, but count and time_s, which are also called on others. */
struct player_source {
	void *arg;
	/* Before any other; may take long, until *stop. NULL: there is nothing to do. */
	int (*prepare)(void *arg, const atomic_bool *stop, struct err *err);
	size_t (*count)(void *arg);
	double (*time_s)(void *arg, size_t i); /* NAN: unknown */
	int (*read)(void *arg, size_t i, struct snapshot *snap, struct err *err);
};

/* Who remembers snapshots. Called on the player's thread; what it made goes to who takes it. */
struct player_past {
	/* What is longer ago, and more snapshots back, makes no difference. */
	double reach_s;
	size_t reach;
	void *(*make)(void);
	void (*add)(void *past, struct snapshot *snap);
	void (*free)(void *past);
};

struct scene {
	struct snapshot *snap;
	size_t at;   /* its number */
	bool jumped; /* what was taken before it is not what came before it */
	void *past;  /* of all up to this one, which is added; NULL: add it to your own */
	unsigned long seeks; /* the player_seek that it answers, or comes after */
};

/* Rings bell, an eventfd, when there is something to take. It begins with number first, playing. */
int player_start(struct player **player, const struct player_source *source,
	const struct player_past *past, size_t first, int bell, struct err *err);
/*
 * Ends the thread, waiting at most half a second for what it reads. False: it reads on, and its
 * source must stay. Accepts NULL.
 */
bool player_stop(struct player *player);

/* Takes the newest scene; the caller owns it. False: there is none. */
bool player_take(struct player *player, struct scene *scene);
void player_give_back(struct player *player, struct snapshot *snap); /* accepts NULL */

/*
 * Show number i; when that cannot be read, the next one in direction, 1 or -1. Returns which seek
 * this is, counted from 1.
 */
unsigned long player_seek(struct player *player, size_t i, int direction);
void player_play(struct player *player, bool playing);
enum { PLAYER_GAP_S = 5 }; /* longer ones are shown as this, at speed 1 */
void player_set_speed(struct player *player, double speed);
/* So long for each, at speed 1; 0: as long as it was. */
void player_set_pace(struct player *player, double step_s);

/* The source has been prepared: count and time_s are known. */
bool player_is_ready(struct player *player);
/*
 * What was wanted last, by seeking or by playing on, cannot be read, nor anything behind it: in
 * this direction, 1 or -1, by that seek. 0: there was something. Rings bell, too.
 */
int player_dead_end(struct player *player, unsigned long *seek);
/* How many snapshots could not be read so far; err is of the first, or of preparing. */
unsigned long player_failures(struct player *player, struct err *err);

#endif
