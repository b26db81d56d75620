// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/exits.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/bpf.h"
#include "probes/exits.skel.h"
#include "probes/probe.h"

static const uint64_t RETRY_NS = 5000000000;

/* What one thread has in the maps: a total, or (since_ns not 0) an exit not yet come back from. */
struct found {
	struct exits_key key;
	struct exits_total total;
	uint64_t since_ns;
};

struct exits {
	const struct clock *clock;
	const struct sysroot *root;
	const struct probe_control *control;
	pid_t pid;		/* whose exits are wanted; 0: nobody's */
	struct exits_bpf *bpf;	/* attached; NULL: it is not */
	uint64_t since_ns;	/* when that began */
	uint64_t retry_at_ns;	/* after it failed */
	struct err err;		/* why it is not attached */
	struct found *found;
	size_t n_found, cap_found;
	uint64_t now_ns; /* when the maps are read */
};

static int exits_open(const struct probe_env *env, void **state, struct err *err)
{
	struct exits *exits;

	if (!env->root->live)
		return err_set(err, -EOPNOTSUPP,
			"exits are counted by BPF in a running kernel, and this is a captured tree");
	exits = xcalloc(1, sizeof(*exits));
	exits->clock = env->clock;
	exits->root = env->root;
	exits->control = env->control;
	*state = exits;
	return 0;
}

static void detach(struct exits *exits)
{
	exits_bpf__destroy(exits->bpf);
	exits->bpf = NULL;
	free(exits->found);
	exits->found = NULL;
	exits->n_found = exits->cap_found = 0;
}

static void exits_close(void *state)
{
	struct exits *exits = state;

	if (!exits)
		return;
	detach(exits);
	free(exits);
}

/* The processor's part of KVM keeps the reason in the vCPU: where, in this kernel. */
static bool find_in_vcpu(struct exits_bpf__rodata *ro, struct bpf_types *types)
{
	int vmx = bpf_offset(types, "kvm_intel", "vcpu_vmx", "exit_reason");
	int vmcb = bpf_offset(types, "kvm_amd", "vcpu_svm", "vmcb");
	int code = bpf_offset(types, "kvm_amd", "vmcb", "control.exit_code");

	if (vmx < 0)
		vmx = bpf_offset(types, "kvm_intel", "vcpu_vmx", "vt.exit_reason");
	ro->at_vmx_reason = vmx;
	ro->at_svm_vmcb = code < 0 ? -1 : vmcb;
	ro->at_svm_code = code;
	return ro->at_vmx_reason >= 0 || ro->at_svm_vmcb >= 0;
}

/* The record of a trace event can only be had by the event's number in tracefs. */
static int check_tracefs(const struct sysroot *root, struct err *err)
{
	static const char *const dir[] = { "sys/kernel/tracing", "sys/kernel/debug/tracing" };
	uint64_t id;
	int code;

	for (size_t i = 0; i < 2; i++) {
		code = sysroot_read_u64(root, &id, "%s/events/kvm/kvm_exit/id", dir[i]);
		if (code == 0)
			return 0;
		if (code == -EACCES || code == -EPERM)
			return err_set(err, code,
				"cannot read the trace events of KVM in /%s; run as root", dir[i]);
	}
	return err_set(err, code, "this KVM tells why vCPUs exit in its trace events only, and tracefs "
				  "is not mounted; mount -t tracefs tracefs /sys/kernel/tracing");
}

static int choose(const struct exits *exits, struct bpf_types *types, struct err *err)
{
	struct exits_bpf__rodata *ro = exits->bpf->rodata;
	int args = bpf_tracepoint_args(types, "kvm", "kvm_exit");
	bool record;

	if (args < 0)
		return bpf_no_kvm_types(err);
	ro->at_record_reason = bpf_offset(types, "kvm", "trace_event_raw_kvm_exit", "exit_reason");
	ro->at_record_isa = bpf_offset(types, "kvm", "trace_event_raw_kvm_exit", "isa");
	if (ro->at_record_reason < 0 || ro->at_record_isa < 0)
		return err_set(err, -EOPNOTSUPP,
			"this KVM does not tell why vCPUs exit as that of x86 does");
	ro->vm_tgid = (__u32)exits->pid;
	ro->reason_is_argument = args == 3;
	record = args != 3 && !find_in_vcpu(ro, types);
	bpf_program__set_autoload(exits->bpf->progs.exits_exit, !record);
	bpf_program__set_autoload(exits->bpf->progs.exits_record, record);
	return record ? check_tracefs(exits->root, err) : 0;
}

static int attach(struct exits *exits, struct err *err)
{
	struct bpf_types *types;
	int code = bpf_need_kvm(exits->root, err);

	if (code < 0)
		return code;
	code = bpf_types_open(&types, exits->root, err);
	if (code < 0)
		return code;
	exits->bpf = exits_bpf__open();
	code = exits->bpf ? choose(exits, types, err)
			  : err_set(err, -errno, "cannot open the counters of exits: %s",
				    strerror(errno));
	bpf_types_close(types);
	if (code == 0)
		code = bpf_start(exits->bpf->skeleton, "the counters of exits", err);
	if (code < 0)
		detach(exits);
	exits->since_ns = clock_mono_ns(exits->clock);
	return code;
}

/* Attached to those of the VM that is wanted now, and to nothing when none is. */
static void exits_attend(void *state)
{
	struct exits *exits = state;
	pid_t wanted = atomic_load(&exits->control->exits_pid);

	if (wanted != exits->pid) {
		detach(exits);
		exits->pid = wanted;
		exits->retry_at_ns = 0;
	}
	if (!wanted || exits->bpf || clock_mono_ns(exits->clock) < exits->retry_at_ns)
		return;
	exits->err = (struct err){ 0 };
	attach(exits, &exits->err);
	exits->retry_at_ns = clock_mono_ns(exits->clock) + RETRY_NS;
}

static struct found *found_add(struct exits *exits)
{
	exits->found = xgrow(
		exits->found, exits->n_found + 1, &exits->cap_found, sizeof(*exits->found));
	return &exits->found[exits->n_found++];
}

static void add_open(void *arg, const void *tid, const void *value)
{
	const struct exits_open *open = value;
	struct exits *exits = arg;

	if (open->since_ns && open->since_ns < exits->now_ns)
		*found_add(exits) = (struct found){
			.key = { *(const __u32 *)tid, open->isa, open->reason },
			.since_ns = open->since_ns,
		};
}

static void add_total(void *arg, const void *key, const void *total)
{
	*found_add(arg) = (struct found){
		.key = *(const struct exits_key *)key,
		.total = *(const struct exits_total *)total,
	};
}

/* By reason; of one thread and reason the total comes before the open one. */
static int by_reason(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->key.isa != y->key.isa)
		return x->key.isa < y->key.isa ? -1 : 1;
	if (x->key.reason != y->key.reason)
		return x->key.reason < y->key.reason ? -1 : 1;
	if (x->key.tid != y->key.tid)
		return x->key.tid < y->key.tid ? -1 : 1;
	return (x->since_ns > y->since_ns) - (x->since_ns < y->since_ns);
}

/* It came back, and was counted, while we read. */
static bool is_counted(const struct found *open, const struct found *before)
{
	return before->key.tid == open->key.tid && before->key.reason == open->key.reason &&
	       before->key.isa == open->key.isa && before->total.last_ns >= open->since_ns;
}

static void add_up(const struct exits *exits, uint64_t now_ns, struct exits_sample *section)
{
	struct exit_count *sum = NULL;

	for (size_t i = 0; i < exits->n_found; i++) {
		const struct found *one = &exits->found[i];
		uint64_t open_ns = one->since_ns ? now_ns - one->since_ns : 0;

		if (open_ns && i > 0 && is_counted(one, one - 1))
			continue;
		if (!sum || sum->isa != one->key.isa || sum->reason != one->key.reason) {
			sum = &section->exit[section->n_exit++];
			*sum = (struct exit_count){ one->key.isa, one->key.reason, 0, 0, 0, 0 };
		}
		sum->count_total += one->total.count;
		sum->ns_total += one->total.ns;
		sum->open_ns += open_ns;
		if (sum->max_ns < one->total.max_ns)
			sum->max_ns = one->total.max_ns;
		if (sum->max_ns < open_ns)
			sum->max_ns = open_ns;
	}
}

static int read_exits(struct exits *exits, struct sample *out)
{
	struct status *status = &out->status[SECTION_EXITS];
	struct exits_sample *section = &out->exits;
	uint64_t lost;
	int code;

	status->at_ns = exits->now_ns = clock_mono_ns(exits->clock);
	exits->n_found = 0;
	code = bpf_read_map(exits->bpf->maps.open, add_open, exits);
	if (code == 0)
		code = bpf_read_map(exits->bpf->maps.totals, add_total, exits);
	if (code < 0)
		return code;
	if (exits->n_found)
		qsort(exits->found, exits->n_found, sizeof(*exits->found), by_reason);
	section->since_ns = exits->since_ns;
	section->exit = arena_array(&out->arena, exits->n_found, sizeof(*section->exit));
	add_up(exits, status->at_ns, section);
	lost = __atomic_load_n(&exits->bpf->bss->lost, __ATOMIC_RELAXED);
	if (lost)
		status->reason = arena_printf(&out->arena,
			"%llu exits could not be counted: too many vCPUs and reasons",
			(unsigned long long)lost);
	return 0;
}

static int exits_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_EXITS];
	struct exits *exits = state;

	exits_attend(exits); /* again, where it failed */
	out->exits = (struct exits_sample){ .pid = exits->pid };
	if (exits->bpf)
		return read_exits(exits, out);
	status->state = exits->pid ? SOURCE_UNAVAILABLE : SOURCE_OFF;
	status->reason = exits->pid ? arena_strdup(&out->arena, exits->err.text)
				    : "counted only while the page of a VM is open";
	return 0;
}

const struct probe probe_exits = {
	.name = "exits",
	.summary = "why the vCPUs of the VM on screen leave its guest, and for how long, by BPF; "
		   "off while no VM's page is open",
	.section = SECTION_EXITS,
	.open = exits_open,
	.sample = exits_sample,
	.attend = exits_attend,
	.close = exits_close,
};
