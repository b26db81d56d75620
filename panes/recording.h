/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RECORDING_H
#define PARALLAX_RECORDING_H

#include "panes/timeline.h"
#include "probes/snapshot.h"

/*
 * What a recording holds, collected snapshot by snapshot: of which host, from when to when, how
 * often, with which gaps and which sources, and the largest figures. Bounded, whatever comes.
 */
enum { RECORDING_GAPS = 64, RECORDING_SOURCES = 48 };

struct seen_source {
	char *name;
	size_t seen[SOURCE_OK + 1]; /* snapshots, by state */
	char *reason;		    /* the last of those in which it was not ok; NULL */
};

/* The largest of one figure. */
struct most {
	const char *label; /* "waiting for a CPU, VM" */
	double value;	   /* NAN: never known */
	double at_s;
	char *vm; /* whose it was; NULL: the host's */
	char *(*format)(char *buf, double value);
	const char *unit;
};
enum { RECORDING_MOST = 7 };

struct recording {
	char *host, *kernel; /* NULL: unknown */
	uint64_t cpus, nodes, mem_total_bytes, swap_total_bytes;
	bool is_guest, several_hosts;
	size_t n_snapshot;
	double utc_offset_s; /* as the first told that does; NAN: none did */
	bool utc_offset_changed;
	double from_s, to_s;		       /* NAN: no snapshot */
	double interval_min_s, interval_max_s; /* of those that follow each other; NAN: unknown */
	size_t vms_min, vms_max;
	struct gap gap[RECORDING_GAPS]; /* longer than 3 intervals; the first, by time */
	size_t n_gap, n_gap_all;
	size_t n_back; /* how often the clock went back */
	struct seen_source source[RECORDING_SOURCES];
	size_t n_source;
	struct most most[RECORDING_MOST];
	double last_s, last_interval_s;
};

void recording_init(struct recording *recording);
void recording_release(struct recording *recording);
void recording_add(struct recording *recording, const struct snapshot *snap);

#endif
