// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rings and drops live: taps of our own in a network namespace of our own, which nobody empties but
 * we, so that what happens to each packet is known.
 */
#include "tests/probes/bpf_rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "probes/nics_scan.h"
#include "probes/rings.h"
#include "probes/rings_reasons.h"

enum { RING = 1000, QUEUES = 2, FRAME_BYTES = 60, STEP_MOST = 24 };

struct bench {
	struct bpf_rig rig;
	uint32_t netns;
	int queue[QUEUES], raw;
	struct vm_nic nic;
	struct nics_vm vm;
};

static void set_up(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

static int open_queue(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	if (fd < 0)
		skip();
	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(fd, TUNSETIFF, &request), 0);
	return fd;
}

static int open_raw(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Nothing leaves this namespace, and it ends with the test. */
static int group_setup(void **state)
{
	cpu_set_t one;
	FILE *file;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one); /* the steps are those of a CPU */
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return 0;
	file = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");
	if (file) {
		fputs("1", file);
		fclose(file);
	}
	return 0;
}

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench){ .raw = -1, .queue = { -1, -1 } };
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < QUEUES; i++)
		if (b->queue[i] >= 0)
			close(b->queue[i]);
	if (b->raw >= 0)
		close(b->raw);
	bpf_rig_close(&b->rig);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct rings_sample *sample(struct bench *b)
{
	struct bpf_rig *rig = &b->rig;

	sample_clear(&rig->sample);
	rig->sample.status[SECTION_RINGS].state = SOURCE_OK; /* as the runner does */
	rig->sample.nics = (struct nics_sample){ &b->vm, 1 };
	assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
	return &rig->sample.rings;
}

static void bench_open(struct bench *b, const char *name, int queues)
{
	if (geteuid() != 0)
		skip();
	for (int i = 0; i < queues; i++)
		b->queue[i] = open_queue(name);
	set_up(name);
	b->raw = open_raw(name);
	bpf_rig_open_live(&b->rig, SECTION_RINGS);
	b->netns = nics_netns(&b->rig.root, 0);
	b->nic = (struct vm_nic){ .name = name,
		.kind = NIC_TAP,
		.netns = b->netns,
		.ifindex = if_nametoindex(name),
		.queues = (uint64_t)queues };
	b->vm = (struct nics_vm){ .pid = getpid(), .nic = &b->nic, .n_nic = 1 };
	sample(b);
}

/* UDP, whose port chooses the queue; the kernel refuses what the device drops. */
static void send_frames(int fd, int n, int ports)
{
	unsigned char frame[FRAME_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1,
		0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };

	for (int i = 0; i < n; i++) {
		frame[35] = (unsigned char)(i % ports);
		frame[37] = 9;
		if (send(fd, frame, sizeof(frame), 0) < 0)
			assert_int_equal(errno, ENOBUFS);
	}
}

static int take_frames(int fd, int most)
{
	char frame[2048];
	int n = 0;

	while (n < most && read(fd, frame, sizeof(frame)) > 0)
		n++;
	return n;
}

static void a_ring_is_seen_to_fill(void **state)
{
	struct bench *b = *state;
	const struct rings_sample *rings;

	bench_open(b, "rt0", 1);
	rings = sample(b);
	assert_null(b->rig.sample.status[SECTION_RINGS].reason);
	assert_int_equal(rings->n_queue, 1);
	assert_int_equal(rings->queue[0].size, RING);
	assert_int_equal(rings->queue[0].fill, 0);
	assert_int_equal(rings->queue[0].high, 0);
	send_frames(b->raw, 400, 1);
	assert_int_equal(take_frames(b->queue[0], 300), 300);
	rings = sample(b);
	assert_int_equal(rings->queue[0].fill, 100);
	/* Which was seen at one of the last packets. */
	assert_in_range(rings->queue[0].high, 400 - STEP_MOST, 400);
	assert_in_range(rings->queue[0].samples_total, 400 / STEP_MOST, 400 / 9);
	assert_int_equal(rings->n_drop, 0);
	/* The next turn knows nothing of it. */
	rings = sample(b);
	assert_int_equal(rings->queue[0].high, 100);
}

static void what_does_not_fit_is_counted(void **state)
{
	struct bench *b = *state;
	const struct rings_sample *rings;

	bench_open(b, "rt1", 1);
	send_frames(b->raw, 3000, 1);
	rings = sample(b);
	assert_int_equal(rings->queue[0].fill, RING);
	assert_int_equal(rings->queue[0].high, RING);
	assert_int_equal(rings->n_drop, 1);
	assert_int_equal(rings->drop[0].key.ifindex, b->nic.ifindex);
	assert_int_equal(rings->drop[0].key.netns, b->netns);
	assert_int_equal(rings->drop[0].key.queue, 0);
	assert_int_equal(rings->drop[0].count_total, 3000 - RING);
	assert_string_equal(rings->drop[0].reason, "ring full");
	assert_true(rings->drop[0].full);
	assert_true(rings->drop[0].to_guest);
	/* Emptied: that is over, the count stays. */
	assert_int_equal(take_frames(b->queue[0], 3000), RING);
	sample(b);
	rings = sample(b);
	assert_int_equal(rings->queue[0].fill, 0);
	assert_int_equal(rings->queue[0].high, 0);
	assert_int_equal(rings->drop[0].count_total, 3000 - RING);
}

static void drops_of_others_are_not_counted(void **state)
{
	struct bench *b = *state;
	int other = open_queue("rt3"), raw;

	bench_open(b, "rt2", 1);
	set_up("rt3");
	raw = open_raw("rt3");
	send_frames(raw, 2000, 1);
	assert_int_equal(sample(b)->n_drop, 0);
	close(raw);
	close(other);
}

static void each_queue_has_its_own(void **state)
{
	struct bench *b = *state;
	const struct rings_sample *rings;
	double share, seen;
	int taken[QUEUES];

	bench_open(b, "rt4", QUEUES);
	send_frames(b->raw, 900, 7);
	rings = sample(b);
	assert_int_equal(rings->n_queue, QUEUES);
	for (int i = 0; i < QUEUES; i++) {
		assert_int_equal(rings->queue[i].key.queue, i);
		taken[i] = take_frames(b->queue[i], 900);
		assert_int_equal(rings->queue[i].fill, taken[i]);
	}
	assert_int_equal(taken[0] + taken[1], 900);
	assert_in_range(taken[0], 100, 800); /* else this shows nothing */
	share = taken[0] / 900.0;
	seen = (double)rings->queue[0].samples_total /
	       (double)(rings->queue[0].samples_total + rings->queue[1].samples_total);
	/* Three standard errors of some 55 samples. */
	assert_true(seen > share - 0.2 && seen < share + 0.2);
}

static void a_device_without_a_queue_says_so(void **state)
{
	struct ifreq detach = { .ifr_flags = IFF_DETACH_QUEUE };
	struct bench *b = *state;
	const struct rings_sample *rings;

	bench_open(b, "rt5", 1);
	assert_int_equal(ioctl(b->queue[0], TUNSETQUEUE, &detach), 0);
	send_frames(b->raw, 5, 1);
	rings = sample(b);
	assert_int_equal(rings->n_drop, 1);
	assert_string_equal(rings->drop[0].reason, "no queue");
	assert_false(rings->drop[0].full);
	assert_int_equal(rings->drop[0].count_total, 5);
	/* Its ring is no longer that of the device. */
	assert_true(rings->n_queue == 0 || rings->queue[0].fill == UNKNOWN_U64);
}

static void a_device_that_is_gone_is_forgotten(void **state)
{
	struct bench *b = *state;

	bench_open(b, "rt6", 1);
	send_frames(b->raw, 1500, 1);
	assert_int_equal(sample(b)->n_drop, 1);
	b->vm.n_nic = 0;
	sample(b);
	assert_int_equal(sample(b)->n_drop, 0);
	assert_int_equal(b->rig.sample.rings.n_queue, 0);
	send_frames(b->raw, 10, 1);
	assert_int_equal(sample(b)->n_drop, 0);
	/* Of one that comes back all begins at nothing. */
	b->vm.n_nic = 1;
	sample(b);
	send_frames(b->raw, 10, 1);
	assert_int_equal(sample(b)->drop[0].count_total, 10);
}

static void reasons_have_words(void **state)
{
	struct reason_name name[] = { { 80, "full ring" }, { 3, "no socket" },
		{ 64, "qdisc drop" } };
	struct reasons reasons = { .name = name, .n = 3, .cap = 3 };

	(void)state;
	assert_int_equal(reasons_full(&reasons), 80);
	assert_string_equal(reasons_find(&reasons, 80).words, "ring full");
	assert_true(reasons_find(&reasons, 80).to_guest);
	assert_string_equal(reasons_find(&reasons, 3).words, "no socket");
	assert_false(reasons_find(&reasons, 3).to_guest);
	assert_true(reasons_find(&reasons, 64).to_guest);
	assert_string_equal(
		reasons_find(&reasons, RINGS_REASON_UNTOLD).words, "not told by this kernel");
	reasons = (struct reasons){ 0 };
	assert_int_equal(reasons_full(&reasons), RINGS_REASON_NONE);
	assert_string_equal(
		reasons_find(&reasons, 0x20003).words, "reason 3 of part 2 of the kernel");
	assert_string_equal(
		reasons_find(&reasons, 0x20003).words, "reason 3 of part 2 of the kernel");
	assert_int_equal(reasons.n, 1);
	reasons_release(&reasons);
}

static void nothing_stays_behind(void **state)
{
	struct bench *b = *state;
	__u32 id[64];
	size_t n;

	bench_open(b, "rt7", 1);
	n = bpf_own_programs(id, 64);
	assert_true(n >= 3);
	bpf_rig_close(&b->rig);
	for (size_t i = 0; i < n; i++)
		assert_true(bpf_is_gone(id[i]));
}

static void a_tree_has_none(void **state)
{
	(void)state;
	bpf_rig_on_a_tree(SECTION_RINGS, "sys", "captured tree");
}

static void nobody_is_told_why(void **state)
{
	(void)state;
	bpf_rig_as_nobody(SECTION_RINGS, "cannot load the counters of dropped packets: not "
					 "permitted; run as root or grant CAP_BPF and CAP_PERFMON");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ring_is_seen_to_fill),
		TEST(what_does_not_fit_is_counted),
		TEST(drops_of_others_are_not_counted),
		TEST(each_queue_has_its_own),
		TEST(a_device_without_a_queue_says_so),
		TEST(a_device_that_is_gone_is_forgotten),
		cmocka_unit_test(reasons_have_words),
		TEST(nothing_stays_behind),
		TEST(a_tree_has_none),
		TEST(nobody_is_told_why),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rings", tests, group_setup, NULL);
}
