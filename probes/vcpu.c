// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/vcpu.h"
#include "probes/procfs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* More than KVM allows vCPUs in one VM; a process that shows more is not believed. */
enum { VCPUS_MAX = 8192, FD_BYTES = 64, KVM_RUN = 0xae80 };

/* What a thread was doing when we looked; DOING_HIDDEN: we may not know. */
enum doing { DOING_HIDDEN, DOING_RUN, DOING_KVM_RUN, DOING_IO, DOING_OTHER };

struct task {
	struct procfs_stat stat;
	enum doing doing;
	uint64_t fd; /* of the KVM_RUN */
	uint64_t id;
	bool is_vcpu;
};

struct kvm_fd {
	uint64_t fd, id;
	bool taken;
};

struct search {
	const struct sysroot *root;
	pid_t pid;
	uint64_t vcpus;
	struct task *task; /* in the order of their making */
	size_t n_task;
	struct kvm_fd *fd; /* by id */
	size_t n_fd;
	size_t missing;
};

static int by_birth(const void *a, const void *b)
{
	const struct procfs_stat *x = &((const struct task *)a)->stat;
	const struct procfs_stat *y = &((const struct task *)b)->stat;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_fd_id(const void *a, const void *b)
{
	const struct kvm_fd *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_vcpu_id(const void *a, const void *b)
{
	const struct proc_vcpu *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

/*
 * Kernel workers that live in the VMM's process and show a copy of the registers of the thread
 * that made them, KVM_RUN included.
 */
static bool is_kernel_worker(const struct procfs_stat *stat)
{
	return strncmp(stat->comm, "kvm-nx-lpage-re", 15) == 0 ||
	       strncmp(stat->comm, "vhost-", 6) == 0;
}

static int tasks_read(struct search *s)
{
	DIR *dir = sysroot_opendir(s->root, "proc/%d/task", (int)s->pid);
	size_t cap = 0;
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		pid_t tid = procfs_pid(entry->d_name);
		struct procfs_stat stat;
		char buf[1024];

		if (tid == 0 || sysroot_read_record(s->root, buf, sizeof(buf),
					"proc/%d/task/%d/stat", (int)s->pid, (int)tid) < 0)
			continue;
		if (!procfs_stat(buf, &stat) || stat.pid != tid || is_kernel_worker(&stat))
			continue;
		s->task = xgrow(s->task, s->n_task + 1, &cap, sizeof(*s->task));
		s->task[s->n_task++] = (struct task){ .stat = stat };
	}
	closedir(dir);
	if (s->n_task)
		qsort(s->task, s->n_task, sizeof(*s->task), by_birth);
	return 0;
}

/* The number in names such as "CPU 3/KVM": prefix, decimal number, suffix, and nothing else. */
static bool name_number(const char *comm, const char *prefix, const char *suffix, uint64_t *id)
{
	size_t len = strlen(prefix);
	char *end;

	if (strncmp(comm, prefix, len) != 0 || comm[len] < '0' || comm[len] > '9')
		return false;
	*id = strtoul(comm + len, &end, 10);
	return strcmp(end, suffix) == 0 && *id < VCPUS_MAX;
}

static bool named_vcpu(const char *comm, uint64_t *id)
{
	static const struct {
		const char *prefix, *suffix;
	} names[] = {
		{ "CPU ", "/KVM" }, /* QEMU with debug-threads=on, which libvirt asks for */
		{ "CPU ", "/TCG" }, { "fc_vcpu ", "" },	    /* Firecracker */
		{ "vcpu", "" },				    /* Cloud Hypervisor */
		{ "crosvm_vcpu", "" }, { "kvm-vcpu-", "" }, /* kvmtool */
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name_number(comm, names[i].prefix, names[i].suffix, id))
			return true;
	*id = 0;
	return strcmp(comm, "ALL CPUs/TCG") == 0;
}

static size_t count_vcpus(const struct search *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_task; i++)
		n += s->task[i].is_vcpu;
	return n;
}

/*
 * Each vCPU's file leads to the thread that last ran it. One that nobody has run yet, or whose
 * thread has ended, leaves it to the other ways to find them all.
 */
static const char *find_by_files(struct search *s, struct vcpu_files files)
{
	for (size_t i = 0; i < s->n_task; i++)
		for (size_t k = 0; k < files.n; k++)
			if (files.file[k].tid == s->task[i].stat.pid) {
				s->task[i].is_vcpu = true;
				s->task[i].id = files.file[k].id;
			}
	if (files.n && count_vcpus(s) == files.n)
		return "by KVM's own files of vCPUs (BPF)";
	for (size_t i = 0; i < s->n_task; i++)
		s->task[i].is_vcpu = false;
	return NULL;
}

static const char *find_by_name(struct search *s)
{
	for (size_t i = 0; i < s->n_task; i++)
		s->task[i].is_vcpu = named_vcpu(s->task[i].stat.comm, &s->task[i].id);
	if (count_vcpus(s) == 0)
		return NULL;
	return "by the names that the VMM gives its threads";
}

/*
 * What QEMU's other threads wait in and its TCG vCPUs do not: event loops poll, workers of the
 * pool read, write, and wait for work with a time limit.
 */
static bool is_io(unsigned long long nr, unsigned long long timeout)
{
	static const unsigned io[] = {
#ifdef SYS_poll
		SYS_poll, SYS_select, SYS_epoll_wait,
#endif
		SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, SYS_pread64, SYS_pwrite64, SYS_preadv,
		SYS_pwritev, SYS_fsync, SYS_fdatasync, SYS_fallocate
	};

	for (size_t i = 0; i < sizeof(io) / sizeof(io[0]); i++)
		if (nr == io[i])
			return true;
	return nr == SYS_futex && timeout != 0;
}

/* "NR ARG0 ARG1 ..." in /proc/TID/syscall; "running"; or no right to know. */
static void task_look(const struct search *s, struct task *task)
{
	unsigned long long nr, arg[4];
	char buf[256];

	task->doing = DOING_HIDDEN;
	if (sysroot_read_record(s->root, buf, sizeof(buf), "proc/%d/task/%d/syscall", (int)s->pid,
		    (int)task->stat.pid) < 0)
		return;
	task->doing = DOING_RUN;
	if (strncmp(buf, "running", 7) == 0)
		return;
	task->doing = DOING_OTHER;
	if (sscanf(buf, "%llu %llx %llx %llx %llx", &nr, &arg[0], &arg[1], &arg[2], &arg[3]) != 5)
		return;
	if (nr == SYS_ioctl && arg[1] == KVM_RUN) {
		task->doing = DOING_KVM_RUN;
		task->fd = arg[0];
	} else if (is_io(nr, arg[3])) {
		task->doing = DOING_IO;
	}
}

static void tasks_look(struct search *s)
{
	for (size_t i = 0; i < s->n_task; i++)
		task_look(s, &s->task[i]);
}

/* "anon_inode:kvm-vcpu:3"; kernels before 4.14 leave the number out. */
static void kvm_fds_read(struct search *s)
{
	static const char kind[] = "anon_inode:kvm-vcpu";
	DIR *dir = sysroot_opendir(s->root, "proc/%d/fd", (int)s->pid);
	struct dirent *entry;
	size_t cap = 0;

	while (dir && (entry = readdir(dir)) && s->n_fd < VCPUS_MAX) {
		char link[FD_BYTES];

		if (sysroot_readlink(s->root, link, sizeof(link), "proc/%d/fd/%s", (int)s->pid,
			    entry->d_name) < 0)
			continue;
		if (strncmp(link, kind, sizeof(kind) - 1) != 0)
			continue;
		s->fd = xgrow(s->fd, s->n_fd + 1, &cap, sizeof(*s->fd));
		s->fd[s->n_fd] = (struct kvm_fd){ .fd = strtoull(entry->d_name, NULL, 10) };
		if (!name_number(link + sizeof(kind) - 1, ":", "", &s->fd[s->n_fd].id))
			s->fd[s->n_fd].id = s->n_fd;
		s->n_fd++;
	}
	if (dir)
		closedir(dir);
	if (s->n_fd)
		qsort(s->fd, s->n_fd, sizeof(*s->fd), by_fd_id);
}

static struct kvm_fd *kvm_fd(struct search *s, uint64_t fd)
{
	for (size_t i = 0; i < s->n_fd; i++)
		if (s->fd[i].fd == fd && !s->fd[i].taken)
			return &s->fd[i];
	return NULL;
}

/* QEMU opens SIGUSR1 in its KVM threads, to be kicked by, and in no other of its threads. */
static bool waits_for_kick(const struct search *s, const struct task *task)
{
	const uint64_t usr1 = 1ull << (SIGUSR1 - 1), usr2 = 1ull << (SIGUSR2 - 1);
	uint64_t blocked;
	char buf[4096];

	if (task->stat.pid == s->pid)
		return false;
	if (sysroot_read_record(s->root, buf, sizeof(buf), "proc/%d/task/%d/status", (int)s->pid,
		    (int)task->stat.pid) < 0 ||
		!procfs_hex(buf, "SigBlk", &blocked))
		return false;
	return !(blocked & usr1) && (blocked & usr2);
}

/*
 * Threads that a file does not give a number get the numbers left over, in the order of their
 * making: VMMs make their vCPUs one after another.
 */
static void number_rest(struct search *s)
{
	size_t fd = 0;
	uint64_t next = 0;

	for (size_t i = 0; i < s->n_task; i++) {
		if (!s->task[i].is_vcpu || s->task[i].id != UNKNOWN_U64)
			continue;
		while (fd < s->n_fd && s->fd[fd].taken)
			fd++;
		s->task[i].id = fd < s->n_fd ? s->fd[fd++].id : next++;
	}
}

static void choose(struct task *task)
{
	task->is_vcpu = true;
	task->id = UNKNOWN_U64;
}

static bool may_run_guest(const struct search *s, const struct task *task)
{
	bool own_thread = task->stat.pid != s->pid || s->n_task == 1;

	return own_thread && !task->is_vcpu && task->doing == DOING_RUN;
}

/*
 * A thread in KVM_RUN is a vCPU, as is one that has spent time in a guest; one that is on a CPU
 * shows no system call, but QEMU's are known by their signals, too.
 */
static const char *find_by_kvm(struct search *s)
{
	for (size_t i = 0; i < s->n_task; i++) {
		struct task *task = &s->task[i];
		struct kvm_fd *fd = task->doing == DOING_KVM_RUN ? kvm_fd(s, task->fd) : NULL;

		if (fd) {
			task->is_vcpu = fd->taken = true;
			task->id = fd->id;
		} else if (task->stat.guest_ticks || waits_for_kick(s, task)) {
			choose(task);
		}
	}
	/* Nested or emulating KVM shows a busy vCPU as no more than running. */
	for (size_t i = 0; i < s->n_task && count_vcpus(s) < s->n_fd; i++)
		if (may_run_guest(s, &s->task[i]))
			choose(&s->task[i]);
	number_rest(s);
	s->missing = count_vcpus(s) < s->n_fd ? s->n_fd - count_vcpus(s) : 0;
	return s->n_fd ? "by KVM: threads that run a kvm-vcpu file"
		       : "by guest time or QEMU's kick signal";
}

/*
 * QEMU makes its RCU thread first, then I/O threads, which poll, then the vCPUs in one go, then
 * whatever else. Without the right to see which poll, only a thread count without any rest is
 * believed.
 */
static const char *find_by_order(struct search *s)
{
	size_t n = 0;
	bool hidden = false;

	for (size_t i = 2; i < s->n_task; i++)
		hidden |= s->task[i].doing == DOING_HIDDEN;
	if (s->vcpus == UNKNOWN_U64 || s->n_task < 2 || s->task[0].stat.pid != s->pid)
		return NULL;
	if (hidden && s->n_task - 2 != s->vcpus)
		return NULL;
	for (size_t i = 2; i < s->n_task && n < s->vcpus; i++) {
		if (s->task[i].doing == DOING_IO)
			continue;
		choose(&s->task[i]);
		n++;
	}
	number_rest(s);
	s->missing = s->vcpus - n;
	return s->missing == 0 ? "by the order in which QEMU makes its threads" : NULL;
}

static void list_fill(struct vcpu_list *list, const struct search *s, const char *source)
{
	size_t n = source ? count_vcpus(s) : 0;

	*list = (struct vcpu_list){ .missing = s->missing };
	if (n == 0 || n > VCPUS_MAX)
		return;
	list->source = source;
	list->vcpu = xcalloc(n, sizeof(*list->vcpu));
	for (size_t i = 0; i < s->n_task; i++)
		if (s->task[i].is_vcpu)
			list->vcpu[list->n++] = (struct proc_vcpu){ .id = s->task[i].id,
				.tid = s->task[i].stat.pid,
				.start_ticks = s->task[i].stat.start_ticks };
	qsort(list->vcpu, list->n, sizeof(*list->vcpu), by_vcpu_id);
}

int vcpu_find(struct vcpu_list *list, const struct sysroot *root, pid_t pid, uint64_t vcpus,
	enum vm_accel accel, struct vcpu_files files)
{
	struct search s = { .root = root, .pid = pid, .vcpus = vcpus };
	int ret = tasks_read(&s);
	const char *source = find_by_files(&s, files);

	if (!source)
		source = find_by_name(&s);
	if (!source) {
		tasks_look(&s);
		if (accel != ACCEL_TCG) {
			kvm_fds_read(&s);
			source = find_by_kvm(&s);
		} else {
			source = find_by_order(&s);
		}
	}
	list_fill(list, &s, source);
	free(s.task);
	free(s.fd);
	return ret;
}

void vcpu_list_release(struct vcpu_list *list)
{
	free(list->vcpu);
	*list = (struct vcpu_list){ 0 };
}
