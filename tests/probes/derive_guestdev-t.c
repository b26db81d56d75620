// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest counts of its network devices and disks, made into rates of the devices it is about. */
#include "tests/probes/derive_rig.h"

#include <math.h>

/* A domain with a NIC and a disk, whose guest was asked 2 s and 7 s ago. */
struct asked {
	struct defined_nic nic[1];
	struct defined_image image[1];
	struct defined_disk disk[1];
	struct domain domain[1];
	struct guest_nic guest_nic[2][2];
	struct guest_disk guest_disk[2][2];
	struct agent_reading reading[1];
};

static struct guest_devices told(
	uint64_t at_ns, struct guest_nic *nic, struct guest_disk *disk, uint64_t sent)
{
	return (struct guest_devices){ .nic_at_ns = at_ns,
		.disk_at_ns = at_ns,
		.net_at_ns = at_ns,
		.disk_source = "agent diskstats",
		.nic = nic,
		.n_nic = 1,
		.disk = disk,
		.n_disk = 1,
		.tcp_sent = sent,
		.tcp_retransmitted = sent / 100,
		.softnet_dropped = sent / 1000,
		.softnet_squeezed = UNKNOWN_U64 };
}

static struct asked *asked(struct rig *rig)
{
	static struct asked made;

	made = (struct asked){
		.nic = { { .name = "vnet0", .mac = "52:54:00:aa:bb:cc", .kind = NIC_TAP } },
		.image = { { "raw", "file", "/img/a.raw" } },
		.disk = { { .name = "vda", .capacity_bytes = 1 << 30, .n_image = 1 } },
		.domain = { domain(UUID(1), "web", 0) },
	};
	made.disk[0].image = made.image;
	made.domain[0].has_agent = true;
	made.domain[0].devices = (struct defined_devices){ made.nic, 1, made.disk, 1 };
	made.guest_nic[1][0] = (struct guest_nic){ "eth0", "52:54:00:AA:bb:cc", 100, 200, 1000, 2000,
		5, 7, 1000000 };
	made.guest_nic[0][0] = (struct guest_nic){ "eth0", "52:54:00:AA:bb:cc", 600, 1200, 51000,
		127000, 15, 12, 1000000 };
	made.guest_disk[1][0] = (struct guest_disk){ "vda", 10, 20, 3, 100, 200, 30, 400, 500, 1 << 30 };
	made.guest_disk[0][0] =
		(struct guest_disk){ "vda", 60, 70, 8, 600, 1700, 80, 2900, 10500, 1 << 30 };
	made.reading[0] = (struct agent_reading){ .uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 99 * S, MS },
		.devices = told(99 * S, made.guest_nic[0], made.guest_disk[0], 6000),
		.devices_before = told(94 * S, made.guest_nic[1], made.guest_disk[1], 1000),
		.devices_status = { SOURCE_OK, NULL, 99 * S, MS } };
	set_domains(rig, LIST(made.domain));
	rig->cur.agent = (struct agent_sample){ LIST(made.reading) };
	return &made;
}

static const struct vm *vm_of(struct rig *rig)
{
	derive(rig);
	assert_int_equal(only_vm(rig)->n_nic, 1);
	assert_int_equal(only_vm(rig)->n_disk, 1);
	return only_vm(rig);
}

static void rates_are_of_its_own_five_seconds(void **state)
{
	struct rig *rig = *state;
	const struct vm *vm;

	asked(rig);
	vm = vm_of(rig);
	assert_string_equal(vm->nic[0].guest_name, "eth0");
	assert_string_equal(vm->nic[0].guest_source, "agent interfaces");
	NEAR(vm->nic[0].guest_interval_s, 5);
	NEAR(vm->nic[0].guest_age_s, 2.005);
	NEAR(vm->nic[0].guest_drop_per_s, 3);
	NEAR(vm->nic[0].guest_rx_seen_per_s, 100);
	NEAR(vm->nic[0].guest_tx_seen_per_s, 200);
	NEAR(vm->nic[0].guest_link_bits_per_s, 1e6);
	NEAR(vm->nic[0].guest_link_pct, 20);
	NEAR(vm->network.guest_sent_per_s, 1000);
	NEAR(vm->network.guest_retransmits_per_s, 10);
	NEAR(vm->network.guest_softnet_drops_per_s, 1);
	assert_true(isnan(vm->network.guest_softnet_squeezed_per_s));
	assert_string_equal(vm->disk[0].guest_name, "vda");
	NEAR(vm->disk[0].guest_per_s, 20);
	NEAR(vm->disk[0].read.guest_await_ms, 10);
	NEAR(vm->disk[0].write.guest_await_ms, 30);
	NEAR(vm->disk[0].flush.guest_await_ms, 10);
	NEAR(vm->disk[0].guest_await_ms, 20);
	NEAR(vm->disk[0].guest_util_pct, 50);
	NEAR(vm->disk[0].guest_in_flight, 2);
	assert_null(vm->disk[0].guest_reason);
}

static void what_it_did_not_ask_for_has_no_mean(void **state)
{
	struct rig *rig = *state;
	struct asked *made = asked(rig);
	const struct vm *vm;

	made->guest_disk[0][0].reads = made->guest_disk[1][0].reads;
	made->guest_disk[0][0].flushes = UNKNOWN_U64;
	vm = vm_of(rig);
	assert_true(isnan(vm->disk[0].read.guest_await_ms));
	assert_true(isnan(vm->disk[0].flush.guest_await_ms));
	NEAR(vm->disk[0].write.guest_await_ms, 30);
}

static void one_answer_gives_no_rates(void **state)
{
	struct rig *rig = *state;
	struct asked *made = asked(rig);
	const struct vm *vm;

	made->reading[0].devices_before = (struct guest_devices){ 0 };
	vm = vm_of(rig);
	assert_string_equal(vm->nic[0].guest_name, "eth0");
	assert_true(isnan(vm->nic[0].guest_drop_per_s));
	assert_true(isnan(vm->disk[0].guest_await_ms));
	assert_true(isnan(vm->network.guest_sent_per_s));
}

/* A counter went back: it is another device, or the guest has started anew. */
static void what_went_back_is_unknown(void **state)
{
	struct rig *rig = *state;
	struct asked *made = asked(rig);
	const struct vm *vm;

	made->guest_nic[0][0].rx_lost = 1;
	made->guest_disk[0][0].writes = 1;
	made->guest_disk[0][0].busy_ms = made->guest_disk[0][0].queued_ms = 1;
	made->guest_nic[0][0].tx_bytes = 1;
	vm = vm_of(rig);
	assert_true(isnan(vm->disk[0].guest_util_pct));
	assert_true(isnan(vm->disk[0].guest_in_flight));
	assert_true(isnan(vm->nic[0].guest_link_pct));
	assert_true(isnan(vm->nic[0].guest_drop_per_s));
	NEAR(vm->nic[0].guest_rx_seen_per_s, 100);
	assert_true(isnan(vm->disk[0].write.guest_await_ms));
	assert_true(isnan(vm->disk[0].guest_await_ms));
}

static void another_device_is_not_taken_for_it(void **state)
{
	struct rig *rig = *state;
	struct asked *made = asked(rig);
	const struct vm *vm;

	made->guest_nic[0][0].mac[0] = '6';
	made->guest_disk[0][0].size_bytes = 2 << 20;
	vm = vm_of(rig);
	assert_null(vm->nic[0].guest_source);
	assert_string_equal(vm->nic[0].guest_reason,
		"the guest has no device of this address, or several");
	assert_null(vm->disk[0].guest_source);
	assert_string_equal(
		vm->disk[0].guest_reason, "the guest has no disk of this name and size");
}

/* The parts of a bond have one address. */
static void two_devices_of_an_address_are_none(void **state)
{
	struct rig *rig = *state;
	struct asked *made = asked(rig);

	made->guest_nic[0][1] = made->guest_nic[0][0];
	made->reading[0].devices.n_nic = 2;
	assert_null(vm_of(rig)->nic[0].guest_source);
}

static void each_part_says_why_there_is_none(void **state)
{
	struct rig *rig = *state;
	struct asked *made = asked(rig);
	const struct vm *vm;

	made->reading[0].devices.nic_at_ns = 0;
	made->reading[0].devices.nic_reason = "disabled";
	vm = vm_of(rig);
	assert_string_equal(vm->nic[0].guest_reason, "disabled");
	NEAR(vm->disk[0].guest_await_ms, 20);
	made->reading[0].devices_status =
		(struct status){ SOURCE_STALE, "its agent answers too slowly", 80 * S, MS };
	assert_string_equal(vm_of(rig)->disk[0].guest_reason, "its agent answers too slowly");
	made->reading[0].devices.disk_at_ns = 80 * S;
	made->reading[0].devices_before.disk_at_ns = 75 * S;
	made->reading[0].devices_status = (struct status){ SOURCE_OK, NULL, 80 * S, MS };
	assert_string_equal(vm_of(rig)->disk[0].guest_reason,
		"its agent has not been asked for long, or does not answer");
	rig->cur.agent.n_reading = 0;
	rig->cur.status[SECTION_AGENT] = (struct status){ SOURCE_OFF, "guests are not asked", 0, 0 };
	assert_string_equal(vm_of(rig)->disk[0].guest_reason, "guests are not asked");
	assert_string_equal(vm_of(rig)->network.guest_reason, "guests are not asked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_are_of_its_own_five_seconds),
		TEST(what_it_did_not_ask_for_has_no_mean),
		TEST(one_answer_gives_no_rates),
		TEST(what_went_back_is_unknown),
		TEST(another_device_is_not_taken_for_it),
		TEST(two_devices_of_an_address_are_none),
		TEST(each_part_says_why_there_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_guestdev", tests, NULL, NULL);
}
