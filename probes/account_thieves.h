/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_THIEVES_H
#define PARALLAX_ACCOUNT_THIEVES_H

#include <stdbool.h>

#include "probes/sample.h"

/*
 * Take from the map of account.bpf.c who ran while VMs waited, into arena, by vm, pid, vcpu: since
 * the last call, so that the map holds no more than one interval. *full: there was no room for
 * all. Returns 0 or a negative errno.
 */
int thieves_take(int map_fd, struct arena *arena, struct account_share **share, size_t *count,
	bool *full);

#endif
