/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io RATE [read|write] [BURST]: so many requests of 4 KiB a second to /dev/vda, one after the
 * other, past the guest's own cache; of each burst without a pause. Writes are never flushed:
 * whether they are on the host's disk is the host's business. /run/io.ns has the lengths of the last
 * STAMPS requests in ns, a line each, by the guest's own clock.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, SPAN = 16 << 20, STAMPS = 4096, LINE = 14 };

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static void stamp(int fd, long n, long ns)
{
	char line[2 * LINE];

	snprintf(line, sizeof(line), "%*ld\n", LINE - 1, ns);
	if (pwrite(fd, line, LINE, n % STAMPS * LINE) != LINE)
		err(1, "/run/io.ns");
}

static void step(struct timespec *due, long period_ns)
{
	due->tv_nsec += period_ns;
	due->tv_sec += due->tv_nsec / 1000000000;
	due->tv_nsec %= 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	static char block[BLOCK] __attribute__((aligned(BLOCK)));
	const char *mode = argc > 2 ? argv[2] : "write";
	long rate = argc > 1 ? atol(argv[1]) : 0, burst = argc > 3 ? atol(argv[3]) : 1;
	int reads = strcmp(mode, "read") == 0;
	int fd = open("/dev/vda", (reads ? O_RDONLY : O_WRONLY) | O_DIRECT);
	int stamps = open("/run/io.ns", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct timespec due;

	if (rate <= 0 || rate > 100000 || burst <= 0 || burst > 1000)
		errx(2, "usage: io RATE [read|write] [BURST]");
	if (fd < 0 || stamps < 0)
		err(1, fd < 0 ? "/dev/vda" : "/run/io.ns");
	memset(block, 'x', sizeof(block));
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (long n = 0;;) {
		off_t at = n * BLOCK % SPAN;
		long start_ns = now_ns();

		if ((reads ? pread(fd, block, BLOCK, at) : pwrite(fd, block, BLOCK, at)) != BLOCK)
			err(1, "%s", mode);
		stamp(stamps, n++, now_ns() - start_ns);
		if (n % burst == 0)
			step(&due, burst * 1000000000 / rate);
	}
}
