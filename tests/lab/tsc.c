/*
 * The frequency of this machine's time stamp counter in kHz. The emulated host sees that very
 * counter, and measures it wrong while it waits for CPUs.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
	uint64_t cycles;
	int64_t ns;
};

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Both clocks at one time: of many readings, the one that nothing came between. */
static struct moment moment(void)
{
	struct moment best = { 0 };
	int64_t shortest = INT64_MAX;

	for (int i = 0; i < 1000; i++) {
		int64_t before = now();
		uint64_t cycles = __rdtsc();
		int64_t took = now() - before;

		if (took < shortest) {
			shortest = took;
			best = (struct moment){ .cycles = cycles, .ns = before + took / 2 };
		}
	}
	return best;
}

int main(void)
{
	struct moment a = moment(), b;

	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	b = moment();
	printf("%.0f\n", (double)(b.cycles - a.cycles) * 1e6 / (double)(b.ns - a.ns));
	return 0;
}
