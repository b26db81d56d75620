// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A day in some seconds: the snapshots on standard input, over and over, with their times going
 * on, into what the console keeps of the last minutes. Prints for the day: the most MiB that this
 * took, all memory of the process that came with it counted; how far back it reached at worst,
 * once there was as much, in s; of how many snapshots one was kept; and the CPU time of each, in
 * ms, from the second FROM on. usage: day [SECONDS [FROM]] <FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include "probes/clock.h"
#include "probes/reel.h"
#include "tests/tools/snapshots.h"

enum { DAY_S = 86400 };

int main(int argc, char **argv)
{
	static struct snapshot *snap[SNAPSHOTS_MOST + 1];
	const unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : DAY_S;
	const unsigned from = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	const size_t n = snapshots_read(snap);
	const double before = memory_in_use();
	struct reel *reel = reel_new(REEL_BYTES);
	double most = 0, least_s = REEL_SPAN_S;
	uint64_t begin_ns = clock_cpu_ns();

	if (from >= seconds)
		die("usage: day [SECONDS [FROM]] <FILE");
	for (unsigned i = 0; i < seconds; i++) {
		size_t first, end;

		if (i == from)
			begin_ns = clock_cpu_ns();
		snap[i % n]->time_s = 1e9 + i;
		reel_add(reel, snap[i % n]);
		if (i % 64)
			continue;
		reel_range(reel, &first, &end);
		most = memory_in_use() - before > most ? memory_in_use() - before : most;
		if (i > 2 * REEL_SPAN_S && 1e9 + i - reel_time_s(reel, first) < least_s)
			least_s = 1e9 + i - reel_time_s(reel, first);
	}
	printf("%.1f %.0f %u %.3f\n", most / (1 << 20), least_s, reel_coarseness(reel),
		(double)(clock_cpu_ns() - begin_ns) / 1e6 / (seconds - from));
	reel_free(reel);
	return 0;
}
