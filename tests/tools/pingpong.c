// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a context switch costs: two processes on one CPU hand a byte to and fro.
 *
 *	pingpong [--cpu N] [--switches N]	prints nanoseconds a switch
 */
#include <err.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "cannot run on CPU %d alone", cpu);
}

static void pass(int from, int to, long count)
{
	char byte = 0;

	for (long i = 0; i < count; i++)
		if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
			err(1, "pipe");
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "switches", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int there[2], back[2], cpu = 0;
	long rounds = 100000;
	double begin_ns;
	pid_t child;

	for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (opt == 'c')
			cpu = atoi(optarg);
		else if (opt == 's')
			rounds = atol(optarg) / 2;
		else
			return 2;
	}
	pin(cpu);
	if (pipe(there) < 0 || pipe(back) < 0 || (child = fork()) < 0)
		err(1, "cannot start");
	if (child == 0) {
		pass(there[0], back[1], rounds);
		return 0;
	}
	begin_ns = now_ns();
	if (write(there[1], "", 1) != 1)
		err(1, "pipe");
	pass(back[0], there[1], rounds - 1);
	waitpid(child, NULL, 0);
	printf("%.1f\n", (now_ns() - begin_ns) / 2 / (double)rounds);
	return 0;
}
