// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/player.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/clock.h"
#include "probes/mailbox.h"
#include "probes/thread.h"

/*
 * While it is played the minutes before a jump are read for so long at most: of large hosts fewer
 * of them. A held screen gets all of them, however long that takes.
 */
enum { WARM_MS = 1500, STOP_MS = 500, LEAST_STEP_MS = 5 };

/* What is wanted of the thread. */
struct orders {
	bool stop, seek, playing;
	unsigned long seeks; /* so many were wanted until now */
	size_t to;
	int direction;
	double speed, pace_s;
};

/* What is in the box; its number tells the one that was taken from the one that was replaced. */
struct parcel {
	struct scene scene;
	unsigned long number;
};

struct player {
	struct player_source source;
	struct player_past past;
	int bell, wake; /* bell: the taker's; wake: ours */
	pthread_t thread;
	struct mailbox box, spare; /* parcels; snapshots */
	pthread_mutex_t lock;
	struct orders orders;
	unsigned long failures;
	struct err err; /* of the first */
	int dead_end;	/* a direction; 0: none */
	unsigned long dead_seek;
	atomic_bool stop, ready;
	atomic_ulong taken; /* the number of the newest parcel that was */
	/* Of the thread. */
	unsigned long seeks, parcels;
	size_t at;
	bool cold; /* what was taken last is not number at */
	uint64_t shown_ns;
};

static struct orders take_orders(struct player *player)
{
	struct orders orders;

	pthread_mutex_lock(&player->lock);
	orders = player->orders;
	player->orders.seek = false;
	pthread_mutex_unlock(&player->lock);
	return orders;
}

static bool has_orders(struct player *player)
{
	bool has;

	pthread_mutex_lock(&player->lock);
	has = player->orders.seek || player->orders.stop;
	pthread_mutex_unlock(&player->lock);
	return has;
}

static bool is_playing(struct player *player)
{
	bool playing;

	pthread_mutex_lock(&player->lock);
	playing = player->orders.playing;
	pthread_mutex_unlock(&player->lock);
	return playing;
}

static void fail(struct player *player, const struct err *err)
{
	pthread_mutex_lock(&player->lock);
	if (!player->failures++)
		player->err = *err;
	pthread_mutex_unlock(&player->lock);
	bell_ring(player->bell);
}

static void note_dead_end(struct player *player, int direction)
{
	pthread_mutex_lock(&player->lock);
	player->dead_end = direction;
	player->dead_seek = player->seeks;
	pthread_mutex_unlock(&player->lock);
	if (direction)
		bell_ring(player->bell);
}

/* Scenes. */

static void parcel_free(struct player *player, struct parcel *parcel)
{
	if (!parcel)
		return;
	if (parcel->scene.past)
		player->past.free(parcel->scene.past);
	player_give_back(player, parcel->scene.snap);
	free(parcel);
}

/* Waits until it is taken, or something else is wanted; then the next one is no follower of it. */
static void deliver(struct player *player, const struct scene *scene)
{
	const unsigned long number = ++player->parcels;
	struct parcel *parcel = xcalloc(1, sizeof(*parcel));

	*parcel = (struct parcel){ *scene, number };
	parcel->scene.seeks = player->seeks;
	note_dead_end(player, 0);
	parcel_free(player, mailbox_put(&player->box, parcel));
	bell_ring(player->bell);
	while (atomic_load(&player->taken) != number && !has_orders(player))
		bell_wait(player->wake, -1);
	player->cold = atomic_load(&player->taken) != number;
}

static struct snapshot *spare_snapshot(struct player *player)
{
	struct snapshot *snap = mailbox_take(&player->spare);

	return snap ? snap : snapshot_new();
}

/* Number *i, or the next in that direction that can be read. NULL: there is none. */
static struct snapshot *read_from(struct player *player, size_t *i, int direction)
{
	const size_t count = player->source.count(player->source.arg);
	struct snapshot *snap = spare_snapshot(player);

	while (*i < count && !atomic_load(&player->stop)) {
		struct err err = { 0 };

		if (player->source.read(player->source.arg, *i, snap, &err) == 0)
			return snap;
		fail(player, &err);
		*i += (size_t)direction; /* before the first it is beyond the last */
	}
	player_give_back(player, snap);
	return NULL;
}

/* The first whose snapshot still makes a difference to number at, as far as there is time. */
static size_t warm_from(struct player *player, size_t at, uint64_t read_ns)
{
	const struct player_source *source = &player->source;
	const double from_s = source->time_s(source->arg, at) - player->past.reach_s;
	const uint64_t most =
		is_playing(player) ? WARM_MS * UINT64_C(1000000) / (read_ns + 1) : SIZE_MAX;
	size_t i = at;

	while (i > 0 && at - i < most &&
		(at - i < player->past.reach || !(source->time_s(source->arg, i - 1) < from_s)))
		i--;
	return i;
}

/* Nobody waits for it while the screen is held; once it is played it must not take long. */
static bool must_end(struct player *player, uint64_t begin_ns)
{
	return has_orders(player) ||
	       (is_playing(player) &&
		       clock_mono_ns(&clock_system) - begin_ns > 2 * WARM_MS * UINT64_C(1000000));
}

/* The same scene again, with what was before it. */
static void warm(struct player *player, size_t at, uint64_t read_ns)
{
	const uint64_t begin_ns = clock_mono_ns(&clock_system);
	struct scene scene = { .at = at, .jumped = true, .past = player->past.make() };
	struct snapshot *snap = spare_snapshot(player);
	bool whole = false;

	for (size_t i = warm_from(player, at, read_ns); i <= at && !must_end(player, begin_ns);
		i++) {
		struct err err = { 0 };

		if (player->source.read(player->source.arg, i, snap, &err) < 0)
			continue; /* told when it is shown */
		player->past.add(scene.past, snap);
		whole = i == at;
	}
	if (whole) {
		scene.snap = snap;
		deliver(player, &scene);
		return;
	}
	player->cold = true;
	player->past.free(scene.past);
	player_give_back(player, snap);
}

static bool show(struct player *player, size_t i, int direction)
{
	const uint64_t begin_ns = clock_mono_ns(&clock_system);
	struct scene scene = { .snap = read_from(player, &i, direction), .at = i };
	uint64_t read_ns;

	if (!scene.snap) {
		note_dead_end(player, direction);
		return false;
	}
	read_ns = clock_mono_ns(&clock_system) - begin_ns;
	scene.jumped = player->cold || i != player->at + 1;
	player->at = i;
	player->shown_ns = clock_mono_ns(&clock_system);
	deliver(player, &scene);
	if (scene.jumped && !player->cold)
		warm(player, i, read_ns);
	return true;
}

/* When the next one is due. */
static uint64_t due_ns(const struct player *player, const struct orders *orders)
{
	const struct player_source *source = &player->source;
	double step_s = source->time_s(source->arg, player->at + 1) -
			source->time_s(source->arg, player->at);

	if (!(step_s > 0))
		step_s = 0;
	step_s = orders->pace_s > 0 ? orders->pace_s : fmin(step_s, PLAYER_GAP_S);
	step_s /= orders->speed;
	return player->shown_ns + (uint64_t)(fmax(step_s, LEAST_STEP_MS / 1e3) * 1e9);
}

/* Returns false when there is nothing to be played. */
static bool play_on(struct player *player, const struct orders *orders)
{
	uint64_t now_ns = clock_mono_ns(&clock_system), due;

	if (player->at + 1 >= player->source.count(player->source.arg))
		return false;
	due = due_ns(player, orders);
	if (due > now_ns)
		bell_wait(player->wake, (int)((due - now_ns) / 1000000 + 1));
	else
		return show(player, player->at + 1, 1);
	return true;
}

static void *player_main(void *arg)
{
	struct player *player = arg;
	struct err err = { 0 };
	struct orders orders;

	if (player->source.prepare)
		player->source.prepare(player->source.arg, &player->stop, &err);
	if (err.code)
		fail(player, &err);
	atomic_store(&player->ready, true);
	bell_ring(player->bell);
	while (!(orders = take_orders(player)).stop) {
		bool busy = false;

		player->seeks = orders.seeks;
		if (orders.seek)
			busy = show(player, orders.to, orders.direction);
		else if (orders.playing)
			busy = play_on(player, &orders);
		if (!busy)
			bell_wait(player->wake, -1);
	}
	return NULL;
}

static void release(struct player *player)
{
	parcel_free(player, mailbox_take(&player->box));
	mailbox_release(&player->box);
	snapshot_free(mailbox_release(&player->spare));
	if (player->wake >= 0)
		close(player->wake);
	pthread_mutex_destroy(&player->lock);
	free(player);
}

int player_start(struct player **out, const struct player_source *source,
	const struct player_past *past, size_t first, int bell, struct err *err)
{
	struct player *player = xcalloc(1, sizeof(*player));
	int rc;

	player->source = *source;
	player->past = *past;
	player->bell = bell;
	player->cold = true;
	player->orders = (struct orders){
		.seek = true, .playing = true, .to = first, .direction = 1, .speed = 1
	};
	pthread_mutex_init(&player->lock, NULL);
	mailbox_init(&player->box, false);
	mailbox_init(&player->spare, false);
	player->wake = bell_open();
	rc = player->wake < 0 ? player->wake
			      : thread_start(&player->thread, "player", player_main, player);
	if (rc < 0) {
		release(player);
		return err_set(err, rc, "cannot start the player's thread: %s", strerror(-rc));
	}
	*out = player;
	return 0;
}

bool player_stop(struct player *player)
{
	if (!player)
		return true;
	atomic_store(&player->stop, true);
	pthread_mutex_lock(&player->lock);
	player->orders.stop = true;
	pthread_mutex_unlock(&player->lock);
	bell_ring(player->wake);
	if (!thread_join_until(
		    player->thread, clock_mono_ns(&clock_system) + STOP_MS * UINT64_C(1000000)))
		return false;
	release(player);
	return true;
}

bool player_take(struct player *player, struct scene *scene)
{
	struct parcel *parcel = mailbox_take(&player->box);

	if (!parcel)
		return false;
	*scene = parcel->scene;
	atomic_store(&player->taken, parcel->number);
	free(parcel);
	bell_ring(player->wake);
	return true;
}

void player_give_back(struct player *player, struct snapshot *snap)
{
	if (snap)
		snapshot_free(mailbox_put(&player->spare, snap));
}

unsigned long player_seek(struct player *player, size_t i, int direction)
{
	unsigned long seek;

	pthread_mutex_lock(&player->lock);
	player->orders.seek = true;
	player->orders.to = i;
	player->orders.direction = direction;
	seek = ++player->orders.seeks;
	pthread_mutex_unlock(&player->lock);
	bell_ring(player->wake);
	return seek;
}

void player_play(struct player *player, bool playing)
{
	pthread_mutex_lock(&player->lock);
	player->orders.playing = playing;
	pthread_mutex_unlock(&player->lock);
	bell_ring(player->wake);
}

void player_set_speed(struct player *player, double speed)
{
	pthread_mutex_lock(&player->lock);
	player->orders.speed = speed;
	pthread_mutex_unlock(&player->lock);
	bell_ring(player->wake);
}

void player_set_pace(struct player *player, double step_s)
{
	pthread_mutex_lock(&player->lock);
	player->orders.pace_s = step_s;
	pthread_mutex_unlock(&player->lock);
	bell_ring(player->wake);
}

bool player_is_ready(struct player *player)
{
	return atomic_load(&player->ready);
}

int player_dead_end(struct player *player, unsigned long *seek)
{
	int direction;

	pthread_mutex_lock(&player->lock);
	direction = player->dead_end;
	*seek = player->dead_seek;
	pthread_mutex_unlock(&player->lock);
	return direction;
}

unsigned long player_failures(struct player *player, struct err *err)
{
	unsigned long failures;

	pthread_mutex_lock(&player->lock);
	failures = player->failures;
	*err = player->err;
	pthread_mutex_unlock(&player->lock);
	return failures;
}
