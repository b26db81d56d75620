// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <string.h>
#include <strings.h>

/* Three of its periods: then it is old. */
static const double OLD_S = 15;

static const char OLD_REASON[] = "its agent has not been asked for long, or does not answer";

/* One part of what a guest told twice, and why there is none. */
struct told {
	const char *source, *reason;
	double age_s, interval_s;
	uint64_t ns; /* 0: no rates */
};

struct guest_side {
	const struct agent_reading *reading; /* NULL: there is none */
	struct told nic, disk, net;
};

static struct told told_of(const struct derive *derive, const struct agent_reading *reading,
	const uint64_t at_ns[2], const char *reason)
{
	struct told told = { .reason = reason, .age_s = NAN, .interval_s = NAN };

	if (!told.reason)
		told.reason = derive_text(derive, reading->devices_status.reason);
	if (at_ns[0] == 0)
		return told;
	told.age_s = derive_age_s(derive, at_ns[0]);
	if (told.age_s > OLD_S && !told.reason)
		told.reason = OLD_REASON;
	if (at_ns[1] && at_ns[0] > at_ns[1]) {
		told.ns = at_ns[0] - at_ns[1];
		told.interval_s = (double)told.ns / 1e9;
	}
	return told;
}

static struct guest_side nobody(const char *reason)
{
	const struct told none = { .reason = reason, .age_s = NAN, .interval_s = NAN };

	return (struct guest_side){ .nic = none, .disk = none, .net = none };
}

static struct guest_side side_of(
	const struct derive *derive, const struct joined *joined, const struct vm *vm)
{
	const struct agent_reading *reading =
		joined->domain ? derive_agent(derive->cur, joined->domain->uuid) : NULL;
	const struct source *agent = vm_source(vm, "agent");
	const struct guest_devices *cur, *prev;
	struct guest_side side;

	if (!reading || !source_has_values(reading->status.state))
		return nobody(agent ? agent->reason : NULL);
	cur = &reading->devices;
	prev = &reading->devices_before;
	side.reading = reading;
	side.nic = told_of(derive, reading, (uint64_t[]){ cur->nic_at_ns, prev->nic_at_ns },
		cur->nic_reason);
	side.disk = told_of(derive, reading, (uint64_t[]){ cur->disk_at_ns, prev->disk_at_ns },
		cur->disk_reason);
	side.net = told_of(derive, reading, (uint64_t[]){ cur->net_at_ns, prev->net_at_ns },
		cur->net_reason);
	side.nic.source = cur->nic_at_ns ? "agent interfaces" : NULL;
	side.disk.source = cur->disk_at_ns ? cur->disk_source : NULL;
	side.net.source = cur->net_at_ns ? "agent files" : NULL;
	return side;
}

/* Whose address it is; NULL: nobody's, or of several, as the parts of a bond have the same. */
static const struct guest_nic *nic_by_mac(const struct guest_devices *devices, const char *mac)
{
	const struct guest_nic *found = NULL;

	for (size_t i = 0; mac && i < devices->n_nic; i++) {
		if (strcasecmp(devices->nic[i].mac, mac) != 0)
			continue;
		if (found)
			return NULL;
		found = &devices->nic[i];
	}
	return found;
}

static double link_pct(const struct guest_nic *cur, const struct guest_nic *prev, uint64_t ns)
{
	double rx = derive_rate(cur->rx_bytes, prev->rx_bytes, ns);
	double tx = derive_rate(cur->tx_bytes, prev->tx_bytes, ns);

	if (isnan(rx) || isnan(tx) || cur->link_bits_per_s == UNKNOWN_U64 ||
		cur->link_bits_per_s == 0)
		return NAN;
	return 100 * 8 * fmax(rx, tx) / (double)cur->link_bits_per_s;
}

static void fill_nic(const struct derive *derive, const struct guest_side *side, struct nic *nic)
{
	const struct guest_nic *cur, *prev;
	uint64_t ns = side->nic.ns;

	nic->guest_reason = side->nic.reason;
	if (!side->nic.source)
		return;
	cur = nic_by_mac(&side->reading->devices, nic->mac);
	prev = nic_by_mac(&side->reading->devices_before, nic->mac);
	if (!cur) {
		nic->guest_reason = nic->mac ? "the guest has no device of this address, or several"
					     : "its address is not known, by which the guest's "
					       "device would be found";
		return;
	}
	nic->guest_source = side->nic.source;
	nic->guest_name = derive_text(derive, cur->name);
	nic->guest_age_s = side->nic.age_s;
	if (cur->link_bits_per_s != UNKNOWN_U64)
		nic->guest_link_bits_per_s = (double)cur->link_bits_per_s;
	if (!prev || ns == 0)
		return;
	nic->guest_interval_s = side->nic.interval_s;
	nic->guest_drop_per_s = derive_rate(cur->rx_lost, prev->rx_lost, ns) +
				derive_rate(cur->tx_lost, prev->tx_lost, ns);
	nic->guest_rx_seen_per_s = derive_rate(cur->rx_packets, prev->rx_packets, ns);
	nic->guest_tx_seen_per_s = derive_rate(cur->tx_packets, prev->tx_packets, ns);
	nic->guest_link_pct = link_pct(cur, prev, ns);
}

/* By name, which is only a hint of the definition's: another size is another disk. */
static const struct guest_disk *disk_by_name(
	const struct guest_devices *devices, const struct disk *disk)
{
	for (size_t i = 0; disk->name && i < devices->n_disk; i++) {
		const struct guest_disk *one = &devices->disk[i];

		if (strcmp(one->name, disk->name) != 0)
			continue;
		if (one->size_bytes != UNKNOWN_U64 && disk->capacity_bytes != UNKNOWN_U64 &&
			one->size_bytes != disk->capacity_bytes)
			return NULL;
		return one;
	}
	return NULL;
}

static void disk_rates(const struct guest_disk *cur, const struct guest_disk *prev, uint64_t ns,
	struct disk *disk)
{
	uint64_t reads = derive_delta(cur->reads, prev->reads);
	uint64_t writes = derive_delta(cur->writes, prev->writes);
	uint64_t read_ms = derive_delta(cur->read_ms, prev->read_ms);
	uint64_t write_ms = derive_delta(cur->write_ms, prev->write_ms);

	disk->read.guest_await_ms = derive_mean(read_ms, reads);
	disk->write.guest_await_ms = derive_mean(write_ms, writes);
	disk->flush.guest_await_ms = derive_mean(derive_delta(cur->flush_ms, prev->flush_ms),
		derive_delta(cur->flushes, prev->flushes));
	disk->guest_await_ms = derive_mean(derive_both(read_ms, write_ms), derive_both(reads, writes));
	disk->guest_per_s = derive_per_s(derive_both(reads, writes), ns);
	disk->guest_util_pct = derive_busy_pct(derive_delta(cur->busy_ms, prev->busy_ms), ns);
	disk->guest_in_flight = derive_rate(cur->queued_ms, prev->queued_ms, ns) / 1000;
}

static void fill_disk(const struct derive *derive, const struct guest_side *side, struct disk *disk)
{
	const struct guest_disk *cur, *prev;

	disk->guest_reason = side->disk.reason;
	if (!side->disk.source)
		return;
	cur = disk_by_name(&side->reading->devices, disk);
	prev = disk_by_name(&side->reading->devices_before, disk);
	if (!cur) {
		disk->guest_reason = "the guest has no disk of this name and size";
		return;
	}
	disk->guest_source = side->disk.source;
	disk->guest_name = derive_text(derive, cur->name);
	disk->guest_age_s = side->disk.age_s;
	if (!prev || side->disk.ns == 0)
		return;
	disk->guest_interval_s = side->disk.interval_s;
	disk_rates(cur, prev, side->disk.ns, disk);
}

static void fill_network(const struct guest_side *side, struct network *network)
{
	const struct guest_devices *cur, *prev;
	uint64_t ns = side->net.ns;

	network->guest_reason = side->net.reason;
	network->guest_source = side->net.source;
	network->guest_age_s = side->net.age_s;
	if (!side->net.source || ns == 0)
		return;
	cur = &side->reading->devices;
	prev = &side->reading->devices_before;
	network->guest_interval_s = side->net.interval_s;
	network->guest_sent_per_s = derive_rate(cur->tcp_sent, prev->tcp_sent, ns);
	network->guest_retransmits_per_s =
		derive_rate(cur->tcp_retransmitted, prev->tcp_retransmitted, ns);
	network->guest_softnet_drops_per_s =
		derive_rate(cur->softnet_dropped, prev->softnet_dropped, ns);
	network->guest_softnet_squeezed_per_s =
		derive_rate(cur->softnet_squeezed, prev->softnet_squeezed, ns);
}

void derive_guest_devices(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct guest_side side = side_of(derive, joined, vm);

	for (size_t i = 0; i < vm->n_nic; i++)
		fill_nic(derive, &side, &vm->nic[i]);
	for (size_t i = 0; i < vm->n_disk; i++)
		fill_disk(derive, &side, &vm->disk[i]);
	fill_network(&side, &vm->network);
}
