// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/exitnames.h"

#include <stddef.h>

#include "probes/exits.h"

struct name {
	uint32_t reason;
	const char *name;
};

#if defined(__x86_64__) || defined(__i386__)
#include <asm/kvm.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#else
#define VMX_EXIT_REASONS { 12, "HLT" }
#define SVM_EXIT_REASONS { 0x78, "hlt" }
#endif

/* At the end: what kernels have that are newer than the headers. */
static const struct name vmx_names[] = { VMX_EXIT_REASONS, { 76, "SEAMCALL" }, { 77, "TDCALL" } };
static const struct name svm_names[] = { SVM_EXIT_REASONS, { 0xa5, "bus_lock" },
	{ 0xa6, "idle_hlt" } };

static const uint32_t VMX_FAILED = 0x80000000;

static const char *find(const struct name *list, size_t n, uint32_t reason)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].reason == reason)
			return list[i].name;
	return NULL;
}

static const char *known(uint32_t isa, uint32_t reason)
{
	if (reason == EXITS_NOT_TOLD)
		return "not told";
	if (isa == EXITS_VMX)
		return find(vmx_names, sizeof(vmx_names) / sizeof(vmx_names[0]),
			reason & ~VMX_FAILED);
	if (isa == EXITS_SVM)
		return find(svm_names, sizeof(svm_names) / sizeof(svm_names[0]), reason);
	return NULL;
}

const char *exit_name(uint32_t isa, uint32_t reason, struct arena *arena)
{
	const char *name = known(isa, reason);

	if (isa == EXITS_VMX && reason != EXITS_NOT_TOLD && reason & VMX_FAILED)
		return arena_printf(arena, "failed entry, %s",
			name ? name : arena_printf(arena, "reason %u", reason & ~VMX_FAILED));
	return name ? name : arena_printf(arena, "reason %u", reason);
}
