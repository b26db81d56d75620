/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_KERNEL_IO_BPF_H
#define PARALLAX_KERNEL_IO_BPF_H

/* The kernel's types of files and block devices; see kernel.bpf.h. */
#include "probes/kernel.bpf.h"

typedef __u32 dev_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block___io {
	dev_t s_dev;
};

struct inode___io {
	__u16 i_mode;
	dev_t i_rdev;
	unsigned long i_ino;
	struct super_block___io *i_sb;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct___io {
	struct files_struct *files;
};

struct work_struct;

struct kiocb {
	struct file *ki_filp;
};

struct work_struct {
	unsigned long data;
};

struct fsync_iocb {
	struct file *file;
	struct work_struct work;
};

struct iov_iter {
	bool data_source;
};

struct io_cqe {
	__s32 res;
	int fd; /* until it has ended */
};

struct io_kiocb {
	struct file *file;
	__u8 opcode;
	__u32 flags;
	struct io_cqe cqe;
};

struct io_uring_cqe {
	__s32 res;
};

struct pt_regs___x86 {
	unsigned long di;
};

enum req_flag_bits { __REQ_PREFLUSH = 18 };

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	struct blkcg *blkcg;
};

struct bio {
	struct blkcg_gq *bi_blkg;
};

struct gendisk {
	int major, first_minor;
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	__u32 cmd_flags;
	unsigned int __data_len;
	struct bio *bio;
	__u64 start_time_ns, io_start_time_ns;
};

/* Before 5.17 the queue did not always know its disk. */
struct request___disk {
	struct gendisk *rq_disk;
};

#pragma clang attribute pop

#endif
