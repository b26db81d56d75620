/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_THIEVES_H
#define PARALLAX_ACCOUNT_THIEVES_H

#include "probes/sample.h"
#include "probes/sysroot.h"

/* Who ran while VMs waited: reads the map of account.bpf.c and gives its processes names. */
struct thieves;

struct thieves *thieves_new(const struct sysroot *root, int map_fd);
void thieves_free(struct thieves *thieves); /* accepts NULL */
/* All of them, in arena, by vm, pid, vcpu. Returns 0 or a negative errno. */
int thieves_read(struct thieves *thieves, struct arena *arena, struct account_share **share,
	size_t *count);

#endif
