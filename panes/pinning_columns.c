// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pinning.h"

#include <math.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/steal.h"
#include "panes/style.h"

static const char *host_source(const struct vm *vm)
{
	const struct source *bpf = vm_source(vm, "bpf");

	return bpf && source_has_values(bpf->state) ? "bpf" : "sched";
}

static void put_known(const struct row *row, const char *word, uint8_t style, struct cell_text *out)
{
	cell_word(word, cell_style(row, "affinity", word != NULL, style), out);
}

static void format_set(const struct row *row, struct cell_text *out)
{
	const struct pinning *pinning = &row->vm->pinning;

	put_known(row, pinning->cpus && !pinning->bound ? "any" : pinning->cpus, STYLE_HOST, out);
}

static void put_number(const struct row *row, uint64_t number, uint8_t style, struct cell_text *out)
{
	format_count(out->text, number);
	out->style = cell_style(row, "affinity", number != UNKNOWN_U64, style);
}

static void format_cpus_count(const struct row *row, struct cell_text *out)
{
	put_number(row, row->vm->pinning.cpus_count, STYLE_HOST, out);
}

static double value_cpus_count(const struct row *row)
{
	return cell_number(row->vm->pinning.cpus_count);
}

static void format_vcpus(const struct row *row, struct cell_text *out)
{
	put_number(row, row->vm->pinning.set_vcpus, STYLE_HOST, out);
}

static double value_vcpus(const struct row *row)
{
	return cell_number(row->vm->pinning.set_vcpus);
}

static double value_demand(const struct row *row)
{
	return row->vm->pinning.demand_pct;
}

static void format_demand(const struct row *row, struct cell_text *out)
{
	cell_pct(row, host_source(row->vm), value_demand(row),
		severity_style(pinning_vm_severity(row->vm), STYLE_HOST), out);
}

static void format_sharers(const struct row *row, struct cell_text *out)
{
	put_number(row, row->vm->pinning.sharers,
		severity_style(pinning_vm_severity(row->vm), STYLE_HOST), out);
}

static double value_sharers(const struct row *row)
{
	return cell_number(row->vm->pinning.sharers);
}

static void format_sharer(const struct row *row, struct cell_text *out)
{
	put_known(row, row->vm->pinning.sharer,
		severity_style(pinning_vm_severity(row->vm), STYLE_HOST), out);
}

static void put_fault(const struct row *row, uint64_t number, uint8_t style, struct cell_text *out)
{
	put_number(row, number, number ? style : STYLE_DIM, out);
}

static void format_drifted(const struct row *row, struct cell_text *out)
{
	put_fault(row, row->vm->pinning.drifted, STYLE_WARN, out);
}

static double value_drifted(const struct row *row)
{
	return cell_number(row->vm->pinning.drifted);
}

static void format_should(const struct row *row, struct cell_text *out)
{
	const struct pinning *pinning = &row->vm->pinning;
	const char *configured = pinning->configured;

	for (size_t i = 0; i < pinning->n_pinned && !configured; i++)
		if (pinning->pinned[i].kind == PINNED_VCPU)
			configured = pinning->pinned[i].configured;
	put_known(row, configured, pinning->configured ? STYLE_WARN : STYLE_HOST, out);
}

static void format_real(const struct row *row, struct cell_text *out)
{
	put_known(row, row->vm->pinning.real, STYLE_WARN, out);
}

static void format_smt(const struct row *row, struct cell_text *out)
{
	put_fault(row, row->vm->pinning.smt, STYLE_WATCH, out);
}

static double value_smt(const struct row *row)
{
	return cell_number(row->vm->pinning.smt);
}

static void format_isolation(const struct row *row, struct cell_text *out)
{
	static const char *const word[] = {
		[ISOLATION_NONE] = "",
		[ISOLATION_UNBALANCED] = "still",
		[ISOLATION_SHARED] = "shared",
		[ISOLATION_HELPER] = "helper",
	};

	put_known(row, row->vm->pinning.cpus ? word[row->vm->pinning.isolation] : NULL, STYLE_WATCH, out);
}

static double value_wait(const struct row *row)
{
	return row->vm->steal.host_delay_pct;
}

static void format_wait(const struct row *row, struct cell_text *out)
{
	double wait = value_wait(row);

	cell_pct(row, host_source(row->vm), wait, severity_style(steal_severity(wait), STYLE_HOST), out);
}

static void format_threads(const struct row *row, struct cell_text *out)
{
	put_number(row, row->vm->pinning.threads, STYLE_HOST, out);
}

static double value_threads(const struct row *row)
{
	return cell_number(row->vm->pinning.threads);
}

static const char *steal_source(const struct vm *vm)
{
	return isnan(vm->steal.guest_told_pct) ? "agent" : "bpf";
}

static double value_steal(const struct row *row)
{
	return row->vm->steal.guest_steal_pct;
}

static void format_steal(const struct row *row, struct cell_text *out)
{
	double steal = value_steal(row);
	uint8_t style = severity_style(steal_severity(steal), STYLE_GUEST);

	/* A guest without a steal clock says 0 for lack of an instrument. */
	if (row->vm->steal_clock == STEAL_CLOCK_NONE || row->vm->steal_clock == STEAL_CLOCK_OFF)
		style = STYLE_DIM;
	cell_pct(row, steal_source(row->vm), steal, style, out);
}

static void format_gap_column(const struct row *row, struct cell_text *out)
{
	const struct pinning *pinning = &row->vm->pinning;

	if (vm_is_halted(row->vm)) {
		cell_word(NULL, STYLE_DIM, out);
		return;
	}
	if (pinning->verdict == VERDICT_BLIND) {
		cell_word("blind", severity_style(pinning_vm_severity(row->vm), STYLE_DIM), out);
		return;
	}
	format_gap(out->text, pinning->gap_pct);
	out->style = cell_style(row, steal_source(row->vm), !isnan(pinning->gap_pct),
		verdict_disagrees(pinning->verdict) ? STYLE_GAP : STYLE_NORMAL);
}

/* First those that disagree, then those whose CPUs are fought over, then the rest. */
static double value_gap(const struct row *row)
{
	enum { STEP = 100000 };
	const struct pinning *pinning = &row->vm->pinning;
	double demand = isnan(pinning->demand_pct) ? 0 : fmin(pinning->demand_pct, STEP / 2);
	double drifted = pinning->drifted != UNKNOWN_U64 && pinning->drifted > 0 ? STEP / 2 : 0;

	if (vm_is_halted(row->vm))
		return NAN;
	return (verdict_disagrees(pinning->verdict) ? 8.0 * STEP : 0) +
	       pinning_vm_severity(row->vm) * (double)STEP + drifted +
	       (pinning->bound ? STEP / 4 : 0) + demand / 4;
}

static void format_mark(const struct row *row, struct cell_text *out)
{
	cell_mark(pinning_vm_severity(row->vm), row->vm->pinning.verdict, out);
}

static double value_mark(const struct row *row)
{
	return pinning_vm_severity(row->vm);
}

static void format_verdict(const struct row *row, struct cell_text *out)
{
	cell_verdict(row->vm->pinning.verdict, out);
}

#define REAL_LADDER                                                                                \
	"sched_getaffinity of each thread, which needs no rights: vCPUs as found in /proc, the "   \
	"others as bpf finds them; of a captured machine Cpus_allowed_list in "                     \
	"/proc/PID/task/TID/status"
#define CONFIGURED_LADDER                                                                          \
	"vcpupin, iothreadpin and emulatorpin in libvirt's definition; else the cpuset of its vcpu " \
	"element"
#define DEMAND_LADDER                                                                              \
	"run time and queueing of each thread that can run nowhere else, by the exact accounts of " \
	"bpf, with bound processes of the host; else schedstat of vCPUs alone, where a quota counts " \
	"as queueing and processes are not seen"
#define SYS_LADDER                                                                                 \
	"isolated, nohz_full and thread_siblings_list below /sys/devices/system/cpu, and " REAL_LADDER

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "set", .heading = "CPU set", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 1, .left = true, .ascending = true, .format = format_set,
	  .source = "affinity",
	  .help = "The CPUs that one of its vCPUs may run on; of several such sets the one of "
		"which the most is asked. any: all that are online. Its other sets are on the VM's page.",
	  .origin = REAL_LADDER },
	{ .key = "cpus", .heading = "n", .unit = "CPUs", .group = COLUMN_HOST, .width = 3,
	  .priority = 9, .format = format_cpus_count, .value = value_cpus_count,
	  .source = "affinity", .help = "How many CPUs these are.", .origin = REAL_LADDER },
	{ .key = "vcpus", .heading = "vcpu", .unit = "", .group = COLUMN_HOST, .width = 4,
	  .priority = 8, .format = format_vcpus, .value = value_vcpus, .source = "affinity",
	  .help = "vCPUs of the VM that may run nowhere else.", .origin = REAL_LADDER },
	{ .key = "demand", .heading = "dem", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .format = format_demand, .value = value_demand, .source = "bpf",
	  .source_of = host_source,
	  .help = "What all threads that can run nowhere else ask of these CPUs, in per cent of "
		"them, whomever they belong to: above 100 somebody must wait, above 200 everybody "
		"gets less than half.",
	  .origin = DEMAND_LADDER },
	{ .key = "sharers", .heading = "shr", .unit = "VMs", .group = COLUMN_HOST, .width = 3,
	  .priority = 3, .format = format_sharers, .value = value_sharers, .source = "affinity",
	  .help = "Other VMs with a thread that is bound to one of these CPUs.",
	  .origin = REAL_LADDER },
	{ .key = "with", .heading = "with", .unit = "", .group = COLUMN_HOST, .width = 10,
	  .priority = 4, .left = true, .ascending = true, .format = format_sharer,
	  .source = "affinity",
	  .blames = true,
	  .help = "Who asks most of these CPUs beside it: a VM or a process of the host.",
	  .origin = REAL_LADDER },
	{ .key = "drift", .heading = "drft", .unit = "", .group = COLUMN_HOST, .width = 4,
	  .priority = 2, .format = format_drifted, .value = value_drifted, .source = "affinity",
	  .help = "Its threads that may run elsewhere than the definition says: somebody moved "
		"them, or a cpuset keeps them from it.",
	  .origin = REAL_LADDER ", beside " CONFIGURED_LADDER },
	{ .key = "smt", .heading = "smt", .unit = "", .group = COLUMN_HOST, .width = 3,
	  .priority = 6, .format = format_smt, .value = value_smt, .source = "topology",
	  .help = "Its busy vCPUs whose core runs a busy one of another VM, each bound to a thread "
		"of that core: both get about 60% of what they would alone.",
	  .origin = SYS_LADDER },
	{ .key = "isolation", .heading = "iso", .unit = "", .group = COLUMN_HOST, .width = 6,
	  .priority = 7, .left = true, .ascending = true, .format = format_isolation,
	  .source = "topology",
	  .blames = true,
	  .help = "A fault with isolated CPUs. still: several vCPUs on several of them, where "
		"nothing moves a thread; shared: several busy threads on one; helper: an emulator, "
		"I/O or vhost thread on that of a vCPU.",
	  .origin = SYS_LADDER },
	{ .key = "wait", .heading = "wait", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 5, .format = format_wait, .value = value_wait, .source = "bpf",
	  .source_of = host_source,
	  .help = "Share of time in which its vCPUs were ready to run but had no CPU, or their quota "
		"was used up.",
	  .origin = "as in the steal pane" },
	{ .key = "should", .heading = "should", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 10, .left = true, .ascending = true, .format = format_should,
	  .source = "libvirt",
	  .help = "The CPUs that the definition gives to the thread that drifted, else to the first "
		"vCPU.",
	  .origin = CONFIGURED_LADDER },
	{ .key = "real", .heading = "real", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 11, .left = true, .ascending = true, .format = format_real,
	  .source = "affinity",
	  .help = "Where the thread that drifted may run.", .origin = REAL_LADDER },
	{ .key = "threads", .heading = "thr", .unit = "", .group = COLUMN_HOST, .width = 3,
	  .priority = 12, .format = format_threads, .value = value_threads, .source = "affinity",
	  .help = "Threads of the VM that were looked at, vhost workers too.",
	  .origin = REAL_LADDER },
	{ .key = "state", .heading = "state", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 20, .left = true, .ascending = true, .promised = true, .format = cell_state,
	  .source = "libvirt",
	  .help = "State of the VM.",
	  .origin = "a stopped process in /proc; else libvirt's domain state" },
	{ .key = "steal", .heading = "steal", .unit = "%", .group = COLUMN_GUEST, .width = 5,
	  .priority = 1, .format = format_steal, .value = value_steal, .source = "bpf",
	  .source_of = steal_source,
	  .help = "Share of time that the guest counts as stolen: all that it can know of who else "
		"is on its CPUs. Drawn dim where it has no steal clock.",
	  .origin = "as in the steal pane" },
	{ .key = "gap", .heading = "gap", .unit = "points", .group = COLUMN_GAP, .width = 5,
	  .format = format_gap_column, .value = value_gap, .source = "bpf",
	  .source_of = steal_source,
	  .help = "The wait of its vCPUs less the guest's steal; blind: its CPUs are fought over, and "
		"it has no steal clock. Sorts by trouble: disagreements, then CPUs that are fought "
		"over, then threads that drifted.",
	  .origin = "as in the steal pane" },
	{ .key = "by", .heading = "by", .unit = "", .group = COLUMN_GAP, .width = 2,
	  .priority = 1, .left = true, .format = format_mark, .value = value_mark, .source = "bpf",
	  .source_of = host_source,
	  .help = "How much more is asked of its CPUs than they have: ~ watch from 105%, ! warn from "
		"120%, !! critical from 200%.",
	  .origin = DEMAND_LADDER },
	{ .key = "verdict", .heading = "verdict", .unit = "", .group = COLUMN_GAP, .width = 7,
	  .priority = 10, .left = true, .ascending = true, .format = format_verdict,
	  .source = "bpf", .source_of = steal_source,
	  .help = "agree: its CPUs suffice, or it is told that it waits; hidden: they are fought "
		"over, and it is not told; blind: it has no steal clock; unknown: a side is missing.",
	  .origin = "the two views, when they differ by more than the error in 2 of 3 intervals" },
};
/* clang-format on */

const struct table pinning_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = 16,
	.note = cell_note_halted,
};
