// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a recording of the snapshots on standard input takes, as --record makes it: MiB for an hour
 * of a VM at one snapshot a second; CPU time of each in the thread that writes, in ms; in the
 * thread that hands it over; and to print it, and no more. usage: recorded FILE <SNAPSHOTS, where
 * FILE is made and removed
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "probes/clock.h"
#include "probes/json.h"
#include "probes/recorder.h"
#include "tests/tools/snapshots.h"

enum { HOUR_S = 3600 };

static uint64_t process_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Until so many are in the file, as they are before the next one comes from a console. */
static void wait_for(struct recorder *recorder, unsigned long count, struct recorder_state *state)
{
	static const struct timespec moment = { .tv_nsec = 200000 };

	for (;;) {
		recorder_get(recorder, state);
		if (state->err.code)
			die("%s", state->err.text);
		if (state->count == count)
			return;
		nanosleep(&moment, NULL);
	}
}

static uint64_t print_ns(struct snapshot *const *snap, size_t n)
{
	const uint64_t begin_ns = clock_cpu_ns();
	struct json_text text = { 0 };

	for (size_t i = 0; i < n; i++) {
		text.len = 0;
		json_print(&text, &schema_snapshot, snap[i]);
	}
	free(text.data);
	return clock_cpu_ns() - begin_ns;
}

int main(int argc, char **argv)
{
	static struct snapshot *snap[SNAPSHOTS_MOST + 1];
	struct recorder *recorder;
	struct recorder_state state;
	struct err err;
	uint64_t all_ns, others_ns, adding_ns = 0;
	size_t n, vms = 0;

	if (argc != 2)
		return fputs("usage: recorded FILE <SNAPSHOTS\n", stderr), 2;
	n = snapshots_read(snap);
	if (recorder_start(argv[1], &recorder, &err) < 0)
		die("%s", err.text);
	all_ns = process_cpu_ns();
	others_ns = clock_cpu_ns();
	for (size_t i = 0; i < n; i++) {
		const uint64_t begin_ns = clock_cpu_ns();

		vms += snap[i]->n_vm;
		recorder_add(recorder, snap[i]);
		adding_ns += clock_cpu_ns() - begin_ns;
		wait_for(recorder, i + 1, &state);
	}
	all_ns = process_cpu_ns() - all_ns;
	others_ns = clock_cpu_ns() - others_ns;
	if (recorder_stop(recorder, &state) < 0)
		die("%s", state.err.text);
	unlink(argv[1]);
	printf("%.2f %.2f %.2f %.2f\n", (double)state.bytes / (double)vms * HOUR_S / (1 << 20),
		(double)(all_ns - others_ns) / 1e6 / (double)n, (double)adding_ns / 1e6 / (double)n,
		(double)print_ns(snap, n) / 1e6 / (double)n);
	return 0;
}
