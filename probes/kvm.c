// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/kvm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/bpf.h"
#include "probes/kvm.skel.h"
#include "probes/probe.h"

/* Reading costs by the files that the whole host has open: it may take this share of the time. */
enum { REST = 2000 };
static const uint64_t REST_LEAST_NS = 1000000000;

/* What a vCPU had told of itself when the files were read last. */
struct told {
	pid_t pid;
	uint32_t id;
	uint64_t irqs;
};

struct kvm {
	const struct clock *clock;
	struct kvm_bpf *bpf;
	struct kvm_vcpu_file *file;
	size_t n_file, cap_file;
	struct told *told; /* when these were read, by process and number */
	size_t n_told;
	uint64_t due_ns, read_ns, before_ns, cost_ns;
};

static void kvm_close(void *state)
{
	struct kvm *kvm = state;

	if (!kvm)
		return;
	kvm_bpf__destroy(kvm->bpf);
	free(kvm->file);
	free(kvm->told);
	free(kvm);
}

/* Where the fields are in this kernel. */
static int set_offsets(struct kvm_bpf *bpf, struct bpf_types *types, struct err *err)
{
	bpf->rodata->at_vcpu_id = bpf_offset(types, "kvm", "kvm_vcpu", "vcpu_id");
	bpf->rodata->at_pid = bpf_offset(types, "kvm", "kvm_vcpu", "pid");
	bpf->rodata->at_irqs = bpf_offset(types, "kvm", "kvm_vcpu", "stat.irq_injections");
	if (bpf->rodata->at_vcpu_id < 0 || bpf->rodata->at_pid < 0)
		return bpf_no_kvm_types(err);
	return 0;
}

static int start(struct kvm *kvm, struct bpf_types *types, struct err *err)
{
	int code;

	kvm->bpf = kvm_bpf__open();
	if (!kvm->bpf)
		return err_set(err, -errno, "cannot open the program that reads KVM's files: %s",
			strerror(errno));
	code = set_offsets(kvm->bpf, types, err);
	return code < 0 ? code : bpf_start(kvm->bpf->skeleton, "the reader of KVM's files", err);
}

static int kvm_open(const struct probe_env *env, void **state, struct err *err)
{
	struct bpf_types *types;
	struct kvm *kvm;
	int code = bpf_need_kvm(env->root, err);

	if (code < 0)
		return code;
	code = bpf_types_open(&types, env->root, err);
	if (code < 0)
		return code;
	kvm = xcalloc(1, sizeof(*kvm));
	kvm->clock = env->clock;
	code = start(kvm, types, err);
	bpf_types_close(types);
	if (code < 0) {
		kvm_close(kvm);
		return code;
	}
	*state = kvm;
	return 0;
}

static void found(void *arg, const void *record)
{
	const struct kvm_file *file = record;
	struct kvm *kvm = arg;

	kvm->file = xgrow(kvm->file, kvm->n_file + 1, &kvm->cap_file, sizeof(*kvm->file));
	kvm->file[kvm->n_file++] = (struct kvm_vcpu_file){
		.pid = (pid_t)file->tgid,
		.tid = (pid_t)file->tid,
		.id = file->vcpu_id,
		.irqs = file->irqs,
	};
}

static int by_pid_and_id(const void *a, const void *b)
{
	const struct kvm_vcpu_file *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* A file may be open twice in a process. */
static void drop_doubles(struct kvm *kvm)
{
	size_t kept = 0;

	for (size_t i = 0; i < kvm->n_file; i++)
		if (kept == 0 || by_pid_and_id(&kvm->file[kept - 1], &kvm->file[i]) != 0)
			kvm->file[kept++] = kvm->file[i];
	kvm->n_file = kept;
}

/* From totals to what came since; both by process and number. */
static void count_irqs(struct kvm *kvm)
{
	struct told *told = xcalloc(kvm->n_file + 1, sizeof(*told));
	size_t old = 0;

	for (size_t i = 0; i < kvm->n_file; i++) {
		struct kvm_vcpu_file *file = &kvm->file[i];
		const struct told *was;

		told[i] = (struct told){ file->pid, (uint32_t)file->id, file->irqs };
		while (old < kvm->n_told &&
			(kvm->told[old].pid < file->pid ||
				(kvm->told[old].pid == file->pid && kvm->told[old].id < file->id)))
			old++;
		was = old < kvm->n_told ? &kvm->told[old] : NULL;
		file->irqs = was && was->pid == file->pid && was->id == file->id &&
					     file->irqs != KVM_NO_IRQS && file->irqs >= was->irqs
				     ? file->irqs - was->irqs
				     : UNKNOWN_U64;
	}
	free(kvm->told);
	kvm->told = told;
	kvm->n_told = kvm->n_file;
}

static int read_files(struct kvm *kvm)
{
	uint64_t begin_ns = clock_mono_ns(kvm->clock);
	ssize_t n;

	kvm->n_file = 0;
	n = bpf_iterate(kvm->bpf->links.kvm_files, sizeof(struct kvm_file), found, kvm);
	if (n < 0)
		return (int)n;
	if (kvm->n_file)
		qsort(kvm->file, kvm->n_file, sizeof(*kvm->file), by_pid_and_id);
	drop_doubles(kvm);
	count_irqs(kvm);
	kvm->before_ns = kvm->read_ns;
	kvm->read_ns = clock_mono_ns(kvm->clock);
	kvm->cost_ns = kvm->read_ns - begin_ns;
	kvm->due_ns = kvm->read_ns + kvm->cost_ns * REST;
	if (kvm->due_ns < kvm->read_ns + REST_LEAST_NS)
		kvm->due_ns = kvm->read_ns + REST_LEAST_NS;
	return 0;
}

static int kvm_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_KVM];
	struct kvm_sample *section = &out->kvm;
	struct kvm *kvm = state;
	size_t bytes;

	if (clock_mono_ns(kvm->clock) >= kvm->due_ns) {
		int code = read_files(kvm);

		if (code < 0)
			return code;
	}
	bytes = kvm->n_file * sizeof(*section->file);
	section->file = arena_alloc(&out->arena, bytes);
	if (bytes)
		memcpy(section->file, kvm->file, bytes);
	section->n_file = kvm->n_file;
	section->interval_ns = kvm->before_ns ? kvm->read_ns - kvm->before_ns : 0;
	status->at_ns = kvm->read_ns;
	status->cost_ns = kvm->cost_ns;
	return 0;
}

const struct probe probe_kvm = {
	.name = "kvm",
	.summary = "the vCPUs that KVM has and the threads that run them, by BPF",
	.section = SECTION_KVM,
	.slow_open = true,
	.open = kvm_open,
	.sample = kvm_sample,
	.close = kvm_close,
};
