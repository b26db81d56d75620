// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "probes/clock.h"

/* The set that loop_block_signals made. */
static sigset_t loop_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH };
	struct sigaction action;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* Blocking an ignored signal would make it arrive after all. */
		if (!sigaction(signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	}
	return set;
}

void loop_block_signals(void)
{
	const sigset_t set = loop_signals();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int add(struct loop *loop, int fd, unsigned event)
{
	struct epoll_event epoll_event = { .events = EPOLLIN, .data.u32 = event };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &epoll_event);
}

int loop_init(struct loop *loop, int term_fd, int feed_fd, struct err *err)
{
	const sigset_t set = loop_signals();

	*loop = (struct loop){ .term_fd = term_fd };
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->signal_fd < 0 || add(loop, term_fd, LOOP_INPUT) ||
		add(loop, feed_fd, LOOP_FEED) || add(loop, loop->signal_fd, LOOP_SIGNAL)) {
		err_set(err, -errno, "cannot wait for events: %s", strerror(errno));
		loop_release(loop);
		return err->code;
	}
	return 0;
}

void loop_release(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	loop->epoll_fd = loop->signal_fd = -1;
}

void loop_want_output(struct loop *loop, bool wanted)
{
	struct epoll_event event = { .events = EPOLLIN | (wanted ? EPOLLOUT : 0),
		.data.u32 = LOOP_INPUT };

	if (wanted == loop->wants_output)
		return;
	loop->wants_output = wanted;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, loop->term_fd, &event);
}

static int timeout_ms(uint64_t due_ns)
{
	const uint64_t now_ns = clock_mono_ns(&clock_system);

	if (due_ns == LOOP_FOREVER)
		return -1;
	if (due_ns <= now_ns)
		return 0;
	return (int)((due_ns - now_ns + 999999) / 1000000);
}

static unsigned flags_of(const struct epoll_event *event)
{
	unsigned flags = event->data.u32;

	if (event->data.u32 != LOOP_INPUT)
		return flags;
	flags = event->events & EPOLLIN ? LOOP_INPUT : 0;
	if (event->events & EPOLLOUT)
		flags |= LOOP_OUTPUT;
	if (event->events & (EPOLLHUP | EPOLLERR))
		flags |= LOOP_HANGUP;
	return flags;
}

unsigned loop_wait(struct loop *loop, uint64_t due_ns)
{
	struct epoll_event events[4];
	unsigned flags = 0;
	int i, n;

	n = epoll_wait(loop->epoll_fd, events, 4, timeout_ms(due_ns));
	for (i = 0; i < n; i++)
		flags |= flags_of(&events[i]);
	return flags;
}

int loop_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void loop_end_by_signal(int sig)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(sig, &action, NULL);
	raise(sig);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + sig);
}
