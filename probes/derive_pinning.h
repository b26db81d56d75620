/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DERIVE_PINNING_H
#define PARALLAX_DERIVE_PINNING_H

#include "probes/derive.h"
#include "probes/pinsets.h"

/* The parts of derive_pinning. Only derive_pinning*.c include this header. */

/* What one VM, or one process of the host, asks of one set of CPUs. */
struct party {
	size_t who; /* a VM of the snapshot; from n_vm on a process of the sample */
	uint16_t set;
	uint32_t threads, vcpus, busy_vcpus, busy, helpers; /* helpers: no vCPUs */
	double demand_pct;				    /* of one CPU; NAN unknown */
};

/* One snapshot's; all of it lives in scratch. */
struct pins {
	const struct derive *derive;
	const struct joined *joined; /* by the numbers of out's VMs */
	struct snapshot *out;
	struct arena scratch;
	struct pinsets sets;
	uint16_t *number;    /* of the sample's sets, in sets */
	struct party *party; /* by VM, then processes */
	size_t n_party;
	size_t *by_set, *first; /* parties by set, and where each set's begin; n + 1 of them */
	size_t n_who;
	const char **process_name; /* of the sample's bound processes; as long-lived as out */
};

/* From this on a thread takes part: in per cent of a CPU. */
static const double BUSY_PCT = 50, SHARES_PCT = 1;

/* derive_pinning_threads.c: each VM's threads, as parties and in its own list. */
void pins_add_threads(struct pins *pins);
/* derive_pinning_sets.c: the sets and CPUs of the snapshot, with who is on them. */
void pins_list_sets(struct pins *pins);
void pins_list_cpus(struct pins *pins);
/* derive_pinning_vm.c: what that means for each VM. */
void pins_judge_vms(struct pins *pins);

/* What each of several asks, summed up while it is added; zeroed but for its arena. */
struct tally {
	struct pins *pins;
	double *demand_pct; /* by who; those that are not there are not told */
	uint32_t *threads;
	bool *seen;
	size_t *who; /* those that are there */
	size_t n;
};
void tally_begin(struct tally *tally, struct pins *pins);
void tally_add(struct tally *tally, const struct party *party, double part);
/* The most first; ready for another round once tally_clear was called. */
void tally_sort(struct tally *tally);
void tally_clear(struct tally *tally);
const char *pins_name(const struct pins *pins, size_t who);

#endif
