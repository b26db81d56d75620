/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TIMESHIFT_H
#define PARALLAX_TIMESHIFT_H

#include "probes/tape.h"
#include "tui/moments.h"
#include "tui/witness.h"

/*
 * What the console has of moments but the newest: a file that is replayed, or the last minutes of
 * what is measured. A player shows them; of the live ones it is there only while they are past.
 */
struct timeshift {
	struct tape *tape; /* of the feed; NULL: what the feed makes is kept in reel */
	struct reel *reel;
	struct spans *spans;	 /* of the reel, or of the tape; NULL: not yet known */
	struct player *player;	 /* NULL: the newest is on screen */
	struct moments *moments; /* of the player */
	size_t at;		 /* what is on screen: its number in tape or reel */
	size_t wanted;		 /* where the last key went to; the screen follows */
	unsigned long seek;	 /* the player's number of that */
	bool seeking;		 /* it has not been answered */
	double speed, pace_s;	 /* pace_s: of a tape, as player_set_pace takes it */
	struct witness *live; /* of the feed's, while the past is on screen */
	double newest_s;      /* time of the newest live one */
	bool keep_newest;     /* what is on screen is, until the past comes onto it */
	bool hangs;	      /* a player that was left, and what it uses */
	bool told;	      /* why something of the tape cannot be read */
};

#endif
