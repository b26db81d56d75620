// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/nics_scan.h"
#include "probes/probe.h"
#include "probes/text.h"

/*
 * A look at the files of a VM costs 30 to 100 us, and they change seldom: new VMs and those that
 * have lost a device are looked at first, also all when a device has come or gone anywhere, then
 * one after the other; a refresh spends no more CPU time on each of these. So long as nothing comes
 * or goes, 200 VMs have their turn within two minutes.
 */
static const uint64_t TURN_NS = 60000, CHANGED_NS = 300000, FIRST_NS = 3000000;
/* What a namespace other than ours tells costs a file for each VM: so many a refresh. */
enum { FOREIGN_MOST = 8, TABLE_MOST = 4 * 1024 * 1024 };
/* All queueing disciplines of the host, about 1 us each: while none of a VM's drops, or holds any
 * packets, at each of these. */
static const uint64_t QDISC_NS = 1900000000;

struct nics {
	const struct probe_env *env;
	uint32_t own;		 /* our own network namespace */
	struct nic_owner *owner; /* by pid */
	size_t n_owner;
	struct nic_device **by_name, **by_index; /* of our own namespace */
	size_t n_by_name, cap_by_name, cap_by_index;
	bool moved;				 /* devices have changed since these were made */
	size_t next, next_changed, next_foreign; /* whose turn it is */
	size_t n_host; /* devices of the host when they were read last */
	char *table;
	size_t table_size;
	int qdisc_fd, qdisc_code;
	uint64_t qdisc_due_ns, qdisc_now_ns;
	bool qdisc_busy;
};

static int nics_open(const struct probe_env *env, void **state, struct err *err)
{
	struct nics *nics = xcalloc(1, sizeof(*nics));

	(void)err;
	nics->env = env;
	nics->own = nics_netns(env->root, 0);
	nics->qdisc_fd = -1;
	*state = nics;
	return 0;
}

static void nics_close(void *state)
{
	struct nics *nics = state;

	if (!nics)
		return;
	for (size_t i = 0; i < nics->n_owner; i++)
		free(nics->owner[i].device);
	if (nics->qdisc_fd >= 0)
		close(nics->qdisc_fd);
	free(nics->owner);
	free(nics->by_name);
	free(nics->by_index);
	free(nics->table);
	free(nics);
}

/* The VMs of this sample; what is known of a process stays. */
static void take_vms(struct nics *nics, const struct procvm_sample *procvm)
{
	struct nic_owner *owner;

	if (sample_has_processes(procvm, nics->owner, nics->n_owner, sizeof(*nics->owner)))
		return;
	owner = xcalloc(procvm->n_vm + 1, sizeof(*owner));
	for (size_t i = 0; i < procvm->n_vm; i++) {
		struct nic_owner *was =
			sample_by_pid(procvm->vm[i].pid, nics->owner, nics->n_owner, sizeof(*was));

		if (was && was->start_ticks == procvm->vm[i].start_ticks) {
			owner[i] = *was;
			was->device = NULL;
		} else {
			owner[i].pid = procvm->vm[i].pid;
			owner[i].start_ticks = procvm->vm[i].start_ticks;
		}
	}
	for (size_t i = 0; i < nics->n_owner; i++)
		free(nics->owner[i].device);
	free(nics->owner);
	nics->owner = owner;
	nics->n_owner = procvm->n_vm;
	nics->moved = true;
}

static void look(struct nics *nics, struct nic_owner *owner)
{
	const uint64_t begin_ns = clock_mono_ns(nics->env->clock);

	nics->moved |= nics_scan(owner, nics->env->root, nics->own);
	owner->looked_ns = clock_mono_ns(nics->env->clock);
	owner->cost_ns = owner->looked_ns - begin_ns;
}

static bool is_over(uint64_t begin_ns, uint64_t limit_ns)
{
	return clock_cpu_ns() - begin_ns > limit_ns;
}

/* Whoever is looked at closely, and as many of the new and the changed ones as there is time for.
 */
static void look_at_changed(struct nics *nics)
{
	const struct probe_control *control = nics->env->control;
	const pid_t focus = control ? atomic_load(&control->focus_pid) : 0;
	const uint64_t begin_ns = clock_cpu_ns();
	size_t first = nics->next_changed;

	for (size_t i = 0; i < nics->n_owner; i++) {
		struct nic_owner *owner = &nics->owner[(first + i) % nics->n_owner];
		bool is_new = owner->looked_ns == 0;

		if ((!is_new && !owner->changed && owner->pid != focus) ||
			is_over(begin_ns, is_new ? FIRST_NS : CHANGED_NS))
			continue;
		look(nics, owner);
		nics->next_changed = first + i + 1;
	}
}

/* One at least. */
static void look_in_turn(struct nics *nics)
{
	const uint64_t begin_ns = clock_cpu_ns();

	for (size_t i = 0; i < nics->n_owner && (i == 0 || !is_over(begin_ns, TURN_NS)); i++)
		look(nics, &nics->owner[nics->next++ % nics->n_owner]);
}

static bool is_foreign(const struct nics *nics, const struct nic_owner *owner)
{
	return owner->netns && nics->own && owner->netns != nics->own;
}

static int by_name(const void *a, const void *b)
{
	const struct nic_device *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int by_index(const void *a, const void *b)
{
	const struct nic_device *const *x = a, *const *y = b;

	return ((*x)->ifindex > (*y)->ifindex) - ((*x)->ifindex < (*y)->ifindex);
}

static void list_names(struct nics *nics)
{
	if (!nics->moved)
		return;
	nics->moved = false;
	nics->n_by_name = 0;
	for (size_t i = 0; i < nics->n_owner; i++) {
		struct nic_owner *owner = &nics->owner[i];

		for (size_t k = 0; k < owner->n_device && !is_foreign(nics, owner); k++) {
			nics->by_name = xgrow(nics->by_name, nics->n_by_name + 1,
				&nics->cap_by_name, sizeof(struct nic_device *));
			nics->by_name[nics->n_by_name++] = &owner->device[k];
		}
	}
	if (nics->n_by_name == 0)
		return;
	nics->by_index = xgrow(
		nics->by_index, nics->n_by_name, &nics->cap_by_index, sizeof(struct nic_device *));
	memcpy(nics->by_index, nics->by_name, nics->n_by_name * sizeof(struct nic_device *));
	qsort(nics->by_name, nics->n_by_name, sizeof(struct nic_device *), by_name);
	qsort(nics->by_index, nics->n_by_name, sizeof(struct nic_device *), by_index);
}

/* Where in a list in that order those begin that are not less than key. */
static size_t lower_bound(struct nic_device *const *list, size_t n, const struct nic_device *key,
	int (*compare)(const void *, const void *))
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (compare(&list[middle], &key) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * What the host sends into a tap the guest receives. A macvtap counts as the guest does, but what
 * it drops as received and broken as well.
 */
static void take_counters(
	struct nic_device *device, const uint64_t value[NETDEV_COUNTERS], uint64_t at_ns)
{
	const struct nic_counters in = { value[NETDEV_RX_PACKETS], value[NETDEV_RX_BYTES],
		value[NETDEV_RX_ERRORS], value[NETDEV_RX_DROPPED] };
	const struct nic_counters out = { value[NETDEV_TX_PACKETS], value[NETDEV_TX_BYTES],
		value[NETDEV_TX_ERRORS], value[NETDEV_TX_DROPPED] };
	const bool is_tap = device->kind == NIC_TAP;
	const struct nic_counters taken = { less(in.packets, in.dropped), in.bytes,
		less(in.errors, in.dropped), in.dropped };

	device->prev = device->cur;
	device->cur = (struct nic_reading){
		.at_ns = at_ns, .rx = is_tap ? out : taken, .tx = is_tap ? in : out
	};
	device->gone = false;
}

/* Of several VMs that have one device open each is given its counters. */
static void take_line(struct nics *nics, const char *name, const char *text, uint64_t at_ns)
{
	struct nic_device key;
	uint64_t value[NETDEV_COUNTERS];
	size_t i;

	strcpy(key.name, name);
	i = lower_bound(nics->by_name, nics->n_by_name, &key, by_name);
	if (i == nics->n_by_name || strcmp(nics->by_name[i]->name, name) != 0 ||
		!netdev_counters(text, value))
		return;
	for (; i < nics->n_by_name && strcmp(nics->by_name[i]->name, name) == 0; i++)
		take_counters(nics->by_name[i], value, at_ns);
}

/* It was there; one that never was is of another namespace than its process. */
static bool is_lost(const struct nic_device *device)
{
	return device->gone && device->cur.at_ns;
}

/* One that is gone may have come back by another name, or none. */
static void note_changes(struct nics *nics, size_t n_host)
{
	for (size_t i = 0; i < nics->n_owner; i++) {
		struct nic_owner *owner = &nics->owner[i];

		for (size_t k = 0; k < owner->n_device && !is_foreign(nics, owner); k++)
			owner->changed = owner->changed || is_lost(&owner->device[k]);
		owner->changed = owner->changed || (nics->n_host && nics->n_host != n_host);
	}
	nics->n_host = n_host;
}

static void read_host(struct nics *nics)
{
	char name[NETDEV_NAME_BYTES];
	const char *text;
	uint64_t at_ns;
	size_t n = 0;

	if (sysroot_slurp(nics->env->root, &nics->table, &nics->table_size, TABLE_MOST,
		    "proc/net/dev") < 0)
		return;
	at_ns = clock_mono_ns(nics->env->clock);
	for (size_t i = 0; i < nics->n_by_name; i++)
		nics->by_name[i]->gone = true;
	for (text = nics->table; netdev_next(&text, name); n++)
		take_line(nics, name, text, at_ns);
	note_changes(nics, n);
}

static void read_foreign(struct nics *nics, struct nic_owner *owner)
{
	uint64_t value[NETDEV_COUNTERS], at_ns;
	char name[NETDEV_NAME_BYTES];
	const char *text;

	if (sysroot_slurp(nics->env->root, &nics->table, &nics->table_size, TABLE_MOST,
		    "proc/%d/net/dev", (int)owner->pid) < 0)
		return;
	at_ns = clock_mono_ns(nics->env->clock);
	for (size_t i = 0; i < owner->n_device; i++)
		owner->device[i].gone = true;
	for (text = nics->table; netdev_next(&text, name);)
		for (size_t i = 0; i < owner->n_device; i++)
			if (strcmp(owner->device[i].name, name) == 0 &&
				netdev_counters(text, value))
				take_counters(&owner->device[i], value, at_ns);
	for (size_t i = 0; i < owner->n_device; i++)
		owner->changed = owner->changed || is_lost(&owner->device[i]);
}

static void read_counters(struct nics *nics)
{
	size_t left = FOREIGN_MOST;

	read_host(nics);
	for (size_t i = 0; i < nics->n_owner && left; i++) {
		struct nic_owner *owner = &nics->owner[nics->next_foreign++ % nics->n_owner];

		if (!is_foreign(nics, owner) || owner->n_device == 0)
			continue;
		read_foreign(nics, owner);
		left--;
	}
}

static bool is_busy(const struct nic_device *device)
{
	const struct qdisc_reading *cur = &device->qdisc_cur, *prev = &device->qdisc_prev;

	return (cur->backlog_packets && cur->backlog_packets != UNKNOWN_U64) ||
	       (prev->at_ns && cur->dropped_total != prev->dropped_total);
}

static void take_qdisc(void *arg, const struct qdisc *qdisc)
{
	struct nics *nics = arg;
	const struct nic_device key = { .ifindex = qdisc->ifindex };

	for (size_t i = lower_bound(nics->by_index, nics->n_by_name, &key, by_index);
		i < nics->n_by_name && nics->by_index[i]->ifindex == qdisc->ifindex; i++) {
		struct nic_device *device = nics->by_index[i];

		/* Another one begins to count anew. */
		device->qdisc_prev = strcmp(device->qdisc, qdisc->kind) == 0
					     ? device->qdisc_cur
					     : (struct qdisc_reading){ 0 };
		memcpy(device->qdisc, qdisc->kind, sizeof(device->qdisc));
		device->qdisc_cur = (struct qdisc_reading){ nics->qdisc_now_ns, qdisc->drops,
			qdisc->backlog_packets, qdisc->backlog_bytes };
		nics->qdisc_busy = nics->qdisc_busy || is_busy(device);
	}
}

/* After a failure what the socket still holds would be taken for the next answer. */
static void read_qdiscs(struct nics *nics)
{
	if (!nics->env->root->live || nics->n_by_name == 0 ||
		(!nics->qdisc_busy && clock_mono_ns(nics->env->clock) < nics->qdisc_due_ns))
		return;
	nics->qdisc_busy = false;
	if (nics->qdisc_fd < 0)
		nics->qdisc_code = nics->qdisc_fd = qdisc_open();
	nics->qdisc_now_ns = clock_mono_ns(nics->env->clock);
	nics->qdisc_due_ns = nics->qdisc_now_ns + QDISC_NS;
	if (nics->qdisc_fd < 0)
		return;
	nics->qdisc_code = qdisc_each(nics->qdisc_fd, take_qdisc, nics);
	if (nics->qdisc_code == 0)
		return;
	close(nics->qdisc_fd);
	nics->qdisc_fd = -1;
}

static const char *qdisc_reason(
	const struct nics *nics, const struct nic_owner *owner, struct arena *arena)
{
	if (is_foreign(nics, owner))
		return "its device is in a network namespace of its own, whose queueing "
		       "disciplines only who is in it may list";
	if (!nics->env->root->live)
		return "a captured tree has no queueing disciplines";
	return nics->qdisc_code < 0 ? arena_printf(arena, "cannot list queueing disciplines: %s",
					      strerror(-nics->qdisc_code))
				    : NULL;
}

static struct vm_nic device_out(const struct nics *nics, const struct nic_owner *owner,
	const struct nic_device *device, struct arena *arena)
{
	return (struct vm_nic){
		.name = text_clean(arena, device->name, strlen(device->name), TEXT_NAME_MAX),
		.kind = device->kind,
		.netns = owner->netns,
		.ifindex = device->ifindex,
		.queues = device->queues,
		.cur = device->cur,
		.prev = device->prev,
		.qdisc = device->qdisc[0] ? text_clean(arena, device->qdisc, strlen(device->qdisc),
						    TEXT_NAME_MAX)
					  : NULL,
		.qdisc_reason = device->qdisc[0] ? NULL : qdisc_reason(nics, owner, arena),
		.qdisc_cur = device->qdisc_cur,
		.qdisc_prev = device->qdisc_prev,
	};
}

static struct status look_status(const struct nic_owner *owner, struct arena *arena)
{
	struct status status = {
		.state = SOURCE_OK, .at_ns = owner->looked_ns, .cost_ns = owner->cost_ns
	};

	if (owner->code == 0)
		return status;
	status.state = SOURCE_UNAVAILABLE;
	status.reason = owner->code == -EACCES || owner->code == -EPERM
				? "may not look at the files of its process; run as root or grant "
				  "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
				: arena_printf(arena, "cannot look at the files of its process: %s",
					  strerror(-owner->code));
	return status;
}

static void fill(const struct nics *nics, struct arena *arena, struct nics_sample *section)
{
	section->vm = arena_array(arena, nics->n_owner, sizeof(*section->vm));
	for (size_t i = 0; i < nics->n_owner; i++) {
		const struct nic_owner *owner = &nics->owner[i];
		struct vm_nic *nic = arena_array(arena, owner->n_device, sizeof(*nic));

		for (size_t k = 0; k < owner->n_device; k++)
			nic[k] = device_out(nics, owner, &owner->device[k], arena);
		section->vm[section->n_vm++] = (struct nics_vm){
			.pid = owner->pid,
			.start_ticks = owner->start_ticks,
			.vhosts = owner->vhosts,
			.nic = nic,
			.n_nic = owner->n_device,
			.status = look_status(owner, arena),
		};
	}
}

static int nics_sample(void *state, struct sample *out)
{
	struct nics *nics = state;
	struct status *status = &out->status[SECTION_NICS];

	out->nics = (struct nics_sample){ 0 };
	status->at_ns = clock_mono_ns(nics->env->clock);
	take_vms(nics, &out->procvm);
	look_at_changed(nics);
	look_in_turn(nics);
	list_names(nics);
	if (nics->n_owner)
		read_counters(nics);
	read_qdiscs(nics);
	fill(nics, &out->arena, &out->nics);
	status->cost_ns = clock_mono_ns(nics->env->clock) - status->at_ns;
	return 0;
}

const struct probe probe_nics = {
	.name = "nics",
	.summary = "network devices of VMs, by the files that their processes have open, and what "
		   "the host counts of them",
	.section = SECTION_NICS,
	.open = nics_open,
	.sample = nics_sample,
	.close = nics_close,
};
