/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_GUESTDEV_H
#define PARALLAX_GUESTDEV_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* A guest's own view of its network devices and disks: totals since it started. */
enum { GUESTDEV_MOST = 64, GUESTDEV_NAME_BYTES = 32, GUESTDEV_MAC_BYTES = 18 };

/* More than anything was ever counted, and little enough to add up and to multiply by 1000. */
static const uint64_t GUESTDEV_COUNT_MAX = 1ull << 52;

/* What a guest has counted; beyond belief: unknown. */
static inline uint64_t guestdev_count(uint64_t value)
{
	return value <= GUESTDEV_COUNT_MAX ? value : UNKNOWN_U64;
}

struct guest_nic {
	char name[GUESTDEV_NAME_BYTES];
	char mac[GUESTDEV_MAC_BYTES]; /* "52:54:00:12:34:56", lower case */
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	uint64_t rx_lost, tx_lost;     /* dropped and broken */
	uint64_t link_bits_per_s; /* UNKNOWN_U64: it does not know */
};

struct guest_disk {
	char name[GUESTDEV_NAME_BYTES];
	uint64_t reads, writes, flushes;	/* flushes and their time: UNKNOWN_U64 before 5.5 */
	uint64_t read_ms, write_ms, flush_ms;
	uint64_t busy_ms, queued_ms;		/* any was in flight; each of them, summed */
	uint64_t size_bytes;			/* UNKNOWN_U64: not asked */
};

struct guest_devices {
	uint64_t nic_at_ns, disk_at_ns, net_at_ns; /* when each part was read; 0: it was not */
	const char *nic_reason, *disk_reason, *net_reason; /* why not; static */
	const char *disk_source; /* static */
	struct guest_nic *nic;
	size_t n_nic;
	struct guest_disk *disk;
	size_t n_disk;
	uint64_t tcp_sent, tcp_retransmitted, softnet_dropped, softnet_squeezed;
};

/* Frees its lists. */
void guestdev_release(struct guest_devices *devices);

/*
 * Of the guest's /proc/net/snmp and /proc/net/softnet_stat, which may hold anything; what they do
 * not tell is UNKNOWN_U64.
 */
void guestdev_parse_net(const char *snmp, const char *softnet, struct guest_devices *out);
/* Counters of the guest's /proc/net/dev, for those of the devices that have none yet. */
void guestdev_parse_dev(const char *text, struct guest_nic *nic, size_t n);
/* The number in a file of /sys, and nothing else; UNKNOWN_U64: there is none, or it is negative. */
uint64_t guestdev_parse_number(const char *text);

#endif
