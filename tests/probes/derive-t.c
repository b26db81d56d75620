// SPDX-License-Identifier: GPL-2.0-or-later
/* From samples to a snapshot: joins, states, sources, host and memory. */
#include "tests/probes/derive_rig.h"

static void joins_by_pid_then_by_uuid(void **state)
{
	struct rig *rig = *state;
	struct proc_vm procs[] = { proc(10, "ten", NULL), proc(11, "eleven", UUID(2)),
		proc(12, "twelve", UUID(3)) };
	struct domain domains[] = { domain(UUID(1), "a", 10), domain(UUID(2), "b", 0),
		domain(UUID(4), "c", 0) };

	set_procs(rig, LIST(procs));
	set_domains(rig, LIST(domains));
	derive(rig);
	assert_int_equal(rig->snap->n_vm, 4);
	assert_string_equal(rig->snap->vm[0].name, "a");
	assert_int_equal(rig->snap->vm[0].pid, 10);
	assert_string_equal(rig->snap->vm[0].key, UUID(1));
	assert_string_equal(rig->snap->vm[1].name, "b");
	assert_int_equal(rig->snap->vm[1].pid, 11);
	/* Defined elsewhere: known, with nothing measured. */
	assert_string_equal(rig->snap->vm[2].name, "c");
	assert_true(rig->snap->vm[2].pid == UNKNOWN_U64 && rig->snap->vm[2].in_libvirt);
	assert_int_equal(vm_source(&rig->snap->vm[2], "sched")->state, SOURCE_UNAVAILABLE);
	/* Without libvirt. */
	assert_string_equal(rig->snap->vm[3].name, "twelve");
	assert_string_equal(rig->snap->vm[3].key, UUID(3));
	assert_false(rig->snap->vm[3].in_libvirt);
	assert_int_equal(rig->snap->vm[3].state, VM_RUNNING);
	assert_int_equal(vm_source(&rig->snap->vm[3], "libvirt")->state, SOURCE_UNAVAILABLE);
	assert_string_equal(vm_source(&rig->snap->vm[3], "agent")->reason,
		"libvirt does not know this VM");
}

/* It was not heard: that it does not know the VM is not said. */
static void a_silent_libvirt_denies_nothing(void **state)
{
	struct rig *rig = *state;
	struct proc_vm procs[] = { proc(10, "ten", NULL) };

	set_procs(rig, LIST(procs));
	rig->cur.status[SECTION_LIBVIRT] =
		(struct status){ SOURCE_UNAVAILABLE, "cannot connect", 0, 0 };
	derive(rig);
	assert_string_equal(vm_source(only_vm(rig), "libvirt")->reason, "cannot connect");
	assert_string_equal(vm_source(only_vm(rig), "balloon")->reason, "cannot connect");
}

static void nobody_takes_the_place_of_another_by_uuid(void **state)
{
	struct rig *rig = *state;
	struct proc_vm procs[] = { proc(10, "real", UUID(1)), proc(11, "claims", UUID(1)),
		proc(12, "older", UUID(2)), proc(13, "younger", UUID(2)), proc(14, "bare", UUID(3)),
		proc(15, "copy", UUID(3)) };
	struct domain domains[] = { domain(UUID(1), "by-pid", 11), domain(UUID(2), "by-age", 0) };

	/* Numbers of processes wrap: the older one may have the higher. */
	procs[2].start_ticks = 5000;
	procs[3].start_ticks = 4000;
	set_procs(rig, LIST(procs));
	set_domains(rig, LIST(domains));
	derive(rig);
	assert_int_equal(rig->snap->n_vm, 6);
	assert_int_equal(snapshot_vm(rig->snap, UUID(1))->pid, 11);
	assert_int_equal(snapshot_vm(rig->snap, UUID(2))->pid, 13);
	assert_int_equal(snapshot_vm(rig->snap, UUID(3))->pid, 14);
	assert_string_equal(snapshot_vm(rig->snap, "10-1010")->name, "real");
	assert_string_equal(snapshot_vm(rig->snap, "12-5000")->name, "older");
	assert_string_equal(snapshot_vm(rig->snap, "15-1015")->name, "copy");
	assert_null(snapshot_vm(rig->snap, "16-1016"));
}

static void a_pid_file_left_behind_joins_nothing(void **state)
{
	struct rig *rig = *state;
	struct proc_vm procs[] = { proc(10, "other", UUID(2)), proc(11, NULL, NULL) };
	struct domain domains[] = { domain(UUID(1), "a", 10), domain(UUID(3), "z", 11) };

	procs[1].rss_bytes = 4096;
	procs[1].proc_state = 'Z'; /* its domain has not noticed yet */
	set_procs(rig, LIST(procs));
	set_domains(rig, LIST(domains));
	derive(rig);
	assert_int_equal(rig->snap->n_vm, 3);
	assert_non_null(vm_source(snapshot_vm(rig->snap, UUID(1)), "sched")->reason);
	assert_true(snapshot_vm(rig->snap, UUID(3))->memory.host_rss_bytes == UNKNOWN_U64);
	assert_string_equal(snapshot_vm(rig->snap, UUID(2))->name, "other");
}

static void states_come_from_process_then_libvirt(void **state)
{
	struct rig *rig = *state;
	struct proc_vm procs[] = { proc(10, NULL, NULL) };
	struct domain domains[] = { domain(UUID(1), "a", 10) };

	set_procs(rig, LIST(procs));
	derive(rig);
	assert_string_equal(only_vm(rig)->name, "pid 10");
	assert_string_equal(only_vm(rig)->key, "10-1010");
	assert_int_equal(only_vm(rig)->state, VM_RUNNING);
	set_domains(rig, LIST(domains));
	domains[0].state = VM_PAUSED;
	domains[0].state_reason = "paused by the operator";
	derive(rig);
	assert_int_equal(only_vm(rig)->state, VM_PAUSED);
	assert_string_equal(only_vm(rig)->state_reason, "paused by the operator");
	domains[0].state = VM_UNKNOWN;
	derive(rig);
	assert_int_equal(only_vm(rig)->state, VM_RUNNING);
	procs[0].proc_state = 'T';
	domains[0].state = VM_RUNNING;
	derive(rig);
	assert_int_equal(only_vm(rig)->state, VM_STOPPED);
	assert_non_null(strstr(only_vm(rig)->state_reason, "stopped by a signal"));
	/* Its process ended while libvirt hung. */
	set_procs(rig, NULL, 0);
	derive(rig);
	assert_int_equal(only_vm(rig)->state, VM_RUNNING);
	rig->cur.status[SECTION_LIBVIRT].at_ns = 80 * S;
	derive(rig);
	assert_int_equal(only_vm(rig)->state, VM_UNKNOWN);
	assert_non_null(strstr(only_vm(rig)->state_reason, "libvirt does not answer"));
}

static void definitions_go_before_command_lines(void **state)
{
	struct rig *rig = *state;
	struct proc_vcpu vcpus[2] = { { 0, 100, 7 }, { 1, 101, 7 } };
	struct proc_vm procs[] = { proc(10, "cmdline", NULL) };
	struct domain domains[] = { domain(UUID(1), "a", 10) };

	procs[0].vcpu = vcpus;
	procs[0].n_vcpu = 2;
	procs[0].steal_clock = STEAL_CLOCK_OFFERED;
	set_procs(rig, LIST(procs));
	derive(rig);
	assert_int_equal(only_vm(rig)->vcpus, 2);
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_OFFERED);
	procs[0].vcpus = 3;
	procs[0].mem_bytes = 1 << 20;
	derive(rig);
	assert_int_equal(only_vm(rig)->vcpus, 3);
	assert_int_equal(only_vm(rig)->memory.sold_bytes, 1 << 20);
	set_domains(rig, LIST(domains));
	domains[0].vcpus = 4;
	domains[0].vcpus_max = 8;
	domains[0].mem_bytes = 2 << 20;
	domains[0].steal_clock = STEAL_CLOCK_NONE;
	derive(rig);
	assert_int_equal(only_vm(rig)->vcpus, 4);
	assert_int_equal(only_vm(rig)->vcpus_max, 8);
	NEAR(only_vm(rig)->steal.asked_cpus, 4);
	assert_int_equal(only_vm(rig)->memory.sold_bytes, 2 << 20);
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_NONE);
	domains[0].mem_max_bytes = 4 << 20;
	derive(rig);
	assert_int_equal(only_vm(rig)->memory.sold_bytes, 4 << 20);
	assert_int_equal(rig->snap->host.mem_sold_bytes, 4 << 20);
	assert_int_equal(rig->snap->host.vcpus_sold, 4);
}

static void sources_age(void **state)
{
	struct rig *rig = *state;
	struct domain domains[] = { domain(UUID(1), "a", 0) };
	const struct source *libvirt, *host;

	set_domains(rig, LIST(domains));
	rig->cur.status[SECTION_LIBVIRT].at_ns = 89 * S;
	derive(rig);
	assert_int_equal(rig->snap->n_source, SECTION_COUNT);
	libvirt = snapshot_source(rig->snap->source, SECTION_COUNT, "libvirt");
	assert_int_equal(libvirt->state, SOURCE_STALE);
	assert_string_equal(libvirt->reason, "no answer for 12 s");
	NEAR(libvirt->age_s, 12.005);
	NEAR(libvirt->cost_ms, 2);
	assert_int_equal(vm_source(only_vm(rig), "libvirt")->state, SOURCE_STALE);
	host = snapshot_source(rig->snap->source, SECTION_COUNT, "host");
	assert_int_equal(host->state, SOURCE_OK);
	NEAR(host->age_s, 0.005);
	/* A fast one that says ok has read just now, whatever its clock says. */
	rig->cur.status[SECTION_HOST].at_ns = 50 * S;
	derive(rig);
	assert_int_equal(rig->snap->source[SECTION_HOST].state, SOURCE_OK);
	/* A slow probe may answer after the snapshot began, but not before time. */
	rig->cur.status[SECTION_LIBVIRT].at_ns = 102 * S;
	derive(rig);
	libvirt = snapshot_source(rig->snap->source, SECTION_COUNT, "libvirt");
	assert_int_equal(libvirt->state, SOURCE_OK);
	NEAR(libvirt->age_s, 0);
	/* With a long interval between refreshes nothing is late. */
	rig->prev.at_ns = 95 * S;
	rig->cur.status[SECTION_LIBVIRT].at_ns = 88 * S;
	derive(rig);
	assert_int_equal(rig->snap->source[SECTION_LIBVIRT].state, SOURCE_OK);
	rig->cur.status[SECTION_LIBVIRT] =
		(struct status){ SOURCE_UNAVAILABLE, "cannot connect", 0, 0 };
	derive(rig);
	libvirt = snapshot_source(rig->snap->source, SECTION_COUNT, "libvirt");
	assert_int_equal(libvirt->state, SOURCE_UNAVAILABLE);
	assert_string_equal(libvirt->reason, "cannot connect");
	assert_true(isnan(libvirt->age_s) && isnan(libvirt->cost_ms));
}

static void host_rates(void **state)
{
	struct rig *rig = *state;
	struct host_sample *prev = &rig->prev.host, *cur = &rig->cur.host;
	const struct host *host = &rig->snap->host;

	prev->cpus = 4;
	prev->busy_ticks_total = 1000;
	prev->idle_ticks_total = 5000;
	prev->steal_ticks_total = 10;
	prev->wait_ns_total = 7 * S;
	prev->psi_cpu.some_us_total = 0;
	prev->swap_in_bytes_total = 4096;
	*cur = *prev;
	cur->name = "kvm-07";
	cur->busy_ticks_total += 300;
	cur->idle_ticks_total += 80;
	cur->steal_ticks_total += 20;
	cur->wait_ns_total += 6 * S;
	cur->psi_cpu = (struct psi_sample){ 99, 250000 };
	cur->psi_io.some_avg10_pct = 3.5;
	cur->swap_in_bytes_total += 8192;
	cur->swap_total_bytes = 100;
	cur->swap_free_bytes = 30;
	derive(rig);
	assert_string_equal(host->name, "kvm-07");
	NEAR(host->run_pct, 75);
	NEAR(host->steal_pct, 5);
	NEAR(host->wait_pct, 150);
	NEAR(host->psi_cpu_some_pct, 25);
	NEAR(host->psi_io_some_pct, 3.5);
	assert_true(isnan(host->psi_memory_some_pct));
	NEAR(host->swap_in_bytes_per_s, 8192);
	assert_true(isnan(host->swap_out_bytes_per_s));
	assert_int_equal(host->swap_used_bytes, 70);
	/* A CPU came online: its old counters are no time of this second. */
	cur->cpus = 5;
	derive(rig);
	assert_true(isnan(host->wait_pct));
	cur->idle_ticks_total = 4000;
	derive(rig);
	assert_true(isnan(host->run_pct) && isnan(host->steal_pct));
	/* The first time: what needs no rate is there. */
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	NEAR(host->psi_cpu_some_pct, 99);
	assert_true(isnan(host->run_pct) && isnan(host->swap_in_bytes_per_s));
	assert_int_equal(host->cpus, 5);
}

static void what_is_sold_is_0_only_when_somebody_looked(void **state)
{
	struct rig *rig = *state;
	struct proc_vm procs[] = { proc(10, "a", NULL) };

	derive(rig);
	assert_int_equal(rig->snap->host.mem_sold_bytes, 0);
	assert_int_equal(rig->snap->host.vcpus_sold, 0);
	set_procs(rig, LIST(procs));
	derive(rig);
	assert_true(rig->snap->host.mem_sold_bytes == UNKNOWN_U64);
	set_procs(rig, NULL, 0);
	rig->cur.status[SECTION_PROCVM] = rig->cur.status[SECTION_LIBVIRT] = (struct status){ 0 };
	derive(rig);
	assert_true(rig->snap->host.mem_sold_bytes == UNKNOWN_U64);
	assert_true(rig->snap->host.vcpus_sold == UNKNOWN_U64);
}

static void balloon_figures_keep_their_age(void **state)
{
	struct rig *rig = *state;
	struct domain domains[] = { domain(UUID(1), "a", 0) };
	struct balloon_reading readings[] = { {
		.uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 101 * S, MS },
		.actual_bytes = 4 << 20,
		.guest_total_bytes = 3 << 20,
		.guest_free_bytes = UNKNOWN_U64,
		.guest_usable_bytes = 2 << 20,
		.guest_cache_bytes = UNKNOWN_U64,
		.guest_swap_in_bytes_total = 0,
		.guest_swap_out_bytes_total = UNKNOWN_U64,
		.guest_time_s = 1795215140.25,
	} };
	const struct memory *memory;

	set_domains(rig, LIST(domains));
	rig->cur.balloon = (struct balloon_sample){ LIST(readings) };
	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_int_equal(memory->balloon_bytes, 4 << 20);
	assert_int_equal(memory->guest_usable_bytes, 2 << 20);
	assert_true(memory->guest_free_bytes == UNKNOWN_U64);
	assert_int_equal(memory->guest_swap_in_bytes_total, 0);
	NEAR(memory->guest_age_s, 8);
	readings[0].guest_time_s = 1795215149;
	derive(rig);
	NEAR(only_vm(rig)->memory.guest_age_s, 0);
	readings[0].guest_time_s = NAN;
	derive(rig);
	assert_true(isnan(only_vm(rig)->memory.guest_age_s));
	readings[0].status.state = SOURCE_UNAVAILABLE;
	derive(rig);
	assert_true(only_vm(rig)->memory.balloon_bytes == UNKNOWN_U64);
}

static void sorts_by_name_then_key(void **state)
{
	struct rig *rig = *state;
	struct domain domains[] = { domain(UUID(1), "web", 0), domain(UUID(2), "db", 0),
		domain(UUID(3), "db", 0) };

	set_domains(rig, LIST(domains));
	derive(rig);
	assert_string_equal(rig->snap->vm[0].key, UUID(2));
	assert_string_equal(rig->snap->vm[1].key, UUID(3));
	assert_string_equal(rig->snap->vm[2].key, UUID(1));
}

/* Nothing in a snapshot may point into the samples: those are filled anew. */
static void keeps_no_pointer_into_samples(void **state)
{
	struct rig *rig = *state;
	struct proc_vm *procs = arena_alloc(&rig->cur.arena, sizeof(*procs));

	*procs = proc(10, arena_strdup(&rig->cur.arena, "name"), NULL);
	procs->vcpu_source = arena_strdup(&rig->cur.arena, "by name");
	rig->cur.host.name = arena_strdup(&rig->cur.arena, "host");
	rig->cur.status[SECTION_HOST].reason = arena_strdup(&rig->cur.arena, "why");
	set_procs(rig, procs, 1);
	derive(rig);
	arena_release(&rig->cur.arena);
	assert_string_equal(only_vm(rig)->name, "name");
	assert_string_equal(only_vm(rig)->vcpu_source, "by name");
	assert_string_equal(rig->snap->host.name, "host");
	assert_string_equal(rig->snap->source[SECTION_HOST].reason, "why");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(joins_by_pid_then_by_uuid),
		TEST(a_silent_libvirt_denies_nothing),
		TEST(nobody_takes_the_place_of_another_by_uuid),
		TEST(a_pid_file_left_behind_joins_nothing),
		TEST(states_come_from_process_then_libvirt),
		TEST(definitions_go_before_command_lines),
		TEST(sources_age),
		TEST(host_rates),
		TEST(what_is_sold_is_0_only_when_somebody_looked),
		TEST(balloon_figures_keep_their_age),
		TEST(sorts_by_name_then_key),
		TEST(keeps_no_pointer_into_samples),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive", tests, NULL, NULL);
}
