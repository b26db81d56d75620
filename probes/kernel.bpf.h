/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_KERNEL_BPF_H
#define PARALLAX_KERNEL_BPF_H

/*
 * The kernel's types as far as our programs look into them; libbpf moves each access to where
 * the running kernel keeps the field. Types of modules (kvm) are not here: without
 * CAP_SYS_ADMIN libbpf may not read the types of modules, so their offsets come in as constants
 * that bpf_offset (bpf.h) has found in /sys/kernel/btf.
 */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct cfs_rq {
	struct rq *rq;
	int throttle_count;
	/* Time that it was throttled, by itself or from above: the newest kernels have the first. */
	__u64 throttled_clock_self_time, throttled_clock_pelt_time, throttled_clock_task_time;
};

struct rq {
	__u64 clock;
};

struct sched_entity {
	__u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

struct sched_info {
	unsigned long long run_delay, last_arrival, last_queued;
};

struct thread_info {
	__u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int on_cpu, pid, tgid;
	int nr_cpus_allowed;
	struct sched_entity se;
	struct sched_info sched_info;
	struct hlist_head preempt_notifiers;
	struct task_struct *group_leader;
	__u64 start_boottime;
	char comm[16];
	unsigned int __state;
	unsigned long numa_pages_migrated;
};

/* Before 5.16 the number of its CPU was in the task itself. */
struct task_struct___cpu {
	unsigned int cpu;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	unsigned int i_rdev;
	struct super_block *i_sb;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

struct sk_buff {
	struct net_device *dev;
	__u16 queue_mapping;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key, *value;
};

#pragma clang attribute pop

#endif
