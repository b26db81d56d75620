// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/schema_rows.h"

static const struct nics_vm *nics_of(const struct derive *derive, const struct joined *joined)
{
	const struct nics_sample *section = &derive->cur->nics;

	return derive_of_process(joined, section->vm, section->n_vm, sizeof(*section->vm),
		offsetof(struct nics_vm, start_ticks));
}

/* What libvirt promises goes before what the command line says: it has names. */
static const struct defined_devices *defined_of(const struct joined *joined)
{
	if (joined->domain && joined->domain->devices.n_nic)
		return &joined->domain->devices;
	return joined->proc ? &joined->proc->devices : NULL;
}

static bool has_device(enum nic_kind kind)
{
	return kind == NIC_UNKNOWN || kind == NIC_TAP || kind == NIC_MACVTAP;
}

static bool is_named(const struct defined_nic *defined, const struct vm_nic *from)
{
	return defined->name && from->name && strcmp(defined->name, from->name) == 0;
}

/*
 * Which definition is of which device: by name where that is told. VMMs open devices in the order
 * of their definition, so where as many are left of both they go by that; else who knows.
 */
struct pairing {
	const struct defined_nic *defined; /* n_defined of them */
	size_t n_defined;
	const struct vm_nic **device; /* by definition; NULL: none was found */
	bool *paired;		      /* by device */
};

static size_t pair_by_name(const struct nics_vm *vm, struct pairing *pairing)
{
	size_t n = 0;

	for (size_t i = 0; i < pairing->n_defined; i++)
		for (size_t k = 0; k < vm->n_nic && !pairing->device[i]; k++)
			if (!pairing->paired[k] && is_named(&pairing->defined[i], &vm->nic[k])) {
				pairing->device[i] = &vm->nic[k];
				pairing->paired[k] = true;
				n++;
			}
	return n;
}

static bool may_be_any(const struct pairing *pairing, size_t i)
{
	return !pairing->device[i] && !pairing->defined[i].name &&
	       has_device(pairing->defined[i].kind);
}

static void pair_by_order(const struct nics_vm *vm, struct pairing *pairing, size_t n_named)
{
	size_t left = 0, k = 0;

	for (size_t i = 0; i < pairing->n_defined; i++)
		left += may_be_any(pairing, i);
	if (left != vm->n_nic - n_named)
		return;
	for (size_t i = 0; i < pairing->n_defined; i++) {
		if (!may_be_any(pairing, i))
			continue;
		while (pairing->paired[k])
			k++;
		pairing->device[i] = &vm->nic[k];
		pairing->paired[k] = true;
	}
}

static struct pairing pair(
	const struct derive *derive, const struct joined *joined, const struct nics_vm *vm)
{
	const struct defined_devices *defined = defined_of(joined);
	struct pairing pairing = { .defined = defined ? defined->nic : NULL,
		.n_defined = defined ? defined->n_nic : 0 };

	pairing.device = arena_array(derive->arena, pairing.n_defined, sizeof(*pairing.device));
	pairing.paired = arena_array(derive->arena, vm ? vm->n_nic : 0, sizeof(bool));
	if (vm)
		pair_by_order(vm, &pairing, pair_by_name(vm, &pairing));
	return pairing;
}

static const char *unseen(enum nic_kind kind)
{
	switch (kind) {
	case NIC_VHOST_USER:
		return "another process moves its packets (vhost-user): the kernel has neither "
		       "its counters nor its rings; ask that switch";
	case NIC_PASSTHROUGH:
		return "the guest has the device itself: its packets do not pass the host's "
		       "kernel; the port's own counters know them";
	case NIC_USER:
		return "its packets end inside of the VMM, which makes connections of its own of "
		       "them: there is no device to count";
	case NIC_UNKNOWN:
	case NIC_TAP:
	case NIC_MACVTAP:
		break;
	}
	return NULL;
}

static void from_definition(
	const struct derive *derive, const struct defined_nic *defined, struct nic *nic)
{
	static const enum nic_datapath datapath[] = {
		[NIC_VHOST_USER] = DATAPATH_PROCESS,
		[NIC_PASSTHROUGH] = DATAPATH_DEVICE,
		[NIC_USER] = DATAPATH_VMM,
	};
	const char *name = defined->name      ? defined->name
			   : defined->address ? defined->address
					      : defined->mac;

	nic->name = name ? derive_text(derive, name) : "?";
	nic->mac = derive_text(derive, defined->mac);
	nic->model = derive_text(derive, defined->model);
	nic->bridge = derive_text(derive, defined->bridge);
	nic->kind = defined->kind;
	nic->unseen = unseen(defined->kind);
	if (!has_device(defined->kind))
		nic->datapath = datapath[defined->kind];
}

/* What both readings of a device are of; 0: no rates. */
static uint64_t between(uint64_t cur_ns, uint64_t prev_ns)
{
	return prev_ns && cur_ns > prev_ns ? cur_ns - prev_ns : 0;
}

static void rates(const struct vm_nic *from, struct nic *nic)
{
	const struct nic_counters *rx = &from->cur.rx, *tx = &from->cur.tx;
	const struct nic_counters *rx_was = &from->prev.rx, *tx_was = &from->prev.tx;
	const uint64_t ns = between(from->cur.at_ns, from->prev.at_ns);

	nic->guest_rx_packets_per_s = derive_rate(rx->packets, rx_was->packets, ns);
	nic->guest_rx_bytes_per_s = derive_rate(rx->bytes, rx_was->bytes, ns);
	nic->guest_tx_packets_per_s = derive_rate(tx->packets, tx_was->packets, ns);
	nic->guest_tx_bytes_per_s = derive_rate(tx->bytes, tx_was->bytes, ns);
	nic->guest_rx_dropped_by_host_per_s = derive_rate(rx->dropped, rx_was->dropped, ns);
	nic->guest_tx_dropped_by_host_per_s = derive_rate(tx->dropped, tx_was->dropped, ns);
	nic->guest_rx_errors_by_host_per_s = derive_rate(rx->errors, rx_was->errors, ns);
	nic->guest_tx_errors_by_host_per_s = derive_rate(tx->errors, tx_was->errors, ns);
}

static void from_qdisc(const struct derive *derive, const struct vm_nic *from, struct nic *nic)
{
	const struct qdisc_reading *cur = &from->qdisc_cur, *prev = &from->qdisc_prev;

	nic->qdisc = derive_text(derive, from->qdisc);
	if (cur->at_ns == 0)
		return;
	nic->qdisc_dropped_per_s = derive_rate(
		cur->dropped_total, prev->dropped_total, between(cur->at_ns, prev->at_ns));
	nic->qdisc_backlog_packets = cur->backlog_packets;
	nic->qdisc_backlog_bytes = cur->backlog_bytes;
}

static uint64_t all_queues(const struct nics_vm *vm)
{
	uint64_t n = 0;

	for (size_t i = 0; i < vm->n_nic; i++)
		n += vm->nic[i].queues;
	return n;
}

/* A VMM opens vhost once for each queue; where some have it, the kernel or the definition knows. */
static enum nic_datapath datapath_of(const struct derive *derive, const struct nics_vm *vm,
	const struct vm_nic *from, const struct defined_nic *defined)
{
	const struct ring_vhost *vhost;

	if (vm->vhosts == 0)
		return DATAPATH_VMM;
	if (vm->vhosts >= all_queues(vm) || derive_nic_vhosts(derive, from, &vhost) > 0)
		return DATAPATH_VHOST;
	if (defined && defined->vhost)
		return DATAPATH_VHOST;
	return defined && defined->vmm ? DATAPATH_VMM : DATAPATH_UNKNOWN;
}

static void from_device(const struct derive *derive, const struct joined *joined,
	const struct vm_nic *from, const struct defined_nic *defined, struct nic *nic)
{
	if (from->name)
		nic->name = derive_text(derive, from->name);
	nic->kind = from->kind;
	nic->queues = from->queues;
	nic->datapath = datapath_of(derive, nics_of(derive, joined), from, defined);
	if (from->kind == NIC_MACVTAP)
		nic->unseen = "how full its ring is: that of a macvtap is not watched, only what "
			      "it drops";
	else if (from->qdisc_reason)
		nic->unseen = derive_text(derive, from->qdisc_reason);
	rates(from, nic);
	from_qdisc(derive, from, nic);
	derive_rings(derive, from, nic);
	derive_datapath(derive, joined, from, nic);
}

/* It should have one; why none was found. */
static const char *no_device(
	const struct derive *derive, const struct joined *joined, const struct nics_vm *vm)
{
	if (!joined->proc)
		return "its process is not visible here";
	if (!vm || vm->status.at_ns == 0)
		return "the files of its process had no turn yet";
	if (vm->status.reason)
		return derive_text(derive, vm->status.reason);
	return "its device is not among the files of its process";
}

static int by_name(const void *a, const void *b)
{
	const struct nic *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* What is known of a device goes by its name, so no two of a VM have the same. */
static void tell_apart(const struct derive *derive, struct vm *vm)
{
	for (size_t i = vm->n_nic; i-- > 1;) {
		size_t same = 0;

		for (size_t k = 0; k < i; k++)
			same += strcmp(vm->nic[k].name, vm->nic[i].name) == 0;
		if (same)
			vm->nic[i].name =
				arena_printf(derive->arena, "%s#%zu", vm->nic[i].name, same + 1);
	}
}

static void list_nics(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	const struct nics_vm *found = nics_of(derive, joined);
	struct pairing pairing = pair(derive, joined, found);
	size_t n_found = found ? found->n_nic : 0;

	vm->nic = arena_array(derive->arena, pairing.n_defined + n_found, sizeof(*vm->nic));
	for (size_t i = 0; i < pairing.n_defined; i++) {
		const struct defined_nic *defined = &pairing.defined[i];
		struct nic *nic = &vm->nic[vm->n_nic++];

		*nic = derive->blank->nic;
		from_definition(derive, defined, nic);
		if (pairing.device[i])
			from_device(derive, joined, pairing.device[i], defined, nic);
		else if (has_device(defined->kind))
			nic->unseen = no_device(derive, joined, found);
	}
	for (size_t i = 0; i < n_found; i++) {
		if (pairing.paired[i])
			continue;
		vm->nic[vm->n_nic] = derive->blank->nic;
		vm->nic[vm->n_nic].name = "?";
		from_device(derive, joined, &found->nic[i], NULL, &vm->nic[vm->n_nic++]);
	}
	tell_apart(derive, vm);
	if (vm->n_nic)
		qsort(vm->nic, vm->n_nic, sizeof(*vm->nic), by_name);
	if (vm->n_nic > VM_DEVICES_MOST)
		vm->n_nic = VM_DEVICES_MOST;
}

static void interrupts(const struct derive *derive, struct vm *vm)
{
	const struct kvm_sample *kvm = &derive->cur->kvm;
	const struct kvm_vcpu_file *file;
	uint64_t irqs = 0;
	size_t n;

	if (kvm->interval_ns == 0 || vm->pid == UNKNOWN_U64)
		return;
	file = sample_kvm_files(kvm, (pid_t)vm->pid, &n);
	for (size_t i = 0; i < n; i++)
		irqs = derive_both(irqs, file[i].irqs);
	if (!file || irqs == UNKNOWN_U64)
		return;
	vm->network.irq_per_s = derive_per_s(irqs, kvm->interval_ns);
	vm->network.irq_interval_s = (double)kvm->interval_ns / 1e9;
}

void derive_net(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	list_nics(derive, joined, vm);
	interrupts(derive, vm);
}

struct source derive_nics_source(const struct derive *derive, const struct joined *joined)
{
	const struct nics_vm *vm = nics_of(derive, joined);

	return derive_turn_source(derive, joined, SECTION_NICS,
		vm && vm->status.at_ns ? &vm->status : NULL,
		"the files of its process had no turn yet");
}

struct source derive_rings_source(const struct derive *derive, const struct joined *joined)
{
	const struct nics_vm *vm = nics_of(derive, joined);
	const struct status *all = &derive->cur->status[SECTION_RINGS];

	return derive_turn_source(derive, joined, SECTION_RINGS,
		vm && vm->status.at_ns ? all : NULL, "its devices are not known yet");
}
