// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest tells of its network devices and disks, the good answers and the bad ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/agentdev.h"

#define S 1000000000ull

#define COUNTS \
	"{\"rx-bytes\":100,\"rx-packets\":10,\"rx-errs\":1,\"rx-dropped\":2,\"tx-bytes\":200," \
	"\"tx-packets\":20,\"tx-errs\":3,\"tx-dropped\":4}"
#define NIC(name, mac) \
	"{\"name\":\"" name "\",\"hardware-address\":\"" mac "\",\"statistics\":" COUNTS "}"
#define MAC "52:54:00:AB:cd:01"

static void interfaces_with_an_address_are_counted(void **state)
{
	struct guest_nic *nic;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(qga_interfaces("{\"return\":[" NIC("lo", "00:00:00:00:00:00") ","
					"{\"name\":\"sit0\"}," NIC("eth0", MAC) "]}",
				 &nic, &n, &err),
		0);
	assert_int_equal(n, 1);
	assert_string_equal(nic->name, "eth0");
	assert_string_equal(nic->mac, "52:54:00:ab:cd:01");
	assert_int_equal(nic->rx_packets, 10);
	assert_int_equal(nic->tx_bytes, 200);
	assert_int_equal(nic->rx_lost, 3);
	assert_int_equal(nic->tx_lost, 7);
	assert_true(nic->link_bits_per_s == UNKNOWN_U64);
	free(nic);
}

static void bad_interfaces_are_left_out_or_refused(void **state)
{
	static const char *const left_out[] = {
		"{\"return\":[" NIC("et\\u001b[2J", MAC) "]}",
		"{\"return\":[" NIC("", MAC) "]}",
		"{\"return\":[" NIC("a-name-of-more-than-thirty-one-characters", MAC) "]}",
		"{\"return\":[" NIC("eth0", "52:54:00:ab:cd:0g") "]}",
		"{\"return\":[" NIC("eth0", "52:54:00:ab:cd:011") "]}",
		"{\"return\":[7,null,[],{}]}",
	};
	static const char *const refused[] = { "", "{\"return\":{}}", "{\"return\":7}", "[]" };
	struct guest_nic *nic;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		assert_int_equal(qga_interfaces(left_out[i], &nic, &n, &err), 0);
		assert_int_equal(n, 0);
		free(nic);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_true(qga_interfaces(refused[i], &nic, &n, &err) < 0);
		assert_null(nic);
		assert_non_null(strstr(err.text, "guest-network-get-interfaces"));
	}
}

static void a_count_that_is_absurd_is_unknown(void **state)
{
	struct guest_nic *nic;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(
		qga_interfaces("{\"return\":[{\"name\":\"eth0\",\"hardware-address\":\"" MAC
			       "\",\"statistics\":{\"rx-bytes\":-1,\"rx-packets\":1e300,"
			       "\"rx-errs\":1,\"tx-bytes\":9223372036854775807}}]}",
			&nic, &n, &err),
		0);
	assert_int_equal(n, 1);
	assert_true(nic->rx_bytes == UNKNOWN_U64 && nic->rx_packets == UNKNOWN_U64);
	assert_true(nic->tx_bytes == UNKNOWN_U64 && nic->rx_lost == UNKNOWN_U64);
	free(nic);
}

static void interfaces_are_limited_in_number(void **state)
{
	char *reply = calloc(1, 256 * 1024), *at = reply;
	struct guest_nic *nic;
	struct err err;
	size_t n;

	(void)state;
	at += sprintf(at, "{\"return\":[");
	for (int i = 0; i < 500; i++)
		at += sprintf(at, "%s{\"name\":\"e%d\",\"hardware-address\":\"" MAC "\"}",
			i ? "," : "", i);
	strcpy(at, "]}");
	assert_int_equal(qga_interfaces(reply, &nic, &n, &err), 0);
	assert_int_equal(n, GUESTDEV_MOST);
	free(nic);
	free(reply);
}

#define DISK(name) \
	"{\"name\":\"" name "\",\"major\":252,\"minor\":0,\"stats\":{\"read-ios\":5," \
	"\"read-ticks\":50,\"write-ios\":7,\"write-ticks\":70,\"flush-ios\":2,\"flush-ticks\":9," \
	"\"ios-pgr\":0,\"total-ticks\":60,\"weight-ticks\":129}}"

/* Of the disk that both the command and the file tell of. */
static void counts_are_known(const struct guest_disk *disk)
{
	assert_int_equal(disk->reads, 5);
	assert_int_equal(disk->read_ms, 50);
	assert_int_equal(disk->writes, 7);
	assert_int_equal(disk->write_ms, 70);
	assert_int_equal(disk->flushes, 2);
	assert_int_equal(disk->flush_ms, 9);
	assert_int_equal(disk->busy_ms, 60);
	assert_int_equal(disk->queued_ms, 129);
}

static void disks_are_told_from_partitions_and_other_devices(void **state)
{
	struct guest_disk *disk;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(
		qga_diskstats("{\"return\":[" DISK("loop0") "," DISK("vda") "," DISK("vda1") ","
			      DISK("nvme0n1") "," DISK("nvme0n1p2") "," DISK("nvme0n12") ","
			      DISK("dm-0") "," DISK("vdab") "," DISK("sr0") "]}",
			&disk, &n, &err),
		0);
	assert_int_equal(n, 4);
	assert_string_equal(disk[3].name, "vdab");
	assert_string_equal(disk[0].name, "vda");
	assert_string_equal(disk[1].name, "nvme0n1");
	assert_string_equal(disk[2].name, "nvme0n12");
	counts_are_known(&disk[0]);
	free(disk);
}

static void the_file_tells_the_same(void **state)
{
	struct guest_disk *disk;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(qga_proc_diskstats(
				 "   1       0 ram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
				 " 252       0 vda 5 0 40 50 7 0 56 70 0 60 129 0 0 0 0 2 9\n"
				 " 252       1 vda1 4 0 32 40 7 0 56 70 0 60 129 0 0 0 0 0 0\n"
				 "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n",
				 &disk, &n, &err),
		0);
	assert_int_equal(n, 2);
	assert_string_equal(disk[0].name, "vda");
	counts_are_known(&disk[0]);
	assert_string_equal(disk[1].name, "sda"); /* an old kernel */
	assert_int_equal(disk[1].writes, 5);
	assert_true(disk[1].flushes == UNKNOWN_U64);
	free(disk);
}

static void a_file_without_disks_is_broken(void **state)
{
	static const char *const text[] = { "", "\n\n", "252 0 vda\n", "252 0 vda 1 2 3\n",
		"252 0 v\033da 5 0 40 50 7 0 56 70 0 60 129\n", "a b c d e f g h i j k l m n\n" };
	struct guest_disk *disk;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		assert_int_equal(qga_proc_diskstats(text[i], &disk, &n, &err), -EPROTO);
		assert_null(disk);
	}
}

static void segments_sent_again_and_what_the_backlog_dropped(void **state)
{
	struct guest_devices out = { 0 };

	(void)state;
	guestdev_parse_net("Ip: Forwarding DefaultTTL\nIp: 1 64\n"
			   "Tcp: RtoAlgorithm MaxConn InSegs OutSegs RetransSegs InErrs\n"
			   "Tcp: 1 -1 500 600 7 0\nUdp: OutSegs\nUdp: 9\n",
		"0000000a 00000002 00000001 00000000 00000000\n"
		"0000000b 00000010 00000003 00000000 00000000\n",
		&out);
	assert_int_equal(out.tcp_sent, 600);
	assert_int_equal(out.tcp_retransmitted, 7);
	assert_int_equal(out.softnet_dropped, 18);
	assert_int_equal(out.softnet_squeezed, 4);
	guestdev_parse_net("Tcp: OutSegs RetransSegs\nTcp: -5\n", "zz\n", &out);
	assert_true(out.tcp_sent == UNKNOWN_U64 && out.tcp_retransmitted == UNKNOWN_U64);
	assert_true(out.softnet_dropped == UNKNOWN_U64 && out.softnet_squeezed == UNKNOWN_U64);
	guestdev_parse_net("Tcp: OutSegs", "", &out);
	assert_true(out.tcp_sent == UNKNOWN_U64);
}

static void the_kernel_counts_where_the_agent_does_not(void **state)
{
	struct guest_nic nic[] = { { .name = "eth0", .rx_packets = 3 },
		{ .name = "eth1", .rx_packets = UNKNOWN_U64 },
		{ .name = "eth2", .rx_packets = UNKNOWN_U64, .rx_lost = UNKNOWN_U64 } };

	(void)state;
	guestdev_parse_dev("Inter-|   Receive\n face |bytes    packets errs drop\n"
			   "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
			   "  eth1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
			   "  eth2: 1 2 3 99999999999999999999 5 6 7\n"
			   "  eth3: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		nic, 3);
	assert_int_equal(nic[0].rx_packets, 3);
	assert_int_equal(nic[1].rx_packets, 2);
	assert_int_equal(nic[1].tx_packets, 10);
	assert_int_equal(nic[1].rx_bytes, 1);
	assert_int_equal(nic[1].tx_bytes, 9);
	assert_int_equal(nic[1].rx_lost, 7);
	assert_int_equal(nic[1].tx_lost, 23);
	assert_true(nic[2].rx_packets == UNKNOWN_U64 && nic[2].rx_lost == UNKNOWN_U64);
}

static void a_number_of_sys_is_that_or_unknown(void **state)
{
	(void)state;
	assert_int_equal(guestdev_parse_number("2097152\n"), 2097152);
	assert_int_equal(guestdev_parse_number("10000"), 10000);
	assert_true(guestdev_parse_number("-1\n") == UNKNOWN_U64);
	assert_true(guestdev_parse_number("") == UNKNOWN_U64);
	assert_true(guestdev_parse_number("12x\n") == UNKNOWN_U64);
	assert_true(guestdev_parse_number("99999999999999999999\n") == UNKNOWN_U64);
}

/* One answer after the other; before is what rates are from. */
static void answers_follow_each_other(void **state)
{
	struct agentdev dev = { 0 };
	struct arena arena = { 0 };
	struct agent_reading reading = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 3; i++) {
		agentturn_prepare(&dev.turn, i * 5 * S);
		assert_true(dev.turn.asked);
		dev.next.nic = calloc(1, sizeof(*dev.next.nic));
		dev.next.n_nic = 1;
		dev.next.nic->rx_packets = i;
		dev.next.nic_at_ns = i * 5 * S;
		agentturn_note(&dev.turn, NULL, 7);
		agentdev_done(&dev, i * 5 * S);
		assert_in_range(dev.turn.due_ns, i * 5 * S + 4 * S, i * 5 * S + 5 * S);
	}
	agentdev_fill(&dev, &arena, &reading);
	assert_int_equal(reading.devices.nic->rx_packets, 3);
	assert_int_equal(reading.devices_before.nic->rx_packets, 2);
	assert_int_equal(reading.devices_status.state, SOURCE_OK);
	assert_int_equal(reading.devices_status.at_ns, 15 * S);
	agentdev_release(&dev);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_with_an_address_are_counted),
		cmocka_unit_test(bad_interfaces_are_left_out_or_refused),
		cmocka_unit_test(a_count_that_is_absurd_is_unknown),
		cmocka_unit_test(interfaces_are_limited_in_number),
		cmocka_unit_test(disks_are_told_from_partitions_and_other_devices),
		cmocka_unit_test(the_file_tells_the_same),
		cmocka_unit_test(a_file_without_disks_is_broken),
		cmocka_unit_test(segments_sent_again_and_what_the_backlog_dropped),
		cmocka_unit_test(the_kernel_counts_where_the_agent_does_not),
		cmocka_unit_test(a_number_of_sys_is_that_or_unknown),
		cmocka_unit_test(answers_follow_each_other),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guestdev", tests, NULL, NULL);
}
