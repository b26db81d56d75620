// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"
#include "probes/procfs.h"
#include "probes/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 16 * 1024 * 1024, HEAD_BYTES = 8 * 1024 };

struct host {
	const struct sysroot *root;
	const struct clock *clock;
	char *buf; /* of any one file; grows to the largest */
	size_t size;
	bool is_guest;
	uint64_t page_bytes, tick_hz;
	unsigned files; /* read in this round */
	int code;	/* of the last one that could not be */
};

/* A whole file into host->buf; NULL: not there. */
static const char *slurp(struct host *host, const char *path)
{
	ssize_t len = sysroot_slurp(host->root, &host->buf, &host->size, MOST_BYTES, "%s", path);

	if (len < 0) {
		host->code = (int)len;
		return NULL;
	}
	host->files++;
	return host->buf;
}

/* The beginning is enough: the flags of the first CPU; the whole may be a megabyte. */
static bool read_is_guest(struct host *host)
{
	int fd = sysroot_open_file(host->root, "proc/cpuinfo");
	char head[HEAD_BYTES];
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, head, sizeof(head) - 1);
	close(fd);
	if (len <= 0)
		return false;
	head[len] = '\0';
	return procfs_cpu_flag(head, "hypervisor");
}

static int host_open(const struct probe_env *env, void **state, struct err *err)
{
	struct host *host = xcalloc(1, sizeof(*host));

	(void)err;
	host->root = env->root;
	host->clock = env->clock;
	host->is_guest = read_is_guest(host);
	host->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	host->tick_hz = (uint64_t)sysconf(_SC_CLK_TCK);
	*state = host;
	return 0;
}

static const char *line_of(struct host *host, struct arena *arena, const char *path)
{
	const char *text = slurp(host, path);

	return text ? text_clean(arena, text, strcspn(text, "\n"), TEXT_NAME_MAX) : NULL;
}

static uint64_t count_of(struct host *host, const char *path)
{
	const char *text = slurp(host, path);
	uint64_t count;

	return text && procfs_list_count(text, &count) ? count : UNKNOWN_U64;
}

static struct psi_sample psi_of(struct host *host, const char *path)
{
	struct psi_sample psi = { .some_avg10_pct = NAN, .some_us_total = UNKNOWN_U64 };
	const char *text = slurp(host, path);

	if (text)
		procfs_pressure(text, &psi.some_avg10_pct, &psi.some_us_total);
	return psi;
}

static void read_identity(struct host *host, struct arena *arena, struct host_sample *out)
{
	out->name = line_of(host, arena, "proc/sys/kernel/hostname");
	out->kernel = line_of(host, arena, "proc/sys/kernel/osrelease");
	out->cpus = count_of(host, "sys/devices/system/cpu/online");
	out->nodes = count_of(host, "sys/devices/system/node/online");
	out->is_guest = host->is_guest;
}

static void read_load(struct host *host, struct host_sample *out)
{
	double value[3] = { NAN, NAN, NAN };
	const char *text = slurp(host, "proc/loadavg");

	if (!text || !procfs_decimals(text, value, 3))
		value[0] = value[1] = value[2] = NAN;
	out->load1 = value[0];
	out->load5 = value[1];
	out->load15 = value[2];
	text = slurp(host, "proc/uptime");
	if (!text || !procfs_decimals(text, &out->uptime_s, 1))
		out->uptime_s = NAN;
	out->psi_cpu = psi_of(host, "proc/pressure/cpu");
	out->psi_memory = psi_of(host, "proc/pressure/memory");
	out->psi_io = psi_of(host, "proc/pressure/io");
}

static void read_vmstat(struct host *host, struct host_sample *out)
{
	static const char *const key[VMSTAT_COUNT] = {
		[VMSTAT_OOM_KILL] = "oom_kill",
		[VMSTAT_ALLOC_STALL] = "allocstall*",
		[VMSTAT_COMPACT_STALL] = "compact_stall",
		[VMSTAT_COMPACT_FAIL] = "compact_fail",
		[VMSTAT_THP_ALLOC] = "thp_fault_alloc",
		[VMSTAT_THP_FALLBACK] = "thp_fault_fallback",
		[VMSTAT_THP_SPLIT] = "thp_split_page",
		[VMSTAT_NUMA_MIGRATED] = "numa_pages_migrated",
		[VMSTAT_NUMA_HINT] = "numa_hint_faults",
		[VMSTAT_NUMA_HINT_LOCAL] = "numa_hint_faults_local",
	};
	static const char *const swap_key[] = { "pswpin", "pswpout" };
	uint64_t swap[] = { UNKNOWN_U64, UNKNOWN_U64 };
	const char *text = slurp(host, "proc/vmstat");

	text = text ? text : "";
	procfs_numbers(text, swap_key, swap, 2);
	out->swap_in_bytes_total = procfs_pages_bytes(swap[0], host->page_bytes);
	out->swap_out_bytes_total = procfs_pages_bytes(swap[1], host->page_bytes);
	procfs_numbers(text, key, out->vmstat_total, VMSTAT_COUNT);
}

/* "always [madvise] never" */
static const char *chosen_of(struct host *host, struct arena *arena, const char *path)
{
	const char *text = slurp(host, path);
	const char *from = text ? strchr(text, '[') : NULL;

	return from ? text_clean(arena, from + 1, strcspn(from + 1, "]\n"), TEXT_NAME_MAX) : NULL;
}

static void read_huge_pages(struct host *host, struct arena *arena, struct host_sample *out)
{
	out->thp_enabled = chosen_of(host, arena, "sys/kernel/mm/transparent_hugepage/enabled");
	out->thp_defrag = chosen_of(host, arena, "sys/kernel/mm/transparent_hugepage/defrag");
}

static void read_memory(struct host *host, struct host_sample *out)
{
	const char *text = slurp(host, "proc/meminfo");

	if (!text)
		text = "";
	out->mem_total_bytes = procfs_kilobytes(text, "MemTotal");
	out->mem_available_bytes = procfs_kilobytes(text, "MemAvailable");
	out->swap_total_bytes = procfs_kilobytes(text, "SwapTotal");
	out->swap_free_bytes = procfs_kilobytes(text, "SwapFree");
}

static void read_cpu(struct host *host, struct host_sample *out)
{
	struct procfs_cpu cpu = { UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 };
	const char *text = slurp(host, "proc/stat");

	if (text)
		procfs_cpu(text, &cpu);
	out->tick_hz = host->tick_hz;
	out->busy_ticks_total = cpu.busy_ticks;
	out->idle_ticks_total = cpu.idle_ticks;
	out->steal_ticks_total = cpu.steal_ticks;
	out->run_ns_total = out->wait_ns_total = UNKNOWN_U64;
	text = slurp(host, "proc/schedstat");
	if (text)
		procfs_schedstat_cpus(text, &out->run_ns_total, &out->wait_ns_total);
}

static int host_sample(void *state, struct sample *out)
{
	struct host *host = state;
	struct status *status = &out->status[SECTION_HOST];

	*status = (struct status){ .state = SOURCE_OK, .at_ns = clock_mono_ns(host->clock) };
	host->files = 0;
	read_cpu(host, &out->host);
	read_load(host, &out->host);
	read_memory(host, &out->host);
	read_vmstat(host, &out->host);
	read_huge_pages(host, &out->arena, &out->host);
	read_identity(host, &out->arena, &out->host);
	if (host->files == 0) {
		status->state = SOURCE_UNAVAILABLE;
		status->reason = arena_printf(&out->arena,
			"cannot read any file in /proc: %s; mount it, or check the sysroot",
			strerror(-host->code));
	}
	status->cost_ns = clock_mono_ns(host->clock) - status->at_ns;
	return 0;
}

static void host_close(void *state)
{
	struct host *host = state;

	if (!host)
		return;
	free(host->buf);
	free(host);
}

const struct probe probe_host = {
	.name = "host",
	.summary = "CPUs, load, pressure, memory and swap of this machine, from /proc",
	.section = SECTION_HOST,
	.open = host_open,
	.sample = host_sample,
	.close = host_close,
};
