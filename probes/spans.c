// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/spans.h"

#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

struct spans {
	struct span *span; /* strings are owned */
	size_t n, cap;
	size_t next; /* where the one after the last match is: findings keep their order */
	bool sorted;
	size_t forgotten; /* for want of room */
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
	spans->n = spans->next = spans->forgotten = 0;
}

void spans_free(struct spans *spans)
{
	if (!spans)
		return;
	spans_clear(spans);
	free(spans->span);
	free(spans);
}

static bool is_same(const struct span *a, const struct span *b)
{
	return a->begin_s == b->begin_s && text_same(a->vm_key, b->vm_key) &&
	       text_same(a->rule, b->rule) && text_same(a->pane, b->pane) &&
	       text_same(a->subject, b->subject);
}

static struct span *find(struct spans *spans, const struct span *like)
{
	for (size_t k = 0; k < spans->n; k++) {
		const size_t i = (spans->next + k) % spans->n;

		if (is_same(&spans->span[i], like)) {
			spans->next = i + 1;
			return &spans->span[i];
		}
	}
	return NULL;
}

static void remove_at(struct spans *spans, size_t i)
{
	release(&spans->span[i]);
	memmove(&spans->span[i], &spans->span[i + 1], (--spans->n - i) * sizeof(*spans->span));
	spans->next = 0;
}

static void make_room(struct spans *spans)
{
	size_t i, first = 0;

	if (spans->n < SPANS_MOST)
		return;
	for (i = 1; i < spans->n; i++)
		if (spans->span[i].end_s < spans->span[first].end_s)
			first = i;
	remove_at(spans, first);
	spans->forgotten++;
}

static void add(struct spans *spans, const struct span *span)
{
	struct span *own;

	make_room(spans);
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
	size_t i = 0;

	while (i < spans->n)
		if (spans->span[i].end_s < before_s)
			remove_at(spans, i);
		else
			i++;
}

size_t spans_forgotten(const struct spans *spans)
{
	return spans->forgotten;
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
	if (!spans->sorted && spans->n)
		qsort(spans->span, spans->n, sizeof(*spans->span), by_begin);
	spans->sorted = true;
	*count = spans->n;
	return spans->span;
}
