/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ANONYMIZE_H
#define PARALLAX_ANONYMIZE_H

#include "probes/snapshot.h"

/*
 * Snapshots that may be shown to strangers: names of hosts, VMs and processes, paths and
 * addresses are replaced, each by the same in all snapshots of a run. What every host has, the
 * kernel's and QEMU's names, sda, vnet5, kswapd0, stays. So does what is no string: numbers,
 * times, pids. The schema says what each string holds.
 */
struct anonymizer;

struct anonymizer *anonymizer_new(void);
void anonymizer_free(struct anonymizer *anonymizer); /* accepts NULL */

/*
 * Replace the identities in snap, in its own arena. Do it before it is judged, so that findings
 * are made of the new names; those of a recording are rewritten. For one thread.
 */
void anonymize(struct anonymizer *anonymizer, struct snapshot *snap);

#endif
