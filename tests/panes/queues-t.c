// SPDX-License-Identifier: GPL-2.0-or-later
/* The queues pane: what is lost and why, verdicts, findings, and what it draws. */
#include "tests/panes/fixture.h"

#include <math.h>

#include "panes/queues.h"

/* A tap that moves 1000 packets a second each way and loses none. */
static struct nic *add_nic(struct snapshot *snap, const char *vm_name)
{
	struct vm *vm = fixture_vm(snap, vm_name, 4, 20, 1);
	struct nic *nic = arena_array(&snap->arena, 1, sizeof(*nic));

	schema_init(&schema_nic, nic);
	nic->name = "vnet5";
	nic->mac = "52:54:00:12:34:56";
	nic->kind = NIC_TAP;
	nic->datapath = DATAPATH_VMM;
	nic->queues = 1;
	nic->guest_rx_packets_per_s = nic->guest_tx_packets_per_s = 1000;
	nic->guest_rx_dropped_by_host_per_s = nic->guest_tx_dropped_by_host_per_s = 0;
	nic->ring_size = 1000;
	nic->ring_fill_pct = nic->ring_high_pct = 1;
	nic->qdisc = "pfifo_fast";
	nic->qdisc_dropped_per_s = 0;
	nic->qdisc_backlog_packets = 0;
	nic->busiest_queue = 0;
	nic->busiest_queue_packets_per_s = 1000;
	nic->busiest_queue_share_pct = 100;
	nic->queue_limit_pct = 0.1;
	nic->datapath_tid = 4001;
	nic->datapath_run_pct = 5;
	nic->datapath_wait_pct = 1;
	vm->nic = nic;
	vm->n_nic = 1;
	return nic;
}

static void drops(struct snapshot *snap, struct nic *nic, double per_s, const char *reason)
{
	nic->guest_rx_dropped_by_host_per_s = per_s;
	nic->reason = reason;
	nic->nic_drop = arena_array(&snap->arena, 1, sizeof(*nic->nic_drop));
	nic->nic_drop[0] = (struct nic_drop){ reason, per_s };
	nic->n_nic_drop = 1;
}

static void guest_says(struct snapshot *snap, struct nic *nic, double drop_per_s)
{
	struct vm *vm = &snap->vm[snap->n_vm - 1];

	vm->has_agent = true;
	vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_OK, NULL, 1, 4.1);
	nic->guest_source = "agent interfaces";
	nic->guest_name = "eth0";
	nic->guest_age_s = 2;
	nic->guest_interval_s = 5;
	nic->guest_drop_per_s = drop_per_s;
	nic->guest_rx_seen_per_s = nic->guest_tx_seen_per_s = 1000;
	nic->guest_link_bits_per_s = 1e10;
	nic->guest_link_pct = 3;
	vm->network.guest_source = "agent files";
	vm->network.guest_age_s = 2;
	vm->network.guest_interval_s = 5;
	vm->network.guest_sent_per_s = 500;
	vm->network.guest_retransmits_per_s = 0;
	vm->network.guest_softnet_drops_per_s = 0;
}

static const struct nic *nic_in(const struct snapshot *snap, const char *vm)
{
	return &fixture_vm_of(snap, vm)->nic[0];
}

static void flood(struct snapshot *snap)
{
	struct nic *nic = add_nic(snap, "web");

	drops(snap, nic, 746000, "ring full");
	nic->ring_high_pct = 100;
	nic->cause = NIC_CAUSE_STARVED;
	nic->datapath_wait_pct = 61;
	guest_says(snap, nic, 0);
	nic = add_nic(snap, "calm");
	guest_says(snap, nic, 0);
	nic = add_nic(snap, "unasked");
	drops(snap, nic, 5, "ring full");
	nic->cause = NIC_CAUSE_GUEST;
}

static void what_the_host_drops_is_hidden(void **state)
{
	struct snapshot *snap = fixture_judge_one(flood);

	(void)state;
	assert_int_equal(nic_in(snap, "web")->verdict, VERDICT_HIDDEN);
	assert_true(nic_in(snap, "web")->gap_per_s == 746000);
	fixture_assert_finding(fixture_finding(snap, "web", "queues-drop"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN,
		"guest sees 0/s, host drops 746k/s: datapath starved");
	assert_string_equal(fixture_finding(snap, "web", "queues-drop")->subject, "vnet5");
	assert_int_equal(nic_in(snap, "calm")->verdict, VERDICT_AGREE);
	assert_true(nic_in(snap, "calm")->gap_per_s == 0);
	assert_int_equal(nic_in(snap, "unasked")->verdict, VERDICT_UNKNOWN);
	fixture_assert_finding(fixture_finding(snap, "unasked", "queues-drop"), SEVERITY_WARN,
		VERDICT_UNKNOWN,
		"guest not asked, host drops 5.0/s: guest gives no buffers");
	assert_int_equal(snap->n_finding, 2);
	snapshot_free(snap);
}

/* Filters take away what nobody wants; what is left is compared. */
static void filtered(struct snapshot *snap)
{
	struct nic *nic = add_nic(snap, "bridged");

	drops(snap, nic, 5000, "tap filter");
	guest_says(snap, nic, 0);
	/* What netfilter drops is in no counter of the device, and takes nothing away from it. */
	nic = add_nic(snap, "spoofs");
	drops(snap, nic, 50, "netfilter drop");
	guest_says(snap, nic, 0);
	nic = add_nic(snap, "qdisc");
	nic->qdisc = "tbf";
	nic->qdisc_dropped_per_s = 200;
	guest_says(snap, nic, 0);
	nic = add_nic(snap, "sender");
	nic->guest_tx_dropped_by_host_per_s = 3;
	guest_says(snap, nic, 3);
	nic = add_nic(snap, "unseen");
	nic->guest_rx_packets_per_s = nic->guest_tx_packets_per_s = NAN;
	nic->guest_rx_dropped_by_host_per_s = nic->guest_tx_dropped_by_host_per_s = NAN;
	nic->qdisc_dropped_per_s = nic->ring_high_pct = nic->queue_limit_pct = NAN;
	nic->unseen = "another process moves its packets (vhost-user): the kernel sees none";
	guest_says(snap, nic, 0);
}

static void filters_are_no_loss(void **state)
{
	struct snapshot *snap = fixture_judge_one(filtered);

	(void)state;
	assert_true(queues_lost_per_s(nic_in(snap, "bridged")) == 0);
	assert_int_equal(nic_in(snap, "bridged")->verdict, VERDICT_AGREE);
	assert_true(queues_lost_per_s(nic_in(snap, "spoofs")) == 50);
	assert_int_equal(nic_in(snap, "spoofs")->verdict, VERDICT_HIDDEN);
	fixture_assert_finding(fixture_finding(snap, "qdisc", "queues-qdisc"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees 0/s, host drops 200/s: qdisc tbf");
	fixture_assert_finding(fixture_finding(snap, "sender", "queues-drop"), SEVERITY_WARN,
		VERDICT_AGREE, "guest sees 3.0/s, host drops 3.0/s");
	assert_int_equal(nic_in(snap, "unseen")->verdict, VERDICT_UNKNOWN);
	assert_string_equal(
		nic_in(snap, "unseen")->verdict_reason, nic_in(snap, "unseen")->unseen);
	assert_int_equal(snap->n_finding, 3);
	snapshot_free(snap);
}

static void near_its_limits(struct snapshot *snap)
{
	struct nic *nic = add_nic(snap, "router");

	nic->busiest_queue = 2;
	nic->busiest_queue_packets_per_s = 770000;
	nic->queue_limit_pct = 96.25;
	guest_says(snap, nic, 0);
	nic = add_nic(snap, "bursty");
	nic->ring_high_pct = 93;
	nic = add_nic(snap, "waits");
	nic->datapath_wait_pct = 55;
	nic = add_nic(snap, "idle");
	nic->datapath_wait_pct = 55;
	nic->guest_rx_packets_per_s = nic->guest_tx_packets_per_s = 5;
}

static void what_may_be_lost_next_is_told(void **state)
{
	struct snapshot *snap = fixture_judge_one(near_its_limits);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "router", "queues-limit"), SEVERITY_WARN,
		VERDICT_HIDDEN,
		"queue 2 carries 770k packets/s, 96.2% of its limit; link 3.0%");
	fixture_assert_finding(fixture_finding(snap, "bursty", "queues-ring"), SEVERITY_WATCH,
		VERDICT_UNKNOWN, "its ring was 93.0% full; the next burst is lost");
	fixture_assert_finding(fixture_finding(snap, "waits", "queues-starved"), SEVERITY_WARN,
		VERDICT_UNKNOWN, "its datapath waits 55.0% for a CPU, runs 5.0%");
	assert_int_equal(snap->n_finding, 3);
	snapshot_free(snap);
}

static void guests_own(struct snapshot *snap)
{
	struct nic *nic = add_nic(snap, "loses");
	struct vm *vm;

	guest_says(snap, nic, 40);
	nic = add_nic(snap, "resends");
	guest_says(snap, nic, 0);
	vm = &snap->vm[snap->n_vm - 1];
	vm->network.guest_retransmits_per_s = 20;
	vm->network.guest_softnet_drops_per_s = 7;
	nic = add_nic(snap, "old");
	guest_says(snap, nic, 40);
	nic->guest_age_s = 16;
	snap->vm[snap->n_vm - 1].network.guest_age_s = 16;
	snap->vm[snap->n_vm - 1].network.guest_retransmits_per_s = 100;
}

static void what_only_the_guest_loses_is_a_phantom(void **state)
{
	struct snapshot *snap = fixture_judge_one(guests_own);

	(void)state;
	assert_int_equal(nic_in(snap, "loses")->verdict, VERDICT_PHANTOM);
	assert_true(nic_in(snap, "loses")->gap_per_s == -40);
	fixture_assert_finding(fixture_finding(snap, "loses", "queues-phantom"), SEVERITY_WATCH,
		VERDICT_PHANTOM, "guest drops 40/s, host drops 0/s");
	fixture_assert_finding(fixture_finding(snap, "resends", "queues-resent"), SEVERITY_WATCH,
		VERDICT_PHANTOM, "guest sends 4.0% of TCP again; this host drops none of its packets");
	fixture_assert_finding(fixture_finding(snap, "resends", "queues-softnet"), SEVERITY_WATCH,
		VERDICT_PHANTOM, "guest's own backlog drops 7.0/s of its packets");
	assert_int_equal(nic_in(snap, "old")->verdict, VERDICT_UNKNOWN);
	assert_string_equal(nic_in(snap, "old")->verdict_reason, judge_guest_is_old);
	assert_int_equal(snap->n_finding, 3);
	snapshot_free(snap);
}

/* The guest was asked once, and that answer is seen in each second. */
static void one_answer(struct snapshot *snap, int second)
{
	struct nic *nic = add_nic(snap, "web");
	struct network *network = &snap->vm[snap->n_vm - 1].network;

	guest_says(snap, nic, 50);
	nic->guest_age_s = 1 + second;
	network->guest_source = "agent files";
	network->guest_age_s = 1 + second;
	network->guest_interval_s = 5;
	network->guest_sent_per_s = 1000;
	network->guest_retransmits_per_s = 90;
	network->guest_softnet_drops_per_s = 70;
}

static void one_answer_is_not_several(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, one_answer, 0, 6);

	(void)state;
	assert_int_equal(nic_in(snap, "web")->verdict, VERDICT_AGREE);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
	judge_free(judge);
}

/* A flood of 5 s, in which the guest dropped some as well; it was asked in its midst, and after. */
static void after_a_flood(struct snapshot *snap, int second)
{
	struct nic *nic = add_nic(snap, "web");

	if (second >= 10 && second < 15)
		drops(snap, nic, 1000, "ring full");
	guest_says(snap, nic, second >= 14 && second < 20 ? 100 : 0);
	nic->guest_age_s = second >= 14 ? (second - 14) % 6 : 1;
	nic->guest_interval_s = 6;
}

static void what_both_lost_at_a_time_is_no_phantom_later(void **state)
{
	struct judge *judge = judge_new();

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct snapshot *snap = fixture_new(1000 + i);

		fixture_host(snap);
		after_a_flood(snap, i);
		panes_judge(snap, judge);
		assert_int_not_equal(nic_in(snap, "web")->verdict, VERDICT_PHANTOM);
		assert_null(fixture_finding(snap, "web", "queues-phantom"));
		assert_true(nic_in(snap, "web")->gap_per_s == (i >= 10 && i < 14 ? 1000
							       : i == 14	    ? 900
										    : 0));
		snapshot_free(snap);
	}
	judge_free(judge);
}

static int flood_ends;

static struct snapshot *second_of_flood(double time_s)
{
	struct snapshot *snap = fixture_new(time_s);
	struct nic *nic;

	fixture_host(snap);
	nic = add_nic(snap, "web");
	if (flood_ends-- > 0)
		drops(snap, nic, 1000, "ring full");
	guest_says(snap, nic, 0);
	return snap;
}

static void two_devices(struct snapshot *snap)
{
	struct nic *one = add_nic(snap, "web");
	struct vm *vm = &snap->vm[snap->n_vm - 1];
	struct nic *both = arena_array(&snap->arena, 2, sizeof(*both));

	both[0] = both[1] = *one;
	both[1].name = "vnet6";
	drops(snap, &both[0], 20, "ring full");
	drops(snap, &both[1], 400, "no queue");
	vm->nic = both;
	vm->n_nic = 2;
}

static void of_several_devices_each_is_named(void **state)
{
	struct snapshot *snap = fixture_judge_one(two_devices);

	(void)state;
	assert_int_equal(snap->n_finding, 2);
	assert_string_equal(
		snap->finding[0].text, "vnet5: guest not asked, host drops 20/s: ring full");
	assert_string_equal(
		snap->finding[1].text, "vnet6: guest not asked, host drops 400/s: no queue");
	assert_string_equal(queues_worst_nic(&snap->vm[0])->name, "vnet5");
	snapshot_free(snap);
}

static void it_ends_within_two_intervals(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap;

	(void)state;
	flood_ends = 1;
	snap = fixture_judge(judge, second_of_flood, 4);
	assert_int_equal(snap->n_finding, 0); /* once is not lasting */
	snapshot_free(snap);
	flood_ends = 5;
	snap = fixture_judge(judge, second_of_flood, 5);
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);
	snap = fixture_judge(judge, second_of_flood, 2);
	assert_int_equal(snap->n_finding, 0);
	assert_int_equal(nic_in(snap, "web")->verdict, VERDICT_AGREE);
	snapshot_free(snap);
	judge_free(judge);
}

static void unknown_is_no_trouble(void **state)
{
	struct network network;
	struct nic nic;

	(void)state;
	schema_init(&schema_nic, &nic);
	assert_true(isnan(queues_lost_per_s(&nic)));
	assert_true(isnan(queues_lost_pct(&nic)));
	assert_int_equal(queues_trouble(&nic), SEVERITY_NONE);
	assert_false(queues_guest_is_known(&nic));
	network.guest_sent_per_s = network.guest_retransmits_per_s = NAN;
	network.guest_age_s = NAN;
	assert_false(queues_resends(&network));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_host_drops_is_hidden),
		cmocka_unit_test(filters_are_no_loss),
		cmocka_unit_test(what_may_be_lost_next_is_told),
		cmocka_unit_test(what_only_the_guest_loses_is_a_phantom),
		cmocka_unit_test(one_answer_is_not_several),
		cmocka_unit_test(of_several_devices_each_is_named),
		cmocka_unit_test(it_ends_within_two_intervals),
		cmocka_unit_test(what_both_lost_at_a_time_is_no_phantom_later),
		cmocka_unit_test(unknown_is_no_trouble),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
