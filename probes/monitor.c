// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/balloon.h"
#include "probes/blockstats.h"
#include "probes/calls.h"
#include "probes/virt.h"

/*
 * NOWAIT does not protect the first caller that meets a hung QEMU: it becomes the one who waits.
 * So each domain is asked alone, on a worker, after its control interface said that it is free,
 * and never again while an answer is missing.
 */
enum { PERIOD_MS = 2000, PATIENCE_MS = 3 * PERIOD_MS, STUCK_MS = 2000, WAIT_MS = 250 };

/* What one call brings: each part may be missing for itself. */
enum { PART_BALLOON, PART_BLOCKS, PARTS };

static const char *const part_missing[] = {
	[PART_BALLOON] = "libvirt has no balloon statistics of this VM now",
	[PART_BLOCKS] = "libvirt has no block statistics of this VM now",
};

struct part {
	struct status status; /* of the last good one; at_ns 0: none yet */
	char reason[160];     /* there is no newer one; "" there is */
};

/* What a call that runs has so far. */
struct answer {
	uint64_t at_ns, cost_ns;
	bool has[PARTS];
	struct balloon_reading balloon; /* its strings are static */
	struct blockstats blocks;
};

struct monitor_call {
	struct call call;
	struct answer next;
	bool ok, busy;	      /* busy: somebody else was asking; that passes */
	char why[160];	      /* it is not ok */
	uint64_t answered_ns; /* 0: never */
	struct part part[PARTS];
	struct balloon_reading balloon;
	struct balloon_marks marks;
	struct blockstats blocks, before;
};

struct monitor {
	const struct probe_env *env;
	virConnectPtr conn;
	struct calls calls;
};

static bool fail(struct monitor_call *monitor, const char *why)
{
	snprintf(monitor->why, sizeof(monitor->why), "%s", why);
	return false;
}

/* Is the monitor free? Answered by libvirt itself, at once, whatever QEMU does. */
static bool is_free(struct monitor_call *monitor)
{
	virDomainControlInfo control;

	if (virDomainGetControlInfo(monitor->call.domain, &control, 0) < 0)
		return true; /* another driver: no monitor to hang */
	switch ((virDomainControlState)control.state) {
	case VIR_DOMAIN_CONTROL_OK:
		return true;
	case VIR_DOMAIN_CONTROL_JOB:
	case VIR_DOMAIN_CONTROL_OCCUPIED:
		snprintf(monitor->why, sizeof(monitor->why),
			"QEMU's monitor has been busy for %.1f s", control.stateTime / 1000.0);
		monitor->busy = control.stateTime < STUCK_MS;
		return false;
	case VIR_DOMAIN_CONTROL_ERROR:
		break;
#ifdef VIR_ENUM_SENTINELS
	case VIR_DOMAIN_CONTROL_LAST:
		break;
#endif
	}
	return fail(monitor, "QEMU's monitor is broken, says libvirt; see the domain's log");
}

static bool ask(struct monitor_call *monitor)
{
	virDomainPtr domains[] = { monitor->call.domain, NULL };
	virDomainStatsRecordPtr *records = NULL;
	struct answer *next = &monitor->next;
	const uint64_t begin_ns = clock_mono_ns(&clock_system);
	int n;

	if (!is_free(monitor))
		return false;
	n = virDomainListGetStats(domains, VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_BLOCK,
		&records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
	if (n == 1) {
		next->has[PART_BALLOON] = balloon_read(records[0], &next->balloon);
		next->has[PART_BLOCKS] = blockstats_read(records[0], &next->blocks);
	}
	if (records)
		virDomainStatsRecordListFree(records);
	/* NOWAIT leaves out what would have to wait. */
	monitor->busy = n == 1 && !next->has[PART_BALLOON] && !next->has[PART_BLOCKS];
	if (n != 1 || monitor->busy)
		return fail(monitor, "libvirt has no statistics of this VM now");
	next->at_ns = clock_mono_ns(&clock_system);
	next->cost_ns = next->at_ns - begin_ns;
	return true;
}

static void monitor_run(struct call *call)
{
	struct monitor_call *monitor = (struct monitor_call *)call;

	monitor->busy = false;
	blockstats_release(&monitor->next.blocks);
	monitor->next = (struct answer){ 0 };
	monitor->ok = ask(monitor);
}

static void take_balloon(struct monitor_call *monitor)
{
	monitor->balloon = monitor->next.balloon;
	balloon_mark(&monitor->marks, &monitor->balloon);
}

static void take_blocks(struct monitor_call *monitor)
{
	blockstats_release(&monitor->before);
	monitor->before = monitor->blocks;
	monitor->blocks = monitor->next.blocks;
	monitor->blocks.at_ns = monitor->next.at_ns;
	monitor->next.blocks = (struct blockstats){ 0 };
}

static void take_answer(struct monitor_call *monitor)
{
	const struct answer *next = &monitor->next;

	for (size_t i = 0; i < PARTS; i++) {
		struct part *part = &monitor->part[i];

		part->reason[0] = '\0';
		if (next->has[i])
			part->status =
				(struct status){ .at_ns = next->at_ns, .cost_ns = next->cost_ns };
		else
			snprintf(part->reason, sizeof(part->reason), "%s", part_missing[i]);
	}
	if (next->has[PART_BALLOON])
		take_balloon(monitor);
	if (next->has[PART_BLOCKS])
		take_blocks(monitor);
}

static void give_up(struct monitor_call *monitor, const char *why)
{
	for (size_t i = 0; i < PARTS; i++)
		snprintf(monitor->part[i].reason, sizeof(monitor->part[i].reason), "%s", why);
}

static void monitor_done(struct call *call, void *arg)
{
	struct monitor_call *monitor = (struct monitor_call *)call;
	const struct monitor *probe = arg;
	const uint64_t now_ns = clock_mono_ns(probe->env->clock);

	call->due_ns = now_ns + PERIOD_MS / 2 * 1000000ull;
	if (monitor->ok) {
		monitor->answered_ns = monitor->next.at_ns;
		take_answer(monitor);
	} else if (!monitor->busy || monitor->answered_ns + PATIENCE_MS * 1000000ull <= now_ns) {
		give_up(monitor, monitor->why);
	}
}

/* A stopped QEMU cannot answer: whoever asks it waits for whoever stopped it. */
static bool monitor_prepare(struct call *call, void *arg)
{
	struct monitor_call *monitor = (struct monitor_call *)call;
	const struct monitor *probe = arg;

	if (!virt_is_stopped(probe->env->root, probe->conn, call->domain))
		return true;
	give_up(monitor, "its QEMU process is stopped by a signal or a debugger");
	return false;
}

static void monitor_release(struct call *call)
{
	struct monitor_call *monitor = (struct monitor_call *)call;

	blockstats_release(&monitor->next.blocks);
	blockstats_release(&monitor->blocks);
	blockstats_release(&monitor->before);
}

static const struct calls_kind kind = {
	.name = "monitor-call",
	.size = sizeof(struct monitor_call),
	.stuck_ms = STUCK_MS,
	.prepare = monitor_prepare,
	.run = monitor_run,
	.done = monitor_done,
	.release = monitor_release,
};

static int monitor_open(const struct probe_env *env, void **state, struct err *err)
{
	struct monitor *probe = xcalloc(1, sizeof(*probe));
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

static void fill_status(const struct monitor *probe, struct arena *arena,
	const struct monitor_call *monitor, const struct part *part, struct status *status)
{
	uint64_t busy_ns = calls_busy_ns(&probe->calls, &monitor->call);

	*status = part->status;
	if (busy_ns > STUCK_MS * 1000000ull)
		status->reason = arena_printf(
			arena, "QEMU's monitor hangs: no answer for %.0f s", (double)busy_ns / 1e9);
	else if (part->reason[0])
		status->reason = arena_strdup(arena, part->reason);
	status_settle(status);
}

static void fill_balloon(const struct monitor *probe, struct arena *arena,
	const struct monitor_call *monitor, struct balloon_reading *out)
{
	const struct part *part = &monitor->part[PART_BALLOON];

	*out = part->status.at_ns ? monitor->balloon : balloon_unknown;
	out->uuid = arena_strdup(arena, monitor->call.uuid);
	fill_status(probe, arena, monitor, part, &out->status);
	if (out->status.state == SOURCE_OK && isnan(out->guest_time_s))
		out->status.reason = "the guest has told nothing: its balloon statistics are off; "
				     "an operator may "
				     "turn them on with virsh dommemstat DOMAIN --period 5 --live";
}

static void fill_blocks(const struct monitor *probe, struct arena *arena,
	const struct monitor_call *monitor, struct blocks_reading *out)
{
	*out = (struct blocks_reading){
		.uuid = arena_strdup(arena, monitor->call.uuid),
		.block = blockstats_copy(&monitor->blocks, arena),
		.n_block = monitor->blocks.n,
		.before = blockstats_copy(&monitor->before, arena),
		.n_before = monitor->before.n,
		.before_ns = monitor->before.at_ns,
	};
	fill_status(probe, arena, monitor, &monitor->part[PART_BLOCKS], &out->status);
}

static void fill_section(const struct monitor *probe, struct sample *out)
{
	const struct calls *calls = &probe->calls;
	struct arena *arena = &out->arena;

	out->balloon.reading = arena_array(arena, calls->n, sizeof(*out->balloon.reading));
	out->blocks.reading = arena_array(arena, calls->n, sizeof(*out->blocks.reading));
	for (size_t i = 0; i < calls->n; i++) {
		const struct monitor_call *monitor = (struct monitor_call *)calls->call[i];

		if (!monitor->call.active)
			continue;
		fill_balloon(
			probe, arena, monitor, &out->balloon.reading[out->balloon.n_reading++]);
		fill_blocks(probe, arena, monitor, &out->blocks.reading[out->blocks.n_reading++]);
	}
}

static int monitor_sample(void *state, struct sample *out)
{
	struct monitor *probe = state;
	struct status *status = &out->status[SECTION_MONITOR];
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

static void monitor_close(void *state)
{
	struct monitor *probe = state;

	if (!probe)
		return;
	calls_release(&probe->calls);
	virt_close(probe->conn);
	free(probe);
}

const struct probe probe_monitor = {
	.name = "monitor",
	.summary = "QEMU's counters of each disk, and what the guest's balloon driver last told "
		   "it, by "
		   "libvirt; asks no guest",
	.section = SECTION_MONITOR,
	.slow = true,
	.period_ms = PERIOD_MS,
	.open = monitor_open,
	.sample = monitor_sample,
	.close = monitor_close,
};
