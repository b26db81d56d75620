// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/agentcall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/agentdev.h"
#include "probes/agentline.h"
#include "probes/agentmem.h"
#include "probes/procfs.h"
#include "probes/qga.h"
#include "probes/vcpu.h"
#include "probes/virt.h"

enum {
	STUCK_MS = 12000, /* above AGENTLINE_ALL_S, and what is closed after that */
	AGAIN_MS = 1900,  /* a little less than the probe's period, which sets the pace */
	UNSUPPORTED = 99, /* as if it had failed so often */
	QUANTUM_MS = 10,  /* every Linux guest counts in ticks of 1/100 s */
	WHY_BYTES = 256,
};

/* What calls need of the host. A call that hangs may come back after the probe has gone. */
struct agentcall_host {
	struct sysroot root; /* of its own */
	const struct clock *clock;
	atomic_uint holders;
};

struct agentcall {
	struct call call;
	struct agentcall_host *host;
	pid_t pid;
	struct agentmem memory; /* of the call, then of the probe; and so is the next */
	struct agentdev devices;
	/* Of the call in flight: */
	bool probed;
	struct qga_info info;
	int64_t handle; /* of the guest's /proc/stat; -1: not open */
	struct guest_reading next;
	const char *next_method;
	struct agent_line line;
	bool ok;
	/* Of the probe: */
	struct guest_reading cur, prev;
	const char *method;
	uint64_t cost_ns;
	unsigned failures;
	char why[WHY_BYTES]; /* "" when the last call went well */
};

static void host_let_go(struct agentcall_host *host)
{
	if (atomic_fetch_sub(&host->holders, 1) > 1)
		return;
	sysroot_close(&host->root);
	free(host);
}

static void reading_free(struct guest_reading *reading)
{
	free(reading->cpu);
	free(reading->host);
	*reading = (struct guest_reading){ 0 };
}

/* On a worker's thread. */

static int probe_commands(struct agentcall *agent)
{
	char *reply;
	int rc;

	if (agent->probed)
		return 0;
	reply = agentline_command(&agent->line, "{\"execute\":\"guest-info\"}");
	if (!reply)
		return agent->line.err.code;
	rc = qga_info(reply, &agent->info, &agent->line.err);
	free(reply);
	if (rc == 0 && !agent->info.cpustats && !agent->info.file)
		rc = err_set(&agent->line.err, -EOPNOTSUPP,
			"its agent has both guest-get-cpustats and guest-file-* disabled");
	agent->probed = rc == 0;
	return rc;
}

static int ask_file(struct agentcall *agent)
{
	char *text = xcalloc(QGA_FILE_MAX + 1, 1);
	int rc = agent->handle < 0 ? agentline_open(&agent->line, "/proc/stat", &agent->handle)
				   : agentline_rewind(&agent->line, agent->handle);

	if (rc == 0)
		rc = agentline_read(&agent->line, agent->handle, text);
	if (rc == 0)
		rc = qga_proc_stat(text, &agent->next.cpu, &agent->next.n_cpu, &agent->line.err);
	/* Handles die with the agent: after a failure the next call opens anew. */
	if (rc < 0 && agent->handle >= 0)
		agentline_leave(&agent->line, agent->handle);
	if (rc < 0)
		agent->handle = -1;
	free(text);
	agent->next_method = "agent /proc/stat";
	return rc;
}

static int ask_cpustats(struct agentcall *agent)
{
	char *reply = agentline_command(&agent->line, "{\"execute\":\"guest-get-cpustats\"}");
	int rc;

	if (!reply)
		return agent->line.err.code;
	rc = qga_cpustats(reply, &agent->next.cpu, &agent->next.n_cpu, &agent->line.err);
	free(reply);
	agent->next_method = "agent cpustats";
	return rc;
}

static int by_tid(const void *a, const void *b)
{
	const struct task_sched *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* The vCPU threads' totals now, by tid, to be freed. */
static struct task_sched *read_host(const struct agentcall *agent, size_t *n)
{
	const struct sysroot *root = &agent->host->root;
	struct vcpu_list list = { 0 };
	struct task_sched *task;

	*n = 0;
	if (agent->pid == 0 || vcpu_find(&list, root, agent->pid, UNKNOWN_U64, ACCEL_UNKNOWN,
				       (struct vcpu_files){ 0 }) < 0)
		return NULL;
	task = xcalloc(list.n, sizeof(*task));
	for (size_t i = 0; i < list.n; i++) {
		struct task_sched *out = &task[*n];
		char buf[128];

		if (sysroot_read_record(root, buf, sizeof(buf), "proc/%d/task/%d/schedstat",
			    (int)agent->pid, (int)list.vcpu[i].tid) < 0 ||
			!procfs_schedstat(buf, &out->run_ns_total, &out->wait_ns_total))
			continue;
		out->tid = list.vcpu[i].tid;
		out->start_ticks = list.vcpu[i].start_ticks;
		out->at_ns = clock_mono_ns(agent->host->clock);
		(*n)++;
	}
	vcpu_list_release(&list);
	if (*n)
		qsort(task, *n, sizeof(*task), by_tid);
	return task;
}

static uint64_t middle(uint64_t a, uint64_t b)
{
	return a + (b - a) / 2;
}

/* The host halfway between before and after; nothing when a thread came or went meanwhile. */
static void pair(struct guest_reading *reading, struct task_sched *before, size_t n_before,
	struct task_sched *after, size_t n_after)
{
	bool same = n_before == n_after;

	for (size_t i = 0; same && i < n_after; i++) {
		same = before[i].tid == after[i].tid &&
		       before[i].start_ticks == after[i].start_ticks;
		after[i].run_ns_total = middle(before[i].run_ns_total, after[i].run_ns_total);
		after[i].wait_ns_total = middle(before[i].wait_ns_total, after[i].wait_ns_total);
		after[i].at_ns = middle(before[i].at_ns, after[i].at_ns);
	}
	free(before);
	if (!same || n_after == 0) {
		free(after);
		return;
	}
	reading->host = after;
	reading->n_host = n_after;
}

static int ask(struct agentcall *agent)
{
	struct task_sched *before, *after;
	size_t n_before, n_after;
	uint64_t begin_ns;
	int rc = probe_commands(agent);

	if (rc < 0)
		return rc;
	before = read_host(agent, &n_before);
	begin_ns = clock_mono_ns(agent->host->clock);
	rc = agent->info.cpustats ? ask_cpustats(agent) : ask_file(agent);
	agent->next.rtt_ns = clock_mono_ns(agent->host->clock) - begin_ns;
	agent->next.at_ns = begin_ns + agent->next.rtt_ns / 2;
	after = read_host(agent, &n_after);
	pair(&agent->next, before, n_before, after, n_after);
	if (rc < 0)
		return rc;
	agentmem_ask(&agent->memory, &agent->line, agent->info.file, agent->host->clock);
	agentdev_ask(&agent->devices, &agent->line, &agent->info, agent->host->clock);
	return 0;
}

static void agentcall_run(struct call *call)
{
	struct agentcall *agent = (struct agentcall *)call;

	agentline_begin(&agent->line, agent->call.domain, agent->host->clock);
	agent->ok = ask(agent) == 0;
	if (agent->ok)
		return;
	reading_free(&agent->next);
	agent->probed = false;
}

/* On the probe's thread. */

static bool skip(struct agentcall *agent, const char *why)
{
	snprintf(agent->why, sizeof(agent->why), "%s", why);
	return false;
}

/* Asking who cannot answer only costs the back-off. */
static bool agentcall_prepare(struct call *call, void *arg)
{
	struct agentcall *agent = (struct agentcall *)call;
	const struct agentcalls *calls = arg;
	int state = VIR_DOMAIN_NOSTATE;

	if (!agent->host) {
		agent->host = calls->host;
		atomic_fetch_add(&agent->host->holders, 1);
		agent->handle = -1;
	}
	if (virt_is_stopped(calls->env->root, calls->conn, call->domain))
		return skip(agent, "its QEMU process is stopped by a signal or a debugger");
	if (virDomainGetState(call->domain, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PAUSED)
		return skip(agent, "the VM is paused");
	agent->pid = virt_pid(calls->env->root, calls->conn, virDomainGetName(call->domain));
	agentturn_prepare(&agent->memory.turn, clock_mono_ns(calls->env->clock));
	agentturn_prepare(&agent->devices.turn, clock_mono_ns(calls->env->clock));
	return true;
}

static void take_failure(struct agentcall *agent, uint64_t now_ns)
{
	if (agent->line.unsupported)
		agent->failures = UNSUPPORTED;
	agent->call.due_ns = now_ns + agentline_back_off_ns(agent->failures++);
	snprintf(agent->why, sizeof(agent->why), "%s", agent->line.err.text);
}

static void agentcall_done(struct call *call, void *arg)
{
	struct agentcall *agent = (struct agentcall *)call;
	const struct agentcalls *calls = arg;
	uint64_t now_ns = clock_mono_ns(calls->env->clock);

	if (!agent->ok) {
		take_failure(agent, now_ns);
		return;
	}
	reading_free(&agent->prev);
	agent->prev = agent->cur;
	agent->cur = agent->next;
	agent->next = (struct guest_reading){ 0 };
	agent->method = agent->next_method;
	agent->cost_ns = agent->cur.rtt_ns;
	agent->failures = 0;
	agent->why[0] = '\0';
	agentmem_done(&agent->memory, now_ns);
	agentdev_done(&agent->devices, now_ns);
	call->due_ns = now_ns + AGAIN_MS * 1000000ull;
}

static void agentcall_release(struct call *call)
{
	struct agentcall *agent = (struct agentcall *)call;

	reading_free(&agent->cur);
	reading_free(&agent->prev);
	reading_free(&agent->next);
	agentdev_release(&agent->devices);
	if (agent->host)
		host_let_go(agent->host);
}

void agentcalls_init(struct agentcalls *calls, const struct probe_env *env, virConnectPtr conn)
{
	static const struct calls_kind kind = {
		.name = "agent-call",
		.size = sizeof(struct agentcall),
		.stuck_ms = STUCK_MS,
		.prepare = agentcall_prepare,
		.run = agentcall_run,
		.done = agentcall_done,
		.release = agentcall_release,
	};

	calls_init(&calls->calls, &kind);
	calls->env = env;
	calls->conn = conn;
	calls->host = xcalloc(1, sizeof(*calls->host));
	calls->host->root = *env->root;
	calls->host->root.dirfd = fcntl(env->root->dirfd, F_DUPFD_CLOEXEC, 3);
	calls->host->clock = env->clock;
	atomic_init(&calls->host->holders, 1);
}

void agentcalls_forgive(struct agentcalls *calls, const char *uuid)
{
	struct call *call = calls_find(&calls->calls, uuid);

	if (!call)
		return;
	call->due_ns = 0;
	((struct agentcall *)call)->failures = 0;
	((struct agentcall *)call)->memory.turn.due_ns = 0;
	((struct agentcall *)call)->devices.turn.due_ns = 0;
}

static void reading_copy(
	struct arena *arena, struct guest_reading *to, const struct guest_reading *from)
{
	*to = *from;
	to->cpu = arena_array(arena, from->n_cpu, sizeof(*to->cpu));
	if (from->n_cpu)
		memcpy(to->cpu, from->cpu, from->n_cpu * sizeof(*to->cpu));
	to->host = arena_array(arena, from->n_host, sizeof(*to->host));
	if (from->n_host)
		memcpy(to->host, from->host, from->n_host * sizeof(*to->host));
}

static void fill_status(const struct agentcalls *calls, struct arena *arena,
	const struct agentcall *agent, struct status *status)
{
	uint64_t now_ns = clock_mono_ns(calls->env->clock);
	uint64_t busy_ns = calls_busy_ns(&calls->calls, &agent->call);

	status->at_ns = agent->cur.at_ns;
	status->cost_ns = agent->cost_ns;
	if (busy_ns > AGENTLINE_CALL_S * 1000000000ull)
		status->reason = arena_printf(
			arena, "no answer from its agent for %.0f s", (double)busy_ns / 1e9);
	else if (agent->why[0] && agent->call.due_ns > now_ns)
		status->reason = arena_printf(arena, "%s; asked again in %.0f s", agent->why,
			(double)(agent->call.due_ns - now_ns) / 1e9);
	else if (agent->why[0])
		status->reason = arena_strdup(arena, agent->why);
	status_settle(status);
}

void agentcalls_fill(const struct agentcalls *calls, struct sample *out)
{
	struct agent_sample *section = &out->agent;

	section->reading = arena_array(&out->arena, calls->calls.n, sizeof(*section->reading));
	for (size_t i = 0; i < calls->calls.n; i++) {
		const struct agentcall *agent = (struct agentcall *)calls->calls.call[i];
		struct agent_reading *reading = &section->reading[section->n_reading];

		if (!agent->call.active)
			continue;
		reading->uuid = arena_strdup(&out->arena, agent->call.uuid);
		reading->method = agent->cur.at_ns ? agent->method : NULL;
		reading->quantum_ms = QUANTUM_MS;
		reading_copy(&out->arena, &reading->cur, &agent->cur);
		reading_copy(&out->arena, &reading->prev, &agent->prev);
		agentmem_fill(&agent->memory, &out->arena, reading);
		agentdev_fill(&agent->devices, &out->arena, reading);
		fill_status(calls, &out->arena, agent, &reading->status);
		section->n_reading++;
	}
}

void agentcalls_release(struct agentcalls *calls)
{
	calls_release(&calls->calls);
	host_let_go(calls->host);
}
