// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	sigset_t mask, old;
	int rc;

	/* A new thread inherits the mask. A fault belongs to whoever causes it. */
	sigfillset(&mask);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&mask, faults[i]);
	pthread_sigmask(SIG_SETMASK, &mask, &old);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		pthread_setname_np(*thread, name);
	return -rc;
}

bool thread_join_until(pthread_t thread, uint64_t deadline_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline_ns / 1000000000),
		.tv_nsec = (long)(deadline_ns % 1000000000),
	};

	return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

int bell_open(void)
{
	int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return bell < 0 ? -errno : bell;
}

void bell_ring(int bell)
{
	const uint64_t one = 1;

	/* A full counter (EAGAIN) rings already. */
	if (write(bell, &one, sizeof(one)) < 0)
		errno = 0;
}

bool bell_wait(int bell, int timeout_ms)
{
	struct pollfd pfd = { .fd = bell, .events = POLLIN };
	uint64_t count;

	if (poll(&pfd, 1, timeout_ms) <= 0)
		return false;
	if (read(bell, &count, sizeof(count)) < 0)
		errno = 0;
	return true;
}
