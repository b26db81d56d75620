// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long it takes to open a recording and to go to some places of it, each anywhere: prints the
 * ms to open, median and most ms to read a snapshot, how many there are, and how many findings are
 * known of. usage: seek FILE [PLACES]
 */
#include <stdio.h>
#include <stdlib.h>

#include "probes/clock.h"
#include "probes/tape.h"

enum { PLACES = 50, PLACES_MOST = 1000 };

static double now_ms(void)
{
	return (double)clock_mono_ns(&clock_system) / 1e6;
}

static struct tape *open_tape(const char *path)
{
	static const atomic_bool never;
	struct tape *tape;
	struct err err = { 0 };

	if (tape_open(path, &tape, &err) < 0)
		die("%s", err.text);
	tape_index(tape, &never, &err);
	if (err.code)
		die("%s", err.text);
	return tape;
}

static double read_one(struct tape *tape, size_t i, struct snapshot *snap)
{
	const double begin_ms = now_ms();
	struct err err;

	if (tape_read(tape, i, snap, &err) < 0)
		die("%s", err.text);
	return now_ms() - begin_ms;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	const unsigned long wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : PLACES;
	const size_t places = wanted && wanted < PLACES_MOST ? wanted : PLACES_MOST;
	struct snapshot *snap = snapshot_new();
	double took_ms[PLACES_MOST], open_ms = now_ms();
	struct tape *tape;
	size_t findings;

	if (argc < 2)
		return fputs("usage: seek FILE [PLACES]\n", stderr), 2;
	tape = open_tape(argv[1]);
	open_ms = now_ms() - open_ms;
	srandom(1);
	for (size_t i = 0; i < places; i++)
		took_ms[i] = read_one(tape, (size_t)random() % tape_count(tape), snap);
	qsort(took_ms, places, sizeof(took_ms[0]), by_size);
	spans_get(tape_spans(tape), &findings);
	printf("%.0f %.1f %.1f %zu %zu\n", open_ms, took_ms[places / 2], took_ms[places - 1],
		tape_count(tape), findings);
	snapshot_free(snap);
	tape_close(tape);
	return 0;
}
