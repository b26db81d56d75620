// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/calls.h"
#include "probes/procfs.h"
#include "probes/virt.h"

/*
 * NOWAIT does not protect the first caller that meets a hung QEMU: it becomes the one who waits.
 * So each domain is asked alone, on a worker, after its control interface said that it is free,
 * and never again while an answer is missing.
 */
enum { PERIOD_MS = 2000, PATIENCE_MS = 3 * PERIOD_MS, STUCK_MS = 2000, WAIT_MS = 250 };

/*
 * The guest dates its words by whole seconds, so that a rate takes some of them: from the mark
 * before the last, and marks are MARK_S apart.
 */
static const double MARK_S = 10;

struct mark {
	double time_s; /* 0: there is none */
	uint64_t swap_in_bytes, swap_out_bytes;
};

struct balloon_call {
	struct call call;
	struct balloon_reading next;	/* of the call that runs; its strings are static */
	bool ok, busy;			/* busy: somebody else was asking; that passes */
	char why[160];			/* it is not ok */
	struct balloon_reading reading; /* the last good one; status.at_ns 0: none yet */
	char reason[160];		/* there is no newer one; "" there is */
	struct mark last, before;
};

struct balloon {
	const struct probe_env *env;
	virConnectPtr conn;
	struct calls calls;
};

static const struct balloon_reading nothing = {
	.actual_bytes = UNKNOWN_U64,
	.guest_total_bytes = UNKNOWN_U64,
	.guest_free_bytes = UNKNOWN_U64,
	.guest_usable_bytes = UNKNOWN_U64,
	.guest_cache_bytes = UNKNOWN_U64,
	.guest_swap_in_bytes_total = UNKNOWN_U64,
	.guest_swap_out_bytes_total = UNKNOWN_U64,
	.guest_time_s = NAN,
	.before_time_s = NAN,
	.before_swap_in_bytes_total = UNKNOWN_U64,
	.before_swap_out_bytes_total = UNKNOWN_U64,
};

static uint64_t field(const virDomainStatsRecord *record, const char *name, uint64_t unit)
{
	unsigned long long value;

	if (virTypedParamsGetULLong(record->params, record->nparams, name, &value) != 1 ||
		value > INT64_MAX / unit)
		return UNKNOWN_U64;
	return value * unit;
}

static void read_record(const virDomainStatsRecord *record, struct balloon_reading *out)
{
	uint64_t updated_s = field(record, "balloon.last-update", 1);

	out->actual_bytes = field(record, "balloon.current", 1024);
	/* Until the guest's driver has spoken once, QEMU has nothing of the guest. */
	if (updated_s == UNKNOWN_U64 || updated_s == 0)
		return;
	out->guest_time_s = (double)updated_s;
	out->guest_total_bytes = field(record, "balloon.available", 1024);
	out->guest_free_bytes = field(record, "balloon.unused", 1024);
	out->guest_usable_bytes = field(record, "balloon.usable", 1024);
	out->guest_cache_bytes = field(record, "balloon.disk_caches", 1024);
	out->guest_swap_in_bytes_total = field(record, "balloon.swap_in", 1024);
	out->guest_swap_out_bytes_total = field(record, "balloon.swap_out", 1024);
}

static bool fail(struct balloon_call *balloon, const char *why)
{
	snprintf(balloon->why, sizeof(balloon->why), "%s", why);
	return false;
}

/* Is the monitor free? Answered by libvirt itself, at once, whatever QEMU does. */
static bool is_free(struct balloon_call *balloon)
{
	virDomainControlInfo control;

	if (virDomainGetControlInfo(balloon->call.domain, &control, 0) < 0)
		return true; /* another driver: no monitor to hang */
	switch ((virDomainControlState)control.state) {
	case VIR_DOMAIN_CONTROL_OK:
		return true;
	case VIR_DOMAIN_CONTROL_JOB:
	case VIR_DOMAIN_CONTROL_OCCUPIED:
		snprintf(balloon->why, sizeof(balloon->why),
			"QEMU's monitor has been busy for %.1f s", control.stateTime / 1000.0);
		balloon->busy = control.stateTime < STUCK_MS;
		return false;
	case VIR_DOMAIN_CONTROL_ERROR:
		break;
#ifdef VIR_ENUM_SENTINELS
	case VIR_DOMAIN_CONTROL_LAST:
		break;
#endif
	}
	return fail(balloon, "QEMU's monitor is broken, says libvirt; see the domain's log");
}

static bool ask(struct balloon_call *balloon)
{
	virDomainPtr domains[] = { balloon->call.domain, NULL };
	virDomainStatsRecordPtr *records = NULL;
	const uint64_t begin_ns = clock_mono_ns(&clock_system);
	int n;

	balloon->next = nothing;
	if (!is_free(balloon))
		return false;
	n = virDomainListGetStats(domains, VIR_DOMAIN_STATS_BALLOON, &records,
		VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
	if (n == 1)
		read_record(records[0], &balloon->next);
	if (records)
		virDomainStatsRecordListFree(records);
	/* NOWAIT leaves out what would have to wait. */
	balloon->busy = n == 1 && balloon->next.actual_bytes == UNKNOWN_U64;
	if (n != 1 || balloon->busy)
		return fail(balloon, "libvirt has no balloon statistics of this VM now");
	balloon->next.status.at_ns = clock_mono_ns(&clock_system);
	balloon->next.status.cost_ns = balloon->next.status.at_ns - begin_ns;
	return true;
}

static void balloon_run(struct call *call)
{
	struct balloon_call *balloon = (struct balloon_call *)call;

	balloon->busy = false;
	balloon->ok = ask(balloon);
}

static void take_marks(struct balloon_call *balloon, struct balloon_reading *reading)
{
	const struct mark now = { reading->guest_time_s, reading->guest_swap_in_bytes_total,
		reading->guest_swap_out_bytes_total };
	const struct mark *from;

	if (isnan(now.time_s))
		return;
	if (balloon->last.time_s <= 0 || now.time_s < balloon->last.time_s) {
		balloon->last = now;
		balloon->before.time_s = 0;
	} else if (now.time_s - balloon->last.time_s >= MARK_S) {
		balloon->before = balloon->last;
		balloon->last = now;
	}
	from = balloon->before.time_s > 0 ? &balloon->before : &balloon->last;
	reading->before_time_s = from->time_s;
	reading->before_swap_in_bytes_total = from->swap_in_bytes;
	reading->before_swap_out_bytes_total = from->swap_out_bytes;
}

static void balloon_done(struct call *call, void *arg)
{
	struct balloon_call *balloon = (struct balloon_call *)call;
	const struct balloon *probe = arg;

	const uint64_t now_ns = clock_mono_ns(probe->env->clock);
	bool recent = balloon->reading.status.at_ns + PATIENCE_MS * 1000000ull > now_ns;

	call->due_ns = now_ns + PERIOD_MS / 2 * 1000000ull;
	balloon->reason[0] = '\0';
	if (balloon->ok) {
		balloon->reading = balloon->next;
		take_marks(balloon, &balloon->reading);
	} else if (!balloon->busy || !recent) {
		memcpy(balloon->reason, balloon->why, sizeof(balloon->reason));
	}
}

/* A stopped QEMU cannot answer: whoever asks it waits for whoever stopped it. */
static bool balloon_prepare(struct call *call, void *arg)
{
	struct balloon_call *balloon = (struct balloon_call *)call;
	const struct balloon *probe = arg;

	if (!virt_is_stopped(probe->env->root, probe->conn, call->domain))
		return true;
	snprintf(balloon->reason, sizeof(balloon->reason),
		"its QEMU process is stopped by a signal or a debugger");
	return false;
}

static void balloon_release(struct call *call)
{
	(void)call;
}

static const struct calls_kind kind = {
	.name = "balloon-call",
	.size = sizeof(struct balloon_call),
	.stuck_ms = STUCK_MS,
	.prepare = balloon_prepare,
	.run = balloon_run,
	.done = balloon_done,
	.release = balloon_release,
};

static int balloon_open(const struct probe_env *env, void **state, struct err *err)
{
	struct balloon *probe = xcalloc(1, sizeof(*probe));
	int rc = virt_open(&probe->conn, env->uri, false, err);

	if (rc < 0) {
		free(probe);
		return rc;
	}
	probe->env = env;
	calls_init(&probe->calls, &kind);
	*state = probe;
	return 0;
}

static void fill_status(const struct balloon *probe, struct arena *arena,
	const struct balloon_call *balloon, struct status *status)
{
	uint64_t busy_ns = calls_busy_ns(&probe->calls, &balloon->call);

	*status = balloon->reading.status;
	if (busy_ns > STUCK_MS * 1000000ull)
		status->reason = arena_printf(
			arena, "QEMU's monitor hangs: no answer for %.0f s", (double)busy_ns / 1e9);
	else if (balloon->reason[0])
		status->reason = arena_strdup(arena, balloon->reason);
	if (status->at_ns == 0) {
		status->state = SOURCE_UNAVAILABLE;
		if (!status->reason)
			status->reason = "not answered yet";
		return;
	}
	status->state = status->reason ? SOURCE_STALE : SOURCE_OK;
	if (!status->reason && isnan(balloon->reading.guest_time_s))
		status->reason = "the guest has told nothing: its balloon statistics are off; an "
				 "operator may turn them on with virsh dommemstat DOMAIN "
				 "--period 5 --live";
}

static void fill_section(const struct balloon *probe, struct sample *out)
{
	const struct calls *calls = &probe->calls;
	struct balloon_sample *section = &out->balloon;

	section->reading = arena_array(&out->arena, calls->n, sizeof(*section->reading));
	for (size_t i = 0; i < calls->n; i++) {
		const struct balloon_call *balloon = (struct balloon_call *)calls->call[i];
		struct balloon_reading *reading = &section->reading[section->n_reading];

		if (!balloon->call.active)
			continue;
		*reading = balloon->reading.status.at_ns ? balloon->reading : nothing;
		reading->uuid = arena_strdup(&out->arena, balloon->call.uuid);
		fill_status(probe, &out->arena, balloon, &reading->status);
		section->n_reading++;
	}
}

static int balloon_sample(void *state, struct sample *out)
{
	struct balloon *probe = state;
	struct status *status = &out->status[SECTION_BALLOON];
	const uint64_t begin_ns = clock_mono_ns(probe->env->clock);

	if (calls_refresh(&probe->calls, probe->conn) < 0) {
		status->reason = virt_reason(&out->arena, "cannot list domains");
		return virt_is_lost(probe->conn) ? -ENOTCONN : -EIO;
	}
	calls_round(&probe->calls, begin_ns, WAIT_MS, probe);
	fill_section(probe, out);
	status->at_ns = clock_mono_ns(probe->env->clock);
	status->cost_ns = status->at_ns - begin_ns;
	return 0;
}

static void balloon_close(void *state)
{
	struct balloon *probe = state;

	if (!probe)
		return;
	calls_release(&probe->calls);
	virt_close(probe->conn);
	free(probe);
}

const struct probe probe_balloon = {
	.name = "balloon",
	.summary = "what each guest's balloon driver last told QEMU, by libvirt; asks no guest",
	.section = SECTION_BALLOON,
	.slow = true,
	.period_ms = PERIOD_MS,
	.open = balloon_open,
	.sample = balloon_sample,
	.close = balloon_close,
};
