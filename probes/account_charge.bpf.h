/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_ACCOUNT_CHARGE_BPF_H
#define PARALLAX_ACCOUNT_CHARGE_BPF_H

/* Who ran while a vCPU waited: from the rings of the CPUs into the map of thieves. */
#include "probes/account_maps.bpf.h"

/* It may have ended since, and another task be in its place: then it is not that thread. */
static __always_inline void name(const struct occupant *one, char comm[16])
{
	struct task_struct *task = (struct task_struct *)one->task;

	if (task && BPF_CORE_READ(task, pid) == (int)one->pid)
		BPF_CORE_READ_INTO((char(*)[16])comm, task, group_leader, comm);
}

/* Global functions are verified once, and not again for each way that leads to them. */
__noinline int charge(struct account_slot *slot, struct occupant *one, __u64 ns)
{
	struct account_thief_key key = { 0 };
	struct account_thief fresh = { 0 };
	struct account_thief *thief;

	if (!slot || !one)
		return 0;
	key.vm = slot->vm;
	key.tgid = one->tgid;
	key.vcpu = one->vcpu;
	thief = bpf_map_lookup_elem(&thieves, &key);
	if (!thief) {
		name(one, fresh.comm);
		bpf_map_update_elem(&thieves, &key, &fresh, BPF_NOEXIST);
		thief = bpf_map_lookup_elem(&thieves, &key);
	}
	if (thief)
		__sync_fetch_and_add(&thief->ran_ns, ns);
	else
		slot->unseen_ns += ns;
	return 0;
}

/* Charge a wait, from and to by the CPU's clock, to those who had the CPU, the latest first. */
__noinline int charge_ring(struct cpu *cpu, struct account_slot *slot, __u64 from, __u64 to)
{
	if (!cpu || !slot)
		return 0;
	for (__u32 i = 1; i < RING && i < cpu->head && to > from; i++) {
		struct occupant *one = &cpu->ring[(cpu->head - i) % RING];
		__u64 begin = cpu->ring[(cpu->head - i - 1) % RING].end_clock;

		if (begin < from)
			begin = from;
		if (begin >= to)
			continue;
		charge(slot, one, to - begin);
		to = begin;
	}
	if (to > from)
		slot->unseen_ns += to - from;
	return 0;
}

/* Whoever ran meanwhile took nothing: the thread might not have run in any case. */
static __always_inline void charge_quota(struct account_slot *slot, __u64 ns)
{
	struct occupant quota = { .tgid = ACCOUNT_QUOTA };

	charge(slot, &quota, ns);
}

/* A wait that ends now, on a CPU whose occupant is not in its ring yet. */
static __always_inline void charge_until_now(
	struct cpu *cpu, struct account_slot *slot, struct task_struct *task, __u64 wait_ns)
{
	struct task_struct *current = (struct task_struct *)cpu->current;
	__u64 now = cpu_clock(task), from = now - wait_ns;
	__u64 last = cpu->ring[(cpu->head - 1) % RING].end_clock;
	struct occupant one = { 0 };
	struct account_slot *other;

	if (last > from) {
		charge_ring(cpu, slot, from, last);
		from = last;
	}
	if (now <= from)
		return;
	if (!current) { /* no switch on this CPU since we are attached */
		slot->unseen_ns += now - from;
		return;
	}
	one.task = (__u64)current;
	one.pid = BPF_CORE_READ(current, pid);
	one.tgid = BPF_CORE_READ(current, tgid);
	other = slot_of(one.pid);
	one.vcpu = other && other->vcpu;
	charge(slot, &one, now - from);
}

#endif
