/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BPF_H
#define PARALLAX_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "probes/err.h"
#include "probes/sysroot.h"

/*
 * What all BPF programs need: the types of the running kernel, to choose by (never by its
 * version, for distributions backport), loading with a reason when it fails, and iterators.
 * Nothing here prints; what libbpf says goes into the reason. Needs CAP_BPF and CAP_PERFMON.
 */
struct bpf_types;
struct bpf_object_skeleton;
struct bpf_program;
struct bpf_link;
struct bpf_map;

/* 0, or -ENOENT with the reason: KVM is not loaded. Costs nothing, so ask this first. */
int bpf_need_kvm(const struct sysroot *root, struct err *err);
/* The reason, and its code, when KVM's types are not told. */
int bpf_no_kvm_types(struct err *err);

/* Parses them: some 20 ms. Fails with the reason when the kernel has none or root is no machine. */
int bpf_types_open(struct bpf_types **types, const struct sysroot *root, struct err *err);
void bpf_types_close(struct bpf_types *types); /* accepts NULL */

/*
 * The following look into the kernel itself first, then into module (NULL: nowhere else), whose
 * types can be had while it is loaded; -ENOENT when there is no such thing.
 */

/* Bytes from the start of a struct to "member" or "member.member.member". */
int bpf_offset(struct bpf_types *types, const char *module, const char *type,
	const char *path);
/* Bytes of a struct. */
int bpf_size(struct bpf_types *types, const char *module, const char *type);
/* Every name of an enum; found borrows it. -ENOENT: there is no such enum. */
int bpf_enum_names(struct bpf_types *types, const char *module, const char *type,
	void (*found)(void *arg, const char *name, unsigned value), void *arg);
/* Arguments that a tracepoint has for programs. */
int bpf_tracepoint_args(struct bpf_types *types, const char *module, const char *name);
/* Arguments of a function that programs may be put at. */
int bpf_function_args(struct bpf_types *types, const char *module, const char *name);

/*
 * Load and attach all programs that were not switched off. what names them for the operator:
 * "cannot load the vCPU accounts: not permitted; run as root or grant CAP_BPF and CAP_PERFMON".
 */
int bpf_start(struct bpf_object_skeleton *skeleton, const char *what, struct err *err);

/*
 * Run an iterator once: found gets each record of size bytes that it writes. Returns how many,
 * or a negative errno.
 */
ssize_t bpf_iterate(const struct bpf_link *link, size_t size,
	void (*found)(void *arg, const void *record), void *arg);

/*
 * The same of a program that goes through the files of tasks, for those of one process only;
 * -EOPNOTSUPP on kernels before 6.1, which can only go through all.
 */
ssize_t bpf_iterate_process(const struct bpf_program *program, pid_t pid, size_t size,
	void (*found)(void *arg, const void *record), void *arg);
/* A program that goes through the entries of a map, for bpf_iterate; NULL with errno. */
struct bpf_link *bpf_attach_to_map(const struct bpf_program *program, const struct bpf_map *map);

/*
 * Every entry of a hash map; found borrows both, and may not change the map. Returns 0 or a negative
 * errno.
 */
int bpf_read_map(const struct bpf_map *map,
	void (*found)(void *arg, const void *key, const void *value), void *arg);

/* CPUs that the kernel may ever have: what arrays by CPU are made for. */
int bpf_cpus(void);

#endif
