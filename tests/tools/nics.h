/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_NICS_H
#define PARALLAX_TESTS_NICS_H

#include <string.h>

#include "tests/tools/play.h"

/*
 * The network devices of the play's VMs. The ring of one overflows, for its vhost worker waits for a
 * CPU; one gives most of its packets to one queue, which is near its end; one has a device of its own
 * that nobody sees; the others receive what the day brings.
 */
enum { NIC_QUEUES = 4, NIC_NETNS = 4026531840u, NIC_ASKED_EVERY = 5 };

struct nic_role {
	const char *name;
	double rx, tx, dropped; /* a second */
	double high_pct;
	uint64_t queues;
	double part[NIC_QUEUES]; /* of rx */
	double guest_dropped, resent;
	enum nic_kind kind;
};

static inline struct nic_role nic_role_of(const struct actor *actor, size_t i)
{
	static const struct nic_role odd[] = {
		{ "web-03", 212000, 181000, 4310, 100, 1, { 1 }, 0, 96, NIC_TAP },
		{ "batch-11", 704000, 92000, 0, 61, 4, { 0.92, 0.05, 0.02, 0.01 }, 0, 0, NIC_TAP },
		{ "win-sql", 0, 0, 0, 0, 1, { 1 }, 0, 0, NIC_PASSTHROUGH },
		{ "api-07", 900, 1100, 0, 2, 1, { 1 }, 31, 2, NIC_TAP },
	};
	struct nic_role usual = { actor->name, 2400, 1900, 0, 3, 1, { 1 }, 0, 0.4, NIC_TAP };

	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
		if (strcmp(odd[k].name, actor->name) == 0)
			return odd[k];
	usual.rx *= 0.2 + 2 * chance(i, 5, 5);
	usual.tx *= 0.2 + 2 * chance(i, 6, 5);
	return usual;
}

struct nic_props {
	char name[16], mac[20];
	struct defined_nic defined;
};

struct nic_stage {
	struct nic_props props[ACTORS];
	struct nics_vm vm[2][ACTORS];
	struct vm_nic nic[2][ACTORS];
	struct ring_queue queue[2][ACTORS * NIC_QUEUES];
	struct ring_drop drop[2][ACTORS];
	struct guest_nic guest[2][ACTORS];
};

static inline struct nic_reading nic_total_of(
	const struct nic_role *role, uint64_t at_ns, unsigned second)
{
	struct nic_reading out = { .at_ns = at_ns };

	out.rx.packets = (uint64_t)(role->rx * second);
	out.rx.bytes = (uint64_t)(role->rx * second * 310);
	out.rx.dropped = (uint64_t)(role->dropped * second);
	out.tx.packets = (uint64_t)(role->tx * second);
	out.tx.bytes = (uint64_t)(role->tx * second * 840);
	return out;
}

static inline void nic_build(
	const struct nic_role *role, size_t i, struct nic_props *out)
{
	bool passed = role->kind == NIC_PASSTHROUGH;

	snprintf(out->name, sizeof(out->name), "vnet%zu", i);
	snprintf(out->mac, sizeof(out->mac), "52:54:00:7e:%02zx:%02zx", i, 255 - i);
	out->defined = (struct defined_nic){ .name = passed ? NULL : out->name,
		.mac = out->mac,
		.model = passed ? NULL : "virtio",
		.bridge = passed ? NULL : "br0",
		.address = passed ? "0000:3b:02.1" : NULL,
		.kind = role->kind,
		.vhost = !passed,
		.queues = role->queues };
}

static inline void show_rings(struct nic_stage *stage, const struct nic_role *role, size_t i,
	unsigned second, struct rings_sample *section)
{
	for (uint32_t k = 0; k < role->queues; k++)
		section->queue[section->n_queue++] = (struct ring_queue){
			.key = { NIC_NETNS, 10 + (uint32_t)i, k },
			.size = 1000,
			.fill = (uint64_t)(role->high_pct * 10 * chance(i, second, 7)),
			.high = (uint64_t)(role->high_pct * 10 * (k ? 0.2 : 1)),
			.samples_total = (uint64_t)(role->rx * role->part[k] * second / 16) };
	if (role->dropped > 0)
		section->drop[section->n_drop++] = (struct ring_drop){
			.key = { NIC_NETNS, 10 + (uint32_t)i, 0 },
			.reason = "ring full",
			.full = true,
			.to_guest = true,
			.count_total = (uint64_t)(role->dropped * second) };
	(void)stage;
}

/* As of the moment at which its disks are asked for. */
static inline struct guest_nic nic_guest_of(
	const struct nic_role *role, const struct nic_props *props, uint64_t second)
{
	struct guest_nic out = { .name = "eth0",
		.rx_packets = (uint64_t)(role->rx * (double)second),
		.tx_packets = (uint64_t)(role->tx * (double)second),
		.rx_bytes = (uint64_t)(role->rx * (double)second * 310),
		.tx_bytes = (uint64_t)(role->tx * (double)second * 840),
		.rx_lost = (uint64_t)(role->guest_dropped * (double)second),
		.link_bits_per_s = 25000000000ull };

	memcpy(out.mac, props->mac, sizeof(out.mac));
	return out;
}

static inline void nic_net_of(
	const struct nic_role *role, uint64_t second, uint64_t at_ns, struct guest_devices *out)
{
	out->nic_at_ns = out->net_at_ns = at_ns;
	out->n_nic = 1;
	out->tcp_sent = (uint64_t)(role->tx * (double)second / 2);
	out->tcp_retransmitted = (uint64_t)(role->resent * (double)second);
	out->softnet_dropped = out->softnet_squeezed = 0;
}

static inline void show_guest_nic(struct nic_stage *stage, const struct nic_role *role, size_t i,
	unsigned second, struct agent_reading *reading)
{
	unsigned asked = second - (second + (unsigned)i) % NIC_ASKED_EVERY;

	if (second < 2 * NIC_ASKED_EVERY)
		return;
	stage->guest[0][i] = nic_guest_of(role, &stage->props[i], asked);
	stage->guest[1][i] = nic_guest_of(role, &stage->props[i], asked - NIC_ASKED_EVERY);
	reading->devices.nic = &stage->guest[0][i];
	reading->devices_before.nic = &stage->guest[1][i];
	nic_net_of(role, asked, (BOOT_S + asked) * S - 120 * MS, &reading->devices);
	nic_net_of(role, asked - NIC_ASKED_EVERY,
		(BOOT_S + asked - NIC_ASKED_EVERY) * S - 120 * MS, &reading->devices_before);
}

static inline void nic_define(
	struct sample *sample, const struct actor *actor, const struct defined_nic *nic)
{
	struct defined_devices *devices[2];
	size_t n = play_devices(sample, actor, devices);

	for (size_t i = 0; i < n; i++) {
		devices[i]->nic = nic;
		devices[i]->n_nic = 1;
	}
}

static inline void show_nic(struct nic_stage *stage, const struct actor *actor, size_t i,
	unsigned second, struct sample *sample)
{
	struct nic_role role = nic_role_of(actor, i);
	struct vm_nic *nic = &stage->nic[second % 2][i];
	struct agent_reading *agent = play_agent(sample, actor);
	bool tap = role.kind == NIC_TAP;

	nic_build(&role, i, &stage->props[i]);
	nic_define(sample, actor, &stage->props[i].defined);
	*nic = (struct vm_nic){ .name = stage->props[i].name,
		.kind = role.kind,
		.netns = NIC_NETNS,
		.ifindex = 10 + (uint32_t)i,
		.queues = role.queues,
		.cur = nic_total_of(&role, sample->at_ns, second),
		.prev = nic_total_of(&role, sample->at_ns - S, second ? second - 1 : 0),
		.qdisc = "pfifo_fast",
		.qdisc_cur = { sample->at_ns, 0, 0, 0 },
		.qdisc_prev = { sample->at_ns - S, 0, 0, 0 } };
	sample->nics.vm[sample->nics.n_vm++] = (struct nics_vm){ .pid = actor->pid,
		.start_ticks = actor->thread[0].start_ticks,
		.vhosts = tap ? role.queues : 0,
		.nic = nic,
		.n_nic = tap,
		.status = { SOURCE_OK, NULL, sample->at_ns - 2 * S, 90 * US } };
	if (tap)
		show_rings(stage, &role, i, second, &sample->rings);
	if (agent && !actor->stopped)
		show_guest_nic(stage, &role, i, second, agent);
}

/* Once processes and domains are shown, and disks, whose answers of guests these add to. */
static inline void show_nics(const struct play *play, unsigned second, struct sample *sample)
{
	static struct nic_stage stage;

	sample->nics = (struct nics_sample){ .vm = stage.vm[second % 2] };
	sample->rings = (struct rings_sample){ .queue = stage.queue[second % 2],
		.drop = stage.drop[second % 2] };
	for (size_t i = 0; i < play->n_actor; i++)
		show_nic(&stage, &play->actor[i], i, second, sample);
}

#endif
