// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/virt.h"

void calls_init(struct calls *calls, const struct calls_kind *kind)
{
	*calls = (struct calls){ .kind = kind, .workers = workers_new(kind->name, kind->stuck_ms) };
}

static void run(struct job *job)
{
	struct call *call = (struct call *)job;

	call->kind->run(call);
}

static void discard(struct job *job)
{
	struct call *call = (struct call *)job;

	call->kind->release(call);
	virDomainFree(call->domain);
	free(call);
}

struct call *calls_find(const struct calls *calls, const char *uuid)
{
	for (size_t i = 0; i < calls->n; i++)
		if (calls->call[i]->active && strcmp(calls->call[i]->uuid, uuid) == 0)
			return calls->call[i];
	return NULL;
}

static void add(struct calls *calls, virDomainPtr domain, const char *uuid)
{
	struct call *call = xcalloc(1, calls->kind->size);

	call->job.run = run;
	call->job.discard = discard;
	call->kind = calls->kind;
	call->active = true;
	call->domain = domain;
	virDomainRef(domain);
	memcpy(call->uuid, uuid, sizeof(call->uuid));
	calls->call = xrealloc_array(calls->call, calls->n + 1, sizeof(*calls->call));
	calls->call[calls->n++] = call;
}

static bool is_listed(const struct call *call, virDomainPtr *domains, size_t count)
{
	char uuid[VIR_UUID_STRING_BUFLEN];

	for (size_t i = 0; i < count; i++)
		if (virDomainGetUUIDString(domains[i], uuid) == 0 && strcmp(uuid, call->uuid) == 0)
			return true;
	return false;
}

static void drop_ended(struct calls *calls)
{
	size_t kept = 0;

	for (size_t i = 0; i < calls->n; i++) {
		struct call *call = calls->call[i];

		if (call->active || call->in_flight)
			calls->call[kept++] = call;
		else
			discard(&call->job);
	}
	calls->n = kept;
}

static int by_uuid(const void *a, const void *b)
{
	const struct call *x = *(struct call *const *)a, *y = *(struct call *const *)b;

	return strcmp(x->uuid, y->uuid);
}

int calls_refresh(struct calls *calls, virConnectPtr conn)
{
	char uuid[VIR_UUID_STRING_BUFLEN];
	size_t count;
	virDomainPtr *domains = virt_active(conn, &count);

	if (!domains)
		return -EIO;
	for (size_t i = 0; i < calls->n; i++)
		calls->call[i]->active &= is_listed(calls->call[i], domains, count);
	drop_ended(calls);
	for (size_t i = 0; i < count; i++)
		if (virDomainGetUUIDString(domains[i], uuid) == 0 && !calls_find(calls, uuid))
			add(calls, domains[i], uuid);
	if (calls->n)
		qsort(calls->call, calls->n, sizeof(*calls->call), by_uuid);
	virt_free_domains(domains, count);
	return 0;
}

static void submit_due(struct calls *calls, uint64_t now_ns, void *arg)
{
	for (size_t i = 0; i < calls->n; i++) {
		struct call *call = calls->call[i];

		if (!call->active || call->in_flight || now_ns < call->due_ns ||
			!calls->kind->prepare(call, arg))
			continue;
		call->in_flight = true;
		workers_submit(calls->workers, &call->job);
	}
}

void calls_round(struct calls *calls, uint64_t now_ns, unsigned limit_ms, void *arg)
{
	struct job *job;

	submit_due(calls, now_ns, arg);
	workers_wait(calls->workers, limit_ms);
	while ((job = workers_collect(calls->workers))) {
		struct call *call = (struct call *)job;

		call->in_flight = false;
		if (call->active)
			calls->kind->done(call, arg);
	}
	drop_ended(calls);
}

uint64_t calls_busy_ns(const struct calls *calls, const struct call *call)
{
	return call->in_flight ? workers_busy_ns(calls->workers, &call->job) : 0;
}

void calls_release(struct calls *calls)
{
	/* What is in flight belongs to the workers, who discard it. */
	for (size_t i = 0; i < calls->n; i++)
		if (!calls->call[i]->in_flight)
			discard(&calls->call[i]->job);
	workers_free(calls->workers);
	free(calls->call);
	*calls = (struct calls){ 0 };
}
