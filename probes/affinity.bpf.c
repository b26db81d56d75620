// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of programs that are bound to some of the CPUs. Costs nothing but while it is read,
 * and then by the threads of the host. Which CPUs they are user space asks for those that matter.
 */
#include "probes/kernel.bpf.h"

#include "probes/affinity.h"
#include "probes/throttled.bpf.h"

static const __u32 KTHREAD = 0x00200000;

__u32 cpus_online; /* user space: before each reading */

SEC("iter/task")
int affinity_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct affinity_task found = { 0 };

	if (!task || task->flags & KTHREAD || task->nr_cpus_allowed >= (int)cpus_online)
		return 0;
	found.tid = task->pid;
	found.tgid = task->tgid;
	found.start_ms = (__u32)(task->start_boottime / 1000000);
	found.cpus = task->nr_cpus_allowed;
	found.run_ns = task->se.sum_exec_runtime;
	found.wait_ns = task->sched_info.run_delay;
	if (bpf_core_field_exists(task->se.cfs_rq)) {
		found.queue = (__u64)task->se.cfs_rq;
		found.throttled_ns = throttled_ns(task);
	}
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
