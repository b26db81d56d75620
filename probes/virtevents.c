// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/virtevents.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/thread.h"

enum { EVENTS_MAX = 8, NOTES_MAX = 4096 };

/*
 * Callbacks may still run while the probe closes, so this counts who holds it: the probe, and
 * libvirt for each registration.
 */
struct virt_events {
	pthread_mutex_t lock;
	char (*uuid)[VIR_UUID_STRING_BUFLEN];
	size_t n, cap;
	unsigned holders;
	int wake_fd;
	bool open;
	int id[EVENTS_MAX]; /* of the probe's thread */
	size_t n_id;
};

static void let_go(void *arg)
{
	struct virt_events *events = arg;
	bool last;

	pthread_mutex_lock(&events->lock);
	last = --events->holders == 0;
	pthread_mutex_unlock(&events->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&events->lock);
	free(events->uuid);
	free(events);
}

static void append(struct virt_events *events, const char *uuid)
{
	if (events->n == NOTES_MAX)
		return; /* the probe reads everything anew every few seconds anyway */
	events->uuid = xgrow(events->uuid, events->n + 1, &events->cap, sizeof(*events->uuid));
	memcpy(events->uuid[events->n++], uuid, VIR_UUID_STRING_BUFLEN);
}

static void note(struct virt_events *events, virDomainPtr domain)
{
	char uuid[VIR_UUID_STRING_BUFLEN];

	if (virDomainGetUUIDString(domain, uuid) < 0)
		return;
	pthread_mutex_lock(&events->lock);
	if (events->open) {
		append(events, uuid);
		if (events->wake_fd >= 0)
			bell_ring(events->wake_fd);
	}
	pthread_mutex_unlock(&events->lock);
}

/* Callbacks differ in what stands before their last argument, which is ours. */

static int on_lifecycle(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *arg)
{
	(void)conn;
	(void)event;
	(void)detail;
	note(arg, domain);
	return 0;
}

static void on_device(virConnectPtr conn, virDomainPtr domain, const char *alias, void *arg)
{
	(void)conn;
	(void)alias;
	note(arg, domain);
}

static void on_balloon(
	virConnectPtr conn, virDomainPtr domain, unsigned long long actual, void *arg)
{
	(void)conn;
	(void)actual;
	note(arg, domain);
}

static void on_agent(virConnectPtr conn, virDomainPtr domain, int state, int reason, void *arg)
{
	(void)conn;
	(void)state;
	(void)reason;
	note(arg, domain);
}

static void on_tunable(virConnectPtr conn, virDomainPtr domain, virTypedParameterPtr params,
	int n_params, void *arg)
{
	(void)conn;
	(void)params;
	(void)n_params;
	note(arg, domain);
}

static virConnectDomainEventGenericCallback callback_of(int event)
{
	switch (event) {
	case VIR_DOMAIN_EVENT_ID_LIFECYCLE:
		return VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle);
	case VIR_DOMAIN_EVENT_ID_DEVICE_ADDED:
	case VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED:
		return VIR_DOMAIN_EVENT_CALLBACK(on_device);
	case VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE:
		return VIR_DOMAIN_EVENT_CALLBACK(on_balloon);
	case VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE:
		return VIR_DOMAIN_EVENT_CALLBACK(on_agent);
	case VIR_DOMAIN_EVENT_ID_TUNABLE:
		return VIR_DOMAIN_EVENT_CALLBACK(on_tunable);
	}
	return NULL;
}

static void listen_for(struct virt_events *events, virConnectPtr conn, int event)
{
	virConnectDomainEventGenericCallback callback = callback_of(event);
	int id;

	if (!callback || events->n_id == EVENTS_MAX)
		return;
	pthread_mutex_lock(&events->lock);
	events->holders++;
	pthread_mutex_unlock(&events->lock);
	id = virConnectDomainEventRegisterAny(conn, NULL, event, callback, events, let_go);
	if (id >= 0)
		events->id[events->n_id++] = id;
	else
		let_go(events);
}

struct virt_events *virt_events_new(
	virConnectPtr conn, int wake_fd, const int *list, size_t n_events)
{
	struct virt_events *events = xcalloc(1, sizeof(*events));

	pthread_mutex_init(&events->lock, NULL);
	events->holders = 1;
	events->wake_fd = wake_fd;
	events->open = true;
	for (size_t i = 0; i < n_events; i++)
		listen_for(events, conn, list[i]);
	return events;
}

void virt_events_take(
	struct virt_events *events, void (*take)(void *arg, const char *uuid), void *arg)
{
	pthread_mutex_lock(&events->lock);
	for (size_t i = 0; i < events->n; i++)
		take(arg, events->uuid[i]);
	events->n = 0;
	pthread_mutex_unlock(&events->lock);
}

void virt_events_free(struct virt_events *events, virConnectPtr conn)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->n_id; i++)
		virConnectDomainEventDeregisterAny(conn, events->id[i]);
	pthread_mutex_lock(&events->lock);
	events->open = false;
	pthread_mutex_unlock(&events->lock);
	let_go(events);
}
