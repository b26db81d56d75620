// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema.h"

#include "probes/snapshot.h"

#define WORDS(type, count) const char *const words_##type[(count) + 1]

WORDS(source_state, SOURCE_OK + 1) = {
	[SOURCE_UNAVAILABLE] = "unavailable",
	[SOURCE_OFF] = "off",
	[SOURCE_STALE] = "stale",
	[SOURCE_OK] = "ok",
};

WORDS(vm_accel, ACCEL_TCG + 1) = {
	[ACCEL_UNKNOWN] = "",
	[ACCEL_KVM] = "kvm",
	[ACCEL_TCG] = "tcg",
};

WORDS(vm_state, VM_STOPPED + 1) = {
	[VM_UNKNOWN] = "",
	[VM_RUNNING] = "running",
	[VM_BLOCKED] = "blocked",
	[VM_PAUSED] = "paused",
	[VM_SHUTDOWN] = "shutdown",
	[VM_CRASHED] = "crashed",
	[VM_SUSPENDED] = "suspended",
	[VM_STOPPED] = "stopped",
};

WORDS(verdict, VERDICT_PHANTOM + 1) = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_BLIND] = "blind",
	[VERDICT_AGREE] = "agree",
	[VERDICT_HIDDEN] = "hidden",
	[VERDICT_PHANTOM] = "phantom",
};

WORDS(severity, SEVERITY_CRITICAL + 1) = {
	[SEVERITY_NONE] = "",
	[SEVERITY_INFO] = "info",
	[SEVERITY_WATCH] = "watch",
	[SEVERITY_WARN] = "warn",
	[SEVERITY_CRITICAL] = "critical",
};

WORDS(steal_clock, STEAL_CLOCK_ON + 1) = {
	[STEAL_CLOCK_UNKNOWN] = "",
	[STEAL_CLOCK_NONE] = "none",
	[STEAL_CLOCK_OFFERED] = "offered",
	[STEAL_CLOCK_OFF] = "off",
	[STEAL_CLOCK_ON] = "on",
};

WORDS(thief_kind, THIEF_OTHERS + 1) = {
	[THIEF_UNKNOWN] = "",
	[THIEF_VM] = "vm",
	[THIEF_SELF] = "self",
	[THIEF_EMULATOR] = "emulator",
	[THIEF_PROCESS] = "process",
	[THIEF_QUOTA] = "quota",
	[THIEF_IDLE] = "idle",
	[THIEF_UNSEEN] = "unseen",
	[THIEF_OTHERS] = "others",
};

WORDS(helper_kind, HELPER_EMULATOR + 1) = {
	[HELPER_UNKNOWN] = "",
	[HELPER_IOTHREAD] = "iothread",
	[HELPER_VHOST] = "vhost",
	[HELPER_EMULATOR] = "emulator",
};

WORDS(modes_found, MODES_FOUND_TWO + 1) = {
	[MODES_FOUND_UNKNOWN] = "",
	[MODES_FOUND_ONE] = "one",
	[MODES_FOUND_TWO] = "two",
};

WORDS(numa_span, NUMA_SPAN_BOTH + 1) = {
	[NUMA_SPAN_UNKNOWN] = "",
	[NUMA_SPAN_FITS] = "fits",
	[NUMA_SPAN_MEMORY] = "memory",
	[NUMA_SPAN_VCPUS] = "vcpus",
	[NUMA_SPAN_BOTH] = "both",
};

WORDS(stall_kind, STALL_LIMIT + 1) = {
	[STALL_UNKNOWN] = "",
	[STALL_COMPACTION] = "compaction",
	[STALL_RECLAIM] = "reclaim",
	[STALL_LIMIT] = "limit",
};

WORDS(gap_kind, GAP_BUSY + 1) = {
	[GAP_NONE] = "",
	[GAP_STEAL] = "steal",
	[GAP_BUSY] = "busy",
};

WORDS(exhausted_of, EXHAUSTED_GUEST + 1) = {
	[EXHAUSTED_NONE] = "",
	[EXHAUSTED_LIMIT] = "limit",
	[EXHAUSTED_GUEST] = "guest",
};

WORDS(pinned_kind, PINNED_EMULATOR + 1) = {
	[PINNED_UNKNOWN] = "",
	[PINNED_VCPU] = "vcpu",
	[PINNED_IOTHREAD] = "iothread",
	[PINNED_VHOST] = "vhost",
	[PINNED_EMULATOR] = "emulator",
};

WORDS(isolation, ISOLATION_HELPER + 1) = {
	[ISOLATION_NONE] = "",
	[ISOLATION_UNBALANCED] = "unbalanced",
	[ISOLATION_SHARED] = "shared",
	[ISOLATION_HELPER] = "helper",
};

WORDS(nic_kind, NIC_USER + 1) = {
	[NIC_UNKNOWN] = "",
	[NIC_TAP] = "tap",
	[NIC_MACVTAP] = "macvtap",
	[NIC_VHOST_USER] = "vhost-user",
	[NIC_PASSTHROUGH] = "passthrough",
	[NIC_USER] = "user",
};

WORDS(nic_datapath, DATAPATH_DEVICE + 1) = {
	[DATAPATH_UNKNOWN] = "",
	[DATAPATH_VMM] = "vmm",
	[DATAPATH_VHOST] = "vhost",
	[DATAPATH_PROCESS] = "process",
	[DATAPATH_DEVICE] = "device",
};

WORDS(nic_cause, NIC_CAUSE_GUEST + 1) = {
	[NIC_CAUSE_UNKNOWN] = "",
	[NIC_CAUSE_STARVED] = "starved",
	[NIC_CAUSE_SATURATED] = "saturated",
	[NIC_CAUSE_GUEST] = "guest",
};

WORDS(disk_layer, DISK_LAYER_DEVICE + 1) = {
	[DISK_LAYER_UNKNOWN] = "",
	[DISK_LAYER_VMM] = "vmm",
	[DISK_LAYER_HOST] = "host",
	[DISK_LAYER_QUEUE] = "queue",
	[DISK_LAYER_DEVICE] = "device",
};
