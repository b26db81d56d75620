// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/machine.h"
#include "probes/probe.h"
#include "probes/procfs.h"
#include "probes/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * What one round may cost on a host with thousands of other processes. Those that are known are
 * looked at in turn: a change of name (exec) shows within processes / GLANCES rounds, a VM made
 * late by a process that was no VMM within processes / REVISITS. More than FEW_PROCESSES are listed
 * every LIST_AGAIN_NS only, unless there is something to be found.
 */
enum {
	INSPECTIONS = 256,
	GLANCES = 128,
	REVISITS = 8,
	YOUNG_S = 3,
	REFIND_ROUNDS = 60,
	KNOWN_REFIND_ROUNDS = 600, /* where KVM itself says how many vCPUs there are */
	VMS_A_ROUND = 64,
	MEMORIES_A_TURN = 32,
	ROUNDS_MOST = 8,
	FEW_PROCESSES = 256 /* of which a list each round is cheap */
};

enum { FD_NONE = -1, KEPT_SHARE = 4 }; /* of all files that may be open */

static const uint64_t NEVER = UINT64_MAX, LIST_AGAIN_NS = 1900000000, TURN_NS = 900000000;

struct process {
	pid_t pid;
	ino_t inode; /* of its /proc folder: another one means perhaps another process */
	uint64_t start_ticks;
	uint64_t due_ticks; /* time since boot to be inspected at; NEVER */
	uint64_t threads;
	char comm[16];
	char state;
	bool kthread, denied;
	uint64_t rss_bytes, swap_bytes;
	bool has_memory;			      /* these two have been read */
	struct machine *vm;			      /* NULL: runs none */
	int stat_fd, status_fd; /* of a VM, kept open; FD_NONE */
};

/* The text of a file in /proc/PID; a status has some 1500 bytes, and more with many CPUs. */
struct record {
	char text[8192];
};

/* Whose turn it is: processes from..to, the next ones in the next round. */
struct turn {
	pid_t from, to;
};

struct procvm {
	const struct sysroot *root;
	const struct clock *clock;
	uint64_t tick_hz, now_ticks, round;
	uint64_t now_ns, listed, listed_ns; /* rounds in which all were, and when that was last */
	uint64_t turns, turn_ns;	    /* one a second, however short the rounds; the last */
	struct process *process, *next; /* by pid; next is the table being made */
	size_t n_process, n_next, cap_process, cap_next;
	struct turn glance, revisit;
	size_t fds, fds_max, n_vm; /* n_vm: in the round before */
	bool hurry;		   /* not all were inspected, or a VM has just begun */
	struct kvm_sample kvm; /* of this round */
};

static int procvm_open(const struct probe_env *env, void **state, struct err *err)
{
	struct procvm *p = xcalloc(1, sizeof(*p));

	(void)err;
	p->root = env->root;
	p->clock = env->clock;
	p->tick_hz = (uint64_t)sysconf(_SC_CLK_TCK);
	p->fds_max = sysroot_files_max() / KEPT_SHARE;
	*state = p;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Every process there is, as pid and inode, by pid. */
static int list_processes(struct procvm *p)
{
	DIR *dir = sysroot_opendir(p->root, "proc");
	struct dirent *entry;

	if (!dir)
		return -errno;
	p->n_next = 0;
	while ((entry = readdir(dir))) {
		pid_t pid = procfs_pid(entry->d_name);

		if (pid == 0)
			continue;
		p->next = xgrow(p->next, p->n_next + 1, &p->cap_next, sizeof(*p->next));
		p->next[p->n_next++] = (struct process){
			.pid = pid,
			.inode = entry->d_ino,
			.stat_fd = FD_NONE,
			.status_fd = FD_NONE,
		};
	}
	closedir(dir);
	if (p->n_next)
		qsort(p->next, p->n_next, sizeof(*p->next), by_pid);
	return 0;
}

/* The next count processes after the last ones, from the start again after the end. */
static void turn_advance(struct turn *turn, const struct procvm *p, size_t count)
{
	size_t i = 0;

	while (i < p->n_next && p->next[i].pid <= turn->to)
		i++;
	if (i == p->n_next)
		i = 0;
	turn->from = p->n_next ? p->next[i].pid : 0;
	i = i + count < p->n_next ? i + count - 1 : p->n_next - 1;
	turn->to = p->n_next ? p->next[i].pid : 0;
}

static bool in_turn(const struct turn *turn, const struct process *process)
{
	return process->pid >= turn->from && process->pid <= turn->to;
}

static void file_drop(struct procvm *p, int *fd)
{
	if (*fd == FD_NONE)
		return;
	close(*fd);
	*fd = FD_NONE;
	p->fds--;
}

static void process_forget(struct procvm *p, struct process *process)
{
	file_drop(p, &process->stat_fd);
	file_drop(p, &process->status_fd);
	process->has_memory = false;
	machine_free(process->vm);
	process->vm = NULL;
}

/*
 * A record of a process. Of a VM, which is read for as long as it runs, the file is kept open,
 * while there is room: finding it costs as much as reading it. It stays that process's, whoever
 * has its number later.
 */
static ssize_t read_record(struct procvm *p, const struct process *process, int *fd,
	const char *name, struct record *record)
{
	if (*fd == FD_NONE && process->vm && p->fds < p->fds_max) {
		*fd = sysroot_open_file(p->root, "proc/%d/%s", (int)process->pid, name);
		if (*fd < 0)
			*fd = FD_NONE;
		else
			p->fds++;
	}
	if (*fd != FD_NONE)
		return sysroot_reread(*fd, record->text, sizeof(record->text));
	return sysroot_read_record(p->root, record->text, sizeof(record->text), "proc/%d/%s",
		(int)process->pid, name);
}

/* Read its stat; a new start is a new process, a new name a new program. False: it is gone. */
static bool process_refresh(struct procvm *p, struct process *process)
{
	struct procfs_stat stat;
	struct record record;

	if (read_record(p, process, &process->stat_fd, "stat", &record) < 0 ||
		!procfs_stat(record.text, &stat))
		return false;
	stat.comm[sizeof(process->comm) - 1] = '\0';
	if (stat.start_ticks != process->start_ticks || !process->state) {
		process_forget(p, process);
		process->due_ticks = 0;
	} else if (strcmp(stat.comm, process->comm) != 0) {
		process->due_ticks = 0;
	}
	memcpy(process->comm, stat.comm, sizeof(process->comm));
	process->start_ticks = stat.start_ticks;
	process->threads = stat.threads;
	process->state = stat.state;
	if (procfs_is_kthread(&stat))
		process->due_ticks = NEVER;
	process->kthread = procfs_is_kthread(&stat);
	return true;
}

/* About so many VMs a round, the nth of its kind, and each at least every ROUNDS_MOST. */
static bool has_turn(
	const struct procvm *p, const struct process *process, size_t a_round, uint64_t nth)
{
	size_t rounds = (p->n_vm + a_round - 1) / a_round;

	rounds = rounds < 1 ? 1 : rounds < ROUNDS_MOST ? rounds : ROUNDS_MOST;
	return (nth + (uint64_t)process->pid) % rounds == 0;
}

/* Reading thousands of stat files each round is what this avoids. */
static bool needs_refresh(const struct procvm *p, const struct process *process, ino_t inode)
{
	bool growing = process->due_ticks != 0 && process->due_ticks != NEVER;

	/* That a VM has ended is in the list of processes. */
	if (process->state && process->inode == inode && process->vm && !growing)
		return has_turn(p, process, VMS_A_ROUND, p->listed);
	return !process->state || process->inode != inode || growing ||
	       (in_turn(&p->glance, process) && !process->kthread);
}

/* Carry over what is known of the processes that are still there, and refresh it. */
static void merge_processes(struct procvm *p)
{
	size_t old = 0, kept = 0;

	for (size_t i = 0; i < p->n_next; i++) {
		struct process process = p->next[i];
		ino_t inode = process.inode;

		while (old < p->n_process && p->process[old].pid < process.pid)
			process_forget(p, &p->process[old++]);
		if (old < p->n_process && p->process[old].pid == process.pid)
			process = p->process[old++];
		if (needs_refresh(p, &process, inode) && !process_refresh(p, &process)) {
			process_forget(p, &process);
			continue;
		}
		process.inode = inode;
		p->next[kept++] = process;
	}
	while (old < p->n_process)
		process_forget(p, &p->process[old++]);
	p->n_next = kept;
}

static void swap_tables(struct procvm *p)
{
	struct process *process = p->process;
	size_t cap = p->cap_process;

	p->process = p->next;
	p->n_process = p->n_next;
	p->cap_process = p->cap_next;
	p->next = process;
	p->cap_next = cap;
}

/* What KVM says of a process, where that is known. */
static struct vcpu_files files_of(const struct procvm *p, pid_t pid)
{
	struct vcpu_files files;

	files.file = sample_kvm_files(&p->kvm, pid, &files.n);
	return files;
}

/* VMMs open their VM in their first seconds: until then what was seen is not final. */
static void process_inspect(struct procvm *p, struct process *process)
{
	uint64_t grown_ticks = process->start_ticks + YOUNG_S * p->tick_hz;
	bool young = p->now_ticks < grown_ticks;
	struct machine found;
	enum machine_look look = machine_inspect(
		&found, p->root, process->pid, young, files_of(p, process->pid).n > 0);
	bool is_vm = look == MACHINE_NAMED || look == MACHINE_SEEN;

	process->denied = look == MACHINE_DENIED || look == MACHINE_NAMED;
	process->due_ticks = !young ? NEVER : is_vm ? 0 : grown_ticks;
	process_forget(p, process);
	if (!is_vm)
		return;
	process->vm = xcalloc(1, sizeof(*process->vm));
	*process->vm = found;
	p->hurry |= young;
}

static bool is_due(const struct procvm *p, const struct process *process)
{
	if (process->kthread || process->state == 'Z')
		return false;
	return process->due_ticks <= p->now_ticks || in_turn(&p->revisit, process) ||
	       (!process->vm && files_of(p, process->pid).n);
}

static void inspect_processes(struct procvm *p)
{
	size_t left = INSPECTIONS;

	p->hurry = false;
	for (size_t i = 0; i < p->n_process; i++)
		if (machine_likely(p->process[i].comm) && is_due(p, &p->process[i]))
			process_inspect(p, &p->process[i]);
	for (size_t i = 0; i < p->n_process && left; i++) {
		struct process *process = &p->process[i];

		if (machine_likely(process->comm) || !is_due(p, process))
			continue;
		process_inspect(p, process);
		left--;
	}
	p->hurry |= left == 0;
}

/* Threads come and go in pairs, too: look again now and then, not for all VMs at once. */
static bool needs_find(const struct procvm *p, const struct process *process, size_t nth)
{
	const struct machine *vm = process->vm;

	return vm->threads != process->threads || vm->list.missing ||
	       vm->files != files_of(p, process->pid).n ||
	       (p->round + nth) % (vm->files ? KNOWN_REFIND_ROUNDS : REFIND_ROUNDS) == 0;
}

/* Memory moves slowly, and its file is the dearest of all: a few VMs a second. */
static void read_memory(struct procvm *p, struct process *process)
{
	struct record record;

	if (process->has_memory &&
		(p->turn_ns != p->now_ns || !has_turn(p, process, MEMORIES_A_TURN, p->turns)))
		return;
	if (read_record(p, process, &process->status_fd, "status", &record) < 0)
		record.text[0] = '\0';
	process->rss_bytes = procfs_kilobytes(record.text, "VmRSS");
	process->swap_bytes = procfs_kilobytes(record.text, "VmSwap");
	process->has_memory = true;
}

static const char *clean(struct arena *arena, const char *text)
{
	return text_clean(arena, text, strlen(text), TEXT_NAME_MAX);
}

static void vm_fill(
	struct procvm *p, struct process *process, struct sample *sample, struct proc_vm *out)
{
	const struct machine *vm = process->vm;
	struct arena *arena = &sample->arena;
	size_t bytes = vm->list.n * sizeof(*out->vcpu);

	*out = (struct proc_vm){
		.pid = process->pid,
		.start_ticks = process->start_ticks,
		.name = clean(arena, vm->options.name[0] ? vm->options.name : process->comm),
		.uuid = vm->options.uuid[0] ? arena_strdup(arena, vm->options.uuid) : NULL,
		.vmm = vm->vmm[0] ? clean(arena, vm->vmm) : NULL,
		.accel = vm->accel,
		.steal_clock = vm->steal_clock,
		.proc_state = process->state,
		.vcpus = vm->vcpus,
		.mem_bytes = vm->options.mem_bytes,
		.guest_nodes = vm->options.nodes,
		.vcpu_source = vm->list.source,
		.vcpu = arena_alloc(arena, bytes),
		.n_vcpu = vm->list.n,
		.devices = sample_hold(sample, vm->devices),
	};
	if (bytes)
		memcpy(out->vcpu, vm->list.vcpu, bytes);
	read_memory(p, process);
	out->rss_bytes = process->rss_bytes;
	out->swap_bytes = process->swap_bytes;
}

static void fill_section(struct procvm *p, struct sample *out)
{
	struct procvm_sample *section = &out->procvm;
	size_t n = 0;

	for (size_t i = 0; i < p->n_process; i++)
		n += p->process[i].vm != NULL;
	p->n_vm = n;
	*section =
		(struct procvm_sample){ .vm = arena_array(&out->arena, n, sizeof(*section->vm)) };
	for (size_t i = 0; i < p->n_process; i++) {
		struct process *process = &p->process[i];

		if (!process->vm)
			continue;
		if (needs_find(p, process, section->n_vm))
			machine_find_vcpus(process->vm, p->root, process->pid, process->threads,
				files_of(p, process->pid));
		vm_fill(p, process, out, &section->vm[section->n_vm++]);
	}
}

/* Some processes let nobody look; only when VMs may hide among them is that worth a word. */
static void fill_status(const struct procvm *p, struct sample *out, int code)
{
	struct status *status = &out->status[SECTION_PROCVM];
	size_t denied = 0, named = 0;

	for (size_t i = 0; i < p->n_process; i++) {
		denied += p->process[i].denied;
		named += p->process[i].denied && p->process[i].vm;
	}
	status->state = code ? SOURCE_UNAVAILABLE : SOURCE_OK;
	if (code)
		status->reason = arena_printf(
			&out->arena, "cannot list processes in /proc: %s", strerror(-code));
	else if (denied && (named || denied * 10 >= p->n_process))
		status->reason = arena_printf(&out->arena,
			"may not look into %zu processes: VMMs other than QEMU are missed, unnamed "
			"vCPUs too; "
			"run as root or grant CAP_SYS_PTRACE",
			denied);
}

static uint64_t ticks_since_boot(const struct procvm *p)
{
	double uptime_s;
	char buf[64];

	if (sysroot_read(p->root, buf, sizeof(buf), "proc/uptime") < 0 ||
		!procfs_decimals(buf, &uptime_s, 1))
		return NEVER - 1;
	return (uint64_t)(uptime_s * (double)p->tick_hz);
}

/* Of many processes not each round: one that has come or gone shows some later. */
static int update_processes(struct procvm *p)
{
	int code;

	if (p->n_process > FEW_PROCESSES && p->now_ns - p->listed_ns < LIST_AGAIN_NS && !p->hurry)
		return 0;
	p->listed++;
	p->listed_ns = p->now_ns;
	code = list_processes(p);
	if (code < 0)
		return code;
	turn_advance(&p->glance, p, GLANCES);
	turn_advance(&p->revisit, p, REVISITS);
	merge_processes(p);
	swap_tables(p);
	inspect_processes(p);
	return 0;
}

static int procvm_sample(void *state, struct sample *out)
{
	struct procvm *p = state;
	struct status *status = &out->status[SECTION_PROCVM];
	int code;

	*status = (struct status){ .at_ns = clock_mono_ns(p->clock) };
	p->round++;
	p->now_ns = status->at_ns;
	if (p->now_ns - p->turn_ns >= TURN_NS) {
		p->turn_ns = p->now_ns;
		p->turns++;
	}
	p->kvm = out->kvm;
	p->now_ticks = ticks_since_boot(p);
	code = update_processes(p);
	if (code == 0)
		fill_section(p, out);
	fill_status(p, out, code);
	status->cost_ns = clock_mono_ns(p->clock) - status->at_ns;
	return 0;
}

static void procvm_close(void *state)
{
	struct procvm *p = state;

	if (!p)
		return;
	for (size_t i = 0; i < p->n_process; i++)
		process_forget(p, &p->process[i]);
	free(p->process);
	free(p->next);
	free(p);
}

const struct probe probe_procvm = {
	.name = "procvm",
	.summary = "processes that run a VM, with their vCPU threads and memory, from /proc",
	.section = SECTION_PROCVM,
	.open = procvm_open,
	.sample = procvm_sample,
	.close = procvm_close,
};
