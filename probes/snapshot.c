// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "probes/schema.h"

struct snapshot *snapshot_new(void)
{
	struct snapshot *snap = xcalloc(1, sizeof(*snap));

	snapshot_clear(snap);
	return snap;
}

void snapshot_free(struct snapshot *snap)
{
	if (!snap)
		return;
	arena_release(&snap->arena);
	free(snap);
}

void snapshot_clear(struct snapshot *snap)
{
	arena_clear(&snap->arena);
	schema_init(&schema_snapshot, snap);
	snap->parallax = SNAPSHOT_VERSION;
}

const struct vm *snapshot_vm(const struct snapshot *snap, const char *key)
{
	if (!key)
		return NULL;
	for (size_t i = 0; i < snap->n_vm; i++)
		if (snap->vm[i].key && strcmp(snap->vm[i].key, key) == 0)
			return &snap->vm[i];
	return NULL;
}

const struct source *snapshot_source(const struct source *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].name && strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

bool source_has_values(enum source_state state)
{
	return state == SOURCE_OK || state == SOURCE_STALE;
}

bool vm_is_halted(const struct vm *vm)
{
	switch (vm->state) {
	case VM_UNKNOWN:
	case VM_RUNNING:
	case VM_BLOCKED:
	case VM_SHUTDOWN: /* it still runs, and how it runs still matters */
		return false;
	case VM_PAUSED:
	case VM_CRASHED:
	case VM_SUSPENDED:
	case VM_STOPPED:
		return true;
	}
	return false;
}

const struct source *vm_source(const struct vm *vm, const char *name)
{
	return snapshot_source(vm->source, vm->n_source, name);
}
