// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/groups.h"

#include <stdlib.h>
#include <string.h>

static int text_order(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int identity_order(const struct span *a, const struct span *b)
{
	int order = text_order(a->vm_key, b->vm_key);

	order = order ? order : text_order(a->rule, b->rule);
	order = order ? order : text_order(a->pane, b->pane);
	return order ? order : text_order(a->subject, b->subject);
}

static int by_identity(const void *a, const void *b)
{
	const struct span *x = *(const struct span *const *)a;
	const struct span *y = *(const struct span *const *)b;
	const int order = identity_order(x, y);

	return order ? order : (x->begin_s > y->begin_s) - (x->begin_s < y->begin_s);
}

static int by_begin(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->begin_s != y->begin_s)
		return x->begin_s < y->begin_s ? -1 : 1;
	if (x->worst->severity != y->worst->severity)
		return x->worst->severity > y->worst->severity ? -1 : 1;
	return identity_order(x->worst, y->worst);
}

static double span_length(const struct span *span, double from_s)
{
	const double begin_s = span->begin_s > from_s ? span->begin_s : from_s;

	return span->end_s > begin_s ? span->end_s - begin_s : 0;
}

static bool is_worse(const struct span *a, const struct span *b)
{
	if (a->severity != b->severity)
		return a->severity > b->severity;
	return a->end_s - a->begin_s > b->end_s - b->begin_s;
}

/* Those of n sorted spans that are alike, from the first on. */
static void group_fill(struct group *group, const struct span **span, size_t n, double from_s)
{
	*group = (struct group){
		.span = span, .worst = span[0], .begin_s = span[0]->begin_s, .end_s = span[0]->end_s
	};
	while (group->n < n && !identity_order(span[0], span[group->n])) {
		const struct span *one = span[group->n++];

		group->total_s += span_length(one, from_s);
		group->end_s = one->end_s > group->end_s ? one->end_s : group->end_s;
		group->worst = is_worse(one, group->worst) ? one : group->worst;
	}
}

size_t groups_make(const struct span *span, size_t n, double from_s, struct arena *arena,
	struct group **groups)
{
	const struct span **sorted = arena_array(arena, n, sizeof(*sorted));
	size_t count = 0, i;

	*groups = arena_array(arena, n, sizeof(**groups));
	for (i = 0; i < n; i++)
		sorted[i] = &span[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_identity);
	for (i = 0; i < n; i += (*groups)[count++].n)
		group_fill(&(*groups)[count], sorted + i, n - i, from_s);
	if (count)
		qsort(*groups, count, sizeof(**groups), by_begin);
	return count;
}
