// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "probes/histogram.h"

static const char *const engine_name[LATENCY_ENGINES] = {
	[LATENCY_AIO] = "native AIO",
	[LATENCY_URING] = "io_uring",
	[LATENCY_THREADS] = "threads",
	[LATENCY_DIRECT] = "direct I/O",
};

/* Any call of a VMM is seen by one of these. */
static const uint32_t ALL_ENGINES = 1u << LATENCY_AIO | 1u << LATENCY_URING | 1u << LATENCY_THREADS;

static const struct vm_latency *vm_of(const struct sample *sample, const struct joined *joined)
{
	const struct latency_sample *section = &sample->latency;

	return derive_of_process(joined, section->vm, section->n_vm, sizeof(*section->vm),
		offsetof(struct vm_latency, start_ticks));
}

/* A VM now and before, and how long that is; false, with the reason: there are no rates of it. */
struct pair {
	const struct vm_latency *cur, *prev;
	uint64_t ns;
};

static bool find_pair(const struct derive *derive, const struct joined *joined, struct pair *pair,
	const char **reason)
{
	const struct status *now = &derive->cur->status[SECTION_LATENCY];

	pair->cur = vm_of(derive->cur, joined);
	pair->prev = derive->prev ? vm_of(derive->prev, joined) : NULL;
	pair->ns = derive_section_ns(derive, SECTION_LATENCY);
	if (pair->cur && pair->prev && pair->ns)
		return true;
	*reason = !joined->proc ? "its process is not visible here"
		  : !source_has_values(now->state) && now->reason
			  ? derive_text(derive, now->reason)
			  : "its disks are timed from the next reading on";
	return false;
}

/* Both have the shortest first. */
static void add_bins(
	const struct derive *derive, const struct latency_reading *from, struct latency *out)
{
	const struct latency_bin *old = out->latency_bin;
	size_t n = 0, i = 0, k = 0;
	struct latency_bin *bin;

	if (from->n_bin == 0)
		return;
	bin = arena_array(derive->arena, from->n_bin + out->n_latency_bin, sizeof(*bin));
	while (i < from->n_bin || k < out->n_latency_bin) {
		uint64_t ns = i < from->n_bin ? histogram_low_ns(from->bin[i].bin) : UINT64_MAX;
		uint64_t old_ns = k < out->n_latency_bin ? old[k].from_ns : UINT64_MAX;

		bin[n].from_ns = ns < old_ns ? ns : old_ns;
		if (ns <= old_ns)
			bin[n].count += from->bin[i++].count;
		if (old_ns <= ns)
			bin[n].count += old[k++].count;
		n++;
	}
	out->latency_bin = bin;
	out->n_latency_bin = n;
}

static const struct latency_reading none;

/* What one reading added to another is, in a layer. cur NULL: nothing has ever ended there. */
static void add_layer(const struct derive *derive, const struct latency_reading *cur,
	const struct latency_reading *prev, struct latency *out)
{
	const struct latency_reading *now = cur ? cur : &none, *before = prev ? prev : &none;
	uint64_t count = derive_delta(now->count_total, before->count_total);
	uint64_t ns = derive_delta(now->ns_total, before->ns_total);
	uint64_t bytes = derive_delta(now->bytes_total, before->bytes_total);
	double sum_ns;

	if (count == UNKNOWN_U64 || ns == UNKNOWN_U64 || bytes == UNKNOWN_U64)
		return;
	if (out->count == UNKNOWN_U64)
		out->count = out->bytes = 0;
	sum_ns = (out->count ? out->mean_ns * (double)out->count : 0) + (double)ns;
	out->count += count;
	out->bytes += bytes;
	if (count) {
		out->mean_ns = sum_ns / (double)out->count;
		out->max_ns = fmax(out->max_ns, (double)now->max_ns);
	}
	add_bins(derive, now, out);
}

static struct disk_op *op_of(struct disk *disk, enum latency_op op)
{
	switch (op) {
	case LATENCY_READ:
		return &disk->read;
	case LATENCY_WRITE:
		return &disk->write;
	case LATENCY_FLUSH:
	case LATENCY_OPS:
		break;
	}
	return &disk->flush;
}

static const struct file_latency *find_file(
	const struct vm_latency *vm, uint64_t dev, uint64_t inode)
{
	const struct file_latency *found = NULL;

	for (size_t i = 0; i < vm->n_file; i++)
		if (vm->file[i].dev == dev && vm->file[i].inode == inode)
			return &vm->file[i];
	/* Btrfs and overlays tell stat another device than the kernel goes by: one without a
	 * driver. Of others the first image in each file system may well have the same number. */
	if (major(dev) != 0)
		return NULL;
	for (size_t i = 0; inode && i < vm->n_file; i++) {
		if (vm->file[i].inode == inode && found)
			return NULL;
		if (vm->file[i].inode == inode)
			found = &vm->file[i];
	}
	return found;
}

static void add_engines(const struct derive *derive, uint32_t engines, struct disk *out)
{
	for (size_t i = 0; i < LATENCY_ENGINES; i++) {
		if (!(engines >> i & 1))
			continue;
		if (!out->wait_source)
			out->wait_source = engine_name[i];
		else if (!strstr(out->wait_source, engine_name[i]))
			out->wait_source = arena_printf(
				derive->arena, "%s, %s", out->wait_source, engine_name[i]);
	}
}

static void add_in_flight(const struct file_latency *file, struct disk *out)
{
	uint64_t most = file ? file->in_flight_most : 0;

	if (most == UNKNOWN_U64)
		return;
	if (out->in_flight == UNKNOWN_U64)
		out->in_flight = out->in_flight_most = 0;
	out->in_flight += file ? file->in_flight : 0;
	if (most > out->in_flight_most)
		out->in_flight_most = most;
	if (out->in_flight > out->in_flight_most)
		out->in_flight_most = out->in_flight;
}

static void add_file(const struct derive *derive, const struct pair *pair,
	const struct file_latency *cur, const struct file_latency *prev, struct disk *out)
{
	for (size_t i = 0; i < LATENCY_OPS; i++) {
		struct disk_op *op = op_of(out, (enum latency_op)i);

		add_layer(derive, cur ? &cur->wait[i] : NULL, prev ? &prev->wait[i] : NULL,
			&op->wait);
		op->per_s = derive_per_s(op->wait.count, pair->ns);
		op->bytes_per_s = derive_per_s(op->wait.bytes, pair->ns);
	}
}

void derive_latency_file(const struct derive *derive, const struct joined *joined, uint64_t dev,
	uint64_t inode, struct disk *out)
{
	const struct latency_sample *section = &derive->cur->latency;
	const struct file_latency *cur, *prev;
	struct pair pair;

	if (!find_pair(derive, joined, &pair, &out->wait_reason))
		return;
	cur = find_file(pair.cur, dev, inode);
	prev = find_file(pair.prev, dev, inode);
	if (!cur && (section->engines & ALL_ENGINES) != ALL_ENGINES) {
		out->wait_reason = derive_text(derive, section->wait_reason);
		return;
	}
	add_file(derive, &pair, cur, prev, out);
	add_in_flight(cur, out);
	add_engines(derive, cur ? cur->engines : 0, out);
}

static const struct device_latency *find_device(const struct vm_latency *vm, uint64_t dev)
{
	for (size_t i = 0; i < vm->n_device; i++)
		if (vm->device[i].dev == dev)
			return &vm->device[i];
	return NULL;
}

void derive_latency_requests(const struct derive *derive, const struct joined *joined,
	uint64_t leaf_dev, struct disk *out)
{
	const struct device_latency *cur, *prev;
	struct pair pair;

	if (!find_pair(derive, joined, &pair, &out->request_reason))
		return;
	if (pair.cur->request_reason || leaf_dev == 0) {
		out->request_reason =
			pair.cur->request_reason
				? derive_text(derive, pair.cur->request_reason)
				: "its requests are not known: the device below it is not";
		return;
	}
	cur = find_device(pair.cur, leaf_dev);
	prev = find_device(pair.prev, leaf_dev);
	for (size_t i = 0; i < LATENCY_OPS; i++) {
		struct disk_op *op = op_of(out, (enum latency_op)i);

		add_layer(derive, cur ? &cur->request[i] : NULL, prev ? &prev->request[i] : NULL,
			&op->request);
		add_layer(derive, cur ? &cur->device[i] : NULL, prev ? &prev->device[i] : NULL,
			&op->device);
	}
}

struct source derive_latency_source(const struct derive *derive, const struct joined *joined)
{
	const struct status *all = &derive->cur->status[SECTION_LATENCY];

	return derive_turn_source(derive, joined, SECTION_LATENCY,
		vm_of(derive->cur, joined) ? all : NULL,
		all->reason ? derive_text(derive, all->reason)
			    : "its disks are timed from the next reading on");
}
