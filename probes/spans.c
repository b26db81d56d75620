// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/spans.h"

#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

/*
 * A day of a busy host has tens of thousands, each looked for in thousands: they are found by hash.
 * Those that are too many are dropped when there are a quarter too many, since it takes a look at
 * all of them.
 */
enum { BUCKETS = 1024, SLACK = SPANS_MOST / 4 };

struct spans {
	struct span *span; /* strings are owned */
	size_t n, cap;
	size_t next; /* where the one after the last match is: findings keep their order */
	bool sorted;
	size_t forgotten;	  /* for want of room */
	size_t hashed;		  /* so many are in the buckets */
	uint32_t bucket[BUCKETS]; /* number of the last one in it, plus one; 0: there is none */
	uint32_t *before;	  /* of each the same: that before it in its bucket */
	size_t cap_before;
};

struct spans *spans_new(void)
{
	return xcalloc(1, sizeof(struct spans));
}

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void release(const struct span *span)
{
	free((char *)span->pane);
	free((char *)span->rule);
	free((char *)span->vm);
	free((char *)span->vm_key);
	free((char *)span->subject);
	free((char *)span->text);
}

void spans_clear(struct spans *spans)
{
	for (size_t i = 0; i < spans->n; i++)
		release(&spans->span[i]);
	spans->n = spans->next = spans->forgotten = spans->hashed = 0;
}

void spans_free(struct spans *spans)
{
	if (!spans)
		return;
	spans_clear(spans);
	free(spans->span);
	free(spans->before);
	free(spans);
}

static bool is_same(const struct span *a, const struct span *b)
{
	return a->begin_s == b->begin_s && text_same(a->vm_key, b->vm_key) &&
	       text_same(a->rule, b->rule) && text_same(a->pane, b->pane) &&
	       text_same(a->subject, b->subject);
}

static size_t bucket_of(const struct span *span)
{
	uint64_t hash;

	memcpy(&hash, &span->begin_s, sizeof(hash));
	for (const char *at = span->vm_key; at && *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return (hash ^ hash >> 32) % BUCKETS;
}

/* Those that were added, or all after their order has changed. */
static void hash_rest(struct spans *spans)
{
	if (!spans->hashed)
		memset(spans->bucket, 0, sizeof(spans->bucket));
	spans->before = xgrow(spans->before, spans->n, &spans->cap_before, sizeof(*spans->before));
	for (; spans->hashed < spans->n; spans->hashed++) {
		uint32_t *bucket = &spans->bucket[bucket_of(&spans->span[spans->hashed])];

		spans->before[spans->hashed] = *bucket;
		*bucket = (uint32_t)spans->hashed + 1;
	}
}

static struct span *found(struct spans *spans, size_t i)
{
	spans->next = i + 1;
	return &spans->span[i];
}

static struct span *find(struct spans *spans, const struct span *like)
{
	if (spans->next < spans->n && is_same(&spans->span[spans->next], like))
		return found(spans, spans->next);
	hash_rest(spans);
	for (uint32_t i = spans->bucket[bucket_of(like)]; i; i = spans->before[i - 1])
		if (is_same(&spans->span[i - 1], like))
			return found(spans, i - 1);
	return NULL;
}

/* A foreign recording may tell no time. */
static int by_end(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	const double x_s = isnan(x->end_s) ? -INFINITY : x->end_s;
	const double y_s = isnan(y->end_s) ? -INFINITY : y->end_s;

	return (x_s < y_s) - (x_s > y_s);
}

/* Leave SPANS_MOST, those that ended last. */
static void drop_surplus(struct spans *spans)
{
	if (spans->n <= SPANS_MOST)
		return;
	qsort(spans->span, spans->n, sizeof(*spans->span), by_end);
	spans->forgotten += spans->n - SPANS_MOST;
	while (spans->n > SPANS_MOST)
		release(&spans->span[--spans->n]);
	spans->next = spans->hashed = 0;
	spans->sorted = false;
}

static void add(struct spans *spans, const struct span *span)
{
	struct span *own;

	if (spans->n == SPANS_MOST + SLACK)
		drop_surplus(spans);
	spans->span = xgrow(spans->span, spans->n + 1, &spans->cap, sizeof(*spans->span));
	own = &spans->span[spans->n++];
	*own = *span;
	own->pane = copy(span->pane);
	own->rule = copy(span->rule);
	own->vm = copy(span->vm);
	own->vm_key = copy(span->vm_key);
	own->subject = copy(span->subject);
	own->text = copy(span->text);
	spans->sorted = false;
}

void spans_merge(struct spans *spans, const struct span *span)
{
	struct span *own = find(spans, span);

	if (!own) {
		add(spans, span);
		return;
	}
	if (span->end_s > own->end_s)
		own->end_s = span->end_s;
	if (span->first_s < own->first_s)
		own->first_s = span->first_s;
	if (span->severity < own->severity ||
		(span->severity == own->severity && span->worst_s >= own->worst_s))
		return;
	own->severity = span->severity;
	own->verdict = span->verdict;
	own->worst_s = span->worst_s;
	free((char *)own->text);
	own->text = copy(span->text);
}

void spans_add(struct spans *spans, const struct snapshot *snap)
{
	spans->next = 0;
	for (size_t i = 0; i < snap->n_finding; i++) {
		const struct finding *finding = &snap->finding[i];

		spans_merge(
			spans, &(struct span){ .pane = finding->pane,
				       .rule = finding->rule,
				       .vm = finding->vm,
				       .vm_key = finding->vm_key,
				       .subject = finding->subject,
				       .text = finding->text,
				       .severity = finding->severity,
				       .verdict = finding->verdict,
				       .begin_s = isfinite(finding->since_s) ? finding->since_s : 0,
				       .first_s = snap->time_s,
				       .end_s = snap->time_s,
				       .worst_s = snap->time_s });
	}
}

void spans_forget(struct spans *spans, double before_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < spans->n; i++)
		if (spans->span[i].end_s < before_s)
			release(&spans->span[i]);
		else
			spans->span[kept++] = spans->span[i];
	if (kept == spans->n)
		return;
	spans->n = kept;
	spans->next = spans->hashed = 0;
}

size_t spans_forgotten(const struct spans *spans)
{
	return spans->forgotten + (spans->n > SPANS_MOST ? spans->n - SPANS_MOST : 0);
}

static int by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->begin_s != y->begin_s)
		return x->begin_s < y->begin_s ? -1 : 1;
	return (int)y->severity - (int)x->severity;
}

const struct span *spans_get(struct spans *spans, size_t *count)
{
	drop_surplus(spans);
	if (!spans->sorted && spans->n) {
		qsort(spans->span, spans->n, sizeof(*spans->span), by_begin);
		spans->next = spans->hashed = 0;
	}
	spans->sorted = true;
	*count = spans->n;
	return spans->span;
}
