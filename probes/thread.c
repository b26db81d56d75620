// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "probes/clock.h"

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
	uint64_t now_ns = clock_mono_ns(&clock_system);
	struct timespec until;

	/* pthread_clockjoin_np would know the monotonic clock, but ThreadSanitizer does not know it. */
	clock_gettime(CLOCK_REALTIME, &until);
	if (deadline_ns > now_ns) {
		uint64_t nsec = (uint64_t)until.tv_nsec + (deadline_ns - now_ns);

		until.tv_sec += (time_t)(nsec / 1000000000);
		until.tv_nsec = (long)(nsec % 1000000000);
	}
	return pthread_timedjoin_np(thread, NULL, &until) == 0;
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
