/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AFFINITY_READ_H
#define PARALLAX_AFFINITY_READ_H

#include <sys/types.h>

#include "probes/cpus.h"
#include "probes/sysroot.h"

/*
 * The CPUs that a thread may run on now: its affinity within the cpuset of its group, whoever set
 * either. On the running machine by sched_getaffinity, which needs no rights, and tells only CPUs
 * that are online; of a captured tree from the thread's status, which tells offline ones, too.
 * Returns 0 or a negative errno: -ESRCH it has ended, -EOVERFLOW none of them is below CPUS_MAX.
 */
int affinity_read(const struct sysroot *root, pid_t pid, pid_t tid, struct cpus *out);
/* The same from the text of a status; false: it does not tell. */
bool affinity_parse(const char *status, struct cpus *out);

#endif
