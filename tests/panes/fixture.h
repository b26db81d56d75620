/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_FIXTURE_H
#define PARALLAX_TESTS_FIXTURE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "panes/screen.h"
#include "probes/schema.h"

/* Snapshots built by hand, and screens compared by eye: one string a row. */

enum { FIXTURE_VMS = 64 };

static inline struct snapshot *fixture_new(double time_s)
{
	struct snapshot *snap = snapshot_new();

	snap->time_s = time_s;
	snap->interval_s = 1;
	snap->vm = arena_array(&snap->arena, FIXTURE_VMS, sizeof(*snap->vm));
	snap->n_vm = 0;
	return snap;
}

static inline struct source fixture_source(
	const char *name, enum source_state state, const char *reason, double age_s, double cost_ms)
{
	return (struct source){ name, state, reason, age_s, cost_ms };
}

/* The sources of a VM, in their order. */
enum fixture_source {
	FIXTURE_BPF,
	FIXTURE_SCHED,
	FIXTURE_LIBVIRT,
	FIXTURE_BALLOON,
	FIXTURE_AGENT,
	FIXTURE_SOURCES
};

/* A running KVM VM that nobody asked anything: its host side is the caller's, from schedstat. */
static inline struct vm *fixture_vm(
	struct snapshot *snap, const char *name, unsigned vcpus, double run, double wait)
{
	struct vm *vm = &snap->vm[snap->n_vm++];

	schema_init(&schema_vm, vm);
	vm->key = arena_printf(&snap->arena, "key-%s", name);
	vm->name = arena_strdup(&snap->arena, name);
	vm->uuid = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";
	vm->vmm = "qemu-system-x86_64";
	vm->pid = 4000 + snap->n_vm;
	vm->accel = ACCEL_KVM;
	vm->state = VM_RUNNING;
	vm->in_libvirt = true;
	vm->vcpus = vm->vcpus_max = vcpus;
	vm->steal_clock = STEAL_CLOCK_OFFERED;
	vm->vcpu_source = "by the names that the VMM gives its threads";
	vm->memory.sold_bytes = 16ull << 30;
	vm->memory.host_rss_bytes = 12ull << 30;
	vm->memory.host_hugetlb_bytes = 0;
	vm->steal.asked_cpus = vcpus;
	vm->steal.got_cpus = vcpus * run / 100;
	vm->steal.host_run_pct = run;
	vm->steal.host_wait_pct = vm->steal.host_delay_pct = wait;
	vm->source = arena_array(&snap->arena, FIXTURE_SOURCES, sizeof(*vm->source));
	vm->n_source = FIXTURE_SOURCES;
	vm->source[FIXTURE_BPF] = fixture_source("bpf", SOURCE_UNAVAILABLE,
		"its vCPU threads could not be read", NAN, NAN);
	vm->source[FIXTURE_SCHED] = fixture_source("sched", SOURCE_OK, NULL, 0.1, 0.9);
	vm->source[FIXTURE_LIBVIRT] = fixture_source("libvirt", SOURCE_OK, NULL, 0.4, 12);
	vm->source[FIXTURE_BALLOON] = fixture_source("balloon", SOURCE_OK, NULL, 2.2, 0.9);
	vm->source[FIXTURE_AGENT] =
		fixture_source("agent", SOURCE_OFF, "guests are not asked", NAN, NAN);
	return vm;
}

/* Its exact accounts: what is left to 100 its guest slept. Before guest, clock and vCPUs. */
static inline void fixture_accounts(struct vm *vm, double throttled, double blocked, double vmm)
{
	struct steal *s = &vm->steal;

	s->host_throttled_pct = throttled;
	s->host_blocked_pct = blocked;
	s->host_vmm_pct = vmm;
	s->host_delay_pct = s->host_wait_pct + throttled;
	s->host_halted_pct = 100 - s->host_run_pct - s->host_delay_pct - blocked -
			     (isnan(vmm) ? 0 : vmm);
	vm->source[FIXTURE_BPF] = fixture_source("bpf", SOURCE_OK, NULL, 0.1, 0.3);
	vm->source[FIXTURE_SCHED] = fixture_source(
		"sched", SOURCE_OFF, "bpf has these numbers, and better", NAN, NAN);
}

/* Its guest answers: the gaps follow by the formulas of the snapshot. */
static inline void fixture_guest(struct vm *vm, double busy, double steal)
{
	struct steal *s = &vm->steal;

	vm->has_agent = true;
	vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_OK, NULL, 1.3, 4.1);
	s->guest_source = "agent cpustats";
	s->guest_busy_pct = busy;
	s->guest_steal_pct = steal;
	s->guest_idle_pct = 100 - busy - steal;
	s->guest_interval_s = 2;
	s->paired_run_pct = s->host_run_pct;
	s->paired_wait_pct = s->host_delay_pct;
	s->steal_gap_pct = s->paired_wait_pct - steal;
	s->busy_gap_pct = s->paired_run_pct + s->paired_wait_pct - busy - steal;
	s->gap_error_pct = 0.6;
	s->gap_kind = fabs(s->steal_gap_pct) >= fabs(s->busy_gap_pct) ? GAP_STEAL : GAP_BUSY;
	s->gap_pct = s->gap_kind == GAP_STEAL ? s->steal_gap_pct : s->busy_gap_pct;
}

/* Its steal clock is read, and nobody asked the guest. After its accounts. */
static inline void fixture_clock(struct vm *vm, double told)
{
	struct steal *s = &vm->steal;

	vm->steal_clock = STEAL_CLOCK_ON;
	s->guest_source = "steal clock";
	s->guest_told_pct = s->guest_steal_pct = told;
	s->guest_interval_s = 1;
	s->paired_wait_pct = s->host_delay_pct;
	s->steal_gap_pct = s->gap_pct =
		s->host_delay_pct + (isnan(s->host_blocked_pct) ? 0 : s->host_blocked_pct) - told;
	s->gap_error_pct = 0.1;
	s->gap_kind = GAP_STEAL;
}

static inline void fixture_thief(struct snapshot *snap, struct vm *vm, enum thief_kind kind,
	const char *name, uint64_t pid, double share)
{
	struct steal *s = &vm->steal;

	if (!s->thief)
		s->thief = arena_array(&snap->arena, 8, sizeof(*s->thief));
	assert_true(s->n_thief < 8);
	s->thief[s->n_thief++] = (struct thief){ .name = arena_strdup(&snap->arena, name),
		.pid = pid,
		.kind = kind,
		.share_pct = share };
}

/* So many waits of that length in this interval, throttled ones among them; from short to long. */
static inline void fixture_waits(
	struct snapshot *snap, struct vm *vm, uint64_t ns, uint64_t count, uint64_t throttled)
{
	struct steal *s = &vm->steal;
	unsigned bin = histogram_bin(ns);

	if (!s->wait_bin)
		s->wait_bin = arena_array(&snap->arena, HISTOGRAM_BINS, sizeof(*s->wait_bin));
	if (s->waits == UNKNOWN_U64)
		s->waits = 0;
	s->waits += count;
	s->wait_max_ns = (double)ns;
	s->wait_bin[s->n_wait_bin++] = (struct wait_bin){ histogram_low_ns(bin), count, throttled };
}

/* The worst waits as much as is said, all others half of the mean; instead of halting. */
static inline void fixture_vcpus(struct snapshot *snap, struct vm *vm, unsigned worst, double wait)
{
	struct steal *s = &vm->steal;

	s->n_vcpu = vm->vcpus;
	s->vcpu = arena_array(&snap->arena, s->n_vcpu, sizeof(*s->vcpu));
	for (size_t i = 0; i < s->n_vcpu; i++) {
		struct vcpu *vcpu = &s->vcpu[i];

		schema_init(&schema_vcpu, vcpu);
		vcpu->id = i;
		vcpu->tid = 5000 + i;
		vcpu->host_run_pct = s->host_run_pct;
		vcpu->host_delay_pct = i == worst ? wait : s->host_delay_pct / 2;
		vcpu->host_throttled_pct = s->host_throttled_pct;
		vcpu->host_wait_pct = vcpu->host_delay_pct -
				      (isnan(s->host_throttled_pct) ? 0 : s->host_throttled_pct);
		vcpu->host_blocked_pct = s->host_blocked_pct;
		vcpu->host_vmm_pct = s->host_vmm_pct;
		vcpu->host_halted_pct =
			s->host_halted_pct + s->host_delay_pct - vcpu->host_delay_pct;
		if (vcpu->host_halted_pct < 0) { /* false without accounts: NAN */
			vcpu->host_run_pct += vcpu->host_halted_pct;
			vcpu->host_halted_pct = 0;
		}
		vcpu->guest_busy_pct = s->guest_busy_pct;
		vcpu->guest_steal_pct = s->guest_steal_pct;
		vcpu->steal_clock = vm->steal_clock;
		vcpu->host_run_ns_total = vcpu->host_wait_ns_total = 0;
	}
	s->worst_vcpu = worst;
	s->worst_vcpu_wait_pct = wait;
}

/* The probe of that name, to be changed. */
static inline struct source *fixture_host_source(struct snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->n_source; i++)
		if (!strcmp(snap->source[i].name, name))
			return &snap->source[i];
	fail();
	return NULL;
}

/* The host and the sources of a snapshot, as on the sketch of the screen. */
static inline void fixture_host(struct snapshot *snap)
{
	struct host *host = &snap->host;
	static const char *const name[] = { "host", "kvm", "procvm", "bpf", "sched", "libvirt",
		"balloon", "agent" };

	host->name = "kvm-07";
	host->kernel = "6.1.0-18";
	host->cpus = 64;
	host->vcpus_sold = 128;
	host->nodes = 2;
	host->uptime_s = 41 * 86400.0;
	host->load1 = 51.2, host->load5 = 48.0, host->load15 = 40.5;
	host->run_pct = 71, host->wait_pct = 18;
	host->psi_cpu_some_pct = 22, host->psi_memory_some_pct = 3, host->psi_io_some_pct = 9;
	host->mem_total_bytes = 512ull << 30;
	host->mem_sold_bytes = 819ull << 30;
	host->swap_total_bytes = 64ull << 30;
	host->swap_used_bytes = 1ull << 30;
	host->swap_out_bytes_per_s = 2.1 * 1048576;
	host->swap_in_bytes_per_s = 0;
	snap->n_source = sizeof(name) / sizeof(name[0]);
	snap->source = arena_array(&snap->arena, snap->n_source, sizeof(*snap->source));
	for (size_t i = 0; i < snap->n_source; i++)
		snap->source[i] = fixture_source(name[i], SOURCE_OK, NULL, 0.1, 12);
	*fixture_host_source(snap, "sched") = fixture_source(
		"sched", SOURCE_OFF, "bpf has these numbers, and better", NAN, NAN);
	*fixture_host_source(snap, "agent") =
		fixture_source("agent", SOURCE_OFF, "guests are not asked", NAN, NAN);
}

/* A small host with one VM of every kind of trouble, judged as if it lasted. */
static inline struct snapshot *fixture_incident(double time_s)
{
	struct snapshot *snap = fixture_new(time_s);
	struct vm *vm;

	fixture_host(snap);
	*fixture_host_source(snap, "agent") = fixture_source("agent", SOURCE_OK, NULL, 1.0, 4.1);
	vm = fixture_vm(snap, "batch-11", 16, 97.2, 2.1);
	fixture_accounts(vm, 0, 0, 0);
	fixture_thief(snap, vm, THIEF_SELF, "own vCPUs", 4001, 71.2);
	fixture_guest(vm, 97.0, 2.0);
	fixture_vcpus(snap, vm, 3, 4.0);
	vm = fixture_vm(snap, "cache-2", 4, 38.0, 0.4);
	fixture_accounts(vm, 0, 0, 0.1);
	fixture_guest(vm, 2.1, 0.3);
	fixture_vcpus(snap, vm, 0, 0.9);
	vm = fixture_vm(snap, "db-01", 8, 41.0, 1.2);
	fixture_accounts(vm, 0, 3.1, 0);
	fixture_thief(snap, vm, THIEF_PROCESS, "rsync", 811, 55.0);
	fixture_guest(vm, 72.9, 1.0);
	fixture_vcpus(snap, vm, 7, 3.3);
	vm = fixture_vm(snap, "emu-arm", 2, 58.1, 40.2);
	vm->accel = ACCEL_TCG;
	vm->steal_clock = STEAL_CLOCK_NONE;
	fixture_accounts(vm, 0, 0, NAN);
	fixture_guest(vm, 98.0, 0);
	fixture_vcpus(snap, vm, 1, 44.0);
	vm = fixture_vm(snap, "golden-image", 2, 0, 0);
	vm->state = VM_PAUSED;
	vm->state_reason = "user";
	vm = fixture_vm(snap, "quiet", 2, 1.1, 0.0);
	fixture_accounts(vm, 0, 0, 0);
	vm = fixture_vm(snap, "unasked", 4, 60.0, 11.5);
	fixture_vcpus(snap, vm, 2, 38.1);
	vm = fixture_vm(snap, "web-03", 8, 63.8, 23.4);
	fixture_accounts(vm, 0, 0, 0);
	fixture_thief(snap, vm, THIEF_VM, "batch-11", 4001, 64.3);
	fixture_thief(snap, vm, THIEF_PROCESS, "cc1", UNKNOWN_U64, 30.1);
	fixture_thief(snap, vm, THIEF_IDLE, "idle", UNKNOWN_U64, 5.6);
	fixture_waits(snap, vm, 30000, 90, 0);
	fixture_waits(snap, vm, 3500000, 25, 0);
	vm->steal.wait_p50_ns = 31000;
	vm->steal.wait_p99_ns = 3900000;
	vm->steal.wait_max_ns = 4100000;
	fixture_guest(vm, 87.0, 0.0);
	fixture_vcpus(snap, vm, 3, 38.1);
	return snap;
}

/* Judge count snapshots that make() returns, a second apart, and keep the last. */
static inline struct snapshot *fixture_judge(
	struct judge *judge, struct snapshot *(*make)(double time_s), unsigned count)
{
	struct snapshot *snap = NULL;

	for (unsigned i = 0; i < count; i++) {
		snapshot_free(snap);
		snap = make(1795215148.0 + i);
		panes_judge(snap, judge);
	}
	return snap;
}

/* A host with what make() puts there, judged three times, a second apart. */
static inline struct snapshot *fixture_judge_one(void (*make)(struct snapshot *snap))
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;

	for (int i = 0; i < 3; i++) {
		snapshot_free(snap);
		snap = fixture_new(100 + i);
		fixture_host(snap);
		make(snap);
		panes_judge(snap, judge);
	}
	judge_free(judge);
	return snap;
}

/* The same so many seconds long, beginning at one, for what make() puts there in each; the last. */
static inline struct snapshot *fixture_play(
	struct judge *judge, void (*make)(struct snapshot *snap, int second), int from, int count)
{
	struct snapshot *snap = NULL;

	for (int i = from; i < from + count; i++) {
		snapshot_free(snap);
		snap = fixture_new(1000 + i);
		fixture_host(snap);
		make(snap, i);
		panes_judge(snap, judge);
	}
	return snap;
}

static inline const struct vm *fixture_vm_of(const struct snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->n_vm; i++)
		if (!strcmp(snap->vm[i].name, name))
			return &snap->vm[i];
	fail();
	return NULL;
}

/* What a rule found about a VM, NULL the host; NULL when it found nothing. */
static inline const struct finding *fixture_finding(
	const struct snapshot *snap, const char *vm, const char *rule)
{
	for (size_t i = 0; i < snap->n_finding; i++) {
		const struct finding *finding = &snap->finding[i];

		if (!strcmp(finding->rule, rule) &&
			(vm ? finding->vm && !strcmp(finding->vm, vm) : !finding->vm))
			return finding;
	}
	return NULL;
}

static inline void fixture_assert_finding(const struct finding *finding, enum severity severity,
	enum verdict verdict, const char *text)
{
	assert_non_null(finding);
	assert_int_equal(finding->severity, severity);
	assert_int_equal(finding->verdict, verdict);
	assert_string_equal(finding->text, text);
	assert_non_null(pane_explanation(finding->rule));
}

/* Compare rows from first on with the strings; on a difference print the whole canvas. */
static inline void fixture_screen(
	const struct canvas *canvas, int first, const char *const *expected, size_t n)
{
	char row[4096];
	size_t wrong = n;

	for (size_t i = 0; i < n && wrong == n; i++) {
		row[0] = '\0';
		if (first + (int)i < canvas->rows)
			canvas_row_text(canvas, first + (int)i, false, row, sizeof(row));
		if (strcmp(row, expected[i]) != 0)
			wrong = i;
	}
	if (wrong == n)
		return;
	for (int i = 0; i < canvas->rows; i++) {
		canvas_row_text(canvas, i, false, row, sizeof(row));
		print_error("%2d |%s|\n", i, row);
	}
	print_error("row %d should be:\n   |%s|\n", first + (int)wrong, expected[wrong]);
	fail();
}

#define SCREEN(canvas, first, ...)                                                               \
	do {                                                                                     \
		static const char *const expected_[] = { __VA_ARGS__ };                          \
		fixture_screen(                                                                  \
			(canvas), (first), expected_, sizeof(expected_) / sizeof(expected_[0])); \
	} while (0)

#endif
