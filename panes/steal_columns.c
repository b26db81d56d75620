// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

/* Of the two that tell where vCPU time went, the one in use. */
static const char *host_source(const struct vm *vm)
{
	const struct source *bpf = vm_source(vm, "bpf");

	return bpf && source_has_values(bpf->state) ? "bpf" : "sched";
}

static void format_asked(const struct row *row, struct cell_text *out)
{
	double asked = row->vm->steal.asked_cpus;

	cell_count(asked >= 0 && asked < 1e15 ? (uint64_t)asked : UNKNOWN_U64, STYLE_HOST, out);
}

static double value_asked(const struct row *row)
{
	return row->vm->steal.asked_cpus;
}

static void format_got(const struct row *row, struct cell_text *out)
{
	double got = row->vm->steal.got_cpus;

	format_cpus(out->text, got);
	out->style = cell_style(row, host_source(row->vm), !isnan(got), STYLE_HOST);
}

static double value_got(const struct row *row)
{
	return row->vm->steal.got_cpus;
}

static void format_run(const struct row *row, struct cell_text *out)
{
	cell_pct(row, host_source(row->vm), row->vm->steal.host_run_pct, STYLE_HOST, out);
}

static double value_run(const struct row *row)
{
	return row->vm->steal.host_run_pct;
}

static void format_wait(const struct row *row, struct cell_text *out)
{
	double wait = row->vm->steal.host_wait_pct;

	cell_pct(row, host_source(row->vm), wait, severity_style(steal_severity(wait), STYLE_HOST), out);
}

static double value_wait(const struct row *row)
{
	return row->vm->steal.host_wait_pct;
}

static void format_throttled(const struct row *row, struct cell_text *out)
{
	double throttled = row->vm->steal.host_throttled_pct;

	cell_pct(row, "bpf", throttled, severity_style(steal_severity(throttled), STYLE_HOST), out);
}

static double value_throttled(const struct row *row)
{
	return row->vm->steal.host_throttled_pct;
}

static void format_blocked(const struct row *row, struct cell_text *out)
{
	double blocked = row->vm->steal.host_blocked_pct;

	cell_pct(row, "bpf", blocked, severity_style(steal_severity(blocked), STYLE_HOST), out);
}

static double value_blocked(const struct row *row)
{
	return row->vm->steal.host_blocked_pct;
}

static void format_halted(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "bpf", row->vm->steal.host_halted_pct, STYLE_HOST, out);
}

static double value_halted(const struct row *row)
{
	return row->vm->steal.host_halted_pct;
}

static void format_vmm(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "bpf", row->vm->steal.host_vmm_pct, STYLE_HOST, out);
}

static double value_vmm(const struct row *row)
{
	return row->vm->steal.host_vmm_pct;
}

static void format_p99(const struct row *row, struct cell_text *out)
{
	cell_ns(row, "bpf", row->vm->steal.wait_p99_ns, STYLE_HOST, out);
}

static double value_p99(const struct row *row)
{
	return row->vm->steal.wait_p99_ns;
}

static void format_max(const struct row *row, struct cell_text *out)
{
	cell_ns(row, "bpf", row->vm->steal.wait_max_ns, STYLE_HOST, out);
}

static double value_max(const struct row *row)
{
	return row->vm->steal.wait_max_ns;
}

/* Who ran during hardly any wait is no thief worth the name. */
static const struct thief *top_thief(const struct steal *steal)
{
	return steal->n_thief && steal->host_delay_pct >= 1 ? &steal->thief[0] : NULL;
}

static void format_thief(const struct row *row, struct cell_text *out)
{
	const struct thief *thief = top_thief(&row->vm->steal);

	cell_word(thief ? thief->name : NULL,
		severity_style(steal_severity(row->vm->steal.host_delay_pct), STYLE_HOST), out);
}

static double value_share(const struct row *row)
{
	const struct thief *thief = top_thief(&row->vm->steal);

	return thief ? thief->share_pct : NAN;
}

static void format_share(const struct row *row, struct cell_text *out)
{
	double share = value_share(row);

	snprintf(out->text, sizeof(out->text), isnan(share) ? "-" : "%.0f",
		fmin(fmax(share, 0), 100));
	out->style = cell_style(row, "bpf", !isnan(share), STYLE_HOST);
}

static void format_worst(const struct row *row, struct cell_text *out)
{
	const struct steal *steal = &row->vm->steal;
	double wait = steal->worst_vcpu_wait_pct;
	char pct[FORMAT_SIZE];

	cell_pct(row, host_source(row->vm), wait, severity_style(steal_severity(wait), STYLE_HOST), out);
	if (isnan(wait) || steal->worst_vcpu == UNKNOWN_U64)
		return;
	/* Seven columns: three figures of the number go before the tenth of the wait. */
	if (steal->worst_vcpu > 99)
		snprintf(pct, sizeof(pct), "%.0f", fmin(wait, 999));
	else
		format_pct(pct, wait);
	snprintf(out->text, sizeof(out->text), "%s/%u", pct, (unsigned)steal->worst_vcpu % 1000);
}

static double value_worst(const struct row *row)
{
	return row->vm->steal.worst_vcpu_wait_pct;
}

static void format_busy(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "agent", row->vm->steal.guest_busy_pct, STYLE_GUEST, out);
}

static double value_busy(const struct row *row)
{
	return row->vm->steal.guest_busy_pct;
}

static const char *steal_source_name(const struct vm *vm)
{
	return isnan(vm->steal.guest_told_pct) ? "agent" : "bpf";
}

static void format_steal(const struct row *row, struct cell_text *out)
{
	double steal = row->vm->steal.guest_steal_pct;
	uint8_t style = severity_style(steal_severity(steal), STYLE_GUEST);

	/* A guest without a steal clock says 0 for lack of an instrument. */
	if (row->vm->steal_clock == STEAL_CLOCK_NONE || row->vm->steal_clock == STEAL_CLOCK_OFF)
		style = STYLE_DIM;
	cell_pct(row, steal_source_name(row->vm), steal, style, out);
}

static double value_steal(const struct row *row)
{
	return row->vm->steal.guest_steal_pct;
}

static void format_idle(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "agent", row->vm->steal.guest_idle_pct, STYLE_GUEST, out);
}

static double value_idle(const struct row *row)
{
	return row->vm->steal.guest_idle_pct;
}

static void format_src(const struct row *row, struct cell_text *out)
{
	const char *source = row->vm->steal.guest_source;

	if (source && !strncmp(source, "steal clock", 11))
		source = strchr(source, ',') ? "kvm+a" : "kvm";
	else if (source && strstr(source, "/proc"))
		source = "file";
	else if (source && !strncmp(source, "agent", 5))
		source = "agent";
	cell_word(source, STYLE_GUEST, out);
}

static double value_age(const struct row *row)
{
	const struct source *agent = vm_source(row->vm, "agent");

	return agent && !isnan(row->vm->steal.guest_busy_pct) ? agent->age_s : NAN;
}

static void format_age_column(const struct row *row, struct cell_text *out)
{
	cell_age(row, "agent", value_age(row), out);
}

static double value_interval(const struct row *row)
{
	return row->vm->steal.guest_interval_s;
}

static void format_interval(const struct row *row, struct cell_text *out)
{
	format_age(out->text, value_interval(row));
	out->style = STYLE_DIM;
}

static void format_clock(const struct row *row, struct cell_text *out)
{
	static const char *const word[] = {
		[STEAL_CLOCK_UNKNOWN] = NULL,
		[STEAL_CLOCK_NONE] = "none",
		[STEAL_CLOCK_OFFERED] = "yes",
		[STEAL_CLOCK_OFF] = "off",
		[STEAL_CLOCK_ON] = "on",
	};

	cell_word(word[row->vm->steal_clock], STYLE_GUEST, out);
}

static const char *gap_source(const struct vm *vm)
{
	return vm->steal.gap_kind == GAP_BUSY ? "agent" : steal_source_name(vm);
}

static void format_gap_column(const struct row *row, struct cell_text *out)
{
	const struct steal *steal = &row->vm->steal;

	if (vm_is_halted(row->vm)) {
		cell_word(NULL, STYLE_DIM, out);
		return;
	}
	if (steal->verdict == VERDICT_BLIND) {
		cell_word("blind", STYLE_DIM, out);
		out->style = severity_style(steal_gap_severity(row->vm), STYLE_DIM);
		return;
	}
	format_gap(out->text, steal->gap_pct);
	out->style = cell_style(row, gap_source(row->vm), !isnan(steal->gap_pct),
		verdict_disagrees(row->vm->steal.verdict) ? STYLE_GAP : STYLE_NORMAL);
}

/*
 * Where the eye goes: first those that disagree, the worst first; then those that lose time unseen
 * because the guest is blind or was not asked; then those that agree; by the time lost in each.
 */
static double value_gap(const struct row *row)
{
	enum { STEP = 10000 };
	const struct steal *steal = &row->vm->steal;
	double lost = steal->host_delay_pct;

	if (steal->host_blocked_pct > 0)
		lost += steal->host_blocked_pct;
	if (verdict_disagrees(steal->verdict))
		return (2 + steal_gap_severity(row->vm)) * STEP + fabs(steal->gap_pct);
	if (steal->verdict == VERDICT_AGREE || steal_trouble(steal) == SEVERITY_NONE)
		return lost;
	return STEP + lost;
}

static void format_by(const struct row *row, struct cell_text *out)
{
	static const char *const kind[] = { [GAP_NONE] = "", [GAP_STEAL] = "s", [GAP_BUSY] = "b" };
	const struct steal *steal = &row->vm->steal;
	enum severity severity = steal_gap_severity(row->vm);

	snprintf(out->text, sizeof(out->text), "%-1s%s",
		verdict_disagrees(steal->verdict) ? kind[steal->gap_kind] : "",
		severity_mark(severity));
	out->style = verdict_disagrees(row->vm->steal.verdict)
			     ? STYLE_GAP
			     : severity_style(severity, STYLE_DIM);
}

static double value_by(const struct row *row)
{
	return steal_gap_severity(row->vm);
}

static void format_verdict(const struct row *row, struct cell_text *out)
{
	cell_verdict(row->vm->steal.verdict, out);
}

static void put_gap(const struct row *row, double gap, struct cell_text *out)
{
	format_gap(out->text, gap);
	out->style = cell_style(row, gap_source(row->vm), !isnan(gap), STYLE_NORMAL);
}

static double value_steal_gap(const struct row *row)
{
	return row->vm->steal.steal_gap_pct;
}

static void format_steal_gap(const struct row *row, struct cell_text *out)
{
	put_gap(row, value_steal_gap(row), out);
}

static double value_busy_gap(const struct row *row)
{
	return row->vm->steal.busy_gap_pct;
}

static void format_busy_gap(const struct row *row, struct cell_text *out)
{
	put_gap(row, value_busy_gap(row), out);
}

static double value_error(const struct row *row)
{
	return row->vm->steal.gap_error_pct;
}

static void format_error(const struct row *row, struct cell_text *out)
{
	cell_pct(row, gap_source(row->vm), value_error(row), STYLE_DIM, out);
}

#define BPF_LADDER                                                                       \
	"exact accounts by BPF at every switch of the vCPU's thread, from the kernel's own " \
	"exec time and run delay"
#define SCHED_LADDER                                                                       \
	BPF_LADDER "; else run time and run delay in /proc/PID/task/TID/schedstat of every vCPU thread, in " \
	"nanoseconds, through files kept open"
#define GUEST_LADDER                                                                             \
	"the guest agent's guest-get-cpustats (1 ms steps); else /proc/stat of the guest, read " \
	"through the agent (10 ms steps). Only when guests are asked"
#define STEAL_LADDER                                                                           \
	"the steal clock that KVM keeps in guest memory, read from there without asking the " \
	"guest; else " GUEST_LADDER
#define GAP_LADDER                                                                              \
	"the kernel's run delay and the guest's steal clock, which tells just that, read at "    \
	"once; else the host's schedstat counters and the guest's own, read together at both "   \
	"ends of the guest's interval"

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "asked", .heading = "asked", .unit = "CPUs", .group = COLUMN_HOST, .width = 5,
	  .priority = 6, .promised = true, .format = format_asked, .value = value_asked,
	  .source = "libvirt",
	  .help = "vCPUs that the guest was promised.",
	  .origin = "libvirt; else -smp on the command line; else the vCPU threads found" },
	{ .key = "got", .heading = "got", .unit = "CPUs", .group = COLUMN_HOST, .width = 4,
	  .priority = 3, .format = format_got, .value = value_got, .source = "bpf",
	  .source_of = host_source,
	  .help = "CPUs' worth of time that its vCPUs ran.",
	  .origin = SCHED_LADDER },
	{ .key = "run", .heading = "run", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 10, .format = format_run, .value = value_run, .source = "bpf",
	  .source_of = host_source,
	  .help = "Share of time in which its vCPU threads ran on a CPU, averaged over the "
		"vCPUs: guest code, exits, polling and emulation alike.",
	  .origin = SCHED_LADDER },
	{ .key = "wait", .heading = "wait", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 1, .format = format_wait, .value = value_wait, .source = "bpf",
	  .source_of = host_source,
	  .help = "Share of time in which its vCPUs were ready to run but had no CPU, averaged "
		"over the vCPUs. Also known as CPU ready (%RDY), steal, run delay, vcpu.delay "
		"in libvirt. Time throttled by a CPU quota is apart; where that is unknown, it "
		"is in here.",
	  .origin = SCHED_LADDER },
	{ .key = "thrtl", .heading = "thrt", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 5, .format = format_throttled, .value = value_throttled, .source = "bpf",
	  .help = "Share of time in which its vCPUs were ready, and its CPU quota was used up: "
		"nobody took it, somebody decided so. The guest's steal clock counts it.",
	  .origin = BPF_LADDER },
	{ .key = "blkd", .heading = "blkd", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 8, .format = format_blocked, .value = value_blocked, .source = "bpf",
	  .help = "Share of time in which its vCPUs slept in the midst of guest code: for a "
		"page from swap or over the network, for reclaim. No steal clock counts it.",
	  .origin = BPF_LADDER },
	{ .key = "p99w", .heading = "p99w", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 5, .format = format_p99, .value = value_p99, .source = "bpf",
	  .help = "99 in 100 single waits for a CPU, throttled ones too, were not longer.",
	  .origin = BPF_LADDER },
	{ .key = "maxw", .heading = "maxw", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 12, .format = format_max, .value = value_max, .source = "bpf",
	  .help = "The longest single wait that ended in the interval.",
	  .origin = BPF_LADDER },
	{ .key = "thief", .heading = "thief", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 4, .left = true, .ascending = true, .format = format_thief,
	  .source = "bpf",
	  .blames = true,
	  .help = "Who had the CPU for the largest part of the wait: another VM, a process of "
		"the host, own vCPUs, own emulator; quota when it was throttled, idle when the "
		"CPU was late to take it. Told from 1% of waiting on.",
	  .origin = BPF_LADDER },
	{ .key = "share", .heading = "%", .unit = "%", .group = COLUMN_HOST, .width = 3,
	  .priority = 4, .format = format_share, .value = value_share, .source = "bpf",
	  .blames = true,
	  .help = "The part of the wait in which that thief ran.",
	  .origin = BPF_LADDER },
	{ .key = "worst", .heading = "worst", .unit = "%/vcpu", .group = COLUMN_HOST, .width = 7,
	  .priority = 9, .format = format_worst, .value = value_worst, .source = "bpf",
	  .source_of = host_source,
	  .help = "Wait and throttled time of the vCPU that waited longest, and its number: one starved vCPU that "
		"holds a lock stops all others.",
	  .origin = SCHED_LADDER },
	{ .key = "halt", .heading = "halt", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 13, .format = format_halted, .value = value_halted, .source = "bpf",
	  .help = "Share of time in which its vCPUs slept because their guest had nothing to do.",
	  .origin = BPF_LADDER },
	{ .key = "vmm", .heading = "vmm", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 16, .format = format_vmm, .value = value_vmm, .source = "bpf",
	  .help = "Share of time in which its vCPUs slept in the VMM: for its lock, for "
		"synchronous IO, or because the VM is paused.",
	  .origin = BPF_LADDER },
	{ .key = "state", .heading = "state", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 20, .left = true, .ascending = true, .promised = true, .format = cell_state,
	  .source = "libvirt",
	  .help = "State of the VM.",
	  .origin = "a stopped process in /proc; else libvirt's domain state" },
	{ .key = "accel", .heading = "accel", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 22, .left = true, .ascending = true, .format = cell_accel,
	  .source = "procvm",
	  .help = "Who runs the guest's code: kvm (the hardware) or tcg (emulation, which has "
		"no steal clock).",
	  .origin = "the KVM file descriptors of the process; else its command line, libvirt" },
	{ .key = "threads", .heading = "thr", .unit = "", .group = COLUMN_HOST, .width = 4,
	  .priority = 25, .format = cell_threads, .value = cell_threads_value, .source = "procvm",
	  .help = "vCPU threads found; fewer than asked when vCPUs are offline or share a "
		"thread.",
	  .origin = "thread names; else the system call in which each thread is" },
	{ .key = "pid", .heading = "pid", .unit = "", .group = COLUMN_HOST, .width = 7,
	  .priority = 24, .ascending = true, .format = cell_pid, .value = cell_pid_value,
	  .source = "procvm",
	  .help = "Process of the VM.",
	  .origin = "the scan of /proc; else libvirt's pid file" },
	{ .key = "sold", .heading = "sold", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 26, .promised = true, .format = cell_sold, .value = cell_sold_value,
	  .source = "libvirt",
	  .help = "Memory that the guest was promised.",
	  .origin = "libvirt; else -m on the command line" },
	{ .key = "rss", .heading = "rss", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 27, .format = cell_rss, .value = cell_rss_value, .source = "procvm",
	  .help = "Memory of the process that is present in the host.",
	  .origin = "VmRSS in /proc/PID/status" },
	{ .key = "busy", .heading = "busy", .unit = "%", .group = COLUMN_GUEST, .width = 4,
	  .priority = 7, .format = format_busy, .value = value_busy, .source = "agent",
	  .help = "Share of time that the guest counts as used: user, nice, system, interrupts.",
	  .origin = GUEST_LADDER },
	{ .key = "steal", .heading = "steal", .unit = "%", .group = COLUMN_GUEST, .width = 5,
	  .priority = 2, .format = format_steal, .value = value_steal, .source = "bpf",
	  .source_of = steal_source_name,
	  .help = "Share of time that the guest counts as stolen. It knows only what its steal "
		"clock says; without one it is always 0, and drawn dim.",
	  .origin = STEAL_LADDER },
	{ .key = "idle", .heading = "idle", .unit = "%", .group = COLUMN_GUEST, .width = 4,
	  .priority = 11, .format = format_idle, .value = value_idle, .source = "agent",
	  .help = "Share of time that the guest counts as idle, waiting for IO included.",
	  .origin = GUEST_LADDER },
	{ .key = "src", .heading = "src", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 8, .left = true, .ascending = true, .format = format_src,
	  .source = "agent",
	  .help = "How the guest's view was had: kvm (its steal clock), agent (its CPU "
		"statistics), file (its /proc/stat), kvm+a: steal by its clock, busy by agent.",
	  .origin = STEAL_LADDER },
	{ .key = "age", .heading = "age", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 12, .format = format_age_column, .value = value_age, .source = "agent",
	  .help = "Since when the guest's figures are known.",
	  .origin = GUEST_LADDER },
	{ .key = "over", .heading = "over", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 21, .format = format_interval, .value = value_interval, .source = "agent",
	  .source_of = gap_source,
	  .help = "The time that the gap covers: between the guest's two readings, or the "
		"refresh where it is that of the steal clock.",
	  .origin = GUEST_LADDER },
	{ .key = "clock", .heading = "clock", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 14, .left = true, .ascending = true, .format = format_clock,
	  .source = "libvirt",
	  .help = "The guest's steal clock: on; off when the guest has not turned it on; none when "
		"the VM offers none; yes when it does, and nobody can see whether it is used.",
	  .origin = "KVM's record of what the guest turned on, by BPF; else "
		"the accelerator; the kvm-steal-time CPU feature in libvirt's definition or "
		"on the command line" },
	{ .key = "gap", .heading = "gap", .unit = "points", .group = COLUMN_GAP, .width = 5,
	  .format = format_gap_column, .value = value_gap, .source = "bpf",
	  .source_of = gap_source,
	  .help = "Host view less guest view: above 0 the host took or did what the guest does "
		"not see. The larger of the steal and the busy gap; blind: the guest has no "
		"steal clock. Sorts by trouble: disagreements, then waiting unseen, then the "
		"rest.",
	  .origin = GAP_LADDER },
	{ .key = "by", .heading = "by", .unit = "", .group = COLUMN_GAP, .width = 3,
	  .priority = 1, .left = true, .format = format_by, .value = value_by, .source = "bpf",
	  .source_of = gap_source,
	  .help = "What the gap is in, s steal or b busy, and how bad: ~ watch, ! warn, !! "
		"critical.",
	  .origin = GAP_LADDER },
	{ .key = "verdict", .heading = "verdict", .unit = "", .group = COLUMN_GAP, .width = 7,
	  .priority = 10, .left = true, .ascending = true, .format = format_verdict,
	  .source = "bpf",
	  .source_of = gap_source,
	  .help = "agree; hidden: the host sees trouble and the guest does not; phantom: the "
		"reverse; blind: the guest has no instrument; unknown: a side is missing.",
	  .origin = "the two views, when they differ by more than the error in 2 of 3 intervals" },
	{ .key = "error", .heading = "err", .unit = "points", .group = COLUMN_GAP, .width = 4,
	  .priority = 15, .format = format_error, .value = value_error, .source = "bpf",
	  .source_of = gap_source,
	  .help = "How far the gap may be off: by the steal clock, what KVM had not told yet; by "
		"the agent, the steps in which the guest counts, and the time its answer took.",
	  .origin = GAP_LADDER },
	{ .key = "steal-gap", .heading = "sgap", .unit = "points", .group = COLUMN_GAP,
	  .width = 5, .priority = 17, .format = format_steal_gap, .value = value_steal_gap,
	  .source = "bpf",
	  .source_of = gap_source,
	  .help = "Run delay, and with a steal clock blocked time, less guest steal.",
	  .origin = GAP_LADDER },
	{ .key = "busy-gap", .heading = "bgap", .unit = "points", .group = COLUMN_GAP,
	  .width = 5, .priority = 18, .format = format_busy_gap, .value = value_busy_gap,
	  .source = "agent",
	  .help = "Host run and wait less guest busy and steal: above 0 the host worked for a "
		"guest that counts itself idle, below 0 the guest counts time that the host "
		"never gave it.",
	  .origin = GAP_LADDER },
};
/* clang-format on */

const struct table steal_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = 27,
	.note = cell_note_halted,
};
