// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/collector.h"

#include <stdlib.h>

#include "probes/runner.h"
#include "probes/slow.h"

struct collector {
	const struct clock *clock;
	struct roster *roster;
	struct runner fast[SECTION_COUNT];    /* by section; unused where the probe is slow */
	struct slow *slow[SECTION_COUNT];     /* by section; NULL where it is fast */
	struct sample *letter[SECTION_COUNT]; /* the newest of each slow probe */
	struct sample sample[2];	      /* this refresh and the one before, in turn */
	unsigned turn;
	bool has_prev;
};

int collector_new(struct collector **out, const struct probe_env *env, struct err *err)
{
	struct collector *collector = xcalloc(1, sizeof(*collector));
	struct probe_env own = *env;

	collector->clock = env->clock;
	collector->roster = own.roster = roster_new();
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		int rc = 0;

		if (probes[i]->slow)
			rc = slow_start(&collector->slow[i], probes[i], &own, err);
		else
			runner_init(&collector->fast[i], probes[i], &own);
		if (rc == 0 && probes[i]->slow_open)
			runner_begin(&collector->fast[i]);
		if (rc < 0) {
			collector_free(collector, 500);
			return rc;
		}
	}
	*out = collector;
	return 0;
}

static void take_letters(struct collector *collector)
{
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		struct sample *letter = collector->slow[i] ? slow_take(collector->slow[i]) : NULL;

		if (!letter)
			continue;
		slow_give_back(collector->slow[i], collector->letter[i]);
		collector->letter[i] = letter;
	}
}

static void fill_slow(struct collector *collector, struct sample *cur, enum section section)
{
	if (collector->letter[section])
		sample_section_copy(cur, collector->letter[section], section);
	else
		cur->status[section] = (struct status){
			.state = SOURCE_UNAVAILABLE,
			.reason = "not answered yet",
		};
}

/* Slow sections live in their letters, which may be gone when cur has become prev. */
static void drop_borrowed(const struct collector *collector, struct sample *cur)
{
	static const struct sample empty;

	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (collector->slow[i])
			sample_section_copy(cur, &empty, (enum section)i);
}

void collector_collect(struct collector *collector, struct snapshot *out)
{
	struct sample *cur = &collector->sample[collector->turn];
	const struct sample *prev = &collector->sample[!collector->turn];

	sample_clear(cur);
	cur->at_ns = clock_mono_ns(collector->clock);
	cur->wall_s = clock_wall_s(collector->clock);
	cur->utc_offset_s = clock_utc_offset_s(cur->wall_s);
	take_letters(collector);
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (collector->slow[i])
			fill_slow(collector, cur, (enum section)i);
		else
			runner_sample(&collector->fast[i], cur);
	}
	roster_put(collector->roster, &cur->procvm);
	snapshot_derive(
		out, cur, collector->has_prev ? prev : NULL, clock_mono_ns(collector->clock));
	drop_borrowed(collector, cur);
	collector->turn = !collector->turn;
	collector->has_prev = true;
}

bool collector_complete(struct collector *collector)
{
	take_letters(collector);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (collector->slow[i] ? !collector->letter[i]
				       : runner_is_opening(&collector->fast[i]))
			return false;
	return true;
}

void collector_attend(struct collector *collector)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (!collector->slow[i])
			runner_attend(&collector->fast[i]);
}

void collector_wake(struct collector *collector)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (collector->slow[i])
			slow_wake(collector->slow[i]);
}

static void letter_free(struct sample *letter)
{
	if (letter)
		sample_release(letter);
	free(letter);
}

bool collector_free(struct collector *collector, unsigned wait_ms)
{
	bool ended = true;
	uint64_t deadline_ns = clock_mono_ns(&clock_system) + (uint64_t)wait_ms * 1000000;

	if (!collector)
		return true;
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (collector->slow[i])
			slow_stop(collector->slow[i]);
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (collector->slow[i])
			ended &= slow_join(collector->slow[i], deadline_ns);
		else if (collector->fast[i].probe)
			ended &= runner_close(&collector->fast[i], deadline_ns);
		letter_free(collector->letter[i]);
	}
	if (!ended)
		return false; /* an opener may still write into it */
	sample_release(&collector->sample[0]);
	sample_release(&collector->sample[1]);
	roster_free(collector->roster);
	free(collector);
	return ended;
}
