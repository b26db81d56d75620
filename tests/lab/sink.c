/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink DEVICE: takes the frames that the lab's floods are made of (ethertype 0x88b5) and throws them
 * away. A kernel counts frames that nobody takes as dropped, and a guest's own drops are what tests
 * compare.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ETHERTYPE = 0x88b5 };

int main(int argc, char **argv)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE)), room = 1;

	if (argc != 2)
		errx(2, "usage: sink DEVICE");
	address.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || address.sll_ifindex == 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "%s", argv[1]);
	/* Nobody reads: what the socket has no room for is lost to it, and not to the device. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	for (;;)
		pause();
}
