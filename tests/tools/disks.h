/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_DISKS_H
#define PARALLAX_TESTS_DISKS_H

#include <math.h>
#include <string.h>

#include "probes/histogram.h"
#include "tests/tools/play.h"

/*
 * The disks of the play's VMs. One has two kinds of write behind a mean that looks well, one was
 * told done while the host still holds its data, one waits in QEMU's own throttle; the others read
 * and write as an SSD lets them.
 */
enum { DISK_DEV = 0x10300, DISK_ASKED_EVERY = 5 }; /* 259:0 */

struct disk_role {
	const char *name, *format, *cache;
	double reads, writes, flushes; /* a second */
	double read_us, write_us, flush_us;
	double slow_us, slow_part; /* of writes */
	double held_us;		   /* by QEMU's throttle, each write */
	double guest_read_us, guest_write_us; /* what the guest measures; 0: what QEMU does */
	uint64_t dirty_mib;
};

static inline struct disk_role disk_role_of(const struct actor *actor, size_t i)
{
	static const struct disk_role odd[] = {
		{ "db-01", "qcow2", "none", 640, 90, 9, 260, 400, 900, 410000, 0.03, 20, 310, 0, 0 },
		{ "batch-11", "raw", "writeback", 12, 420, 0.2, 180, 60, 812000, 0, 0, 10, 0, 70, 3400 },
		{ "win-sql", "qcow2", "none", 8, 60, 1, 200, 450, 700, 0, 0, 26000, 0, 0, 0 },
	};
	struct disk_role usual = { actor->name, i % 3 ? "qcow2" : "raw", "none", 40, 25, 2, 190, 320,
		600, 0, 0, 15, 0, 0, 0 };

	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
		if (strcmp(odd[k].name, actor->name) == 0)
			return odd[k];
	usual.reads *= 0.5 + chance(i, 1, 1);
	usual.writes *= 0.5 + chance(i, 2, 1);
	return usual;
}

/* What one kind of request of one actor came to. */
struct disk_total {
	uint64_t count, wait_ns, vmm_ns, device_ns, guest_ns, max_ns;
	struct latency_count bin[2][HISTOGRAM_BINS];
	size_t n_bin[2];
};

struct disk_state {
	struct disk_total op[LATENCY_OPS];
};

/* A spread of two octaves around the middle, the same each time. */
static inline double disk_spread(uint64_t a, uint64_t b, uint64_t c)
{
	return exp2(chance(a, b, c) + chance(b, c, a) - 1);
}

static inline void disk_add_bins(
	const struct histogram *waits, struct latency_count *bin, size_t *n_bin)
{
	*n_bin = 0;
	for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
		if (waits->count[i])
			bin[(*n_bin)++] = (struct latency_count){ i, (uint32_t)waits->count[i] };
}

/* One second of one kind of request. */
static inline void disk_live(struct disk_total *total, const struct disk_role *role,
	enum latency_op op, uint64_t actor, unsigned second)
{
	const double rate[] = { role->reads, role->writes, role->flushes };
	const double us[] = { role->read_us, role->write_us, role->flush_us };
	const double guest_us[] = { role->guest_read_us, role->guest_write_us, 0 };
	double due = rate[op] * (second + 1) - floor(rate[op] * second);
	struct histogram waits = { .count = { 0 } };

	total->max_ns = 0;
	for (unsigned i = 0; i < (unsigned)due; i++) {
		uint64_t seed = actor * 8 + op;
		bool slow = op == LATENCY_WRITE && chance(seed, second, i) < role->slow_part;
		double wait_us = (slow ? role->slow_us : us[op]) * disk_spread(seed, second, i);
		double held_us = op == LATENCY_WRITE ? role->held_us : 12;
		uint64_t wait_ns = (uint64_t)(wait_us * 1000);

		histogram_add(&waits, wait_ns);
		total->count++;
		total->wait_ns += wait_ns;
		total->device_ns += (uint64_t)(fmin(wait_us, us[op]) * 800);
		total->vmm_ns += wait_ns + (uint64_t)(held_us * 1000);
		total->guest_ns += guest_us[op] > 0 ? (uint64_t)(guest_us[op] * 1000)
						      : wait_ns + (uint64_t)(held_us * 1000) + 30000;
		total->max_ns = wait_ns > total->max_ns ? wait_ns : total->max_ns;
	}
	disk_add_bins(&waits, total->bin[second % 2], &total->n_bin[second % 2]);
}

static inline struct latency_reading disk_layer_of(
	const struct disk_total *total, uint64_t ns, unsigned second, bool bins)
{
	return (struct latency_reading){ .count_total = total->count,
		.ns_total = ns,
		.bytes_total = total->count * 16384,
		.max_ns = bins ? total->max_ns : 0,
		.bin = bins ? total->bin[second % 2] : NULL,
		.n_bin = bins ? total->n_bin[second % 2] : 0 };
}

/* Names and numbers of an actor's disk that never change. */
struct disk_props {
	char path[64], named[96], backing[96];
	struct defined_image image[2];
	struct defined_disk disk;
	const char *layer[4];
	struct image_leaf leaf;
	struct image_place place;
	struct image_file file[2];
};

static inline void disk_build(
	const struct actor *actor, size_t i, const struct disk_role *role, struct disk_props *out)
{
	bool qcow2 = strcmp(role->format, "qcow2") == 0;

	snprintf(out->path, sizeof(out->path), "/srv/vms/vm-%02zu.%s", i, role->format);
	out->image[0] = (struct defined_image){ role->format, "file", out->path };
	out->image[1] = (struct defined_image){ "qcow2", "file", "/srv/vms/golden.qcow2" };
	out->disk = (struct defined_disk){ .name = "vda",
		.bus = "virtio",
		.cache = role->cache,
		.aio = strcmp(role->cache, "none") == 0 ? "native" : "threads",
		.throttle = role->held_us > 1000 ? "60 writes/s" : NULL,
		.capacity_bytes = (20 + actor->mem_gib) * GIB,
		.image = out->image,
		.n_image = qcow2 ? 2 : 1 };
	out->layer[0] = "ext4 on /srv";
	out->layer[1] = "dm-3: LVM vg0-srv";
	out->layer[2] = "nvme0n1p2: partition";
	out->layer[3] = "nvme0n1: NVMe disk, scheduler none";
	out->leaf = (struct image_leaf){ "nvme0n1", DISK_DEV };
	out->place = (struct image_place){ .layer = out->layer, .n_layer = 4, .leaf = &out->leaf, .n_leaf = 1 };
	out->file[1] = (struct image_file){ .path = "/srv/vms/golden.qcow2",
		.dev = 0xfd03,
		.inode = 900,
		.direct = true,
		.has_header = true,
		.place = &out->place };
	out->file[0] = (struct image_file){ .path = out->path,
		.dev = 0xfd03,
		.inode = 1000 + i,
		.writable = true,
		.direct = strcmp(role->cache, "none") == 0,
		.has_header = qcow2,
		.backing = qcow2 ? "/srv/vms/golden.qcow2" : NULL,
		.backing_format = qcow2 ? "qcow2" : NULL,
		.place = &out->place };
}

static inline struct image_cache disk_cache_of(
	const struct disk_role *role, uint64_t at_ns, unsigned second)
{
	uint64_t dirty = role->dirty_mib * MIB;

	/* It falls by 20 MiB a second: the host needs half a minute more. */
	return (struct image_cache){ .at_ns = at_ns,
		.cached_bytes = dirty * 3,
		.dirty_bytes = dirty > second * 20 * MIB ? dirty - second * 20 * MIB : 0,
		.writeback_bytes = dirty / 40 };
}

/* What the play keeps of the disks of its actors. */
struct disk_stage {
	struct disk_state state[ACTORS];
	struct disk_props props[ACTORS];
	struct vm_latency vm[2][ACTORS];
	struct file_latency file[2][ACTORS];
	struct device_latency device[2][ACTORS];
	struct image_vm images[ACTORS];
	struct blocks_reading blocks[ACTORS];
	struct block_counters block[2][ACTORS];
	struct guest_disk guest[2][ACTORS];
	uint64_t asked_ns[2][ACTORS];
	struct disk_counters device_total[2];
	uint64_t device_ns; /* when that of the second before was read */
};

static inline void show_latency(struct disk_stage *stage, const struct actor *actor, size_t i,
	unsigned second, struct latency_sample *section)
{
	struct file_latency *file = &stage->file[second % 2][i];
	struct device_latency *device = &stage->device[second % 2][i];
	const struct disk_total *total = stage->state[i].op;

	*file = (struct file_latency){ .dev = 0xfd03,
		.inode = 1000 + i,
		.engines = 1u << (strcmp(stage->props[i].disk.aio, "native") == 0 ? LATENCY_AIO
										   : LATENCY_THREADS),
		.in_flight = (uint64_t)(chance(i, second, 3) * 2),
		.in_flight_most = 2 + (uint64_t)(chance(i, second, 4) * 6) };
	*device = (struct device_latency){ .dev = DISK_DEV };
	for (size_t op = 0; op < LATENCY_OPS; op++) {
		file->wait[op] = disk_layer_of(&total[op], total[op].wait_ns, second, true);
		device->request[op] =
			disk_layer_of(&total[op], total[op].device_ns * 9 / 8, second, false);
		device->device[op] = disk_layer_of(&total[op], total[op].device_ns, second, false);
	}
	section->vm[section->n_vm++] = (struct vm_latency){ .pid = actor->pid,
		.start_ticks = actor->thread[0].start_ticks,
		.file = file,
		.n_file = 1,
		.device = device,
		.n_device = 1 };
}

static inline struct block_op_counters disk_monitor_of(const struct disk_total *total)
{
	return (struct block_op_counters){ total->count, total->vmm_ns, total->count * 16384 };
}

/* QEMU's own counters, every second second. */
static inline void show_blocks(struct disk_stage *stage, const struct actor *actor, size_t i,
	const struct sample *sample, struct blocks_reading *out)
{
	const struct disk_total *total = stage->state[i].op;
	struct block_counters *now = &stage->block[0][i], *before = &stage->block[1][i];

	*before = *now;
	*now = (struct block_counters){ .name = "vda",
		.backing_index = UNKNOWN_U64,
		.read = disk_monitor_of(&total[LATENCY_READ]),
		.write = disk_monitor_of(&total[LATENCY_WRITE]),
		.flush = disk_monitor_of(&total[LATENCY_FLUSH]),
		.capacity_bytes = stage->props[i].disk.capacity_bytes,
		.physical_bytes = stage->props[i].disk.capacity_bytes / 2 };
	*out = (struct blocks_reading){ .uuid = actor->uuid,
		.status = { SOURCE_OK, NULL, sample->at_ns - 300 * MS, MS },
		.block = now,
		.before = before,
		.n_block = 1,
		.n_before = before->name ? 1 : 0,
		.before_ns = before->name ? sample->at_ns - 1300 * MS : 0 };
}

static inline void show_guest_disk(struct disk_stage *stage, size_t i, uint64_t at_ns,
	struct agent_reading *reading, bool asked)
{
	const struct disk_total *total = stage->state[i].op;
	struct guest_disk *now = &stage->guest[0][i], *before = &stage->guest[1][i];

	if (asked) {
		*before = *now;
		stage->asked_ns[1][i] = stage->asked_ns[0][i];
		*now = (struct guest_disk){ .name = "vda",
			.reads = total[LATENCY_READ].count,
			.writes = total[LATENCY_WRITE].count,
			.flushes = total[LATENCY_FLUSH].count,
			.read_ms = total[LATENCY_READ].guest_ns / MS,
			.write_ms = total[LATENCY_WRITE].guest_ns / MS,
			.flush_ms = total[LATENCY_FLUSH].guest_ns / MS,
			.busy_ms = (total[LATENCY_READ].guest_ns + total[LATENCY_WRITE].guest_ns) /
				   MS / 2,
			.queued_ms =
				(total[LATENCY_READ].guest_ns + total[LATENCY_WRITE].guest_ns) / MS,
			.size_bytes = stage->props[i].disk.capacity_bytes };
		stage->asked_ns[0][i] = at_ns - 120 * MS;
	}
	reading->devices = (struct guest_devices){ .disk_at_ns = stage->asked_ns[0][i],
		.disk_source = "agent diskstats",
		.disk = now,
		.n_disk = 1 };
	reading->devices_before = (struct guest_devices){
		.disk_at_ns = stage->asked_ns[1][i], .disk = before, .n_disk = 1 };
	reading->devices_status =
		(struct status){ SOURCE_OK, NULL, stage->asked_ns[0][i], 9 * MS };
}

static inline void show_device(struct disk_stage *stage, size_t n, unsigned second, uint64_t at_ns,
	struct latency_sample *section)
{
	struct disk_counters *out = &stage->device_total[second % 2];

	*out = (struct disk_counters){ .dev = DISK_DEV, .name = "nvme0n1", .in_flight = 7 };
	out->before = second ? &stage->device_total[(second - 1) % 2] : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct disk_total *total = stage->state[i].op;

		out->reads_total += total[LATENCY_READ].count;
		out->read_ms_total += total[LATENCY_READ].device_ns / MS;
		out->writes_total += total[LATENCY_WRITE].count;
		out->write_ms_total += total[LATENCY_WRITE].device_ns / MS;
	}
	out->busy_ms_total = (out->read_ms_total + out->write_ms_total) * 2 / 3;
	section->disk = out;
	section->n_disk = n > 0;
	section->disk_before_ns = stage->device_ns;
	section->disk_at_ns = stage->device_ns = at_ns;
}

static inline int disk_by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct blocks_reading *)a)->uuid,
		((const struct blocks_reading *)b)->uuid);
}

static inline void disk_define(
	struct sample *sample, const struct actor *actor, const struct defined_disk *disk)
{
	struct defined_devices *devices[2];
	size_t n = play_devices(sample, actor, devices);

	for (size_t i = 0; i < n; i++) {
		devices[i]->disk = disk;
		devices[i]->n_disk = 1;
	}
}

static inline void show_disk(struct disk_stage *stage, const struct actor *actor, size_t i,
	unsigned second, struct sample *sample)
{
	struct disk_role role = disk_role_of(actor, i);
	struct disk_props *props = &stage->props[i];
	struct agent_reading *agent = play_agent(sample, actor);

	if (second == 0)
		disk_build(actor, i, &role, props);
	for (size_t op = 0; op < LATENCY_OPS && !actor->stopped; op++)
		disk_live(&stage->state[i].op[op], &role, (enum latency_op)op, i, second);
	disk_define(sample, actor, &props->disk);
	if (!actor->unseen)
		show_latency(stage, actor, i, second, &sample->latency);
	props->file[0].before = disk_cache_of(&role, sample->at_ns - 10 * S, second > 9 ? second - 10 : 0);
	props->file[0].cache = disk_cache_of(&role, sample->at_ns - S, second);
	stage->images[i] = (struct image_vm){ .pid = actor->pid,
		.start_ticks = actor->thread[0].start_ticks,
		.status = { SOURCE_OK, NULL, sample->at_ns - 3 * S, 200 * US },
		.file = props->file,
		.n_file = 2 };
	if (!actor->bare && !actor->stopped)
		show_blocks(stage, actor, i, sample, &stage->blocks[sample->blocks.n_reading++]);
	if (agent && !actor->stopped)
		show_guest_disk(stage, i, sample->at_ns, agent,
			(second + i) % DISK_ASKED_EVERY == 0);
}

/* Once processes, domains and agents are shown. */
static inline void show_disks(const struct play *play, unsigned second, struct sample *sample)
{
	static struct disk_stage stage;

	sample->latency = (struct latency_sample){ .vm = stage.vm[second % 2],
		.engines = (1u << LATENCY_ENGINES) - 1 };
	sample->images = (struct images_sample){ stage.images, play->n_actor };
	sample->blocks = (struct blocks_sample){ stage.blocks, 0 };
	for (size_t i = 0; i < play->n_actor; i++)
		show_disk(&stage, &play->actor[i], i, second, sample);
	qsort(stage.blocks, sample->blocks.n_reading, sizeof(stage.blocks[0]), disk_by_uuid);
	show_device(&stage, play->n_actor, second, sample->at_ns, &sample->latency);
}

#endif
