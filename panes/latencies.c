// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/latencies.h"
#include "panes/bykey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BIN_BITS = 8, COUNT_MOST = (1 << 24) - 1 };

/*
 * Of one kind of request in LATENCIES_SLICE_S; there are many, so they are small. What is over is
 * packed: bin, and count above it.
 */
struct slice {
	uint32_t number;       /* since the beginning; 0: not in use */
	float known_s, max_ns; /* known: for so long it was told */
	float count[TIMED_LAYERS], ns[TIMED_LAYERS], bytes[TIMED_LAYERS];
	uint16_t known; /* layers of which something was told, a bit each */
	uint16_t n_packed;
	uint32_t *packed;
};

struct track {
	struct slice slice[LATENCIES_SLICES]; /* by number, in turn */
	uint32_t now;			      /* the number of the one that dense belongs to */
	uint32_t dense[HISTOGRAM_BINS];
	struct latency_kept kept;
};

struct disk_track {
	struct bykey_item item; /* by VM and disk */
	bool seen;
	struct track *op[DISK_OPS]; /* made with the first request */
};

struct latencies {
	struct bykey known;
	double elapsed_s;
	uint32_t number; /* of the slice that fills now; the first is 1 */
};

struct latencies *latencies_new(void)
{
	struct latencies *latencies = xcalloc(1, sizeof(*latencies));

	latencies->number = 1;
	return latencies;
}

static void track_free(struct track *track)
{
	if (!track)
		return;
	for (size_t i = 0; i < LATENCIES_SLICES; i++)
		free(track->slice[i].packed);
	free(track);
}

static bool forget(void *item, void *arg)
{
	struct disk_track *disk = item;

	(void)arg;
	for (size_t i = 0; i < DISK_OPS; i++)
		track_free(disk->op[i]);
	return false;
}

void latencies_free(struct latencies *latencies)
{
	if (!latencies)
		return;
	bykey_sweep(&latencies->known, forget, NULL);
	bykey_release(&latencies->known);
	free(latencies);
}

const char *disk_op_name(enum disk_op_kind kind)
{
	static const char *const name[DISK_OPS] = { "read", "write", "flush" };

	return name[kind];
}

const struct disk_op *disk_op_of(const struct disk *disk, enum disk_op_kind kind)
{
	return kind == DISK_READ ? &disk->read : kind == DISK_WRITE ? &disk->write : &disk->flush;
}

static void pack(struct track *track)
{
	struct slice *slice = &track->slice[track->now % LATENCIES_SLICES];
	size_t n = 0;

	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		n += track->dense[i] != 0;
	slice->packed = n ? xcalloc(n, sizeof(*slice->packed)) : NULL;
	for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
		if (track->dense[i])
			slice->packed[slice->n_packed++] = track->dense[i] << BIN_BITS | i;
	memset(track->dense, 0, sizeof(track->dense));
}

/* The slice that fills now: the one before is packed, and the one that had its place is over. */
static struct slice *slice_now(struct track *track, uint32_t number)
{
	struct slice *slice = &track->slice[number % LATENCIES_SLICES];

	if (track->now == number)
		return slice;
	if (track->now)
		pack(track);
	track->now = number;
	free(slice->packed);
	*slice = (struct slice){ .number = number, .max_ns = NAN };
	return slice;
}

static void sum_add(struct slice *slice, enum timed_layer layer, double count, double mean_ns)
{
	if (!(count > 0) || !(mean_ns >= 0))
		return;
	slice->count[layer] += (float)count;
	slice->ns[layer] += (float)(count * mean_ns);
}

static void layer_add(struct slice *slice, enum timed_layer layer, const struct latency *from)
{
	if (from->count == UNKNOWN_U64)
		return;
	slice->known |= 1u << layer;
	sum_add(slice, layer, (double)from->count, from->mean_ns);
	if (from->bytes != UNKNOWN_U64)
		slice->bytes[layer] += (float)from->bytes;
}

/* A recording may hold anything. */
static void bins_add(struct track *track, const struct latency *wait)
{
	for (size_t i = 0; i < wait->n_latency_bin; i++) {
		const struct latency_bin *bin = &wait->latency_bin[i];
		uint32_t *count;

		if (bin->from_ns == UNKNOWN_U64 || bin->count == UNKNOWN_U64)
			continue;
		count = &track->dense[histogram_bin(bin->from_ns + 1)]; /* from_ns is rounded */
		*count = bin->count < COUNT_MOST - *count ? *count + (uint32_t)bin->count
							  : COUNT_MOST;
	}
}

static void track_add(struct track *track, const struct latencies *latencies,
	const struct disk_op *op, double interval_s)
{
	struct slice *slice = slice_now(track, latencies->number);

	sum_add(slice, TIMED_VMM, op->per_s * interval_s, op->vmm_mean_ns);
	layer_add(slice, TIMED_WAIT, &op->wait);
	layer_add(slice, TIMED_REQUEST, &op->request);
	layer_add(slice, TIMED_DEVICE, &op->device);
	if (op->wait.count == UNKNOWN_U64)
		return;
	slice->known_s += (float)interval_s;
	slice->max_ns = fmaxf(slice->max_ns, op->wait.count ? (float)op->wait.max_ns : NAN);
	bins_add(track, &op->wait);
}

static bool has_any(const struct disk_op *op)
{
	return (op->wait.count && op->wait.count != UNKNOWN_U64) || op->vmm_mean_ns > 0;
}

static void disk_add(struct disk_track *track, const struct latencies *latencies,
	const struct disk *disk, double interval_s)
{
	for (size_t i = 0; i < DISK_OPS; i++) {
		const struct disk_op *op = disk_op_of(disk, (enum disk_op_kind)i);

		if (!track->op[i] && !has_any(op))
			continue;
		if (!track->op[i])
			track->op[i] = xcalloc(1, sizeof(*track->op[i]));
		track_add(track->op[i], latencies, op, interval_s);
	}
}

static bool still_seen(void *item, void *arg)
{
	struct disk_track *disk = item;
	bool seen = disk->seen;

	disk->seen = false;
	return seen || forget(item, arg);
}

static void vm_add(struct latencies *latencies, const struct vm *vm, double interval_s)
{
	char key[BYKEY_PAIR_BYTES];

	for (size_t i = 0; i < vm->n_disk; i++) {
		struct disk_track *track;

		if (!vm->disk[i].name)
			continue;
		track = bykey_get(&latencies->known, bykey_pair(key, vm->key, vm->disk[i].name),
			sizeof(*track));
		if (!track->seen)
			disk_add(track, latencies, &vm->disk[i], interval_s);
		track->seen = true;
	}
}

void latencies_add(struct latencies *latencies, const struct snapshot *snap)
{
	double interval_s = fmin(snap->interval_s, LATENCIES_SLICES * LATENCIES_SLICE_S);

	if (!(snap->interval_s > 0)) /* a baseline */
		return;
	latencies->number = 1 + (uint32_t)(latencies->elapsed_s / LATENCIES_SLICE_S);
	for (size_t i = 0; i < snap->n_vm; i++)
		if (snap->vm[i].key)
			vm_add(latencies, &snap->vm[i], interval_s);
	bykey_sweep(&latencies->known, still_seen, NULL);
	latencies->elapsed_s += interval_s;
}

static struct track *track_of(const struct latencies *latencies, const struct latencies_of *of)
{
	const struct disk_track *disk;
	char key[BYKEY_PAIR_BYTES];

	if (!of->vm_key || !of->disk)
		return NULL;
	disk = bykey_find(&latencies->known, bykey_pair(key, of->vm_key, of->disk));
	return disk ? disk->op[of->kind] : NULL;
}

/* NULL: nothing was told then. */
static const struct slice *slice_of(
	const struct latencies *latencies, const struct track *track, size_t age)
{
	uint32_t number = latencies->number - (uint32_t)age;
	const struct slice *slice = &track->slice[number % LATENCIES_SLICES];

	if (age >= LATENCIES_SLICES || age >= latencies->number || slice->number != number)
		return NULL;
	return slice;
}

struct latency_kept *latencies_kept(
	struct latencies *latencies, const struct latencies_of *of, bool *due)
{
	struct track *track = track_of(latencies, of);

	if (!track)
		return NULL;
	*due = track->kept.slice != latencies->number || latencies->number == 1;
	if (*due) {
		track->kept.slice = latencies->number;
		track->kept.made_s = latencies->elapsed_s;
	}
	return &track->kept;
}

double latencies_age_s(const struct latencies *latencies, const struct latency_kept *kept)
{
	return latencies->elapsed_s - kept->made_s;
}

static void unpack(const struct track *track, const struct slice *slice, struct histogram *into)
{
	if (slice->number == track->now) {
		for (size_t i = 0; i < HISTOGRAM_BINS; i++)
			into->count[i] += track->dense[i];
		return;
	}
	for (size_t i = 0; i < slice->n_packed; i++)
		into->count[slice->packed[i] & ((1 << BIN_BITS) - 1)] +=
			slice->packed[i] >> BIN_BITS;
}

bool latencies_slice(const struct latencies *latencies, const struct latencies_of *of, size_t age,
	struct histogram *out)
{
	const struct track *track = track_of(latencies, of);
	const struct slice *slice = track ? slice_of(latencies, track, age) : NULL;

	*out = (struct histogram){ 0 };
	if (!slice || slice->known_s <= 0)
		return false;
	unpack(track, slice, out);
	return true;
}

static void window_add(const struct slice *slice, struct latency_window *out)
{
	out->window_s += (double)slice->known_s;
	out->max_ns = fmax(out->max_ns, (double)slice->max_ns);
	for (size_t i = 0; i < TIMED_LAYERS; i++) {
		out->layer[i].count += (double)slice->count[i];
		out->layer[i].ns += (double)slice->ns[i];
		out->layer[i].bytes += (double)slice->bytes[i];
		out->known[i] |= slice->known >> i & 1;
	}
}

bool latencies_window(const struct latencies *latencies, const struct latencies_of *of,
	struct latency_window *out)
{
	const struct track *track = track_of(latencies, of);

	*out = (struct latency_window){ .max_ns = NAN };
	if (!track)
		return false;
	for (size_t age = 0; age < LATENCIES_WINDOW; age++) {
		const struct slice *slice = slice_of(latencies, track, age);

		if (!slice)
			continue;
		window_add(slice, out);
		unpack(track, slice,
			age < LATENCIES_WINDOW / 2 ? &out->second_half : &out->first_half);
	}
	out->all = out->first_half;
	histogram_merge(&out->all, &out->second_half);
	return true;
}
