// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/latency.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/bpf.h"
#include "probes/diskstats.h"
#include "probes/latency.skel.h"
#include "probes/latency_slots.h"
#include "probes/probe.h"
#include "probes/quarter.h"

_Static_assert((int)LATENCY_BINS == QUARTER_BINS, "the bins of quarter.h");

/* A VM with a disk has one for the file, and two for the device. */
enum { SLOTS_LEAST = 1024, SLOTS_A_CPU = 32, SLOTS_MOST = 8192 };

struct latency {
	const struct clock *clock;
	struct latency_bpf *bpf;
	struct latency_list list;
	struct latency_slots slots;
	struct diskstats disks;
	uint64_t disk_at_ns, disk_before_ns;
	uint32_t engines;  /* a bit for each enum latency_engine that is seen */
	bool no_functions; /* programs may not be put at functions */
};

static void latency_close(void *state)
{
	struct latency *latency = state;

	if (!latency)
		return;
	latency_bpf__destroy(latency->bpf);
	latency_list_release(&latency->list);
	latency_slots_release(&latency->slots);
	diskstats_release(&latency->disks);
	free(latency);
}

struct function {
	const char *name;
	int args;
};

static bool has_functions(struct bpf_types *types, const struct function *function, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bpf_function_args(types, NULL, function[i].name) != function[i].args)
			return false;
	return true;
}

static void load(struct bpf_program *const *program, size_t n, bool wanted)
{
	for (size_t i = 0; i < n; i++)
		bpf_program__set_autoload(program[i], wanted);
}

static bool choose_aio(struct latency_bpf *bpf, struct bpf_types *types, bool functions)
{
	static const struct function wanted[] = { { "aio_read", 4 }, { "aio_write", 4 },
		{ "aio_complete_rw", 2 }, { "aio_fsync", 3 }, { "aio_fsync_work", 1 } };
	struct bpf_program *const program[] = { bpf->progs.aio_read_begin,
		bpf->progs.aio_write_begin, bpf->progs.aio_rw_end, bpf->progs.aio_flush_begin,
		bpf->progs.aio_flush_work, bpf->progs.aio_flush_end };
	bool has = functions && has_functions(types, wanted, sizeof(wanted) / sizeof(*wanted));

	load(program, sizeof(program) / sizeof(*program), has);
	return has;
}

static bool choose_threads(struct latency_bpf *bpf, struct bpf_types *types, bool functions)
{
	static const struct function wanted[] = { { "__x64_sys_pread64", 1 },
		{ "__x64_sys_preadv", 1 }, { "__x64_sys_preadv2", 1 }, { "__x64_sys_pwrite64", 1 },
		{ "__x64_sys_pwritev", 1 }, { "__x64_sys_pwritev2", 1 }, { "__x64_sys_fsync", 1 },
		{ "__x64_sys_fdatasync", 1 } };
	struct bpf_program *const program[] = { bpf->progs.pread64_begin, bpf->progs.pread64_end,
		bpf->progs.preadv_begin, bpf->progs.preadv_end, bpf->progs.preadv2_begin,
		bpf->progs.preadv2_end, bpf->progs.pwrite64_begin, bpf->progs.pwrite64_end,
		bpf->progs.pwritev_begin, bpf->progs.pwritev_end, bpf->progs.pwritev2_begin,
		bpf->progs.pwritev2_end, bpf->progs.fsync_begin, bpf->progs.fsync_end,
		bpf->progs.fdatasync_begin, bpf->progs.fdatasync_end };
	bool has = functions && has_functions(types, wanted, sizeof(wanted) / sizeof(*wanted));

	load(program, sizeof(program) / sizeof(*program), has);
	return has;
}

/*
 * The end tells its request since Linux 5.17, and how it ended in one of two ways: 5 or 7 arguments
 * with the result as the fourth, later one struct with it.
 */
static bool choose_uring(struct latency_bpf *bpf, struct bpf_types *types)
{
	bool req = bpf_tracepoint_args(types, NULL, "io_uring_submit_req") == 1;
	bool sqe = !req && bpf_tracepoint_args(types, NULL, "io_uring_submit_sqe") == 2;
	int args = bpf_tracepoint_args(types, NULL, "io_uring_complete");
	bool has = (req || sqe) && (args == 3 || args == 5 || args == 7);

	bpf->rodata->uring_result_at = args == 3 ? -1 : 3;
	bpf_program__set_autoload(bpf->progs.uring_begin, has && req);
	bpf_program__set_autoload(bpf->progs.uring_begin_sqe, has && sqe);
	bpf_program__set_autoload(bpf->progs.uring_end, has);
	return has;
}

/* Wanted where the others cannot be had. */
static bool choose_direct(struct latency_bpf *bpf, struct bpf_types *types, bool wanted)
{
	bool has = wanted && bpf_tracepoint_args(types, NULL, "iomap_dio_rw_begin") == 4 &&
		   bpf_tracepoint_args(types, NULL, "iomap_dio_complete") == 3;
	bool syncs = has && bpf_tracepoint_args(types, NULL, "ext4_sync_file_enter") == 2 &&
		     bpf_tracepoint_args(types, NULL, "ext4_sync_file_exit") == 2;

	bpf_program__set_autoload(bpf->progs.direct_begin, has);
	bpf_program__set_autoload(bpf->progs.direct_end, has);
	bpf_program__set_autoload(bpf->progs.sync_begin, syncs);
	bpf_program__set_autoload(bpf->progs.sync_end, syncs);
	return has;
}

static int choose(struct latency *latency, struct bpf_types *types, bool functions, struct err *err)
{
	struct latency_bpf *bpf = latency->bpf;
	bool aio = choose_aio(bpf, types, functions);
	bool threads = choose_threads(bpf, types, functions);

	if (bpf_tracepoint_args(types, NULL, "block_rq_complete") != 3)
		return err_set(err, -EOPNOTSUPP,
			"this kernel has no tracepoint of the end of requests that is known here; "
			"use one built with CONFIG_TRACEPOINTS and CONFIG_BLOCK");
	latency->no_functions = !functions;
	latency->list.knows_groups = bpf_offset(types, NULL, "bio", "bi_blkg") >= 0;
	latency->engines = (uint32_t)aio << LATENCY_AIO | (uint32_t)threads << LATENCY_THREADS |
			   (uint32_t)choose_uring(bpf, types) << LATENCY_URING |
			   (uint32_t)choose_direct(bpf, types, !aio && !threads) << LATENCY_DIRECT;
	return 0;
}

static void set_sizes(struct latency_bpf *bpf)
{
	int cpus = bpf_cpus();
	__u32 n = SLOTS_LEAST + SLOTS_A_CPU * (__u32)(cpus > 0 ? cpus : 1);

	n = n < SLOTS_MOST ? n : SLOTS_MOST;
	bpf->rodata->slots_most = n;
	bpf_map__set_max_entries(bpf->maps.slots, n);
	bpf_map__set_max_entries(bpf->maps.slot_of_key, n);
	bpf_map__set_max_entries(bpf->maps.given_back, n);
}

static int start(struct latency *latency, struct bpf_types *types, bool functions, struct err *err)
{
	int code;

	latency->bpf = latency_bpf__open();
	if (!latency->bpf)
		return err_set(
			err, -errno, "cannot open the latencies of disks: %s", strerror(errno));
	set_sizes(latency->bpf);
	code = choose(latency, types, functions, err);
	return code < 0 ? code : bpf_start(latency->bpf->skeleton, "the latencies of disks", err);
}

/* Some kernels run programs, but not at their functions: that shows when they are loaded. */
static int start_with_what_works(struct latency *latency, struct bpf_types *types, struct err *err)
{
	int code = start(latency, types, true, err);

	if (code == 0 || !(latency->engines & (1u << LATENCY_AIO | 1u << LATENCY_THREADS)))
		return code;
	latency_bpf__destroy(latency->bpf);
	latency->bpf = NULL;
	return start(latency, types, false, err);
}

static void take_maps(struct latency *latency)
{
	struct latency_bpf *bpf = latency->bpf;

	latency->list.vms_fd = bpf_map__fd(bpf->maps.vms);
	latency->list.groups_fd = bpf_map__fd(bpf->maps.groups);
	latency->slots.slots_fd = bpf_map__fd(bpf->maps.slots);
	latency->slots.keys_fd = bpf_map__fd(bpf->maps.slot_of_key);
	latency->slots.given_back_fd = bpf_map__fd(bpf->maps.given_back);
}

static int latency_open(const struct probe_env *env, void **state, struct err *err)
{
	struct bpf_types *types;
	struct latency *latency;
	int code = bpf_types_open(&types, env->root, err);

	if (code < 0)
		return code;
	latency = xcalloc(1, sizeof(*latency));
	latency->clock = env->clock;
	latency->disks.root = env->root;
	cgroup_io_init(&latency->list.io, env->root, env->clock);
	code = start_with_what_works(latency, types, err);
	bpf_types_close(types);
	if (code < 0) {
		latency_close(latency);
		return code;
	}
	take_maps(latency);
	*state = latency;
	return 0;
}

static void read_disks(struct latency *latency, struct sample *out)
{
	if (diskstats_is_due(&latency->disks)) {
		uint64_t now_ns = clock_mono_ns(latency->clock);

		if (diskstats_read(&latency->disks) == 0) {
			latency->disk_before_ns = latency->disk_at_ns;
			latency->disk_at_ns = now_ns;
		}
	}
	out->latency.disk_at_ns = latency->disk_at_ns;
	out->latency.disk_before_ns = latency->disk_before_ns;
	diskstats_fill(&latency->disks, &out->arena, &out->latency);
}

/* What cannot be seen of waits, and why; a literal. */
static const char *wait_reason(const struct latency *latency)
{
	const uint32_t all = 1u << LATENCY_AIO | 1u << LATENCY_URING | 1u << LATENCY_THREADS;
	bool direct = latency->engines >> LATENCY_DIRECT & 1;
	bool uring = latency->engines >> LATENCY_URING & 1;

	if ((latency->engines & all) == all)
		return NULL;
	if (direct)
		return uring ? "this kernel lets no program watch its functions: only direct I/O "
			       "to "
			       "file systems and io_uring is timed"
			     : "this kernel lets no program watch its functions: only direct I/O "
			       "to "
			       "file systems is timed";
	if (latency->no_functions)
		return uring ? "this kernel lets no program watch its functions: only io_uring is "
			       "timed"
			     : "this kernel lets no program watch its functions, and does not tell "
			       "which request of io_uring has ended: nothing is timed";
	if (!uring)
		return "this kernel does not tell which request of io_uring has ended: such are "
		       "not timed";
	return "some functions of this kernel are not where they are looked for: of native AIO and "
	       "threads not both are timed";
}

static const char *shortcoming(const struct latency *latency, struct arena *arena)
{
	uint64_t lost = __atomic_load_n(&latency->bpf->bss->lost, __ATOMIC_RELAXED);
	uint64_t untimed = __atomic_load_n(&latency->bpf->bss->untimed, __ATOMIC_RELAXED);

	if (latency->list.crowded)
		return arena_printf(arena,
			"more VMs than there is room for (%d): some are left out", LATENCY_VMS);
	if (lost)
		return arena_printf(arena,
			"%llu calls and requests could not be counted: too many files, or too many "
			"in flight",
			(unsigned long long)lost);
	if (untimed)
		return arena_printf(arena,
			"%llu requests did not tell when they began: set queue/iostats of the "
			"device to 1",
			(unsigned long long)untimed);
	return wait_reason(latency);
}

static int latency_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_LATENCY];
	struct latency *latency = state;
	struct latency_bpf__bss *bss = latency->bpf->bss;
	uint32_t used = __atomic_load_n(&bss->slots_used, __ATOMIC_ACQUIRE);
	uint32_t most = latency->bpf->rodata->slots_most;
	int code;

	out->latency = (struct latency_sample){
		.engines = latency->engines,
		.wait_reason = wait_reason(latency),
	};
	latency_list_update(&latency->list, &out->procvm);
	status->at_ns = clock_mono_ns(latency->clock);
	code = latency_slots_read(&latency->slots, &latency->list, used < most ? used : most,
		__atomic_load_n(&bss->lost, __ATOMIC_RELAXED), out);
	if (code < 0)
		return code;
	read_disks(latency, out);
	status->reason = shortcoming(latency, &out->arena);
	return 0;
}

const struct probe probe_latency = {
	.name = "latency",
	.summary = "how long VMs waited for their disks, and requests of their cgroups took, by "
		   "BPF",
	.section = SECTION_LATENCY,
	.slow_open = true,
	.open = latency_open,
	.sample = latency_sample,
	.close = latency_close,
};
