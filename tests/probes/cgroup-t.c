// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory accounts of VMs: groups of both versions as systemd, libvirt and pods lay them out. */
#include "probes/cgroup_path.h"
#include "tests/probes/rig.h"

enum { MIB = 1 << 20 };
static const uint64_t PAGE = 4096;

/* One probe on a tree of its own, with the VMs that it is told of. */
/* The system's, and what a test adds to it. */
static uint64_t passed_ns;

static uint64_t later_ns(void *arg)
{
	(void)arg;
	return clock_mono_ns(&clock_system) + passed_ns;
}

static double wall_s(void *arg)
{
	(void)arg;
	return clock_wall_s(&clock_system);
}

static const struct clock later = { .mono_ns = later_ns, .wall_s = wall_s };

struct groups {
	char dir[64];
	struct sysroot root;
	struct probe_control control;
	struct probe_env env;
	struct sample sample;
	void *state;
	struct proc_vm vm[256];
	size_t n_vm;
};

static int setup(void **state)
{
	struct groups *groups = calloc(1, sizeof(*groups));
	struct err err;

	if (!groups)
		return -1;
	tree_make(groups->dir, sizeof(groups->dir));
	assert_int_equal(sysroot_open(&groups->root, groups->dir, &err), 0);
	groups->env = (struct probe_env){ .root = &groups->root,
		.clock = &later,
		.control = &groups->control,
		.roster = roster_new(),
		.wake_fd = -1 };
	*state = groups;
	return 0;
}

static int teardown(void **state)
{
	struct groups *groups = *state;

	probes[SECTION_CGROUP]->close(groups->state);
	roster_free(groups->env.roster);
	sample_release(&groups->sample);
	sysroot_close(&groups->root);
	tree_remove(groups->dir);
	free(groups);
	return 0;
}

static const struct cgroup_sample *look(struct groups *groups)
{
	struct err err;

	roster_put(groups->env.roster,
		&(struct procvm_sample){ .vm = groups->vm, .n_vm = groups->n_vm });
	if (!groups->state)
		assert_int_equal(
			probes[SECTION_CGROUP]->open(&groups->env, &groups->state, &err), 0);
	sample_clear(&groups->sample);
	groups->sample.status[SECTION_CGROUP].state = SOURCE_OK;
	assert_int_equal(probes[SECTION_CGROUP]->sample(groups->state, &groups->sample), 0);
	return &groups->sample.cgroup;
}

static void put(const struct groups *groups, const char *name, const char *text)
{
	tree_put(groups->dir, name, text, strlen(text));
}

static void put_in(
	const struct groups *groups, const char *group, const char *file, const char *text)
{
	char name[1024];

	snprintf(name, sizeof(name), "sys/fs/cgroup%s/%s", group, file);
	put(groups, name, text);
}

/* A VM of so many major faults and pages in swap, in the groups that text says. */
static void put_vm(
	struct groups *groups, pid_t pid, unsigned faults, unsigned swap_kb, const char *text)
{
	char name[64], line[512];

	snprintf(name, sizeof(name), "proc/%d/stat", (int)pid);
	snprintf(line, sizeof(line),
		"%d (CPU 0/KVM) S 1 1 1 0 -1 4194560 9 0 %u 0 1 1 0 0 20 0 1 0 %d 1 1 1 1 1 1 0 0 "
		"0 0 0 "
		"0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		(int)pid, faults, 1000 + (int)pid);
	put(groups, name, line);
	snprintf(name, sizeof(name), "proc/%d/status", (int)pid);
	snprintf(line, sizeof(line),
		"Name:\tqemu\nVmRSS:\t  260392 kB\nRssAnon:\t  228420 kB\nRssFile:\t   31972 kB\n"
		"RssShmem:\t       0 kB\nVmPTE:\t     684 kB\nVmSwap:\t   %u kB\n"
		"HugetlbPages:\t    2048 kB\n",
		swap_kb);
	put(groups, name, line);
	snprintf(name, sizeof(name), "proc/%d/cgroup", (int)pid);
	put(groups, name, text);
	for (size_t i = 0; i < groups->n_vm; i++)
		if (groups->vm[i].pid == pid)
			return;
	groups->vm[groups->n_vm++] = (struct proc_vm){
		.pid = pid, .start_ticks = 1000 + (uint64_t)pid, .mem_bytes = UNKNOWN_U64
	};
}

#define SCOPE "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope"

static void version_2_by_systemd(void **state)
{
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put_vm(groups, 70, 40, 81920, "0::" SCOPE "/libvirt/emulator\n");
	put_in(groups, SCOPE, "memory.current", "900000000\n");
	put_in(groups, SCOPE, "memory.max", "max\n");
	put_in(groups, SCOPE, "memory.high", "max\n");
	put_in(groups, SCOPE, "memory.swap.current", "90000000\n");
	put_in(groups, SCOPE, "memory.events", "low 0\nhigh 3\nmax 4\noom 1\noom_kill 1\n");
	put_in(groups, SCOPE, "memory.pressure",
		"some avg10=1.00 avg60=0.00 avg300=0.00 total=5000\nfull avg10=0.00 avg60=0.00 "
		"avg300=0.00 total=100\n");
	put_in(groups, SCOPE, "memory.stat",
		"anon 1\ninactive_file 100\nactive_file 200\nworkingset_refault_anon 7\npswpin 11\n"
		"pswpout 12\n");
	put_in(groups, SCOPE "/libvirt", "memory.current", "1\n");
	put_in(groups, "/machine.slice", "memory.current", "3000000000\n");
	put_in(groups, "/machine.slice", "memory.max", "4000000000\n");
	put_in(groups, "/machine.slice", "memory.high", "3500000000\n");
	put_in(groups, "/machine.slice", "memory.stat", "inactive_file 400000000\nactive_file 0\n");
	reading = look(groups)->reading;
	assert_int_equal(groups->sample.cgroup.n_reading, 1);
	assert_int_equal(reading->status.state, SOURCE_OK);
	assert_null(reading->status.reason);
	assert_string_equal(reading->path, SCOPE);
	assert_true(reading->own);
	assert_int_equal(reading->usage_bytes, 900000000);
	assert_int_equal(reading->cache_bytes, 300);
	assert_int_equal(reading->swap_bytes, 90000000);
	/* The limit above it, of which the others have a part. */
	assert_int_equal(reading->limit_bytes, 3500000000);
	assert_int_equal(reading->room_bytes, 900000000);
	assert_int_equal(reading->cur.swap_source, SWAP_BY_COUNTERS);
	assert_int_equal(reading->cur.swap_in_bytes_total, 11 * PAGE);
	assert_int_equal(reading->cur.swap_out_bytes_total, 12 * PAGE);
	assert_int_equal(reading->cur.swapped_bytes, 81920 * 1024);
	assert_int_equal(reading->cur.stall_us_total, 5000);
	assert_int_equal(reading->cur.limit_hits_total, 7);
	assert_int_equal(reading->cur.oom_kills_total, 1);
	assert_int_equal(reading->file_bytes, 31972 * 1024);
	assert_int_equal(reading->table_bytes, 684 * 1024);
	assert_int_equal(reading->hugetlb_bytes, 2 * MIB);
	assert_true(reading->merged_bytes == UNKNOWN_U64);
	assert_int_equal(reading->prev.at_ns, 0);

	put_in(groups, SCOPE, "memory.stat", "pswpin 111\npswpout 12\n");
	put(groups, "proc/70/ksm_stat",
		"ksm_rmap_items 5\nksm_zero_pages 2\nksm_merging_pages 8\n");
	reading = look(groups)->reading;
	assert_int_equal(reading->prev.swap_in_bytes_total, 11 * PAGE);
	assert_int_equal(reading->cur.swap_in_bytes_total, 111 * PAGE);
	assert_true(reading->cur.at_ns > reading->prev.at_ns);
	assert_true(reading->merged_bytes == UNKNOWN_U64);
	for (int i = 0; i < 8; i++) /* what moves slowly is read now and then */
		reading = look(groups)->reading;
	assert_int_equal(reading->merged_bytes, 10 * PAGE);
}

static void version_2_without_counters_of_swap(void **state)
{
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put_vm(groups, 70, 40, 0, "0::" SCOPE "/emulator\n");
	put_in(groups, SCOPE, "memory.current", "900000000\n");
	put_in(groups, SCOPE, "memory.max", "1000000000\n");
	put_in(groups, SCOPE, "memory.stat", "workingset_refault_anon 8192\n");
	put(groups, "proc/70/ksm_merging_pages", "3\n"); /* as in 5.19 */
	reading = look(groups)->reading;
	assert_int_equal(reading->cur.swap_source, SWAP_BY_REFAULTS);
	assert_int_equal(reading->cur.swap_in_bytes_total, 8192 * PAGE);
	assert_true(reading->cur.swap_out_bytes_total == UNKNOWN_U64);
	assert_int_equal(reading->limit_bytes, 1000000000);
	assert_int_equal(reading->room_bytes, 100000000);
	assert_int_equal(reading->merged_bytes, 3 * PAGE);
	assert_true(reading->cur.limit_hits_total == UNKNOWN_U64);
	assert_true(reading->cur.stall_us_total == UNKNOWN_U64);
}

#define GROUP "/machine/qemu-1-lab-idle.libvirt-qemu"

static const char hybrid[] =
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

static void version_1_beside_version_2(void **state)
{
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put(groups, "proc/self/mountinfo", hybrid);
	put_vm(groups, 5984, 478, 231912,
		"9:name=systemd:/\n8:pids:/\n4:memory:" GROUP "\n3:cpuset:" GROUP "/emulator\n"
		"0::" GROUP "/emulator\n");
	put_in(groups, "/memory" GROUP, "memory.usage_in_bytes", "157286400\n");
	put_in(groups, "/memory" GROUP, "memory.limit_in_bytes", "157286400\n");
	put_in(groups, "/memory" GROUP, "memory.failcnt", "312\n");
	put_in(groups, "/memory" GROUP, "memory.oom_control",
		"oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	put_in(groups, "/memory" GROUP, "memory.stat",
		"cache 1\ntotal_swap 143630336\ntotal_swapcached 95379456\n"
		"total_workingset_refault_anon 2834\ntotal_inactive_file 1048576\n"
		"total_active_file 0\n");
	put_in(groups, "/memory/machine", "memory.usage_in_bytes", "257286400\n");
	put_in(groups, "/memory/machine", "memory.limit_in_bytes", "9223372036854771712\n");
	put_in(groups, "/unified" GROUP, "memory.pressure",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=777\n");
	reading = look(groups)->reading;
	assert_string_equal(reading->path, GROUP);
	assert_true(reading->own);
	assert_int_equal(reading->usage_bytes, 157286400);
	assert_int_equal(reading->limit_bytes, 157286400);
	assert_int_equal(reading->room_bytes, MIB);
	assert_int_equal(reading->swap_bytes, 143630336);
	assert_int_equal(reading->cur.swap_source, SWAP_BY_REFAULTS);
	assert_int_equal(reading->cur.swap_in_bytes_total, 2834 * PAGE);
	assert_int_equal(reading->cur.limit_hits_total, 312);
	assert_int_equal(reading->cur.oom_kills_total, 2);
	assert_int_equal(reading->cur.stall_us_total, 777);
	assert_true(reading->shared_swap_bytes == UNKNOWN_U64);

	assert_int_equal(reading->cur.swapped_bytes, 231912 * 1024);
}

static uint64_t refaults(struct groups *groups, unsigned long value)
{
	char text[64];

	snprintf(text, sizeof(text), "total_workingset_refault_anon %lu\n", value);
	put_in(groups, "/memory" GROUP, "memory.stat", text);
	return look(groups)->reading->cur.swap_in_bytes_total;
}

/* Before Linux 6.7 these figures of version 1 came in bytes. */
static void refaults_in_bytes_or_in_pages(void **state)
{
	struct groups *groups = *state;

	put(groups, "proc/self/mountinfo", hybrid);
	put_vm(groups, 5984, 478, 231912, "4:memory:" GROUP "\n0::" GROUP "/emulator\n");
	put_in(groups, "/memory" GROUP, "memory.usage_in_bytes", "157286400\n");
	assert_int_equal(refaults(groups, 11608064), 2834 * PAGE);
	assert_int_equal(refaults(groups, 1048576), MIB);
	/* They were pages, and so was the last one: one more is one page. */
	assert_int_equal(refaults(groups, 1048577), 1048577 * PAGE);
	assert_int_equal(
		groups->sample.cgroup.reading->prev.swap_in_bytes_total, 1048576 * PAGE);
	assert_int_equal(refaults(groups, 1048578), 1048578 * PAGE);
	assert_int_equal(refaults(groups, 1052672), 1052672 * PAGE);
}

/* Beside version 1 it may be alone in the one hierarchy, and in company in the other. */
static void stalls_of_others_are_not_the_vms(void **state)
{
	static const char session[] = "/unified/user.slice/session-3.scope";
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put(groups, "proc/self/mountinfo", hybrid);
	put_vm(groups, 70, 1, 0, "4:memory:/vm1\n0::/user.slice/session-3.scope\n");
	put_in(groups, "/memory/vm1", "memory.usage_in_bytes", "157286400\n");
	put_in(groups, "/memory/vm1", "cgroup.procs", "70\n");
	put_in(groups, session, "cgroup.procs", "12\n70\n");
	put_in(groups, session, "memory.pressure",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	reading = look(groups)->reading;
	assert_true(reading->own);
	assert_true(reading->cur.stall_us_total == UNKNOWN_U64);
	put_in(groups, session, "cgroup.procs", "70\n");
	for (int i = 0; i < 8; i++)
		reading = look(groups)->reading;
	assert_int_equal(reading->cur.stall_us_total, 9);
}

/* What another group has counted is no sequel. */
static void one_that_is_moved_begins_anew(void **state)
{
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put_vm(groups, 70, 1, 0, "0::" SCOPE "/emulator\n");
	put_in(groups, SCOPE, "memory.current", "1\n");
	put_in(groups, SCOPE, "memory.events", "high 3\nmax 4\noom_kill 1\n");
	put_in(groups, "/b.slice/b.scope", "memory.current", "1\n");
	put_in(groups, "/b.slice/b.scope", "cgroup.procs", "70\n");
	put_in(groups, "/b.slice/b.scope", "memory.events", "high 3000\nmax 0\noom_kill 1\n");
	look(groups);
	for (int i = 0; i < 7; i++)
		reading = look(groups)->reading;
	assert_true(reading->prev.at_ns > 0);
	put_vm(groups, 70, 1, 0, "0::/b.slice/b.scope\n");
	reading = look(groups)->reading;
	assert_int_equal(reading->cur.limit_hits_total, 3000);
	assert_int_equal(reading->prev.at_ns, 0);
	reading = look(groups)->reading;
	assert_int_equal(reading->prev.limit_hits_total, 3000);
}

static void what_could_not_be_read_yet_is_unknown(void **state)
{
	struct groups *groups = *state;

	put_vm(groups, 70, 1, 0, "0::" SCOPE "/emulator\n");
	put_in(groups, SCOPE, "memory.current", "1\n");
	remove(tree_path(groups->dir, "proc/70/status"));
	assert_int_equal(mkdir(tree_path(groups->dir, "proc/70/status"), 0700), 0);
	assert_int_equal(look(groups)->reading->status.state, SOURCE_UNAVAILABLE);
	remove(tree_path(groups->dir, "proc/70/status"));
	put_vm(groups, 70, 1, 0, "0::" SCOPE "/emulator\n");
	assert_int_equal(look(groups)->reading->status.state, SOURCE_OK);
	assert_true(groups->sample.cgroup.reading->merged_bytes == UNKNOWN_U64);
}

static void shared_memory_is_in_no_vmswap(void **state)
{
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put_vm(groups, 70, 40, 1024, "0::" SCOPE "/emulator\n");
	put_in(groups, SCOPE, "memory.current", "900000000\n");
	put_in(groups, SCOPE, "memory.swap.current", "104857600\n");
	put_in(groups, SCOPE, "memory.stat", "pswpin 1\nswapcached 3145728\n");
	reading = look(groups)->reading;
	assert_true(reading->shared_swap_bytes == UNKNOWN_U64);
	put(groups, "proc/70/status", "RssShmem:\t  60000 kB\nVmSwap:\t   1024 kB\n");
	reading = look(groups)->reading;
	assert_int_equal(reading->shared_swap_bytes, 96 * MIB);
	/* All of it may be out: it is remembered that there was some. */
	put(groups, "proc/70/status", "RssShmem:\t  0 kB\nVmSwap:\t   1024 kB\n");
	assert_int_equal(look(groups)->reading->shared_swap_bytes, 96 * MIB);
	assert_int_equal(groups->sample.cgroup.reading->cur.swapped_bytes, 97 * MIB);
	/* In company nobody tells how much of it that is. */
	put_vm(groups, 71, 40, 1024, "0::/crowd\n");
	put(groups, "proc/71/status", "RssShmem:\t  60000 kB\nVmSwap:\t   0 kB\n");
	put_in(groups, "/crowd", "memory.current", "900000000\n");
	assert_int_equal(look(groups)->n_reading, 2);
	assert_true(groups->sample.cgroup.reading[1].cur.swapped_bytes == UNKNOWN_U64);
}

static void a_group_with_others_is_not_the_vms(void **state)
{
	static const char session[] = "/user.slice/user-0.slice/session-3.scope";
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put_vm(groups, 70, 40, 1024, "0::/user.slice/user-0.slice/session-3.scope\n");
	put_in(groups, session, "memory.current", "900000000\n");
	put_in(groups, session, "memory.max", "2000000000\n");
	put_in(groups, session, "cgroup.procs", "12\n70\n");
	put_in(groups, session, "memory.stat", "pswpin 1\n");
	put_in(groups, session, "memory.pressure",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	reading = look(groups)->reading;
	assert_false(reading->own);
	assert_non_null(strstr(reading->status.reason, "other processes"));
	assert_int_equal(reading->status.state, SOURCE_OK);
	/* What it can use is limited by it all the same; what is the VM's comes from the process.
	 */
	assert_int_equal(reading->limit_bytes, 2000000000);
	assert_int_equal(reading->cur.swap_source, SWAP_BY_FAULTS);
	assert_int_equal(reading->cur.swap_in_bytes_total, 40 * PAGE);
	assert_true(reading->cur.stall_us_total == UNKNOWN_U64);

	/* It is looked at anew after a while, and not at once: to list a crowd costs. */
	put_in(groups, session, "cgroup.procs", "70\n");
	for (int i = 0; i < 8; i++)
		reading = look(groups)->reading;
	assert_false(reading->own);
	passed_ns += 61000000000;
	for (int i = 0; i < 8; i++)
		reading = look(groups)->reading;
	assert_true(reading->own);
	assert_int_equal(reading->cur.swap_source, SWAP_BY_COUNTERS);
	assert_int_equal(reading->cur.stall_us_total, 9);
}

/* Those of vhost and KVM are put where the VM is that they work for. */
static void kernel_threads_are_no_others(void **state)
{
	static const char session[] = "/user.slice/user-0.slice/session-3.scope";
	static const char kthread[] =
		"72 (vhost-70) S 2 0 0 0 -1 69238880 0 0 0 0 1 1 0 0 20 0 1 0 40 0 0 1 0 0 0 0 0 0 "
		"0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
	struct groups *groups = *state;

	put_vm(groups, 70, 40, 1024, "0::/user.slice/user-0.slice/session-3.scope\n");
	put_in(groups, session, "memory.current", "900000000\n");
	put_in(groups, session, "cgroup.procs", "70\n72\n");
	put(groups, "proc/72/stat", kthread);
	assert_true(look(groups)->reading->own);
	/* Without the VM they are nobody's, and the VM is not there. */
	put_in(groups, session, "cgroup.procs", "72\n");
	for (int i = 0; i < 8; i++)
		look(groups);
	assert_false(groups->sample.cgroup.reading->own);
}

static void a_pod(void **state)
{
#define POD                                         \
	"/kubepods.slice/kubepods-burstable.slice/" \
	"kubepods-burstable-pod0f6a2c11_6f0e_4d1c_9b52_7a1d6c4be001.slice"
#define CONTAINER              \
	POD "/cri-containerd-" \
	    "4bf1f0d3c1c2a49c8f0c6b1a7e5d49a1b6f5e3c7d8a90b1c2d3e4f5061728394.scope"
	struct groups *groups = *state;
	const struct cgroup_reading *reading;

	put_vm(groups, 70, 40, 1024, "0::" CONTAINER "\n");
	put_in(groups, CONTAINER, "memory.current", "900000000\n");
	put_in(groups, CONTAINER, "memory.max", "1000000000\n");
	put_in(groups, CONTAINER, "cgroup.procs", "9\n70\n");
	put_in(groups, POD, "memory.current", "990000000\n");
	put_in(groups, POD, "memory.max", "1000000000\n");
	reading = look(groups)->reading;
	assert_string_equal(reading->path, CONTAINER);
	assert_false(reading->own);
	assert_int_equal(reading->room_bytes, 10000000); /* of the pod: it ends there first */
}

static void no_group_of_its_own(void **state)
{
	static const char *const text[] = { "0::/\n", "", "garbage", "0::\n",
		"0::/../../elsewhere\n", "0::/a/../b\n", "0:\n", ":::::\n", "4:memory\n",
		"0::/ended (deleted)\n", "0::/without-the-controller\n" };
	struct groups *groups = *state;
	char large[2000];

	put_in(groups, "/elsewhere", "memory.current", "1\n");
	put_in(groups, "", "memory.current", "1\n");
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		const struct cgroup_reading *reading;

		put_vm(groups, 70, 40, 1024, text[i]);
		reading = look(groups)->reading;
		assert_int_equal(groups->sample.cgroup.n_reading, 1);
		assert_null(reading->path);
		assert_false(reading->own);
		assert_non_null(reading->status.reason);
		assert_true(reading->limit_bytes == UNKNOWN_U64);
		assert_int_equal(reading->cur.swapped_bytes, MIB);
	}
	memset(large, 'x', sizeof(large) - 1);
	memcpy(large, "0::/", 4);
	large[sizeof(large) - 1] = '\0';
	put_vm(groups, 70, 40, 1024, large);
	assert_null(look(groups)->reading->path);
}

static void hostile_figures(void **state)
{
	static const char *const text[] = { "", "\n", "-1\n", "max", "99999999999999999999999\n",
		"18446744073709551615\n", "12 34 56", "\xff\xfe\n" };
	static const char *const file[] = { "memory.current", "memory.max", "memory.high",
		"memory.stat", "memory.events", "memory.pressure", "memory.swap.current",
		"cgroup.procs" };
	struct groups *groups = *state;

	put_vm(groups, 70, 40, 1024, "0::" SCOPE "\n");
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		for (size_t k = 0; k < sizeof(file) / sizeof(file[0]); k++) {
			const struct cgroup_reading *reading;

			put_in(groups, SCOPE, "memory.current", "1\n");
			put_in(groups, SCOPE, file[k], text[i]);
			reading = look(groups)->reading;
			assert_int_equal(groups->sample.cgroup.n_reading, 1);
			assert_true(reading->room_bytes == UNKNOWN_U64 ||
				    reading->room_bytes <= reading->limit_bytes);
		}
}

static void a_vm_that_ends_is_dropped(void **state)
{
	struct groups *groups = *state;
	char name[128];

	put_vm(groups, 70, 40, 1024, "0::" SCOPE "\n");
	put_vm(groups, 71, 40, 1024, "0::/\n");
	assert_int_equal(look(groups)->n_reading, 2);
	groups->vm[0].start_ticks++; /* another process has its number */
	assert_int_equal(look(groups)->n_reading, 1);
	assert_int_equal(groups->sample.cgroup.reading[0].pid, 71);
	snprintf(name, sizeof(name), "%s/proc/71/stat", groups->dir);
	unlink(name);
	assert_int_equal(look(groups)->n_reading, 0);
	groups->n_vm = 0;
	assert_int_equal(look(groups)->n_reading, 0);
	/* A tree whose files nobody may read. */
	put_vm(groups, 72, 40, 1024, "0::/\n");
	snprintf(name, sizeof(name), "%s/proc/72/cgroup", groups->dir);
	unlink(name);
	assert_int_equal(look(groups)->n_reading, 1);
	assert_non_null(strstr(groups->sample.cgroup.reading[0].status.reason, "cannot read"));
}

static void many_take_turns(void **state)
{
	struct groups *groups = *state;
	uint64_t begin_ns = 0;
	size_t read = 0;

	for (pid_t pid = 100; pid < 300; pid++) {
		char group[64], line[128];

		snprintf(group, sizeof(group), "/machine.slice/machine-qemu-%d.scope", (int)pid);
		snprintf(line, sizeof(line), "0::%s/libvirt/emulator\n", group);
		put_vm(groups, pid, 40, 0, line);
		put_in(groups, group, "memory.current", "900000000\n");
		put_in(groups, group, "memory.stat", "pswpin 1\n");
	}
	for (int i = 0; i < 60 && read < 200; i++)
		read = look(groups)->n_reading;
	assert_int_equal(read, 200);
	atomic_store(&groups->control.focus_pid, 250);
	look(groups);
	begin_ns = clock_mono_ns(&later);
	look(groups);
	read = 0;
	for (size_t i = 0; i < 200; i++) {
		const struct cgroup_reading *reading = &groups->sample.cgroup.reading[i];

		assert_int_equal(reading->pid, 100 + i);
		read += reading->cur.at_ns >= begin_ns;
		if (reading->pid == 250) /* it is looked at closely */
			assert_true(reading->cur.at_ns >= begin_ns);
	}
	assert_true(read >= 2 && read < 100);
	print_message("# %zu of 200 VMs in a turn\n", read);
}

static void own_levels(void **state)
{
	static const struct {
		const char *path;
		size_t len;
		bool named;
	} one[] = {
		{ "/", 0, false },
		{ "", 0, false },
		{ "/emulator", 0, false },
		{ "/a/b", 4, false },
		{ "/a/vcpu0", 2, false },
		{ "/a/vcpux", 8, false },
		{ "/a/libvirt/iothread12", 2, false },
		{ "/system.slice/web.service/x/emulator", 25, false },
		{ "/machine.slice/machine-qemu-1.scope/libvirt/vcpu3", 35, true },
		{ "/machine/qemu-1-web.libvirt-qemu/emulator", 32, true },
		{ "/docker/ab.scope/machine/qemu-1-web.libvirt-qemu", 48, true },
		{ "/machine.slice/machine-lxc-1.scope", 34, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		bool named;

		assert_int_equal(cgroup_path_own(one[i].path, &named), one[i].len);
		assert_int_equal(named, one[i].named);
	}
	assert_int_equal(cgroup_path_up("/a/bc", 5), 2);
	assert_int_equal(cgroup_path_up("/a", 2), 0);
	assert_string_equal(cgroup_path_below("/", "/a"), "/a");
	assert_string_equal(cgroup_path_below("/x", "/x/a"), "/a");
	assert_string_equal(cgroup_path_below("/x", "/x"), "/");
	assert_null(cgroup_path_below("/x", "/xy"));
	assert_null(cgroup_path_below("/x", "/y/x"));
}

static void mounts(void **state)
{
	struct cgroup_mounts found;

	(void)state;
	cgroup_mounts_parse(hybrid, &found);
	assert_string_equal(found.v1, "sys/fs/cgroup/memory");
	assert_string_equal(found.v2, "sys/fs/cgroup/unified");
	assert_string_equal(found.v1_root, "/");
	cgroup_mounts_parse("1 2 0:3 /pod /sys/fs/cgroup rw a:1 b:2 - cgroup2 x rw\n"
			    "1 2 0:3 /other /mnt rw - cgroup2 x rw\n",
		&found);
	assert_string_equal(found.v2, "sys/fs/cgroup");
	assert_string_equal(found.v2_root, "/pod");
	assert_string_equal(found.v1, "");
	cgroup_mounts_parse("1 2 0:3 / /a\\040b rw - cgroup2 x rw\n1 2 3\n\n- - - - - - cgroup2\n"
			    "1 2 0:3 / / rw - cgroup2 x rw\n1 2 0:3 /../x /y rw - cgroup2 x rw\n"
			    "1 2 0:3 / /cg rw - cgroup cgroup rw,xmemory,memoryx\n",
		&found);
	assert_string_equal(found.v1, "");
	assert_string_equal(found.v2, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(version_2_by_systemd),
		TEST(version_2_without_counters_of_swap),
		TEST(version_1_beside_version_2),
		TEST(refaults_in_bytes_or_in_pages),
		TEST(stalls_of_others_are_not_the_vms),
		TEST(one_that_is_moved_begins_anew),
		TEST(what_could_not_be_read_yet_is_unknown),
		TEST(shared_memory_is_in_no_vmswap),
		TEST(a_group_with_others_is_not_the_vms),
		TEST(kernel_threads_are_no_others),
		TEST(a_pod),
		TEST(no_group_of_its_own),
		TEST(hostile_figures),
		TEST(a_vm_that_ends_is_dropped),
		TEST(many_take_turns),
		cmocka_unit_test(own_levels),
		cmocka_unit_test(mounts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
