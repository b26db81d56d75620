// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qdisc.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/arena.h"
#include "probes/vm.h"

/* The kernel fills messages of as much as it is read with, up to 32 KiB. */
enum { BUFFER_BYTES = 32 * 1024, MESSAGES_MOST = 4096, WAIT_MS = 200 };

/* A list of attributes, or what is left of one. */
struct attributes {
	const char *at;
	size_t left;
};

/* The next one, its contents and their length; false: there is none that is whole. */
static bool next_attribute(struct attributes *list, unsigned *type, struct attributes *inside)
{
	struct rtattr head;
	size_t step;

	if (list->left < sizeof(head))
		return false;
	memcpy(&head, list->at, sizeof(head));
	if (head.rta_len < sizeof(head) || head.rta_len > list->left)
		return false;
	*type = head.rta_type & NLA_TYPE_MASK;
	*inside = (struct attributes){ list->at + sizeof(head), head.rta_len - sizeof(head) };
	step = RTA_ALIGN(head.rta_len);
	step = step < list->left ? step : list->left;
	list->at += step;
	list->left -= step;
	return true;
}

static void read_kind(struct attributes text, struct qdisc *qdisc)
{
	size_t len = text.left < sizeof(qdisc->kind) ? text.left : sizeof(qdisc->kind) - 1;

	memcpy(qdisc->kind, text.at, len);
	qdisc->kind[len] = '\0';
}

static void read_stats(struct attributes list, struct qdisc *qdisc)
{
	struct gnet_stats_queue queue;
	struct attributes inside;
	unsigned type;

	while (next_attribute(&list, &type, &inside)) {
		if (type != TCA_STATS_QUEUE || inside.left < sizeof(queue))
			continue;
		memcpy(&queue, inside.at, sizeof(queue));
		qdisc->drops = queue.drops;
		qdisc->backlog_packets = queue.qlen;
		qdisc->backlog_bytes = queue.backlog;
	}
}

/* false: it is not the root of a device. */
static bool read_qdisc(struct attributes message, struct qdisc *qdisc)
{
	struct attributes inside;
	struct tcmsg head;
	unsigned type;

	if (message.left < sizeof(head))
		return false;
	memcpy(&head, message.at, sizeof(head));
	if (head.tcm_parent != TC_H_ROOT || head.tcm_ifindex <= 0)
		return false;
	*qdisc = (struct qdisc){ .ifindex = (uint32_t)head.tcm_ifindex,
		.drops = UNKNOWN_U64,
		.backlog_packets = UNKNOWN_U64,
		.backlog_bytes = UNKNOWN_U64 };
	message.at += NLMSG_ALIGN(sizeof(head));
	message.left -= NLMSG_ALIGN(sizeof(head));
	while (next_attribute(&message, &type, &inside)) {
		if (type == TCA_KIND)
			read_kind(inside, qdisc);
		else if (type == TCA_STATS2)
			read_stats(inside, qdisc);
	}
	return qdisc->kind[0];
}

static int error_of(struct attributes message)
{
	int code;

	if (message.left < sizeof(code))
		return -EBADMSG;
	memcpy(&code, message.at, sizeof(code));
	return code < 0 ? code : -EBADMSG;
}

int qdisc_parse(const void *bytes, size_t len, void (*found)(void *arg, const struct qdisc *qdisc),
	void *arg)
{
	const char *at = bytes;
	struct nlmsghdr head;
	struct qdisc qdisc;

	for (size_t step; len >= sizeof(head); at += step, len -= step) {
		struct attributes message;

		memcpy(&head, at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len)
			return -EBADMSG;
		message = (struct attributes){ at + NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN };
		if (head.nlmsg_type == NLMSG_DONE)
			return 0;
		if (head.nlmsg_type == NLMSG_ERROR)
			return error_of(message);
		if (head.nlmsg_type == RTM_NEWQDISC && read_qdisc(message, &qdisc))
			found(arg, &qdisc);
		step = NLMSG_ALIGN(head.nlmsg_len);
		step = step < len ? step : len;
	}
	return len == 0 ? 1 : -EBADMSG;
}

int qdisc_open(void)
{
	const struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

static int ask(int fd)
{
	const struct {
		struct nlmsghdr head;
		struct tcmsg tc;
	} request = { .head = { .nlmsg_len = sizeof(request),
			      .nlmsg_type = RTM_GETQDISC,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };

	return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

int qdisc_each(int fd, void (*found)(void *arg, const struct qdisc *qdisc), void *arg)
{
	char *buffer = xcalloc(BUFFER_BYTES, 1);
	int code = ask(fd);

	for (int i = 0; code == 0 && i < MESSAGES_MOST; i++) {
		ssize_t len = recv(fd, buffer, BUFFER_BYTES, 0);

		code = len < 0 ? -errno : qdisc_parse(buffer, (size_t)len, found, arg);
		if (code <= 0)
			break;
		code = 0;
	}
	free(buffer);
	return code;
}
