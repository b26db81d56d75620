// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "probes/domxml.h"
#include "probes/text.h"
#include "probes/virt.h"
#include "probes/virtevents.h"

/*
 * States come by one bulk call that never asks a monitor. Definitions are read when an event
 * says that they changed, and every INFO_S seconds anyway for what has no event (vCPUs plugged
 * by others); newer libvirt makes jobs of such calls, so not more often.
 */
enum { INFO_S = 10 };

struct known {
	char uuid[VIR_UUID_STRING_BUFLEN];
	virDomainPtr domain;
	enum vm_state state;
	const char *state_reason; /* static */
	char *name;
	struct domxml xml;
	uint64_t read_at_ns; /* when its definition was; 0: never */
	uint64_t pinned_ns;  /* since when its pins are what they are */
	bool active;	     /* in the last listing */
};

struct libvirt {
	const struct probe_env *env;
	virConnectPtr conn;
	struct known *known; /* by uuid */
	size_t n_known;
	char *uri, *hypervisor;
	struct virt_events *events;
};

static enum vm_state state_of(int state)
{
	switch (state) {
	case VIR_DOMAIN_RUNNING:
		return VM_RUNNING;
	case VIR_DOMAIN_BLOCKED:
		return VM_BLOCKED;
	case VIR_DOMAIN_PAUSED:
		return VM_PAUSED;
	case VIR_DOMAIN_SHUTDOWN:
	case VIR_DOMAIN_SHUTOFF:
		return VM_SHUTDOWN;
	case VIR_DOMAIN_CRASHED:
		return VM_CRASHED;
	case VIR_DOMAIN_PMSUSPENDED:
		return VM_SUSPENDED;
	}
	return VM_UNKNOWN;
}

/* Only pauses need a reason: the others explain themselves. */
static const char *pause_reason(int state, int reason)
{
	static const char *const words[] = {
		[VIR_DOMAIN_PAUSED_UNKNOWN] = NULL,
		[VIR_DOMAIN_PAUSED_USER] = "paused by an operator",
		[VIR_DOMAIN_PAUSED_MIGRATION] = "paused by a migration",
		[VIR_DOMAIN_PAUSED_SAVE] = "paused to be saved",
		[VIR_DOMAIN_PAUSED_DUMP] = "paused to be dumped",
		[VIR_DOMAIN_PAUSED_IOERROR] = "paused by an I/O error; look at its disks",
		[VIR_DOMAIN_PAUSED_WATCHDOG] = "paused by its watchdog",
		[VIR_DOMAIN_PAUSED_FROM_SNAPSHOT] = "paused as its snapshot was",
		[VIR_DOMAIN_PAUSED_SHUTTING_DOWN] = "paused while it shuts down",
		[VIR_DOMAIN_PAUSED_SNAPSHOT] = "paused by a snapshot",
		[VIR_DOMAIN_PAUSED_CRASHED] = "paused: the guest crashed",
		[VIR_DOMAIN_PAUSED_STARTING_UP] = "paused: it is being started",
		[VIR_DOMAIN_PAUSED_POSTCOPY] = "paused by a post-copy migration",
		[VIR_DOMAIN_PAUSED_POSTCOPY_FAILED] = "paused: its post-copy migration failed",
	};

	if (state != VIR_DOMAIN_PAUSED || reason < 0 ||
		(size_t)reason >= sizeof(words) / sizeof(words[0]))
		return NULL;
	return words[reason];
}

static char *hypervisor_name(virConnectPtr conn)
{
	const char *type = virConnectGetType(conn);
	unsigned long version;
	struct arena arena = { 0 };
	char *name;

	if (!type)
		return NULL;
	if (virConnectGetVersion(conn, &version) < 0 || version == 0)
		return xstrdup(type);
	name = xstrdup(arena_printf(&arena, "%s %lu.%lu.%lu", type, version / 1000000,
		version / 1000 % 1000, version % 1000));
	arena_release(&arena);
	return name;
}

static int libvirt_open(const struct probe_env *env, void **state, struct err *err)
{
	static const int events[] = { VIR_DOMAIN_EVENT_ID_LIFECYCLE,
		VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
		VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, VIR_DOMAIN_EVENT_ID_TUNABLE };
	struct libvirt *libvirt = xcalloc(1, sizeof(*libvirt));
	int rc = virt_open(&libvirt->conn, env->uri, false, err);

	if (rc < 0) {
		free(libvirt);
		return rc;
	}
	libvirt->env = env;
	libvirt->uri = virConnectGetURI(libvirt->conn);
	libvirt->hypervisor = hypervisor_name(libvirt->conn);
	libvirt->events = virt_events_new(
		libvirt->conn, env->wake_fd, events, sizeof(events) / sizeof(events[0]));
	*state = libvirt;
	return 0;
}

static void known_release(struct known *known)
{
	if (known->domain)
		virDomainFree(known->domain);
	free(known->name);
	domxml_release(&known->xml);
	*known = (struct known){ 0 };
}

static void libvirt_close(void *state)
{
	struct libvirt *libvirt = state;

	if (!libvirt)
		return;
	virt_events_free(libvirt->events, libvirt->conn);
	for (size_t i = 0; i < libvirt->n_known; i++)
		known_release(&libvirt->known[i]);
	free(libvirt->known);
	virt_close(libvirt->conn);
	free(libvirt->uri);
	free(libvirt->hypervisor);
	free(libvirt);
}

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->uuid, ((const struct known *)b)->uuid);
}

static struct known *known_find(const struct libvirt *libvirt, const char *uuid)
{
	for (size_t i = 0; i < libvirt->n_known; i++)
		if (strcmp(libvirt->known[i].uuid, uuid) == 0)
			return &libvirt->known[i];
	return NULL;
}

static void forget_inactive(struct libvirt *libvirt)
{
	size_t kept = 0;

	for (size_t i = 0; i < libvirt->n_known; i++) {
		if (libvirt->known[i].active)
			libvirt->known[kept++] = libvirt->known[i];
		else
			known_release(&libvirt->known[i]);
	}
	libvirt->n_known = kept;
}

static void take_state(struct libvirt *libvirt, virDomainPtr domain, int state, int reason)
{
	char uuid[VIR_UUID_STRING_BUFLEN];
	struct known *known;

	if (virDomainGetUUIDString(domain, uuid) < 0)
		return;
	known = known_find(libvirt, uuid);
	if (!known) {
		libvirt->known = xrealloc_array(
			libvirt->known, libvirt->n_known + 1, sizeof(*libvirt->known));
		known = &libvirt->known[libvirt->n_known++];
		*known = (struct known){ .domain = domain };
		virDomainRef(domain);
		memcpy(known->uuid, uuid, sizeof(uuid));
	}
	known->active = true;
	known->state = state_of(state);
	known->state_reason = pause_reason(state, reason);
}

static int stat_int(const virDomainStatsRecord *record, const char *field)
{
	int value = -1;

	virTypedParamsGetInt(record->params, record->nparams, field, &value);
	return value;
}

/* For drivers that have no bulk statistics. */
static int list_one_by_one(struct libvirt *libvirt)
{
	size_t count;
	virDomainPtr *domains = virt_active(libvirt->conn, &count);

	if (!domains)
		return -EIO;
	for (size_t i = 0; i < count; i++) {
		int state = -1, reason = -1;

		virDomainGetState(domains[i], &state, &reason, 0);
		take_state(libvirt, domains[i], state, reason);
	}
	virt_free_domains(domains, count);
	return 0;
}

static int list_active(struct libvirt *libvirt)
{
	virDomainStatsRecordPtr *records = NULL;
	int n = virConnectGetAllDomainStats(libvirt->conn, VIR_DOMAIN_STATS_STATE, &records,
		VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE);

	for (size_t i = 0; i < libvirt->n_known; i++)
		libvirt->known[i].active = false;
	if (n < 0) {
		const virError *error = virGetLastError();

		if (error && error->code == VIR_ERR_NO_SUPPORT)
			return list_one_by_one(libvirt);
		return -EIO;
	}
	for (int i = 0; i < n; i++)
		take_state(libvirt, records[i]->dom, stat_int(records[i], "state.state"),
			stat_int(records[i], "state.reason"));
	virDomainStatsRecordListFree(records);
	return 0;
}

static void mark_changed(void *arg, const char *uuid)
{
	struct known *known = known_find(arg, uuid);

	if (known)
		known->read_at_ns = 0;
}

static bool has_same_pins(const struct domxml *a, const struct domxml *b)
{
	return a->n_pin == b->n_pin && a->pins_automatic == b->pins_automatic &&
	       (a->n_pin == 0 || memcmp(a->pin, b->pin, a->n_pin * sizeof(*a->pin)) == 0);
}

static void read_xml(struct libvirt *libvirt, struct known *known, const char *xml)
{
	struct domxml old = known->xml;

	domxml_parse(&known->xml, xml, strlen(xml));
	if (known->pinned_ns == 0 || !has_same_pins(&old, &known->xml))
		known->pinned_ns = clock_mono_ns(libvirt->env->clock);
	domxml_release(&old);
}

/* What cannot be read stays as it was: a domain may end at any moment. */
static void read_definition(struct libvirt *libvirt, struct known *known)
{
	const char *name = virDomainGetName(known->domain);
	char *xml = virDomainGetXMLDesc(known->domain, 0);
	virDomainInfo info;

	free(known->name);
	known->name = name ? xstrdup(name) : NULL;
	if (xml) {
		read_xml(libvirt, known, xml);
	} else if (known->xml.vcpus == 0) {
		domxml_parse(&known->xml, "", 0);
	}
	free(xml);
	if (virDomainGetInfo(known->domain, &info) == 0) {
		known->xml.vcpus = info.nrVirtCpu;
		known->xml.mem_bytes = (uint64_t)info.memory * 1024;
	}
	known->read_at_ns = clock_mono_ns(libvirt->env->clock);
}

/* New and changed ones at once, the others in turn so that they do not come all together. */
static void read_definitions(struct libvirt *libvirt)
{
	const uint64_t now_ns = clock_mono_ns(libvirt->env->clock);
	size_t turns = libvirt->n_known / INFO_S + 1;

	virt_events_take(libvirt->events, mark_changed, libvirt);
	for (size_t i = 0; i < libvirt->n_known; i++) {
		struct known *known = &libvirt->known[i];
		bool old = known->read_at_ns + INFO_S * 1000000000ull <= now_ns;

		if (known->read_at_ns && (!old || turns == 0))
			continue;
		if (known->read_at_ns)
			turns--;
		read_definition(libvirt, known);
	}
}

static char *clean(struct arena *arena, const char *text, size_t max)
{
	return text ? text_clean(arena, text, strlen(text), max) : NULL;
}

static const struct pin *copy_pins(struct arena *arena, const struct domxml *xml)
{
	struct pin *pin = arena_array(arena, xml->n_pin, sizeof(*pin));

	if (xml->n_pin)
		memcpy(pin, xml->pin, xml->n_pin * sizeof(*pin));
	return pin;
}

static void fill_domain(struct libvirt *libvirt, struct sample *sample, const struct known *known,
	struct domain *out)
{
	struct arena *arena = &sample->arena;
	const struct domxml *xml = &known->xml;

	*out = (struct domain){
		.uuid = arena_strdup(arena, known->uuid),
		.name = clean(arena, known->name, TEXT_NAME_MAX),
		.title = xml->title[0] ? clean(arena, xml->title, TEXT_NAME_MAX) : NULL,
		.state = known->state,
		.state_reason = known->state_reason,
		.accel = xml->accel,
		.steal_clock = xml->steal_clock,
		.pid = virt_pid(libvirt->env->root, libvirt->conn, known->name),
		.vcpus = xml->vcpus,
		.vcpus_max = xml->vcpus_max,
		.mem_bytes = xml->mem_bytes,
		.guest_nodes = xml->nodes,
		.mem_max_bytes = xml->mem_max_bytes,
		.has_agent = xml->has_agent,
		.has_balloon = xml->has_balloon,
		.balloon_period_s = xml->balloon_period_s,
		.pin = copy_pins(arena, xml),
		.n_pin = xml->n_pin,
		.pinned_ns = known->pinned_ns,
		.pins_automatic = xml->pins_automatic,
		.devices = sample_hold(sample, xml->devices),
	};
}

static void fill_section(struct libvirt *libvirt, struct sample *out)
{
	struct arena *arena = &out->arena;
	struct libvirt_sample *section = &out->libvirt;

	if (libvirt->n_known)
		qsort(libvirt->known, libvirt->n_known, sizeof(*libvirt->known), by_uuid);
	section->uri = clean(arena, libvirt->uri, TEXT_NAME_MAX);
	section->hypervisor = clean(arena, libvirt->hypervisor, TEXT_NAME_MAX);
	section->n_domain = libvirt->n_known;
	section->domain = arena_array(arena, libvirt->n_known, sizeof(*section->domain));
	for (size_t i = 0; i < libvirt->n_known; i++)
		fill_domain(libvirt, out, &libvirt->known[i], &section->domain[i]);
}

static int libvirt_sample(void *state, struct sample *out)
{
	struct libvirt *libvirt = state;
	struct status *status = &out->status[SECTION_LIBVIRT];
	const struct clock *clock = libvirt->env->clock;
	uint64_t begin_ns = clock_mono_ns(clock);

	if (list_active(libvirt) < 0) {
		status->reason = virt_reason(&out->arena, "cannot list domains");
		return virt_is_lost(libvirt->conn) ? -ENOTCONN : -EIO;
	}
	out->libvirt.rtt_ns = clock_mono_ns(clock) - begin_ns;
	forget_inactive(libvirt);
	read_definitions(libvirt);
	fill_section(libvirt, out);
	status->state = SOURCE_OK;
	status->at_ns = clock_mono_ns(clock);
	status->cost_ns = status->at_ns - begin_ns;
	return 0;
}

const struct probe probe_libvirt = {
	.name = "libvirt",
	.summary = "domains, their states and definitions, by a read-only connection",
	.section = SECTION_LIBVIRT,
	.slow = true,
	.period_ms = 1000,
	.open = libvirt_open,
	.sample = libvirt_sample,
	.close = libvirt_close,
};
