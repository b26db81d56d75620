/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ERR_H
#define PARALLAX_ERR_H

/*
 * What went wrong, for the operator. Calls that meet his world (open, parse,
 * attach, connect) return 0 or a negative errno and fill one of these, which
 * the caller owns. The sentence says what failed, on what, and what to do:
 *     cannot read /proc below "/tmp/x": no such directory; give a captured tree
 */
struct err {
	int code;	/* 0, or a negative errno */
	char text[256]; /* one sentence without full stop or newline; "" when code is 0 */
};

/* Fill err (which may be NULL) and return code, so that callers can `return err_set(...)`. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * For broken invariants and exhausted memory only: runs the hook (tui sets it to restore the
 * terminal), prints one line on stderr and exits with status 1. Callable from any thread.
 */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void die_set_hook(void (*restore)(void));

#endif
