// SPDX-License-Identifier: GPL-2.0-or-later
/* Network devices of two samples: joined with their definitions, made into rates, and whose fault a
 * full ring is. */
#include "tests/probes/derive_rig.h"

#include <math.h>

#include "probes/schema.h"

enum { NETNS = 4026531840, PID = 10 };

/* A VM of pid 10 with the tap vnet5, one queue, QEMU's own datapath, and its main thread. */
struct made {
	struct proc_vm vm[1];
	struct vm_nic nic[2];
	struct nics_vm nics[1];
	struct ring_queue queue[2], queue_before[2];
	struct ring_drop drop[3], drop_before[3];
	struct ring_vhost vhost[1];
	struct account_thread thread[1], thread_before[1];
	struct thread_affinity affinity[2];
};

static struct vm_nic nic_made(const char *name, uint32_t ifindex)
{
	return (struct vm_nic){ .name = name,
		.kind = NIC_TAP,
		.netns = NETNS,
		.ifindex = ifindex,
		.queues = 1,
		.prev = { .at_ns = 100 * S, .rx = { 1000, 64000, 1, 50 }, .tx = { 10, 640, 0, 0 } },
		.cur = { .at_ns = 102 * S,
			.rx = { 5000, 320000, 1, 250 },
			.tx = { 12, 768, 2, 4 } },
		.qdisc = "fq_codel",
		.qdisc_prev = { 99 * S, 7, 0, 0 },
		.qdisc_cur = { 101 * S, 27, 3, 4500 } };
}

static struct ring_queue queue_made(uint32_t ifindex, uint32_t queue, uint64_t samples)
{
	return (struct ring_queue){ .key = { NETNS, ifindex, queue },
		.size = 1000,
		.fill = 100,
		.high = 400,
		.samples_total = samples };
}

static struct ring_drop drop_made(uint32_t queue, const char *reason, uint64_t count)
{
	return (struct ring_drop){ .key = { NETNS, 5, queue },
		.reason = reason,
		.full = strcmp(reason, "ring full") == 0,
		.to_guest = true,
		.count_total = count };
}

static struct made *made(struct rig *rig)
{
	static struct made m;

	m = (struct made){ .vm = { proc(PID, "web", NULL) } };
	m.nic[0] = nic_made("vnet5", 5);
	m.nics[0] = (struct nics_vm){ .pid = PID,
		.start_ticks = m.vm[0].start_ticks,
		.nic = m.nic,
		.n_nic = 1,
		.status = { SOURCE_OK, NULL, 100 * S, MS } };
	m.queue[0] = queue_made(5, 0, 90);
	m.queue_before[0] = queue_made(5, 0, 10);
	m.thread_before[0] = account_made(PID, PID, 100 * S);
	m.thread[0] = account_made(PID, PID, 101 * S);
	m.thread[0].start_ticks = m.thread_before[0].start_ticks = m.vm[0].start_ticks;
	m.thread[0].kind = m.thread_before[0].kind = THREAD_EMULATOR;
	set_procs(rig, LIST(m.vm));
	set_accounts(rig, m.thread_before, 1, m.thread, 1);
	rig->cur.nics = rig->prev.nics = (struct nics_sample){ m.nics, 1 };
	rig->cur.rings = (struct rings_sample){ .queue = m.queue, .n_queue = 1, .drop = m.drop };
	rig->prev.rings = (struct rings_sample){
		.queue = m.queue_before, .n_queue = 1, .drop = m.drop_before
	};
	return &m;
}

static const struct nic *only_nic(struct rig *rig)
{
	derive(rig);
	assert_int_equal(only_vm(rig)->n_nic, 1);
	return &only_vm(rig)->nic[0];
}

static void counters_are_rates_of_their_own_time(void **state)
{
	struct rig *rig = *state;
	const struct nic *nic;

	made(rig);
	nic = only_nic(rig);
	assert_string_equal(nic->name, "vnet5");
	assert_int_equal(nic->kind, NIC_TAP);
	assert_int_equal(nic->datapath, DATAPATH_VMM);
	assert_int_equal(nic->queues, 1);
	assert_null(nic->unseen);
	NEAR(nic->guest_rx_packets_per_s, 2000);
	NEAR(nic->guest_rx_bytes_per_s, 128000);
	NEAR(nic->guest_tx_packets_per_s, 1);
	NEAR(nic->guest_tx_bytes_per_s, 64);
	NEAR(nic->guest_rx_dropped_by_host_per_s, 100);
	NEAR(nic->guest_tx_dropped_by_host_per_s, 2);
	NEAR(nic->guest_rx_errors_by_host_per_s, 0);
	NEAR(nic->guest_tx_errors_by_host_per_s, 1);
	assert_string_equal(nic->qdisc, "fq_codel");
	NEAR(nic->qdisc_dropped_per_s, 10);
	assert_int_equal(nic->qdisc_backlog_packets, 3);
	assert_int_equal(nic->qdisc_backlog_bytes, 4500);
	assert_int_equal(vm_source(only_vm(rig), "nics")->state, SOURCE_OK);
	assert_int_equal(vm_source(only_vm(rig), "rings")->state, SOURCE_OK);
}

static void a_ring_has_its_fill_and_its_high_water(void **state)
{
	struct rig *rig = *state;
	const struct nic *nic;

	made(rig);
	nic = only_nic(rig);
	assert_int_equal(nic->ring_size, 1000);
	NEAR(nic->ring_fill_pct, 10);
	NEAR(nic->ring_high_pct, 40);
	assert_int_equal(nic->n_nic_queue, 1);
	NEAR(nic->nic_queue[0].rx_packets_per_s, 2000);
	NEAR(nic->nic_queue[0].rx_dropped_per_s, 0);
	assert_int_equal(nic->busiest_queue, 0);
	NEAR(nic->busiest_queue_packets_per_s, 2000);
	NEAR(nic->queue_limit_pct, 0.25);
	NEAR(nic->busiest_queue_share_pct, 100);
	assert_int_equal(nic->cause, NIC_CAUSE_UNKNOWN);
	assert_null(nic->cause_reason);
	assert_null(nic->reason);
}

static void drops_have_their_reasons(void **state)
{
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct nic *nic;

	m->drop_before[0] = drop_made(0, "filter", 5);
	m->drop[0] = drop_made(0, "filter", 25);
	m->drop[1] = drop_made(0, "netfilter drop", 500);
	m->drop[1].to_guest = false;
	m->drop[2] = drop_made(0, "ring full", 80); /* new: it began at nothing */
	rig->prev.rings.n_drop = 1;
	rig->cur.rings.n_drop = 3;
	nic = only_nic(rig);
	assert_int_equal(nic->n_nic_drop, 3);
	assert_string_equal(nic->nic_drop[0].reason, "netfilter drop");
	NEAR(nic->nic_drop[0].per_s, 500);
	assert_string_equal(nic->nic_drop[1].reason, "ring full");
	NEAR(nic->nic_drop[1].per_s, 80);
	NEAR(nic->nic_drop[2].per_s, 20);
	assert_string_equal(nic->reason, "ring full");
	NEAR(nic->ring_high_pct, 100);
	NEAR(nic->nic_queue[0].rx_dropped_per_s, 100);
	/* What dropped nothing since is not told. */
	rig->prev.rings = rig->cur.rings;
	nic = only_nic(rig);
	assert_int_equal(nic->n_nic_drop, 0);
	assert_null(nic->reason);
	/* Programs that were loaded anew count from nothing. */
	rig->prev.rings.drop = m->drop;
	memcpy(m->drop_before, m->drop, sizeof(m->drop));
	rig->prev.rings.drop = m->drop_before;
	m->drop[2].count_total = 3;
	assert_int_equal(only_nic(rig)->n_nic_drop, 0);
}

static void queues_share_by_samples(void **state)
{
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct nic *nic;

	m->nic[0].queues = 2;
	m->queue[0] = queue_made(5, 0, 30);
	m->queue[1] = queue_made(5, 1, 60);
	m->queue[1].fill = 900;
	m->queue_before[0] = queue_made(5, 0, 10);
	m->queue_before[1] = queue_made(5, 1, 0);
	m->drop[0] = drop_made(1, "ring full", 100);
	rig->cur.rings.n_queue = rig->prev.rings.n_queue = 2;
	rig->cur.rings.n_drop = 1;
	nic = only_nic(rig);
	/* 2000 taken and 100 dropped, a quarter of the samples and three quarters. */
	assert_int_equal(nic->n_nic_queue, 2);
	NEAR(nic->nic_queue[0].rx_packets_per_s, 525);
	NEAR(nic->nic_queue[1].rx_packets_per_s, 1475);
	NEAR(nic->nic_queue[1].rx_dropped_per_s, 100);
	NEAR(nic->nic_queue[1].ring_high_pct, 100);
	NEAR(nic->nic_queue[0].ring_high_pct, 40);
	NEAR(nic->ring_fill_pct, 90);
	assert_int_equal(nic->busiest_queue, 1);
	NEAR(nic->busiest_queue_packets_per_s, 1475);
	NEAR(nic->busiest_queue_share_pct, 73.75);
	/* Too few to tell. */
	m->queue[0].samples_total = 12;
	m->queue[1].samples_total = 3;
	nic = only_nic(rig);
	assert_true(isnan(nic->nic_queue[0].rx_packets_per_s));
	assert_true(isnan(nic->busiest_queue_packets_per_s));
	assert_true(nic->busiest_queue == UNKNOWN_U64);
	/* A counter that fell tells nothing, and what the device carries is not known at first. */
	m->queue[0].samples_total = 30;
	m->queue[1].samples_total = 60;
	m->queue_before[0].samples_total = 31;
	assert_true(isnan(only_nic(rig)->nic_queue[1].rx_packets_per_s));
	m->queue_before[0].samples_total = 10;
	m->nic[0].prev.at_ns = 0;
	nic = only_nic(rig);
	assert_true(isnan(nic->guest_rx_packets_per_s));
	assert_true(isnan(nic->nic_queue[0].rx_packets_per_s));
	assert_true(isnan(nic->busiest_queue_packets_per_s));
}

static void devices_of_one_name_are_told_apart(void **state)
{
	struct rig *rig = *state;
	struct made *m = made(rig);
	struct vm_nic three[3];

	for (size_t i = 0; i < 3; i++) {
		three[i] = m->nic[0];
		three[i].name = NULL;
	}
	m->nics[0].nic = three;
	m->nics[0].n_nic = 3;
	derive(rig);
	assert_int_equal(only_vm(rig)->n_nic, 3);
	assert_string_equal(only_vm(rig)->nic[0].name, "?");
	assert_string_equal(only_vm(rig)->nic[1].name, "?#2");
	assert_string_equal(only_vm(rig)->nic[2].name, "?#3");
}

/* The main thread ran and waited for so much of the second, while its ring was full. */
static const struct nic *full(struct rig *rig, struct made *m, uint64_t run_pct, uint64_t wait_pct)
{
	m->queue[0].fill = m->queue[0].high = 1000;
	m->thread[0].run_ns_total = m->thread_before[0].run_ns_total + run_pct * S / 100;
	m->thread[0].wait_ns_total = m->thread_before[0].wait_ns_total + wait_pct * S / 100;
	return only_nic(rig);
}

static void a_full_ring_has_a_cause(void **state)
{
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct nic *nic = full(rig, m, 50, 45);

	assert_int_equal(nic->cause, NIC_CAUSE_STARVED);
	assert_int_equal(nic->datapath_tid, PID);
	NEAR(nic->datapath_run_pct, 50);
	NEAR(nic->datapath_wait_pct, 45);
	assert_int_equal(full(rig, m, 20, 20)->cause, NIC_CAUSE_STARVED);
	assert_int_equal(full(rig, m, 90, 5)->cause, NIC_CAUSE_SATURATED);
	assert_int_equal(full(rig, m, 75, 22)->cause, NIC_CAUSE_UNKNOWN);
	assert_int_equal(full(rig, m, 2, 1)->cause, NIC_CAUSE_GUEST);
	nic = full(rig, m, 60, 5);
	assert_int_equal(nic->cause, NIC_CAUSE_UNKNOWN);
	assert_non_null(strstr(nic->cause_reason, "moments"));
	/* It was full, and is empty again. */
	m->queue[0].fill = 0;
	m->queue[0].high = 1000;
	nic = only_nic(rig);
	assert_int_equal(nic->cause, NIC_CAUSE_UNKNOWN);
	assert_non_null(nic->cause_reason);
	/* Its accounts are not to be had. */
	m->queue[0].fill = 1000;
	rig->cur.account.n_thread = 0;
	nic = only_nic(rig);
	assert_int_equal(nic->cause, NIC_CAUSE_UNKNOWN);
	assert_non_null(strstr(nic->cause_reason, "thread"));
}

static void vhost_is_asked_for_the_guests_buffers(void **state)
{
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct nic *nic;

	m->nics[0].vhosts = 1;
	m->thread[0].tid = m->thread_before[0].tid = 77;
	m->thread[0].kind = m->thread_before[0].kind = THREAD_VHOST;
	m->affinity[0] = (struct thread_affinity){
		.pid = PID, .tid = 77, .kind = THREAD_VHOST, .start_ticks = m->thread[0].start_ticks
	};
	rig->cur.affinity = (struct affinity_sample){ .thread = m->affinity, .n_thread = 1 };
	m->vhost[0] = (struct ring_vhost){ { NETNS, 5, 0 }, 101 * S, 0 };
	rig->cur.rings.vhost = m->vhost;
	rig->cur.rings.n_vhost = 1;
	nic = full(rig, m, 60, 5);
	assert_int_equal(nic->datapath, DATAPATH_VHOST);
	assert_int_equal(nic->datapath_tid, 77);
	assert_int_equal(nic->cause, NIC_CAUSE_GUEST);
	/* There are buffers: it is not the guest, however idle the worker. */
	m->vhost[0].buffers = 200;
	assert_int_equal(full(rig, m, 2, 1)->cause, NIC_CAUSE_UNKNOWN);
	/* That was long ago. */
	m->vhost[0].at_ns = 90 * S;
	assert_int_equal(full(rig, m, 2, 1)->cause, NIC_CAUSE_GUEST);
}

static void some_of_several_have_vhost(void **state)
{
	struct defined_nic defined[] = { { .name = "vnet5", .kind = NIC_TAP, .vmm = true },
		{ .name = "vnet6", .kind = NIC_TAP } };
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct vm *vm;

	m->nic[1] = nic_made("vnet6", 6);
	m->nics[0].n_nic = 2;
	m->nics[0].vhosts = 1;
	m->vm[0].devices = (struct defined_devices){ .nic = defined, .n_nic = 2 };
	derive(rig);
	vm = only_vm(rig);
	assert_int_equal(vm->nic[0].datapath, DATAPATH_VMM);
	assert_int_equal(vm->nic[1].datapath, DATAPATH_UNKNOWN);
	m->vhost[0] = (struct ring_vhost){ { NETNS, 6, 0 }, 50 * S, 7 };
	rig->cur.rings.vhost = m->vhost;
	rig->cur.rings.n_vhost = 1;
	derive(rig);
	assert_int_equal(only_vm(rig)->nic[1].datapath, DATAPATH_VHOST);
}

static void definitions_are_joined_by_name_else_in_order(void **state)
{
	struct defined_nic defined[] = {
		{ .mac = "52:54:00:00:00:01", .model = "virtio", .kind = NIC_TAP },
		{ .name = "vnet5", .mac = "52:54:00:00:00:02", .bridge = "br0", .kind = NIC_TAP },
	};
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct vm *vm;

	m->nic[1] = nic_made("vnet6", 6);
	m->nics[0].n_nic = 2;
	m->vm[0].devices = (struct defined_devices){ .nic = defined, .n_nic = 2 };
	derive(rig);
	vm = only_vm(rig);
	assert_int_equal(vm->n_nic, 2);
	assert_string_equal(vm->nic[0].name, "vnet5");
	assert_string_equal(vm->nic[0].mac, "52:54:00:00:00:02");
	assert_string_equal(vm->nic[0].bridge, "br0");
	assert_string_equal(vm->nic[1].name, "vnet6");
	assert_string_equal(vm->nic[1].mac, "52:54:00:00:00:01");
	assert_string_equal(vm->nic[1].model, "virtio");
	/* One definition more than devices: which is whose nobody can say. */
	defined[1].name = NULL;
	m->nics[0].n_nic = 1;
	derive(rig);
	vm = only_vm(rig);
	assert_int_equal(vm->n_nic, 3);
	assert_string_equal(vm->nic[0].name, "52:54:00:00:00:01");
	assert_non_null(strstr(vm->nic[0].unseen, "not among the files"));
	assert_true(isnan(vm->nic[0].guest_rx_packets_per_s));
	assert_string_equal(vm->nic[2].name, "vnet5");
	assert_null(vm->nic[2].mac);
}

static void what_has_no_device_says_so(void **state)
{
	struct defined_nic defined[] = {
		{ .mac = "52:54:00:00:00:03", .kind = NIC_VHOST_USER },
		{ .address = "0000:3b:00.1", .kind = NIC_PASSTHROUGH },
		{ .name = "net0", .kind = NIC_USER },
		{ .name = "vnet9", .kind = NIC_TAP },
	};
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct vm *vm;

	m->vm[0].devices = (struct defined_devices){ LIST(defined), NULL, 0 };
	m->nics[0].n_nic = 0;
	derive(rig);
	vm = only_vm(rig);
	assert_int_equal(vm->n_nic, 4);
	assert_string_equal(vm->nic[0].name, "0000:3b:00.1");
	assert_int_equal(vm->nic[0].datapath, DATAPATH_DEVICE);
	assert_non_null(strstr(vm->nic[0].unseen, "do not pass"));
	assert_int_equal(vm->nic[1].datapath, DATAPATH_PROCESS);
	assert_non_null(strstr(vm->nic[1].unseen, "vhost-user"));
	assert_int_equal(vm->nic[2].kind, NIC_USER);
	assert_non_null(vm->nic[2].unseen);
	assert_string_equal(vm->nic[3].name, "vnet9");
	assert_non_null(strstr(vm->nic[3].unseen, "not among the files"));
	assert_int_equal(vm->nic[3].datapath, DATAPATH_UNKNOWN);
	assert_true(isnan(vm->nic[3].ring_fill_pct));
	/* Who may not look says why. */
	m->nics[0].status = (struct status){ SOURCE_UNAVAILABLE, "may not look", 100 * S, 0 };
	derive(rig);
	assert_string_equal(only_vm(rig)->nic[3].unseen, "may not look");
	assert_string_equal(vm_source(only_vm(rig), "nics")->reason, "may not look");
}

static void unknown_is_not_zero(void **state)
{
	struct rig *rig = *state;
	struct made *m = made(rig);
	const struct nic *nic;

	/* The first reading. */
	m->nic[0].prev = (struct nic_reading){ 0 };
	m->nic[0].qdisc_prev = (struct qdisc_reading){ 0 };
	nic = only_nic(rig);
	assert_true(isnan(nic->guest_rx_packets_per_s));
	assert_true(isnan(nic->qdisc_dropped_per_s));
	/* A counter that went back. */
	m = made(rig);
	m->nic[0].cur.rx.packets = 0;
	assert_true(isnan(only_nic(rig)->guest_rx_packets_per_s));
	/* No program tells of rings. */
	m = made(rig);
	m->queue[0].size = m->queue[0].fill = m->queue[0].high = UNKNOWN_U64;
	nic = only_nic(rig);
	assert_true(isnan(nic->ring_fill_pct));
	assert_true(isnan(nic->ring_high_pct));
	assert_true(nic->ring_size == UNKNOWN_U64);
	/* Nothing to compare with. */
	made(rig);
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	nic = &only_vm(rig)->nic[0];
	assert_true(isnan(nic->datapath_run_pct));
	assert_true(isnan(nic->nic_queue[0].rx_dropped_per_s));
	assert_int_equal(nic->n_nic_drop, 0);
	/* It is another process by now. */
	m = made(rig);
	m->nics[0].start_ticks++;
	derive(rig);
	assert_int_equal(only_vm(rig)->n_nic, 0);
	assert_int_equal(vm_source(only_vm(rig), "nics")->state, SOURCE_UNAVAILABLE);
}

static void interrupts_are_of_kvms_own_interval(void **state)
{
	struct kvm_vcpu_file file[] = { { 9, 90, 0, 5 }, { PID, 100, 0, 300 }, { PID, 101, 1, 100 },
		{ 11, 110, 0, 7 } };
	struct rig *rig = *state;

	made(rig);
	rig->cur.kvm = (struct kvm_sample){ LIST(file), 2 * S };
	derive(rig);
	NEAR(only_vm(rig)->network.irq_per_s, 200);
	NEAR(only_vm(rig)->network.irq_interval_s, 2);
	file[2].irqs = UNKNOWN_U64;
	derive(rig);
	assert_true(isnan(only_vm(rig)->network.irq_per_s));
	rig->cur.kvm.interval_ns = 0;
	derive(rig);
	assert_true(isnan(only_vm(rig)->network.irq_interval_s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counters_are_rates_of_their_own_time),
		TEST(a_ring_has_its_fill_and_its_high_water),
		TEST(drops_have_their_reasons),
		TEST(queues_share_by_samples),
		TEST(devices_of_one_name_are_told_apart),
		TEST(a_full_ring_has_a_cause),
		TEST(vhost_is_asked_for_the_guests_buffers),
		TEST(some_of_several_have_vhost),
		TEST(definitions_are_joined_by_name_else_in_order),
		TEST(what_has_no_device_says_so),
		TEST(unknown_is_not_zero),
		TEST(interrupts_are_of_kvms_own_interval),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_net", tests, NULL, NULL);
}
