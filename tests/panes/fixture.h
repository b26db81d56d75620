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

/* A running KVM VM that nobody asked anything: its host side is the caller's. */
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
	vm->steal.asked_cpus = vcpus;
	vm->steal.got_cpus = vcpus * run / 100;
	vm->steal.host_run_pct = run;
	vm->steal.host_wait_pct = wait;
	vm->source = arena_array(&snap->arena, 4, sizeof(*vm->source));
	vm->n_source = 4;
	vm->source[0] = fixture_source("sched", SOURCE_OK, NULL, 0.1, 0.9);
	vm->source[1] = fixture_source("libvirt", SOURCE_OK, NULL, 0.4, 12);
	vm->source[2] = fixture_source("balloon", SOURCE_OK, NULL, 2.2, 0.9);
	vm->source[3] = fixture_source("agent", SOURCE_OFF, "guests are not asked", NAN, NAN);
	return vm;
}

/* Its guest answers: the gaps follow by the formulas of the snapshot. */
static inline void fixture_guest(struct vm *vm, double busy, double steal)
{
	struct steal *s = &vm->steal;

	vm->has_agent = true;
	vm->source[3] = fixture_source("agent", SOURCE_OK, NULL, 1.3, 4.1);
	s->guest_source = "agent cpustats";
	s->guest_busy_pct = busy;
	s->guest_steal_pct = steal;
	s->guest_idle_pct = 100 - busy - steal;
	s->guest_interval_s = 2;
	s->paired_run_pct = s->host_run_pct;
	s->paired_wait_pct = s->host_wait_pct;
	s->steal_gap_pct = s->paired_wait_pct - steal;
	s->busy_gap_pct = s->paired_run_pct + s->paired_wait_pct - busy - steal;
	s->gap_error_pct = 0.6;
	s->gap_kind = fabs(s->steal_gap_pct) >= fabs(s->busy_gap_pct) ? GAP_STEAL : GAP_BUSY;
	s->gap_pct = s->gap_kind == GAP_STEAL ? s->steal_gap_pct : s->busy_gap_pct;
}

static inline void fixture_vcpus(struct snapshot *snap, struct vm *vm, unsigned worst, double wait)
{
	struct steal *s = &vm->steal;

	s->n_vcpu = vm->vcpus;
	s->vcpu = arena_array(&snap->arena, s->n_vcpu, sizeof(*s->vcpu));
	for (size_t i = 0; i < s->n_vcpu; i++)
		s->vcpu[i] = (struct vcpu){ i, 5000 + i, s->host_run_pct,
			i == worst ? wait : s->host_wait_pct / 2, s->guest_busy_pct,
			s->guest_steal_pct, 0, 0 };
	s->worst_vcpu = worst;
	s->worst_vcpu_wait_pct = wait;
}

/* The host and the sources of a snapshot, as on the sketch of the screen. */
static inline void fixture_host(struct snapshot *snap)
{
	struct host *host = &snap->host;
	static const char *const name[] = { "host", "procvm", "sched", "libvirt", "balloon",
		"agent" };

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
	snap->source[5] = fixture_source("agent", SOURCE_OFF, "guests are not asked", NAN, NAN);
}

/* A small host with one VM of every kind of trouble, judged as if it lasted. */
static inline struct snapshot *fixture_incident(double time_s)
{
	struct snapshot *snap = fixture_new(time_s);
	struct vm *vm;

	fixture_host(snap);
	snap->source[5] = fixture_source("agent", SOURCE_OK, NULL, 1.0, 4.1);
	vm = fixture_vm(snap, "batch-11", 16, 97.2, 2.1);
	fixture_guest(vm, 97.0, 2.0);
	fixture_vcpus(snap, vm, 3, 4.0);
	vm = fixture_vm(snap, "cache-2", 4, 38.0, 0.4);
	fixture_guest(vm, 2.1, 0.3);
	fixture_vcpus(snap, vm, 0, 0.9);
	vm = fixture_vm(snap, "db-01", 8, 41.0, 1.2);
	fixture_guest(vm, 72.9, 1.0);
	fixture_vcpus(snap, vm, 7, 3.3);
	vm = fixture_vm(snap, "emu-arm", 2, 58.1, 40.2);
	vm->accel = ACCEL_TCG;
	vm->steal_clock = STEAL_CLOCK_NONE;
	fixture_guest(vm, 98.0, 0);
	fixture_vcpus(snap, vm, 1, 44.0);
	vm = fixture_vm(snap, "golden-image", 2, 0, 0);
	vm->state = VM_PAUSED;
	vm->state_reason = "user";
	vm = fixture_vm(snap, "quiet", 2, 1.1, 0.0);
	vm = fixture_vm(snap, "unasked", 4, 60.0, 11.5);
	fixture_vcpus(snap, vm, 2, 38.1);
	vm = fixture_vm(snap, "web-03", 8, 63.8, 23.4);
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
