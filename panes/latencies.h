/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LATENCIES_H
#define PARALLAX_LATENCIES_H

#include <stddef.h>

#include "probes/histogram.h"
#include "probes/snapshot.h"

/*
 * How long requests of each disk took in the last minutes, put together from the snapshots' own
 * bins, so that a recording has the same windows and pictures as the live console: reads, writes
 * and flushes apart, in slices of LATENCIES_SLICE_S. A window is the newest LATENCIES_WINDOW
 * slices, the last of which is not full: 55 to 60 s. Belongs to one sequence of snapshots. Bounded:
 * some 10 KiB a disk and kind of request that there are any of; disks that are gone are dropped.
 */
enum { LATENCIES_SLICE_S = 5, LATENCIES_SLICES = 60, LATENCIES_WINDOW = 12 };

enum disk_op_kind { DISK_READ, DISK_WRITE, DISK_FLUSH, DISK_OPS };

/* Layers of snapshot_disk.h that are timed. */
enum timed_layer { TIMED_VMM, TIMED_WAIT, TIMED_REQUEST, TIMED_DEVICE, TIMED_LAYERS };

struct latency_sum {
	double count, ns, bytes; /* requests of the layer, their lengths summed, what they moved */
};

struct latency_window {
	struct histogram all, first_half, second_half; /* of waits */
	double window_s;			       /* covered so far */
	double max_ns;				       /* NAN: there was none */
	struct latency_sum layer[TIMED_LAYERS];
	bool known[TIMED_LAYERS]; /* the layer told something, if only that there was nothing */
};

struct latencies;

struct latencies *latencies_new(void);
void latencies_free(struct latencies *latencies); /* accepts NULL */
/* Take in every disk in snap; once a snapshot. */
void latencies_add(struct latencies *latencies, const struct snapshot *snap);

/* "read", "write", "flush". */
const char *disk_op_name(enum disk_op_kind kind);
/* The one of a disk. */
const struct disk_op *disk_op_of(const struct disk *disk, enum disk_op_kind kind);

/* What is asked for. */
struct latencies_of {
	const char *vm_key, *disk;
	enum disk_op_kind kind;
};

/*
 * The figures of a disk's window, kept beside it for whoever works them out: that takes longer than
 * all the rest, so it is done once a slice, and each time while the first one fills.
 */
struct latency_kept {
	struct op_minute minute; /* but its modes_reason and age_s */
	char reason[96];	 /* modes_reason; "": none */
	uint32_t slice;		 /* in which they were made, 0: never */
	double made_s;
};

/* NULL: nothing was ever told of it. due: they must be made now. Valid until the next add. */
struct latency_kept *latencies_kept(
	struct latencies *latencies, const struct latencies_of *of, bool *due);
/* How old they are, in seconds. */
double latencies_age_s(const struct latencies *latencies, const struct latency_kept *kept);

/* False: nothing was ever told of it. */
bool latencies_window(const struct latencies *latencies, const struct latencies_of *of,
	struct latency_window *out);
/*
 * The waits in a slice of all that are kept, 0 the newest; false: none were told of then. Beyond
 * LATENCIES_SLICES there is nothing.
 */
bool latencies_slice(const struct latencies *latencies, const struct latencies_of *of, size_t age,
	struct histogram *out);

#endif
