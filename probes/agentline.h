/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AGENTLINE_H
#define PARALLAX_AGENTLINE_H

#include <libvirt/libvirt.h>
#include <stdbool.h>
#include <stdint.h>

#include "probes/clock.h"
#include "probes/err.h"

/*
 * The line to one guest's agent, for a worker's thread: one command after the other, each of at
 * most AGENTLINE_CALL_S, and none begun after the call's time is over. Functions return 0, or a
 * negative errno with the sentence in err.
 */
enum { AGENTLINE_CALL_S = 1, AGENTLINE_ALL_S = 8, AGENTLINE_LEFT_MOST = 4 };

struct agent_line {
	virDomainPtr domain;
	const struct clock *clock;
	uint64_t until_ns; /* the call's time */
	struct err err;	   /* of the command that failed last */
	bool unsupported;  /* ... which no waiting will change */
	/* Files that stayed open when the agent fell silent: closed once it speaks again. */
	int64_t left[AGENTLINE_LEFT_MOST];
	size_t n_left;
};

/* A call begins: it has AGENTLINE_ALL_S. What the one before has left stays to be closed. */
void agentline_begin(struct agent_line *line, virDomainPtr domain, const struct clock *clock);

/* How long to leave one alone that failed so often before: 30 s, doubling to 10 min. */
uint64_t agentline_back_off_ns(unsigned failures);

/* The answer to one command, the caller's to free; NULL: err says why. */
char *agentline_command(struct agent_line *line, const char *json);

/* Files of the guest; path is one of ours. Handles die with the agent. */
int agentline_open(struct agent_line *line, const char *path, int64_t *handle);
int agentline_rewind(struct agent_line *line, int64_t handle);
/* What is left of the file into text, of QGA_FILE_MAX + 1 bytes, NUL-ended. */
int agentline_read(struct agent_line *line, int64_t handle, char *text);
/* A file that is not needed, and may still be open: an agent never gives a handle twice. */
void agentline_leave(struct agent_line *line, int64_t handle);
/* Opens, reads and closes: nothing stays behind in the guest. */
int agentline_slurp(struct agent_line *line, const char *path, char *text);

#endif
