// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/moments.h"

#include <math.h>
#include <stdlib.h>

#include "probes/tape.h"

enum { GAP_LEAST_S = 5, GAPS_MOST = 1000 };

struct moments {
	struct feed *feed; /* of the tape, or */
	struct tape *tape;
	struct reel *reel;
	struct reel_reader *reader;
	/* Of a tape, made when it is prepared. */
	struct spans *own_spans; /* NULL: the tape's are as they are to be */
	struct gap *gap;
	size_t n_gap;
	double from_s, to_s;
};

struct moments *moments_of_tape(struct feed *feed)
{
	struct moments *moments = xcalloc(1, sizeof(*moments));

	moments->feed = feed;
	moments->tape = feed_tape(feed);
	moments->from_s = moments->to_s = NAN;
	return moments;
}

struct moments *moments_of_reel(struct reel *reel)
{
	struct moments *moments = xcalloc(1, sizeof(*moments));

	moments->reel = reel;
	moments->reader = reel_reader_new(reel);
	return moments;
}

void moments_free(struct moments *moments)
{
	if (!moments)
		return;
	reel_reader_free(moments->reader);
	spans_free(moments->own_spans);
	free(moments->gap);
	free(moments);
}

/* A tape. */

/* Its ends and its gaps, for the time line. */
static void look_at_times(struct moments *moments)
{
	const size_t n = tape_count(moments->tape);
	double before_s = NAN;
	size_t cap = 0;

	for (size_t i = 0; i < n; i++) {
		const double time_s = tape_time_s(moments->tape, i);

		if (time_s - before_s > GAP_LEAST_S && moments->n_gap < GAPS_MOST) {
			moments->gap = xgrow(
				moments->gap, moments->n_gap + 1, &cap, sizeof(*moments->gap));
			moments->gap[moments->n_gap++] = (struct gap){ before_s, time_s };
		}
		before_s = isnan(time_s) ? before_s : time_s;
		moments->from_s = fmin(moments->from_s, time_s);
		moments->to_s = fmax(moments->to_s, time_s);
	}
}

/* The findings of the index, with the names that the snapshots will have. */
static struct spans *anonymous_spans(struct feed *feed, struct spans *named)
{
	struct spans *spans = spans_new();
	size_t n;
	const struct span *span = spans_get(named, &n);

	for (size_t i = 0; i < n; i++) {
		struct finding finding = { .pane = span[i].pane,
			.rule = span[i].rule,
			.vm = span[i].vm,
			.vm_key = span[i].vm_key,
			.subject = span[i].subject,
			.text = span[i].text };
		struct snapshot snap = { .finding = &finding, .n_finding = 1 };
		struct span own = span[i];

		feed_anonymize(feed, &snap);
		own.vm = snap.finding->vm;
		own.vm_key = snap.finding->vm_key;
		own.subject = snap.finding->subject;
		own.text = snap.finding->text;
		spans_merge(spans, &own);
		arena_release(&snap.arena);
	}
	return spans;
}

static int prepare_tape(void *arg, const atomic_bool *stop, struct err *err)
{
	struct moments *moments = arg;
	const int rc = tape_index(moments->tape, stop, err);

	look_at_times(moments);
	if (feed_is_anonymous(moments->feed))
		moments->own_spans = anonymous_spans(moments->feed, tape_spans(moments->tape));
	return rc;
}

static size_t count_tape(void *arg)
{
	return tape_count(((struct moments *)arg)->tape);
}

static double time_in_tape(void *arg, size_t i)
{
	return tape_time_s(((struct moments *)arg)->tape, i);
}

static int read_tape(void *arg, size_t i, struct snapshot *snap, struct err *err)
{
	struct moments *moments = arg;
	const int rc = tape_read(moments->tape, i, snap, err);

	if (rc == 0)
		feed_anonymize(moments->feed, snap);
	return rc;
}

struct spans *moments_spans(struct moments *moments)
{
	return moments->own_spans ? moments->own_spans : tape_spans(moments->tape);
}

const struct gap *moments_gaps(const struct moments *moments, size_t *n)
{
	*n = moments->n_gap;
	return moments->gap;
}

bool moments_span(const struct moments *moments, double *from_s, double *to_s)
{
	*from_s = moments->from_s;
	*to_s = moments->to_s;
	return !isnan(moments->from_s);
}

/* A reel. */

static size_t count_reel(void *arg)
{
	size_t first, end;

	reel_range(((struct moments *)arg)->reel, &first, &end);
	return end;
}

static double time_in_reel(void *arg, size_t i)
{
	return reel_time_s(((struct moments *)arg)->reel, i);
}

static int read_reel(void *arg, size_t i, struct snapshot *snap, struct err *err)
{
	return reel_read(((struct moments *)arg)->reader, i, snap, err);
}

struct player_source moments_source(struct moments *moments)
{
	if (moments->tape)
		return (struct player_source){ moments, prepare_tape, count_tape, time_in_tape,
			read_tape };
	return (struct player_source){ moments, NULL, count_reel, time_in_reel, read_reel };
}
