// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood DEVICE FRAMES SECONDS RATE: raw frames of the local experimental ethertype into a device,
 * as if the host sent them: no more than FRAMES, for no longer than SECONDS, RATE of them a second
 * (0: as fast as it goes). Prints how many went out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ETHERTYPE = 0x88b5, BURST = 32, FRAME_BYTES = 64 };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int open_device(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name) };
	int fd = address.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, 0) : -1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		fprintf(stderr, "flood: cannot send into %s: %s\n", name, strerror(errno));
		exit(1);
	}
	return fd;
}

/* Not before so many are due at this rate. */
static void wait_until(uint64_t due_ns)
{
	const struct timespec due = { .tv_sec = (time_t)(due_ns / 1000000000),
		.tv_nsec = (long)(due_ns % 1000000000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static uint64_t flood(int fd, uint64_t frames, uint64_t seconds, uint64_t rate)
{
	const uint64_t begin_ns = now_ns(), end_ns = begin_ns + seconds * 1000000000;
	struct ether_header head = { .ether_type = htons(ETHERTYPE) };
	char frame[FRAME_BYTES] = { 0 };
	uint64_t sent = 0;

	memset(head.ether_dhost, 0xff, sizeof(head.ether_dhost));
	head.ether_shost[0] = 2; /* locally administered */
	memcpy(frame, &head, sizeof(head));
	while (sent < frames && now_ns() < end_ns) {
		/* What the device drops it refuses; that is a frame all the same. */
		for (int i = 0; i < BURST && sent < frames; i++, sent++)
			if (send(fd, frame, sizeof(frame), 0) < 0 && errno != ENOBUFS)
				return sent;
		if (rate)
			wait_until(begin_ns + (uint64_t)((double)sent * 1e9 / (double)rate));
	}
	return sent;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: flood DEVICE FRAMES SECONDS RATE\n");
		return 2;
	}
	printf("%llu\n",
		(unsigned long long)flood(open_device(argv[1]), strtoull(argv[2], NULL, 10),
			strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10)));
	return 0;
}
