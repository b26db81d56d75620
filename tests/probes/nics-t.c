// SPDX-License-Identifier: GPL-2.0-or-later
/* Network devices of VMs on trees made on the spot: whose they are, what is counted of them, and
 * the parsers of what the kernel tells of them. */
#include "tests/probes/rig.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/wait.h>

#include "probes/netdev.h"
#include "probes/nics_scan.h"
#include "probes/qdisc.h"
#include "probes/vmfiles.h"

#define HEAD                                                                                  \
	"Inter-|   Receive                                                |  Transmit\n"      \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets " \
	"errs drop fifo colls carrier compressed\n"

struct bench {
	char dir[64];
	struct sysroot root;
	struct probe_env env;
	struct sample sample;
	struct proc_vm vm[2];
	void *state;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err err;

	if (!b)
		return -1;
	tree_make(b->dir, sizeof(b->dir));
	assert_int_equal(sysroot_open(&b->root, b->dir, &err), 0);
	b->env = (struct probe_env){ .root = &b->root, .clock = &clock_system, .wake_fd = -1 };
	b->vm[0] = (struct proc_vm){ .pid = 10, .start_ticks = 7 };
	b->vm[1] = (struct proc_vm){ .pid = 11, .start_ticks = 8 };
	tree_link(b->dir, "proc/self/ns/net", "net:[4026531840]");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	probes[SECTION_NICS]->close(b->state);
	sample_release(&b->sample);
	sysroot_close(&b->root);
	tree_remove(b->dir);
	free(b);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void put(const struct bench *b, const char *name, const char *text)
{
	tree_put(b->dir, name, text, strlen(text));
}

/* One open file of a VM, and what fdinfo says of it; NULL: nothing. */
static void put_file(const struct bench *b, int pid, int fd, const char *target, const char *info)
{
	char name[64];

	snprintf(name, sizeof(name), "proc/%d/fd/%d", pid, fd);
	tree_link(b->dir, name, target);
	snprintf(name, sizeof(name), "proc/%d/fdinfo/%d", pid, fd);
	if (info)
		put(b, name, info);
}

static void put_tap(const struct bench *b, int pid, int fd, const char *device)
{
	char info[128];

	snprintf(info, sizeof(info), "pos:\t0\nflags:\t0104002\nmnt_id:\t22\niff:\t%s\n", device);
	put_file(b, pid, fd, "/dev/net/tun", info);
}

static const struct nics_sample *sample(struct bench *b, size_t n_vm)
{
	struct err err;

	if (!b->state)
		assert_int_equal(probes[SECTION_NICS]->open(&b->env, &b->state, &err), 0);
	sample_clear(&b->sample);
	b->sample.procvm = (struct procvm_sample){ b->vm, n_vm };
	assert_int_equal(probes[SECTION_NICS]->sample(b->state, &b->sample), 0);
	assert_int_equal(b->sample.nics.n_vm, n_vm);
	return &b->sample.nics;
}

static void taps_are_found_by_their_files(void **state)
{
	struct bench *b = *state;
	const struct nics_vm *vm;

	put_file(b, 10, 0, "/dev/null", NULL);
	put_tap(b, 10, 20, "vnet5");
	put_tap(b, 10, 21, "vnet5");
	put_tap(b, 10, 9, "vnet7");
	put_file(b, 10, 22, "/dev/vhost-net", NULL);
	put_file(b, 10, 23, "/dev/vhost-net", NULL);
	put(b, "sys/class/net/vnet5/ifindex", "31\n");
	put(b, "proc/net/dev", HEAD " vnet5: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n");
	tree_link(b->dir, "proc/10/ns/net", "net:[4026531840]");
	vm = &sample(b, 1)->vm[0];
	assert_int_equal(vm->pid, 10);
	assert_int_equal(vm->vhosts, 2);
	assert_int_equal(vm->n_nic, 2);
	for (int i = 0; i < 2; i++) {
		const struct vm_nic *nic = &vm->nic[i];
		bool is_five = strcmp(nic->name, "vnet5") == 0;

		assert_int_equal(nic->kind, NIC_TAP);
		assert_int_equal(nic->queues, is_five ? 2 : 1);
		assert_int_equal(nic->ifindex, is_five ? 31 : 0);
		assert_int_equal(nic->netns, 4026531840);
		assert_non_null(nic->qdisc_reason);
		/* What a tap sends its guest receives. */
		assert_int_equal(nic->cur.at_ns != 0, is_five);
		if (!is_five)
			continue;
		assert_int_equal(nic->cur.rx.bytes, 5);
		assert_int_equal(nic->cur.rx.packets, 6);
		assert_int_equal(nic->cur.rx.errors, 7);
		assert_int_equal(nic->cur.rx.dropped, 8);
		assert_int_equal(nic->cur.tx.bytes, 1);
		assert_int_equal(nic->cur.tx.packets, 2);
		assert_int_equal(nic->cur.tx.errors, 3);
		assert_int_equal(nic->cur.tx.dropped, 4);
		assert_int_equal(nic->prev.at_ns, 0);
	}
}

static void a_macvtap_counts_as_its_guest_does(void **state)
{
	struct bench *b = *state;
	const struct vm_nic *nic;

	put_file(b, 10, 5, "/dev/tap12", NULL);
	tree_link(b->dir, "sys/class/macvtap/tap12",
		"../../devices/virtual/net/macvtap0/macvtap/tap12");
	put(b, "sys/class/net/macvtap0/ifindex", "12\n");
	put(b, "proc/net/dev", HEAD "macvtap0: 100 20 4 3 0 0 0 0 500 60 0 0 0 0 0 0\n");
	nic = sample(b, 1)->vm[0].nic;
	assert_int_equal(b->sample.nics.vm[0].n_nic, 1);
	assert_string_equal(nic->name, "macvtap0");
	assert_int_equal(nic->kind, NIC_MACVTAP);
	/* What it drops it counts as received and as broken, too. */
	assert_int_equal(nic->cur.rx.packets, 17);
	assert_int_equal(nic->cur.rx.dropped, 3);
	assert_int_equal(nic->cur.rx.errors, 1);
	assert_int_equal(nic->cur.tx.packets, 60);
}

static void readings_go_on(void **state)
{
	struct bench *b = *state;
	const struct vm_nic *nic;
	uint64_t first_ns;

	put_tap(b, 10, 5, "vnet1");
	put_tap(b, 11, 5, "vnet1"); /* two that have one device open are both told */
	put(b, "proc/net/dev", HEAD " vnet1: 0 0 0 0 0 0 0 0 0 100 0 7 0 0 0 0\n");
	sample(b, 2);
	first_ns = b->sample.nics.vm[0].nic->cur.at_ns;
	put(b, "proc/net/dev", HEAD " vnet1: 0 0 0 0 0 0 0 0 0 400 0 9 0 0 0 0\n");
	sample(b, 2);
	for (int i = 0; i < 2; i++) {
		nic = b->sample.nics.vm[i].nic;
		assert_int_equal(nic->cur.rx.packets, 400);
		assert_int_equal(nic->prev.rx.packets, 100);
		assert_int_equal(nic->cur.rx.dropped, 9);
	}
	assert_int_equal(b->sample.nics.vm[0].nic->prev.at_ns, first_ns);
}

static void what_comes_and_goes_is_seen(void **state)
{
	struct bench *b = *state;

	put_tap(b, 10, 5, "vnet1");
	put(b, "proc/net/dev", HEAD " vnet1: 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0\n");
	sample(b, 1);
	/* Plugged in: the host has one device more. */
	put_tap(b, 10, 6, "vnet2");
	put(b, "proc/net/dev",
		HEAD " vnet1: 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0\n"
		     " vnet2: 0 0 0 0 0 0 0 0 0 2 0 0 0 0 0 0\n");
	sample(b, 1);
	sample(b, 1);
	assert_int_equal(b->sample.nics.vm[0].n_nic, 2);
	/* Pulled out. */
	put_file(b, 10, 5, "/dev/null", NULL);
	put(b, "proc/net/dev", HEAD " vnet2: 0 0 0 0 0 0 0 0 0 3 0 0 0 0 0 0\n");
	sample(b, 1);
	sample(b, 1);
	assert_int_equal(b->sample.nics.vm[0].n_nic, 1);
	assert_string_equal(b->sample.nics.vm[0].nic->name, "vnet2");
	assert_int_equal(b->sample.nics.vm[0].nic->prev.rx.packets, 3);
	/* Another process of that number. */
	b->vm[0].start_ticks++;
	put_tap(b, 10, 6, "vnet2");
	assert_int_equal(sample(b, 1)->vm[0].nic->prev.at_ns, 0);
	/* No VM at all. */
	sample(b, 0);
}

static void another_namespace_has_files_of_its_own(void **state)
{
	struct bench *b = *state;
	const struct vm_nic *nic;

	put_tap(b, 10, 5, "tap0");
	put_tap(b, 11, 5, "tap0");
	tree_link(b->dir, "proc/10/ns/net", "net:[4026532000]");
	tree_link(b->dir, "proc/11/ns/net", "net:[4026531840]");
	put(b, "sys/class/net/tap0/ifindex", "3\n");
	put(b, "proc/net/dev", HEAD "  tap0: 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0\n");
	put(b, "proc/10/net/dev", HEAD "  tap0: 0 0 0 0 0 0 0 0 0 77 0 0 0 0 0 0\n");
	put(b, "proc/10/net/igmp",
		"Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
		"1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n"
		"4\ttap0      :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n");
	nic = sample(b, 2)->vm[0].nic;
	assert_int_equal(nic->netns, 4026532000);
	assert_int_equal(nic->ifindex, 4);
	assert_int_equal(nic->cur.rx.packets, 77);
	assert_non_null(strstr(nic->qdisc_reason, "namespace"));
	nic = b->sample.nics.vm[1].nic;
	assert_int_equal(nic->ifindex, 3);
	assert_int_equal(nic->cur.rx.packets, 1);
}

static void who_may_not_look_says_so(void **state)
{
	struct bench *b = *state;
	const struct status *status;

	status = &sample(b, 1)->vm[0].status; /* it has no fd folder */
	assert_int_equal(status->state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(status->reason, "files of its process"));
	assert_int_equal(b->sample.nics.vm[0].n_nic, 0);
}

static void names_are_not_trusted(void **state)
{
	struct bench *b = *state;
	const struct nics_sample *section;

	put_tap(b, 10, 5, "../../../etc");
	put_tap(b, 10, 6, "");
	put_tap(b, 10, 7, "a-name-of-sixteen");
	put_tap(b, 10, 8, "\x1b[31mred\xff");
	put_file(b, 10, 9, "/dev/tap../..", NULL);
	put_file(b, 10, 10, "/dev/net/tun (deleted)", "iff:\tx\n");
	section = sample(b, 1);
	assert_int_equal(section->vm[0].n_nic, 1);
	assert_string_equal(section->vm[0].nic[0].name, "?[31mred?");
	assert_true(netdev_is_name("vnet5"));
	assert_false(netdev_is_name(".."));
	assert_false(netdev_is_name("a b"));
	assert_false(netdev_is_name("1234567890123456"));
	assert_true(netdev_is_name("123456789012345"));
}

static void lines_of_the_table_are_read_whole_or_not(void **state)
{
	const char *text = HEAD "eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
				"  two: 1 2\n"
				"no colon here\n"
				"last: 18446744073709551614 2 3 4 5 6 7 8 9 10 11 12 13 14 15 x";
	uint64_t value[NETDEV_COUNTERS];
	char name[NETDEV_NAME_BYTES];

	(void)state;
	assert_true(netdev_next(&text, name));
	assert_string_equal(name, "eth0");
	assert_true(netdev_counters(text, value));
	assert_int_equal(value[NETDEV_RX_BYTES], 1);
	assert_int_equal(value[NETDEV_TX_DROPPED], 12);
	assert_true(netdev_next(&text, name));
	assert_string_equal(name, "two");
	assert_false(netdev_counters(text, value));
	assert_true(netdev_next(&text, name));
	assert_string_equal(name, "last");
	assert_false(netdev_counters(text, value));
	assert_false(netdev_next(&text, name));
}

/* Messages as the kernel writes them. */
struct answer {
	_Alignas(8) char bytes[1024];
	size_t len;
};

static void *add(struct answer *answer, const void *data, size_t len)
{
	void *at = memcpy(answer->bytes + answer->len, data, len);

	answer->len += NLMSG_ALIGN(len);
	return at;
}

static void add_attribute(struct answer *answer, unsigned short type, const void *data, size_t len)
{
	struct rtattr head = { .rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(len) };

	add(answer, &head, sizeof(head));
	add(answer, data, len);
}

static void add_qdisc(struct answer *answer, int ifindex, unsigned parent, const char *kind,
	const struct gnet_stats_queue *queue)
{
	struct nlmsghdr head = { .nlmsg_type = RTM_NEWQDISC };
	struct tcmsg tc = { .tcm_ifindex = ifindex, .tcm_parent = parent };
	struct rtattr nest = { .rta_type = TCA_STATS2 };
	size_t begin = answer->len, nested;
	struct nlmsghdr *message = add(answer, &head, sizeof(head));
	struct rtattr *stats;

	add(answer, &tc, sizeof(tc));
	add_attribute(answer, TCA_KIND, kind, strlen(kind) + 1);
	nested = answer->len;
	stats = add(answer, &nest, sizeof(nest));
	add_attribute(answer, TCA_STATS_BASIC, "0123456789abcdef", 16);
	add_attribute(answer, TCA_STATS_QUEUE, queue, sizeof(*queue));
	stats->rta_len = (unsigned short)(answer->len - nested);
	message->nlmsg_len = (unsigned)(answer->len - begin);
}

static void add_end(struct answer *answer, unsigned short type, int code)
{
	struct nlmsghdr head = { .nlmsg_type = type, .nlmsg_len = NLMSG_LENGTH(sizeof(code)) };

	add(answer, &head, sizeof(head));
	add(answer, &code, sizeof(code));
}

struct seen {
	struct qdisc qdisc[8];
	size_t n;
};

static void see(void *arg, const struct qdisc *qdisc)
{
	struct seen *seen = arg;

	assert_true(seen->n < 8);
	seen->qdisc[seen->n++] = *qdisc;
}

static void disciplines_are_parsed(void **state)
{
	const struct gnet_stats_queue queue = { .qlen = 3, .backlog = 4500, .drops = 99 };
	struct answer answer = { .len = 0 };
	struct seen seen = { .n = 0 };

	(void)state;
	add_qdisc(&answer, 5, TC_H_ROOT, "fq_codel", &queue);
	add_qdisc(&answer, 6, 0x10001, "pfifo_fast", &queue); /* below another one */
	add_qdisc(&answer, 7, TC_H_ROOT, "a-kind-of-too-many-letters", &queue);
	assert_int_equal(qdisc_parse(answer.bytes, answer.len, see, &seen), 1);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.qdisc[0].ifindex, 5);
	assert_string_equal(seen.qdisc[0].kind, "fq_codel");
	assert_int_equal(seen.qdisc[0].drops, 99);
	assert_int_equal(seen.qdisc[0].backlog_packets, 3);
	assert_int_equal(seen.qdisc[0].backlog_bytes, 4500);
	assert_string_equal(seen.qdisc[1].kind, "a-kind-of-too-m");
	add_end(&answer, NLMSG_DONE, 0);
	assert_int_equal(qdisc_parse(answer.bytes, answer.len, see, &seen), 0);
	answer.len = 0;
	add_end(&answer, NLMSG_ERROR, -EPERM);
	assert_int_equal(qdisc_parse(answer.bytes, answer.len, see, &seen), -EPERM);
	assert_int_equal(qdisc_parse(answer.bytes, answer.len - 3, see, &seen), -EBADMSG);
}

/* Cut anywhere, it is read to its end at most, and nothing is made up. */
static void cut_answers_are_no_answers(void **state)
{
	const struct gnet_stats_queue queue = { .qlen = 3, .backlog = 4500, .drops = 99 };
	struct answer answer = { .len = 0 };

	(void)state;
	add_qdisc(&answer, 5, TC_H_ROOT, "tbf", &queue);
	for (size_t len = 0; len < answer.len; len++) {
		struct seen seen = { .n = 0 };
		char *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, answer.bytes, len);
		assert_int_equal(qdisc_parse(copy, len, see, &seen), len ? -EBADMSG : 1);
		assert_int_equal(seen.n, 0);
		free(copy);
	}
}

/* In a network namespace of our own, so that what we ask for is what we made. */
static void live_disciplines_are_those_of_tc(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0 || system("command -v ip tc >/dev/null 2>&1") != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct seen seen = { .n = 0 };
		int fd;

		if (unshare(CLONE_NEWNET) < 0 ||
			system("ip link add d0 type veth peer name d1 && tc qdisc add dev d0 root "
			       "tbf rate 1mbit burst 2k limit 5k") != 0)
			_exit(2);
		fd = qdisc_open();
		if (fd < 0 || qdisc_each(fd, see, &seen) != 0 ||
			qdisc_each(fd, see, &(struct seen){ .n = 0 }) != 0)
			_exit(3);
		for (size_t i = 0; i < seen.n; i++)
			if (strcmp(seen.qdisc[i].kind, "tbf") == 0 && seen.qdisc[i].drops == 0)
				_exit(0);
		_exit(4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(taps_are_found_by_their_files),
		TEST(a_macvtap_counts_as_its_guest_does),
		TEST(readings_go_on),
		TEST(what_comes_and_goes_is_seen),
		TEST(another_namespace_has_files_of_its_own),
		TEST(who_may_not_look_says_so),
		TEST(names_are_not_trusted),
		cmocka_unit_test(lines_of_the_table_are_read_whole_or_not),
		cmocka_unit_test(disciplines_are_parsed),
		cmocka_unit_test(cut_answers_are_no_answers),
		cmocka_unit_test(live_disciplines_are_those_of_tc),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("nics", tests, NULL, NULL);
}
