/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_NETDEV_H
#define PARALLAX_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The text of /proc/net/dev and of /proc/net/igmp. Pure; a device's name is its own to choose. */
enum { NETDEV_NAME_BYTES = 16 };

enum netdev_counter {
	NETDEV_RX_BYTES,
	NETDEV_RX_PACKETS,
	NETDEV_RX_ERRORS,
	NETDEV_RX_DROPPED,
	NETDEV_TX_BYTES = 8,
	NETDEV_TX_PACKETS,
	NETDEV_TX_ERRORS,
	NETDEV_TX_DROPPED,
	NETDEV_COUNTERS = 16
};

/* Could the kernel have a device of this name? Else it is fit for no path either. */
bool netdev_is_name(const char *name);

/*
 * The next line of /proc/net/dev that has a device, and *text at its counters; false: there is
 * none.
 */
bool netdev_next(const char **text, char name[NETDEV_NAME_BYTES]);
/* Its counters, by enum netdev_counter, as the host counts them; false: they are not that. */
bool netdev_counters(const char *text, uint64_t value[NETDEV_COUNTERS]);

/* The number of a device by /proc/net/igmp, which has those that are up; 0: not there. */
uint32_t netdev_igmp_index(const char *text, const char *name);

#endif
