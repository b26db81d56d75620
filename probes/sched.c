// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"
#include "probes/procfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FDS_SPARED = 64, FD_NONE = -1, LOOK_ROUNDS = 16, QUIET_LOOK_ROUNDS = 64 };

/*
 * A thread whose schedstat stays open. The file is bound to the thread itself, so that a new
 * thread with its number cannot be read through it.
 */
struct watched {
	pid_t pid, tid;
	uint64_t start_ticks;
	int fd; /* FD_NONE: no file could be spared, opened for every reading */
	uint64_t run_ns, wait_ns, at_ns; /* as last read; at_ns 0: not yet */
	uint64_t waiting_ns;		 /* of a wait in progress, as far as it was seen */
	bool asleep;			 /* when last looked at */
};

struct sched {
	const struct sysroot *root;
	const struct clock *clock;
	struct watched *task, *next; /* by tid; next is the one being made */
	size_t n_task, n_next, cap_task, cap_next;
	size_t fds, fds_max;
	int code; /* why the last thread that lives could not be read */
	unsigned round;
	size_t spared; /* threads that bpf has */
	bool waited, contended; /* did any thread wait in this round, in the one before? */
	bool counting;		/* some schedstat of this round was not all zeros */
	char nohz_full[256];	/* CPUs without a tick, as a list */
};

/* The rest of what may be open is for others, procvm's kept files above all. */
static size_t files_to_keep(void)
{
	size_t most = sysroot_files_max() / 4 * 3;

	return most > FDS_SPARED ? most - FDS_SPARED : 0;
}

static int sched_open(const struct probe_env *env, void **state, struct err *err)
{
	struct sched *sched = xcalloc(1, sizeof(*sched));

	(void)err;
	sched->root = env->root;
	sched->clock = env->clock;
	sched->fds_max = files_to_keep();
	if (sysroot_read(env->root, sched->nohz_full, sizeof(sched->nohz_full),
		    "sys/devices/system/cpu/nohz_full") < 0)
		sched->nohz_full[0] = '\0';
	*state = sched;
	return 0;
}

static void watched_close(struct sched *sched, struct watched *task)
{
	if (task->fd == FD_NONE)
		return;
	close(task->fd);
	task->fd = FD_NONE;
	sched->fds--;
}

/* Its stat: 0, or -ESRCH when its number belongs to another by now, or why that cannot be told. */
static int watched_stat(
	const struct sched *sched, const struct watched *task, struct procfs_stat *stat)
{
	char buf[1024];
	ssize_t len = sysroot_read_record(sched->root, buf, sizeof(buf), "proc/%d/task/%d/stat",
		(int)task->pid, (int)task->tid);

	if (len < 0)
		return len == -ENOENT ? -ESRCH : (int)len;
	return procfs_stat(buf, stat) && stat->start_ticks == task->start_ticks ? 0 : -ESRCH;
}

/*
 * Open first, then look whether the thread is still the one meant: the other way round a thread
 * that took its number in between would inherit its name.
 */
static int watched_open(struct sched *sched, struct watched *task)
{
	struct procfs_stat stat;
	int fd = sysroot_open_file(
		sched->root, "proc/%d/task/%d/schedstat", (int)task->pid, (int)task->tid);
	int code = fd < 0 ? fd : watched_stat(sched, task, &stat);

	if (fd >= 0 && code < 0)
		close(fd);
	return code < 0 ? code : fd;
}

static int by_tid(const void *a, const void *b)
{
	const struct watched *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return (x->start_ticks > y->start_ticks) - (x->start_ticks < y->start_ticks);
}

/* bpf knows all of it, and did so in the round before, so that there are rates. */
static bool is_accounted(
	const struct account_sample *account, size_t *next, const struct proc_vcpu *vcpu)
{
	const struct account_thread *thread =
		account_thread_next(account, next, vcpu->tid, vcpu->start_ticks);

	return thread && thread->settled;
}

/* Every vCPU thread of this round that needs it, by tid, without files. */
static void collect_wanted(struct sched *sched, const struct procvm_sample *procvm,
	const struct account_sample *account)
{
	sched->n_next = 0;
	sched->spared = 0;
	for (size_t i = 0; i < procvm->n_vm; i++) {
		const struct proc_vm *vm = &procvm->vm[i];
		size_t next = 0;

		sched->next = xgrow(sched->next, sched->n_next + vm->n_vcpu, &sched->cap_next,
			sizeof(*sched->next));
		for (size_t k = 0; k < vm->n_vcpu; k++) {
			if (is_accounted(account, &next, &vm->vcpu[k])) {
				sched->spared++;
				continue;
			}
			sched->next[sched->n_next++] = (struct watched){ .pid = vm->pid,
				.tid = vm->vcpu[k].tid,
				.start_ticks = vm->vcpu[k].start_ticks,
				.fd = FD_NONE };
		}
	}
	if (sched->n_next)
		qsort(sched->next, sched->n_next, sizeof(*sched->next), by_tid);
}

/* Hand the open files on to the threads that are still there, close the rest. */
static void adopt_files(struct sched *sched)
{
	size_t k = 0;

	for (size_t i = 0; i < sched->n_task; i++) {
		struct watched *old = &sched->task[i];

		while (k < sched->n_next && by_tid(&sched->next[k], old) < 0)
			k++;
		if (k == sched->n_next || by_tid(&sched->next[k], old) != 0) {
			watched_close(sched, old);
			continue;
		}
		sched->next[k++] = *old;
	}
}

static void swap_tables(struct sched *sched)
{
	struct watched *task = sched->task;
	size_t cap = sched->cap_task;

	sched->task = sched->next;
	sched->n_task = sched->n_next;
	sched->cap_task = sched->cap_next;
	sched->next = task;
	sched->cap_next = cap;
}

/* Others in this process need files more: keep none beyond half of what there is now. */
static void yield_files(struct sched *sched)
{
	sched->fds_max = sched->fds / 2;
	for (size_t i = 0; i < sched->n_task && sched->fds > sched->fds_max; i++)
		watched_close(sched, &sched->task[i]);
}

/* The text of its schedstat, or a negative errno; -ESRCH and -ENOENT when it is gone. */
static ssize_t watched_read(struct sched *sched, struct watched *task, char *buf, size_t size)
{
	ssize_t len;
	int fd;

	if (task->fd != FD_NONE)
		return sysroot_reread(task->fd, buf, size);
	fd = watched_open(sched, task);
	if (fd == -EMFILE && sched->fds) {
		yield_files(sched);
		fd = watched_open(sched, task);
	}
	if (fd < 0)
		return fd;
	if (sched->fds < sched->fds_max) {
		task->fd = fd;
		sched->fds++;
		return sysroot_reread(fd, buf, size);
	}
	len = sysroot_reread(fd, buf, size);
	close(fd);
	return len;
}

/*
 * Ready to run, and not run for the whole interval: it waits now. Where no tick brings run time
 * up to date, it may as well be running.
 */
static bool is_starved(const struct sched *sched, struct watched *task)
{
	/* Where nobody waits, hardly anybody starves. */
	unsigned rounds = sched->contended ? LOOK_ROUNDS : QUIET_LOOK_ROUNDS;
	struct procfs_stat stat;

	if (task->asleep && (sched->round + (unsigned)task->tid) % rounds != 0)
		return false;
	if (watched_stat(sched, task, &stat) < 0)
		return false;
	task->asleep = stat.state != 'R';
	return !task->asleep && !procfs_list_has(sched->nohz_full, stat.cpu);
}

/*
 * The kernel adds a wait to run delay when it ends, which is too late for who looks at a thread
 * that gets no CPU for seconds. What was seen of a wait in progress is added here, and is part
 * of the kernel's figure once the wait is over, so the total never goes back.
 */
static void add_wait_in_progress(struct sched *sched, struct watched *task, struct task_sched *out)
{
	bool moved = task->at_ns == 0 || out->run_ns_total != task->run_ns ||
		     out->wait_ns_total != task->wait_ns;

	if (moved) {
		sched->waited |=
			(out->wait_ns_total - task->wait_ns) * 20 > out->at_ns - task->at_ns;
		task->waiting_ns = 0;
		task->asleep = false;
	} else if (is_starved(sched, task)) {
		task->waiting_ns += out->at_ns - task->at_ns;
	}
	task->run_ns = out->run_ns_total;
	task->wait_ns = out->wait_ns_total;
	task->at_ns = out->at_ns;
	out->wait_ns_total += task->waiting_ns;
}

static bool task_read(struct sched *sched, struct watched *task, struct task_sched *out)
{
	struct procfs_stat stat;
	char buf[128];
	ssize_t len = watched_read(sched, task, buf, sizeof(buf));

	if (len < 0) {
		if (len != -ESRCH && (len != -ENOENT || watched_stat(sched, task, &stat) == 0))
			sched->code = (int)len;
		watched_close(sched, task);
		return false;
	}
	*out = (struct task_sched){ .tid = task->tid,
		.start_ticks = task->start_ticks,
		.at_ns = clock_mono_ns(sched->clock) };
	if (!procfs_schedstat(buf, &out->run_ns_total, &out->wait_ns_total))
		return false;
	sched->counting |= buf[strspn(buf, "0 \n")] != '\0';
	add_wait_in_progress(sched, task, out);
	return true;
}

static const char *explain(struct arena *arena, int code)
{
	if (code == -ENOENT)
		return arena_strdup(arena,
			"this kernel keeps no run delay of threads: no "
			"/proc/PID/schedstat; use one built with CONFIG_SCHED_INFO");
	return arena_printf(arena, "cannot read schedstat of vCPU threads: %s", strerror(-code));
}

static int sched_sample(void *state, struct sample *out)
{
	struct sched *sched = state;
	struct status *status = &out->status[SECTION_SCHED];
	struct sched_sample *section = &out->sched;

	*status = (struct status){ .state = SOURCE_OK, .at_ns = clock_mono_ns(sched->clock) };
	collect_wanted(sched, &out->procvm, &out->account);
	adopt_files(sched);
	swap_tables(sched);
	sched->code = 0;
	sched->round++;
	sched->contended = sched->waited;
	sched->waited = sched->counting = false;
	*section = (struct sched_sample){ .task = arena_array(&out->arena, sched->n_task,
						  sizeof(*section->task)) };
	for (size_t i = 0; i < sched->n_task; i++)
		section->n_task +=
			task_read(sched, &sched->task[i], &section->task[section->n_task]);
	if (sched->spared && sched->n_task == 0) {
		status->state = SOURCE_OFF;
		status->reason = "bpf has these numbers, and better";
	} else if (sched->code && section->n_task == 0) {
		status->state = SOURCE_UNAVAILABLE;
		status->reason = explain(&out->arena, sched->code);
	} else if (section->n_task && !sched->counting) {
		/* A thread that exists has come on a CPU once: nobody counts (delayacct is off). */
		section->n_task = 0;
		status->state = SOURCE_UNAVAILABLE;
		status->reason =
			arena_strdup(&out->arena, "this kernel counts no run delay: "
						  "schedstat of every vCPU thread is 0; boot with "
						  "delayacct");
	}
	status->cost_ns = clock_mono_ns(sched->clock) - status->at_ns;
	return 0;
}

static void sched_close(void *state)
{
	struct sched *sched = state;

	if (!sched)
		return;
	for (size_t i = 0; i < sched->n_task; i++)
		watched_close(sched, &sched->task[i]);
	free(sched->task);
	free(sched->next);
	free(sched);
}

const struct probe probe_sched = {
	.name = "sched",
	.summary = "run time and run delay (ready, steal) of every vCPU thread, from schedstat",
	.section = SECTION_SCHED,
	.open = sched_open,
	.sample = sched_sample,
	.close = sched_close,
};
