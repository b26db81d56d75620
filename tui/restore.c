// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/restore.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/err.h"

enum { MAX_BYTES = 256, MAX_TRIES = 20, TRY_MS = 20 };

static struct {
	int tty;
	char bytes[MAX_BYTES];
	size_t len;
	struct termios modes;
	volatile sig_atomic_t armed, torn;
} restore;

static const int fatal_signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSYS };

/* From here to on_fatal_signal everything is async-signal-safe, and may run in any thread. */

static void write_anyhow(const char *bytes, size_t len)
{
	struct pollfd poll_fd = { .fd = restore.tty, .events = POLLOUT };
	int tries;

	for (tries = 0; len && tries < MAX_TRIES; tries++) {
		const ssize_t n = write(restore.tty, bytes, len);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return;
		} else {
			poll(&poll_fd, 1, TRY_MS);
		}
	}
}

bool restore_in_foreground(int tty)
{
	const pid_t group = tcgetpgrp(tty);

	/* A terminal that is not our controlling one knows no background. */
	return group < 0 || group == getpgrp();
}

static void restore_now(void)
{
	if (!restore.armed)
		return;
	restore.armed = 0;
	/* CAN ends the sequence whose rest will not come. */
	if (restore.torn)
		write_anyhow("\030", 1);
	write_anyhow(restore.bytes, restore.len);
	if (restore_in_foreground(restore.tty))
		tcsetattr(restore.tty, TCSANOW, &restore.modes);
}

static void on_fatal_signal(int sig)
{
	restore_now();
	/* SA_RESETHAND: the default action, with its core, is in place again. */
	raise(sig);
}

static void catch_ends(void)
{
	static char stack_memory[64 * 1024];
	const stack_t stack = { .ss_sp = stack_memory, .ss_size = sizeof(stack_memory) };
	const struct sigaction action = { .sa_handler = on_fatal_signal,
		.sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER };
	size_t i;

	sigaltstack(&stack, NULL);
	for (i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &action, NULL);
	die_set_hook(restore_now);
	atexit(restore_now);
}

void restore_prepare(int tty, const char *bytes, size_t len, const struct termios *modes)
{
	restore.tty = tty;
	restore.len = len < MAX_BYTES ? len : MAX_BYTES;
	memcpy(restore.bytes, bytes, restore.len);
	restore.modes = *modes;
	catch_ends();
}

void restore_arm(bool armed)
{
	restore.armed = armed;
}

void restore_note_torn(bool torn)
{
	restore.torn = torn;
}
