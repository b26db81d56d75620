// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/stalls.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/bpf.h"
#include "probes/probe.h"
#include "probes/quarter.h"
#include "probes/stalls_list.h"
#include "probes/stalls.skel.h"

_Static_assert((int)STALLS_BINS == QUARTER_BINS, "the bins of quarter.h");

enum { TRIES = 4 };

struct stalls {
	const struct clock *clock;
	struct stalls_bpf *bpf;
	struct stalls_list list;
	uint64_t changes; /* when read last */
	bool was_open;	  /* a stall was in progress then */
	bool is_new;	  /* what is charged was read in this round, not before */
	bool knows[STALLS_KINDS];
	uint64_t now_ns; /* what is charged is as of then */
	uint32_t turn;
};

static void stalls_close(void *state)
{
	struct stalls *stalls = state;

	if (!stalls)
		return;
	stalls_bpf__destroy(stalls->bpf);
	stalls_list_release(&stalls->list);
	free(stalls);
}

/* A pair of tracepoints that this kernel has; the programs of others are left out. */
static bool choose_pair(struct bpf_types *types, const char *tracepoint, struct bpf_program *begin,
	struct bpf_program *end)
{
	char name[64];
	bool has;

	snprintf(name, sizeof(name), "%s_begin", tracepoint);
	has = bpf_tracepoint_args(types, NULL, name) >= 0;
	snprintf(name, sizeof(name), "%s_end", tracepoint);
	has = has && bpf_tracepoint_args(types, NULL, name) >= 0;
	bpf_program__set_autoload(begin, has);
	bpf_program__set_autoload(end, has);
	return has;
}

static int choose(struct stalls *stalls, struct bpf_types *types, struct err *err)
{
	struct stalls_bpf *bpf = stalls->bpf;

	stalls->knows[STALLS_COMPACT] = choose_pair(
		types, "mm_compaction", bpf->progs.compact_begin, bpf->progs.compact_end);
	stalls->knows[STALLS_RECLAIM] = choose_pair(
		types, "mm_vmscan_direct_reclaim", bpf->progs.direct_begin, bpf->progs.direct_end);
	choose_pair(types, "mm_vmscan_node_reclaim", bpf->progs.node_begin, bpf->progs.node_end);
	stalls->knows[STALLS_LIMIT] = choose_pair(
		types, "mm_vmscan_memcg_reclaim", bpf->progs.limit_begin, bpf->progs.limit_end);
	if (stalls->knows[STALLS_COMPACT] || stalls->knows[STALLS_RECLAIM])
		return 0;
	return err_set(err, -EOPNOTSUPP,
		"this kernel has no tracepoints of compaction and reclaim; use one built with "
		"CONFIG_TRACEPOINTS and CONFIG_COMPACTION");
}

static int start(struct stalls *stalls, struct bpf_types *types, struct err *err)
{
	int code;

	stalls->bpf = stalls_bpf__open();
	if (!stalls->bpf)
		return err_set(
			err, -errno, "cannot open the counters of stalls: %s", strerror(errno));
	code = choose(stalls, types, err);
	if (code == 0)
		code = bpf_start(stalls->bpf->skeleton, "the counters of stalls", err);
	if (code == 0)
		stalls->list.map_fd = bpf_map__fd(stalls->bpf->maps.vms);
	return code;
}

static int stalls_open(const struct probe_env *env, void **state, struct err *err)
{
	struct bpf_types *types;
	struct stalls *stalls;
	int code = bpf_types_open(&types, env->root, err);

	if (code < 0)
		return code;
	stalls = xcalloc(1, sizeof(*stalls));
	stalls->clock = env->clock;
	code = start(stalls, types, err);
	bpf_types_close(types);
	if (code < 0) {
		stalls_close(stalls);
		return code;
	}
	*state = stalls;
	return 0;
}

static void charged_set(struct charged *one, const struct stalls_total *total)
{
	memcpy(one->ns, total->ns, sizeof(one->ns));
	memcpy(one->longest, total->longest, sizeof(one->longest));
	one->count = total->count;
	if (one->count && !one->bin)
		one->bin = xcalloc(2, sizeof(*one->bin));
	if (one->bin)
		memcpy(one->bin[BIN_NOW], total->bin, sizeof(total->bin));
}

static void add_total(void *arg, const void *key, const void *total)
{
	struct stalls *stalls = arg;
	struct charged *one = stalls_list_find(&stalls->list, *(const __u32 *)key);

	if (one)
		charged_set(one, total);
}

static void add_open(void *arg, const void *tid, const void *value)
{
	struct stalls *stalls = arg;
	const struct stalls_open *open = value;
	struct charged *one = stalls_list_find(&stalls->list, open->tgid);
	__u32 kind = open->kinds & 3;
	uint64_t ns = open->mark_ns < stalls->now_ns ? stalls->now_ns - open->mark_ns : 0, all = ns;

	if (!one || open->depth == 0 || kind >= STALLS_KINDS)
		return;
	one->open_ns[kind] += ns;
	for (size_t i = 0; i < STALLS_KINDS; i++)
		all += open->ns[i];
	if (all <= one->longest_open_ns)
		return;
	one->longest_open_ns = all;
	one->longest_open_tid = *(const pid_t *)tid;
	one->longest_open_kind = (enum stalls_kind)kind;
}

static void forget_open(struct stalls *stalls)
{
	for (size_t i = 0; i < stalls->list.n; i++) {
		memset(stalls->list.charged[i].open_ns, 0, sizeof(stalls->list.charged[i].open_ns));
		stalls->list.charged[i].longest_open_ns = 0;
	}
}

/*
 * All as of one moment, or nearly: where something begins or ends while it is read, it is read
 * again; now_ns is that moment. Totals first: a stall that ends in between is then told later, and
 * not twice.
 */
static int read_all(struct stalls *stalls)
{
	struct stalls_bpf__bss *bss = stalls->bpf->bss;
	bool open = __atomic_load_n(&bss->in_progress, __ATOMIC_ACQUIRE);
	int code = 0;

	stalls->now_ns = clock_mono_ns(stalls->clock);
	stalls->is_new = open || stalls->was_open || stalls->list.fresh ||
			 stalls->changes != __atomic_load_n(&bss->changes, __ATOMIC_ACQUIRE);
	if (!stalls->is_new)
		return 0;
	stalls->turn = __atomic_fetch_add(&bss->turn, 1, __ATOMIC_ACQ_REL);
	for (int i = 0; i < TRIES && code == 0; i++) {
		stalls->changes = __atomic_load_n(&bss->changes, __ATOMIC_ACQUIRE);
		stalls->was_open = __atomic_load_n(&bss->in_progress, __ATOMIC_ACQUIRE);
		forget_open(stalls);
		stalls->now_ns = clock_mono_ns(stalls->clock);
		code = bpf_read_map(stalls->bpf->maps.vms, add_total, stalls);
		if (code == 0 && stalls->was_open)
			code = bpf_read_map(stalls->bpf->maps.open, add_open, stalls);
		if (stalls->changes == __atomic_load_n(&bss->changes, __ATOMIC_ACQUIRE))
			break;
	}
	stalls->list.fresh = false;
	return code;
}

static uint64_t told_ns(struct charged *one, size_t kind)
{
	uint64_t ns = one->ns[kind] + one->open_ns[kind];

	if (ns > one->told_ns[kind])
		one->told_ns[kind] = ns;
	return one->told_ns[kind];
}

/* A stall that went on has moved to another bin: it is not taken away from the reading before. */
static const uint32_t *new_bins(struct charged *one, struct arena *arena)
{
	uint32_t *delta;

	if (!one->bin || memcmp(one->bin[BIN_TOLD], one->bin[BIN_NOW], sizeof(*one->bin)) == 0)
		return NULL;
	delta = arena_array(arena, STALLS_BINS, sizeof(*delta));
	for (size_t i = 0; i < STALLS_BINS; i++) {
		uint32_t more = one->bin[BIN_NOW][i] - one->bin[BIN_TOLD][i];

		delta[i] = (int32_t)more > 0 ? more : 0;
	}
	memcpy(one->bin[BIN_TOLD], one->bin[BIN_NOW], sizeof(*one->bin));
	return delta;
}

static void add_longest(
	const struct stalls *stalls, const struct charged *one, struct stall_reading *out)
{
	const struct stalls_longest *longest = &one->longest[stalls->turn & 1];

	if (stalls->is_new && longest->turn == stalls->turn && longest->ns > out->longest_ns &&
		longest->kind < STALLS_KINDS) {
		out->longest_ns = longest->ns;
		out->longest_end_ns = longest->end_ns;
		out->longest_tid = (pid_t)longest->tid;
		out->longest_kind = (enum stalls_kind)longest->kind;
	}
	if (one->longest_open_ns > out->open_ns) {
		out->open_ns = one->longest_open_ns;
		out->open_tid = one->longest_open_tid;
		out->open_kind = one->longest_open_kind;
	}
}

static void add_bins(struct charged *one, struct arena *arena, struct stall_reading *out)
{
	const uint32_t *delta = new_bins(one, arena);
	uint32_t *sum;

	if (!delta || !out->bin) {
		out->bin = delta ? delta : out->bin;
		return;
	}
	sum = arena_array(arena, STALLS_BINS, sizeof(*sum));
	for (size_t i = 0; i < STALLS_BINS; i++)
		sum[i] = delta[i] + out->bin[i];
	out->bin = sum;
}

static void add_charged(
	struct stalls *stalls, struct charged *one, struct arena *arena, struct stall_reading *out)
{
	for (size_t i = 0; i < STALLS_KINDS; i++)
		out->ns_total[i] =
			stalls->knows[i] ? out->ns_total[i] + told_ns(one, i) : UNKNOWN_U64;
	out->count_total += one->count;
	add_longest(stalls, one, out);
	add_bins(one, arena, out);
}

static uint64_t nobodys_ns(struct stalls *stalls, __u32 key)
{
	struct charged *one = stalls_list_find(&stalls->list, key);
	uint64_t ns = 0;

	for (size_t i = 0; one && i < STALLS_KINDS; i++)
		ns += told_ns(one, i);
	return one ? ns : UNKNOWN_U64;
}

static void fill(struct stalls *stalls, struct arena *arena, struct stalls_sample *section)
{
	section->reading = arena_array(arena, stalls->list.n, sizeof(*section->reading));
	for (size_t i = 0; i < stalls->list.n; i++) {
		struct charged *one = &stalls->list.charged[i];
		struct stall_reading *out = &section->reading[section->n_reading];

		if (one->pid == 0 || one->tgid != (__u32)one->pid)
			continue;
		*out = (struct stall_reading){ .pid = one->pid, .start_ticks = one->start_ticks };
		add_charged(stalls, one, arena, out);
		section->n_reading++;
	}
	for (size_t i = 0; i < stalls->list.n; i++) {
		struct charged *one = &stalls->list.charged[i];
		struct stall_reading *out = one->pid == 0 || one->tgid == (__u32)one->pid
						    ? NULL
						    : sample_by_pid(one->pid, section->reading,
							      section->n_reading, sizeof(*out));

		if (out)
			add_charged(stalls, one, arena, out);
	}
	section->processes_ns_total = nobodys_ns(stalls, STALLS_PROCESSES);
	section->kernel_ns_total = nobodys_ns(stalls, STALLS_KERNEL);
}

static const char *shortcoming(const struct stalls *stalls, struct arena *arena)
{
	uint64_t lost = __atomic_load_n(&stalls->bpf->bss->lost, __ATOMIC_RELAXED);

	if (stalls->list.crowded)
		return arena_printf(arena,
			"more VMs than there is room for (%d): some are left out", STALLS_VMS);
	if (!stalls->knows[STALLS_COMPACT])
		return "this kernel tells of reclaim only, not of compaction";
	if (lost)
		return arena_printf(arena,
			"%llu stalls could not be counted: too many threads stalled at once",
			(unsigned long long)lost);
	return NULL;
}

static int stalls_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_STALLS];
	struct stalls *stalls = state;
	int code;

	out->stalls = (struct stalls_sample){ 0 };
	stalls_list_update(&stalls->list, out);
	code = read_all(stalls);
	status->at_ns = stalls->now_ns;
	if (code < 0)
		return code;
	fill(stalls, &out->arena, &out->stalls);
	status->reason = shortcoming(stalls, &out->arena);
	return 0;
}

const struct probe probe_stalls = {
	.name = "stalls",
	.summary =
		"how long threads of VMs compacted and reclaimed memory themselves before they got "
		"any, by BPF",
	.section = SECTION_STALLS,
	.slow_open = true,
	.open = stalls_open,
	.sample = stalls_sample,
	.close = stalls_close,
};
