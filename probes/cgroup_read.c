// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/cgroup_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/clock.h"
#include "probes/procfs.h"
#include "probes/text.h"

/*
 * In which group a VM is, who else is there, which level above limits it, and what KSM has merged:
 * that is looked at every LEVELS_EACH readings, for it costs more than all the rest.
 */
enum { TEXT_BYTES = 16 * 1024, LEVELS_EACH = 8, LEVELS_MAX = 12, SHARES_BYTES = 16 << 20 };
/* Larger limits are the kernel's way to say none. */
static const uint64_t NO_LIMIT_BYTES = 1ull << 60;

/* A level of a hierarchy: the first len bytes of path below the mount. */
struct level {
	const struct cgroup_reader *reader;
	enum cgroup_version version;
	const char *path;
	size_t len;
};

/* Its memory.stat, in the names of version 2. */
enum stat {
	STAT_INACTIVE_FILE,
	STAT_ACTIVE_FILE,
	STAT_SWAP,
	STAT_SWAPCACHED,
	STAT_REFAULT_ANON,
	STAT_PSWPIN,
	STAT_PSWPOUT,
	STAT_FILE_DIRTY,
	STAT_FILE_WRITEBACK,
	STAT_COUNT
};

static const char *const stat_key[][STAT_COUNT] = {
	[CGROUP_V1] = { "total_inactive_file", "total_active_file", "total_swap",
		"total_swapcached", "total_workingset_refault_anon", "total_pswpin",
		"total_pswpout", "total_dirty", "total_writeback" },
	[CGROUP_V2] = { "inactive_file", "active_file", "swap", "swapcached",
		"workingset_refault_anon", "pswpin", "pswpout", "file_dirty",
		"file_writeback" },
};

void cgroup_mounts_read(const struct sysroot *root, struct cgroup_mounts *mounts)
{
	char *text = xcalloc(TEXT_BYTES, 4);

	*mounts = (struct cgroup_mounts){ .v1 = "" };
	if (sysroot_read(root, text, TEXT_BYTES * 4, "proc/self/mountinfo") > 0)
		cgroup_mounts_parse(text, mounts);
	if (!mounts->v1[0] && !mounts->v2[0] && !mounts->blkio[0]) {
		strcpy(mounts->v1, "sys/fs/cgroup/memory");
		strcpy(mounts->blkio, "sys/fs/cgroup/blkio");
		strcpy(mounts->v2, "sys/fs/cgroup");
	}
	free(text);
}

void cgroup_reader_init(
	struct cgroup_reader *reader, const struct sysroot *root, const struct clock *clock)
{
	*reader = (struct cgroup_reader){
		.root = root,
		.clock = clock,
		.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	cgroup_mounts_read(root, &reader->mounts);
}

static const char *level_base(const struct level *level)
{
	const struct cgroup_mounts *mounts = &level->reader->mounts;

	return level->version == CGROUP_V1 ? mounts->v1 : mounts->v2;
}

static ssize_t level_read(const struct level *level, const char *file, char *text, size_t size)
{
	return sysroot_read(level->reader->root, text, size, "%s%.*s/%s", level_base(level),
		(int)level->len, level->path, file);
}

/* The number that a file of the level holds; "max" is none, and so is a file that is not there. */
static uint64_t level_number(const struct level *level, const char *file)
{
	char text[64], *end;
	uint64_t value;

	if (level_read(level, file, text, sizeof(text)) <= 0)
		return UNKNOWN_U64;
	errno = 0;
	value = strtoull(text, &end, 10);
	return end == text || errno || text[0] == '-' ? UNKNOWN_U64 : value;
}

static uint64_t level_usage(const struct level *level)
{
	return level_number(
		level, level->version == CGROUP_V1 ? "memory.usage_in_bytes" : "memory.current");
}

static uint64_t known_sum(uint64_t a, uint64_t b)
{
	uint64_t sum;

	if (a == UNKNOWN_U64 || b == UNKNOWN_U64 || __builtin_add_overflow(a, b, &sum))
		return UNKNOWN_U64;
	return sum;
}

/* What is charged to a level, and how much of that is page cache. */
struct charges {
	uint64_t usage, cache, stat[STAT_COUNT];
};

static void level_charges(const struct level *level, struct charges *charges)
{
	char text[TEXT_BYTES];

	charges->usage = level_usage(level);
	for (size_t i = 0; i < STAT_COUNT; i++)
		charges->stat[i] = UNKNOWN_U64;
	if (level_read(level, "memory.stat", text, sizeof(text)) > 0)
		procfs_numbers(text, stat_key[level->version], charges->stat, STAT_COUNT);
	charges->cache =
		known_sum(charges->stat[STAT_INACTIVE_FILE], charges->stat[STAT_ACTIVE_FILE]);
}

/* Above memory.high the group is slowed down until it stands still, so it is a limit as well. */
static uint64_t level_limit(const struct level *level)
{
	uint64_t max, high;

	if (level->version == CGROUP_V1) {
		max = level_number(level, "memory.limit_in_bytes");
		return max < NO_LIMIT_BYTES ? max : UNKNOWN_U64;
	}
	max = level_number(level, "memory.max");
	high = level_number(level, "memory.high");
	max = high < max ? high : max;
	return max < NO_LIMIT_BYTES ? max : UNKNOWN_U64;
}

/* What a limit leaves beside what cannot be dropped; page cache can. */
static uint64_t room_of(uint64_t limit, const struct charges *charges)
{
	uint64_t usage = charges->usage;

	if (limit == UNKNOWN_U64 || usage == UNKNOWN_U64)
		return UNKNOWN_U64;
	if (charges->cache != UNKNOWN_U64)
		usage = usage > charges->cache ? usage - charges->cache : 0;
	return limit > usage ? limit - usage : 0;
}

static bool is_only(const struct level *level, pid_t pid, struct cgroup_crowd *crowd)
{
	char path[2 * CGROUP_PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", level_base(level), level->path);
	return cgroup_is_only(level->reader->root, path, pid, clock_mono_ns(level->reader->clock),
		crowd);
}

/* named: the group is one that is made for a single VM. */
static bool is_own(
	const struct level *level, bool named, pid_t pid, struct cgroup_crowd *crowd)
{
	return named || (level->path[level->len] == '\0' && is_only(level, pid, crowd));
}

/* The level that is the VM's, or the next above it that has accounts at all. */
static bool find_group(
	struct level *level, const char *path, struct cgroup_vm *vm, struct cgroup_crowd *crowd)
{
	bool named;

	level->path = path;
	level->len = cgroup_path_own(path, &named);
	vm->own = is_own(level, named, vm->pid, crowd);
	for (unsigned i = 0; i < LEVELS_MAX && level->len; i++) {
		if (level_usage(level) != UNKNOWN_U64)
			return true;
		vm->own = false;
		level->len = cgroup_path_up(path, level->len);
	}
	return false;
}

/* Which level from the VM's own upwards has the least room: the one at whose limit it ends. */
static size_t tightest(const struct level *own)
{
	struct level level = *own;
	uint64_t least = UNKNOWN_U64;
	struct charges charges;
	size_t found = 0;

	for (unsigned i = 0; i < LEVELS_MAX && level.len; i++) {
		uint64_t limit = level_limit(&level), room = UNKNOWN_U64;

		if (limit != UNKNOWN_U64) {
			level_charges(&level, &charges);
			room = room_of(limit, &charges);
		}
		if (room < least) {
			least = room;
			found = level.len;
		}
		level.len = cgroup_path_up(level.path, level.len);
	}
	return found;
}

/*
 * Version 1 before Linux 6.7 tells workingset figures in bytes, later in pages, as version 2 always
 * does. What is no whole number of pages in bytes is one in pages: then so are all others, and so
 * was the one before.
 */
static uint64_t refault_bytes(const struct level *level, struct cgroup_vm *vm, uint64_t value)
{
	const uint64_t page = level->reader->page_bytes;
	struct cgroup_counters *prev = &vm->reading.prev;

	if (level->version == CGROUP_V2)
		return procfs_pages_bytes(value, page);
	if (value != UNKNOWN_U64 && value % page != 0 && !vm->refaults_in_pages) {
		vm->refaults_in_pages = true;
		if (prev->swap_source == SWAP_BY_REFAULTS)
			prev->swap_in_bytes_total =
				procfs_pages_bytes(prev->swap_in_bytes_total, page);
	}
	return vm->refaults_in_pages ? procfs_pages_bytes(value, page) : value;
}

/* What came back from swap, by the best account that this kernel keeps of a group. */
static void take_swap(
	const struct level *level, struct cgroup_vm *vm, const uint64_t stat[STAT_COUNT])
{
	struct cgroup_counters *cur = &vm->reading.cur;

	cur->swap_out_bytes_total =
		procfs_pages_bytes(stat[STAT_PSWPOUT], level->reader->page_bytes);
	if (stat[STAT_PSWPIN] != UNKNOWN_U64) {
		cur->swap_in_bytes_total =
			procfs_pages_bytes(stat[STAT_PSWPIN], level->reader->page_bytes);
		cur->swap_source = SWAP_BY_COUNTERS;
	} else if (stat[STAT_REFAULT_ANON] != UNKNOWN_U64) {
		cur->swap_in_bytes_total = refault_bytes(level, vm, stat[STAT_REFAULT_ANON]);
		cur->swap_source = SWAP_BY_REFAULTS;
	}
}

static void take_events(const struct level *level, struct cgroup_counters *cur)
{
	static const char *const key[] = { "high", "max", "oom_kill" };
	uint64_t count[] = { UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 };
	char text[1024];

	if (level->version == CGROUP_V1) {
		cur->limit_hits_total = level_number(level, "memory.failcnt");
		if (level_read(level, "memory.oom_control", text, sizeof(text)) > 0)
			procfs_number(text, "oom_kill", &cur->oom_kills_total);
		return;
	}
	if (level_read(level, "memory.events", text, sizeof(text)) <= 0)
		return;
	procfs_numbers(text, key, count, 3);
	cur->limit_hits_total = known_sum(count[0], count[1]);
	cur->oom_kills_total = count[2];
}

static void take_stall(
	const struct cgroup_reader *reader, const struct cgroup_vm *vm, struct cgroup_counters *cur)
{
	struct level level = { reader, CGROUP_V2, vm->stall_path, 0 };
	char text[256];
	double avg10;

	if (!vm->stall_path)
		return;
	level.len = strlen(vm->stall_path);
	if (level_read(&level, "memory.pressure", text, sizeof(text)) > 0)
		procfs_pressure(text, &avg10, &cur->stall_us_total);
}

/*
 * Guest memory that is shared with others is no part of VmSwap: its group alone tells of it. In
 * version 2 that counts pages, too, that are back and have kept their place in swap.
 */
static void take_shared_swap(
	const struct level *level, struct cgroup_vm *vm, const uint64_t stat[STAT_COUNT])
{
	struct cgroup_reading *reading = &vm->reading;
	uint64_t other = reading->cur.swapped_bytes, in_group = reading->swap_bytes;

	if (level->version == CGROUP_V2 && stat[STAT_SWAPCACHED] != UNKNOWN_U64)
		other = known_sum(other, stat[STAT_SWAPCACHED]);
	if (vm->shares && in_group != UNKNOWN_U64 && other != UNKNOWN_U64)
		reading->shared_swap_bytes = in_group > other ? in_group - other : 0;
}

static void read_group(struct cgroup_vm *vm, const struct level *level)
{
	struct cgroup_reading *reading = &vm->reading;
	struct level tight = *level;
	struct charges own, above;

	level_charges(level, &own);
	reading->usage_bytes = own.usage;
	reading->cache_bytes = own.cache;
	reading->swap_bytes = level->version == CGROUP_V2
				      ? level_number(level, "memory.swap.current")
				      : own.stat[STAT_SWAP];
	reading->dirty_bytes = own.stat[STAT_FILE_DIRTY];
	reading->writeback_bytes = own.stat[STAT_FILE_WRITEBACK];
	tight.len = vm->tight_len;
	if (tight.len && tight.len != level->len)
		level_charges(&tight, &above);
	if (tight.len) {
		reading->limit_bytes = level_limit(&tight);
		reading->room_bytes =
			room_of(reading->limit_bytes, tight.len == level->len ? &own : &above);
	}
	if (!vm->own)
		return;
	take_events(level, &reading->cur);
	take_swap(level, vm, own.stat);
	take_shared_swap(level, vm, own.stat);
}

static void keep(char **to, const char *path, size_t len)
{
	free(*to);
	*to = NULL;
	if (!path)
		return;
	*to = xcalloc(len + 1, 1);
	memcpy(*to, path, len);
}

/* Where the memory of its process is accounted. NULL: that cannot be seen from here. */
static const char *locate(const struct cgroup_reader *reader, const char *text, char *path,
	enum cgroup_version *version)
{
	const struct cgroup_mounts *mounts = &reader->mounts;
	bool v1 = mounts->v1[0] && cgroup_path_v1(text, path, CGROUP_PATH_MAX);

	*version = v1 ? CGROUP_V1 : CGROUP_V2;
	if (!v1 && (!mounts->v2[0] || !cgroup_path_v2(text, path, CGROUP_PATH_MAX)))
		return NULL;
	return cgroup_path_below(v1 ? mounts->v1_root : mounts->v2_root, path);
}

/* Pressure is told by version 2 alone, also where that has no controllers. */
static void locate_stalls(
	const struct cgroup_reader *reader, const char *text, struct cgroup_vm *vm)
{
	char path[CGROUP_PATH_MAX];
	struct level level = { .reader = reader, .version = CGROUP_V2 };
	struct cgroup_crowd none = { .until_ns = 0 };
	bool named, own;

	if (!vm->own || !reader->mounts.v2[0] || !cgroup_path_v2(text, path, sizeof(path)))
		return;
	level.path = cgroup_path_below(reader->mounts.v2_root, path);
	if (!level.path)
		return;
	level.len = cgroup_path_own(level.path, &named);
	/* Beside version 1 it is another hierarchy, and there it may be in company. */
	own = vm->version == CGROUP_V2 || is_own(&level, named, vm->pid, &none);
	if (own && level.len)
		keep(&vm->stall_path, level.path, level.len);
}

/* Which groups are its own, and which limit it meets first. Returns what cannot be told, and why.
 */
static const char *look_anew(struct cgroup_reader *reader, struct cgroup_vm *vm)
{
	char text[4096], path[CGROUP_PATH_MAX];
	struct level level = { .reader = reader };
	struct arena scratch = { 0 };
	const char *below, *clean;

	vm->own = false;
	vm->tight_len = vm->own_len = 0;
	keep(&vm->stall_path, NULL, 0);
	keep(&vm->shown, NULL, 0);
	if (sysroot_read(reader->root, text, sizeof(text), "proc/%d/cgroup", (int)vm->pid) < 0)
		return "cannot read the cgroup file of its process: limits and stalls are not "
		       "known";
	below = locate(reader, text, path, &vm->version);
	if (!below)
		return "its memory cgroup is not visible here; run on the host itself";
	keep(&vm->path, below, strlen(below));
	level.version = vm->version;
	if (!find_group(&level, vm->path, vm, &reader->crowd)) {
		vm->own = false;
		return "it is in no memory cgroup of its own: limits and stalls are not told";
	}
	vm->own_len = level.len;
	clean = text_clean(&scratch, vm->path, vm->own_len, CGROUP_PATH_MAX);
	keep(&vm->shown, clean, strlen(clean));
	arena_release(&scratch);
	vm->tight_len = tightest(&level);
	locate_stalls(reader, text, vm);
	return vm->own ? NULL
		       : "its cgroup holds other processes, too, and its stalls and swap-in are "
			 "not "
			 "the VM's";
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* False: it is in other groups than before, and what these have counted is no sequel. */
static bool look_again(struct cgroup_reader *reader, struct cgroup_vm *vm)
{
	struct cgroup_vm before = *vm;
	bool same;

	vm->path = vm->stall_path = NULL;
	vm->why = look_anew(reader, vm);
	same = vm->own == before.own && vm->version == before.version &&
	       is_same(vm->path, before.path) && is_same(vm->stall_path, before.stall_path);
	free(before.path);
	free(before.stall_path);
	return same;
}

static void read_accounts(const struct cgroup_reader *reader, struct cgroup_vm *vm)
{
	struct level level = { reader, vm->version, vm->path, vm->own_len };

	if (vm->own_len == 0)
		return;
	read_group(vm, &level);
	if (vm->own)
		take_stall(reader, vm, &vm->reading.cur);
}

/* Of memory that it shares, no more is known to be in swap than its group tells. */
static void add_shared(struct cgroup_vm *vm)
{
	struct cgroup_reading *reading = &vm->reading;

	if (vm->shares)
		reading->cur.swapped_bytes =
			known_sum(reading->cur.swapped_bytes, reading->shared_swap_bytes);
}

static uint64_t merged_bytes(const struct cgroup_reader *reader, pid_t pid)
{
	uint64_t pages = UNKNOWN_U64, zero = 0;
	char text[1024];

	if (sysroot_read(reader->root, text, sizeof(text), "proc/%d/ksm_stat", (int)pid) > 0) {
		procfs_number(text, "ksm_merging_pages", &pages);
		procfs_number(text, "ksm_zero_pages", &zero);
	}
	/* Linux 5.19 to 6.5 have it in a file of its own. */
	if (pages == UNKNOWN_U64 &&
		sysroot_read_u64(reader->root, &pages, "proc/%d/ksm_merging_pages", (int)pid) < 0)
		return UNKNOWN_U64;
	return procfs_pages_bytes(known_sum(pages, zero), reader->page_bytes);
}

/* -ESRCH: it has ended, or another process has its number. */
static int read_process(const struct cgroup_reader *reader, struct cgroup_vm *vm)
{
	struct cgroup_reading *reading = &vm->reading;
	struct procfs_stat stat;
	char text[8192];
	ssize_t len;

	len = sysroot_read_record(reader->root, text, sizeof(text), "proc/%d/stat", (int)vm->pid);
	if (len == -ENOENT ||
		(len >= 0 && (!procfs_stat(text, &stat) || stat.start_ticks != vm->start_ticks)))
		return -ESRCH;
	if (len >= 0)
		len = sysroot_read_record(
			reader->root, text, sizeof(text), "proc/%d/status", (int)vm->pid);
	if (len < 0)
		return len == -ENOENT ? -ESRCH : (int)len;
	reading->cur.swapped_bytes = procfs_kilobytes(text, "VmSwap");
	reading->anon_bytes = procfs_kilobytes(text, "RssAnon");
	reading->file_bytes = procfs_kilobytes(text, "RssFile");
	reading->shmem_bytes = procfs_kilobytes(text, "RssShmem");
	reading->table_bytes = procfs_kilobytes(text, "VmPTE");
	reading->hugetlb_bytes = procfs_kilobytes(text, "HugetlbPages");
	if (vm->readings % LEVELS_EACH == 0)
		vm->merged_bytes = merged_bytes(reader, vm->pid);
	reading->merged_bytes = vm->merged_bytes;
	if (reading->shmem_bytes != UNKNOWN_U64 && reading->shmem_bytes >= SHARES_BYTES)
		vm->shares = true;
	reading->cur.swap_in_bytes_total =
		procfs_pages_bytes(stat.major_faults, reader->page_bytes);
	reading->cur.swap_source = SWAP_BY_FAULTS;
	return 0;
}

void cgroup_vm_read(struct cgroup_reader *reader, struct cgroup_vm *vm)
{
	const struct cgroup_counters prev = vm->reading.cur;
	const uint64_t begin_ns = clock_mono_ns(reader->clock);
	struct cgroup_reading *reading = &vm->reading;
	int code;

	*reading = cgroup_reading_unknown;
	reading->pid = vm->pid;
	reading->start_ticks = vm->start_ticks;
	if (vm->readings)
		reading->prev = prev;
	code = read_process(reader, vm);
	if (code == -ESRCH) {
		vm->gone = true;
		return;
	}
	vm->readings++;
	if (code < 0) { /* and again at its next turn */
		reading->status = (struct status){ .state = SOURCE_UNAVAILABLE,
			.reason = "its process could not be read at its last turn" };
		return;
	}
	if (((vm->readings - 1) % LEVELS_EACH == 0 || !vm->path) && !look_again(reader, vm))
		reading->prev = cgroup_reading_unknown.prev;
	read_accounts(reader, vm);
	add_shared(vm);
	reading->own = vm->own;
	reading->cur.at_ns = begin_ns;
	reading->status = (struct status){ .state = SOURCE_OK,
		.reason = vm->why,
		.at_ns = begin_ns,
		.cost_ns = clock_mono_ns(reader->clock) - begin_ns };
}

void cgroup_vm_release(struct cgroup_vm *vm)
{
	keep(&vm->path, NULL, 0);
	keep(&vm->shown, NULL, 0);
	keep(&vm->stall_path, NULL, 0);
}
