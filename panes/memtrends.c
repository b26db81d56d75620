// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memtrends.h"
#include "panes/bykey.h"
#include "panes/cells.h"
#include "panes/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Long enough for somebody who was called to see that it happened. */
static const double OOM_HOLD_S = 600;

struct known {
	struct bykey_item item;
	bool seen;
	char name[48];
	double guest_at_s;   /* when the guest wrote what usable took last */
	double charged_at_s; /* when the group was read that charged took last */
	struct memtrend_vm vm;
};

struct memtrends {
	struct memtrend_host host;
	struct bykey known; /* by vm key */
	bool killed;	    /* in the interval of this snapshot */
};

struct memtrends *memtrends_new(void)
{
	return xcalloc(1, sizeof(struct memtrends));
}

static bool forget(void *item, void *arg)
{
	(void)item, (void)arg;
	return false;
}

void memtrends_free(struct memtrends *trends)
{
	if (!trends)
		return;
	bykey_sweep(&trends->known, forget, NULL);
	bykey_release(&trends->known);
	free(trends);
}

/* What is too long is cut, but never within a character. */
static void keep_name(struct known *known, const char *name)
{
	size_t len = strlen(name);

	if (len >= sizeof(known->name))
		for (len = sizeof(known->name) - 1; len && (name[len] & 0xc0) == 0x80;)
			len--;
	memcpy(known->name, name, len);
	known->name[len] = '\0';
}

/* The guest's figure stands until it writes another: repeated, it would look like rest. */
static void add_usable(struct known *known, const struct memory *memory, double time_s)
{
	double at_s = time_s - memory->guest_age_s;

	if (memory->guest_stale || !(fabs(at_s - known->guest_at_s) > 0.5))
		return;
	known->guest_at_s = at_s;
	trend_add(&known->vm.usable, at_s, cell_number(memory->guest_usable_bytes));
}

/* Likewise: groups are read in turn. */
static void add_charged(struct known *known, const struct vm *vm, double time_s)
{
	const struct memory *memory = &vm->memory;
	const struct source *cgroup = vm_source(vm, "cgroup");
	double at_s = cgroup ? time_s - cgroup->age_s : time_s;

	if (!(fabs(at_s - known->charged_at_s) > 0.5))
		return;
	known->charged_at_s = at_s;
	trend_add(&known->vm.charged, at_s,
		cell_number(memory->cgroup_limit_bytes) - cell_number(memory->cgroup_room_bytes));
}

static void add_vm(struct known *known, const struct vm *vm, double time_s)
{
	const struct memory *memory = &vm->memory;
	double huge = cell_number(memory->host_hugetlb_bytes);

	keep_name(known, vm->name ? vm->name : "-");
	trend_add(&known->vm.held, time_s,
		cell_number(memory->host_rss_bytes) + cell_number(memory->host_swap_bytes) +
			(isnan(huge) ? 0 : huge));
	add_charged(known, vm, time_s);
	add_usable(known, memory, time_s);
	if (memory_trouble(memory) != SEVERITY_NONE || memory_guest_is_short(memory))
		known->vm.well = 0;
	else if (known->vm.well < UINT8_MAX)
		known->vm.well++;
	recent_add(&known->vm.oom_kills, time_s, memory->cgroup_oom_kills_total, OOM_HOLD_S);
}

static void note_gone(struct memtrend_host *host, const char *name)
{
	size_t len = strlen(host->gone);

	if (len + strlen(name) + 3 > sizeof(host->gone))
		return;
	if (len)
		strcat(host->gone, ", ");
	strcat(host->gone, name);
}

/* A VM that is gone when the kernel has just killed something is most likely what it killed. */
static bool still_seen(void *item, void *arg)
{
	struct known *known = item;
	struct memtrends *trends = arg;
	bool seen = known->seen;

	known->seen = false;
	if (!seen && trends->killed)
		note_gone(&trends->host, known->name);
	return seen;
}

static void add_host(struct memtrends *trends, const struct snapshot *snap)
{
	struct memtrend_host *host = &trends->host;
	bool went_on = host->oom_kills.count > 0;

	trend_add(&host->available, snap->time_s, cell_number(snap->host.mem_available_bytes));
	recent_add(&host->oom_kills, snap->time_s, snap->host.oom_kills_total, OOM_HOLD_S);
	/* Lists of VMs are a little younger or older than the counter. */
	trends->killed = host->oom_kills.count && snap->time_s - host->oom_kills.at_s < 5;
	if (!went_on)
		host->gone[0] = '\0';
}

void memtrends_add(struct memtrends *trends, const struct snapshot *snap)
{
	add_host(trends, snap);
	for (size_t i = 0; i < snap->n_vm; i++) {
		struct known *known;

		if (!snap->vm[i].key)
			continue;
		known = bykey_get(&trends->known, snap->vm[i].key, sizeof(*known));
		if (!known->seen)
			add_vm(known, &snap->vm[i], snap->time_s);
		known->seen = true;
	}
	bykey_sweep(&trends->known, still_seen, trends);
}

const struct memtrend_host *memtrends_host(const struct memtrends *trends)
{
	return &trends->host;
}

const struct memtrend_vm *memtrends_vm(const struct memtrends *trends, const char *vm_key)
{
	const struct known *known = bykey_find(&trends->known, vm_key);

	return known ? &known->vm : NULL;
}
