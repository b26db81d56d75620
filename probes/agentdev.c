// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/agentdev.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t S = 1000000000, SECTOR_BYTES = 512, MBIT = 1000000;

/* On a worker's thread. */

/*
 * The number in a file of the guest's /sys, times unit; UNKNOWN_U64: it does not tell. A link that
 * has no speed refuses to be read, which is no fault of the agent. False: the agent has not
 * answered, or the time of this call is over.
 */
static bool ask_number(struct agent_line *line, const char *path, uint64_t unit, uint64_t *value)
{
	char *text = xcalloc(QGA_FILE_MAX + 1, 1);
	int rc = agentline_slurp(line, path, text);
	uint64_t number = rc == 0 ? guestdev_parse_number(text) : UNKNOWN_U64;

	free(text);
	*value = number == UNKNOWN_U64 || number > UNKNOWN_U64 / unit ? UNKNOWN_U64 : number * unit;
	return rc != -ETIMEDOUT && rc != -EHOSTDOWN;
}

/* What is known of name, or room for it; NULL: there is none left. */
static struct agentdev_fact *fact_find(struct agentdev_fact *fact, const char *name)
{
	for (size_t i = 0; i < AGENTDEV_FACTS_MOST; i++)
		if (!fact[i].name[0] || strcmp(fact[i].name, name) == 0)
			return &fact[i];
	return NULL;
}

struct fact_kind {
	const char *dir, *file;
	uint64_t unit;
};

static const struct fact_kind size_kind = { "/sys/class/block", "size", SECTOR_BYTES };
static const struct fact_kind speed_kind = { "/sys/class/net", "speed", MBIT };

/* False: no more can be asked in this call, and nothing is remembered. */
static bool fact_of(struct agentdev_fact *facts, struct agent_line *line,
	const struct fact_kind *kind, const char *name, uint64_t *value)
{
	struct agentdev_fact *fact = fact_find(facts, name);
	char path[96];

	*value = fact && fact->name[0] ? fact->value : UNKNOWN_U64;
	if (!fact || fact->name[0])
		return true;
	snprintf(path, sizeof(path), "%s/%s/%s", kind->dir, name, kind->file);
	if (!ask_number(line, path, kind->unit, value))
		return false;
	fact->value = *value;
	snprintf(fact->name, sizeof(fact->name), "%s", name);
	return true;
}

static void add_facts(struct agentdev *dev, struct agent_line *line, uint64_t now_ns)
{
	struct guest_devices *next = &dev->next;
	bool on = true;

	if (dev->facts_ns == 0 || now_ns - dev->facts_ns > AGENTDEV_FACTS_S * S) {
		memset(dev->size, 0, sizeof(dev->size));
		memset(dev->speed, 0, sizeof(dev->speed));
		dev->facts_ns = now_ns;
	}
	for (size_t i = 0; on && i < next->n_disk; i++)
		on = fact_of(
			dev->size, line, &size_kind, next->disk[i].name, &next->disk[i].size_bytes);
	for (size_t i = 0; on && i < next->n_nic; i++)
		on = fact_of(dev->speed, line, &speed_kind, next->nic[i].name,
			&next->nic[i].link_bits_per_s);
}

/* The middle of a call that began at begin_ns and has just ended. */
static uint64_t middle_ns(const struct clock *clock, uint64_t begin_ns)
{
	return begin_ns + (clock_mono_ns(clock) - begin_ns) / 2;
}

static bool lacks_counters(const struct guest_devices *next)
{
	for (size_t i = 0; i < next->n_nic; i++)
		if (next->nic[i].rx_packets == UNKNOWN_U64)
			return true;
	return false;
}

/* Agents count for devices that have an IP address only; the guest's kernel does for all. */
static int read_counters(struct guest_devices *next, struct agent_line *line)
{
	char *text = xcalloc(QGA_FILE_MAX + 1, 1);
	int rc = agentline_slurp(line, "/proc/net/dev", text);

	if (rc == 0)
		guestdev_parse_dev(text, next->nic, next->n_nic);
	free(text);
	return rc;
}

static int ask_nics(struct guest_devices *next, struct agent_line *line, bool files,
	const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock);
	char *reply = agentline_command(line, "{\"execute\":\"guest-network-get-interfaces\"}");
	int rc = reply ? qga_interfaces(reply, &next->nic, &next->n_nic, &line->err)
		       : line->err.code;

	free(reply);
	if (rc == 0 && files && lacks_counters(next)) {
		begin_ns = clock_mono_ns(clock);
		rc = read_counters(next, line);
	}
	next->nic_at_ns = rc == 0 ? middle_ns(clock, begin_ns) : 0;
	return rc;
}

static int ask_disks(struct guest_devices *next, struct agent_line *line, const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock);
	char *reply = agentline_command(line, "{\"execute\":\"guest-get-diskstats\"}");
	int rc = reply ? qga_diskstats(reply, &next->disk, &next->n_disk, &line->err)
		       : line->err.code;

	free(reply);
	next->disk_at_ns = rc == 0 ? middle_ns(clock, begin_ns) : 0;
	next->disk_source = "agent diskstats";
	return rc;
}

static int read_disks(struct guest_devices *next, struct agent_line *line, const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock);
	char *text = xcalloc(QGA_FILE_MAX + 1, 1);
	int rc = agentline_slurp(line, "/proc/diskstats", text);

	if (rc == 0)
		rc = qga_proc_diskstats(text, &next->disk, &next->n_disk, &line->err);
	free(text);
	next->disk_at_ns = rc == 0 ? middle_ns(clock, begin_ns) : 0;
	next->disk_source = "agent /proc/diskstats";
	return rc;
}

static int read_net(struct guest_devices *next, struct agent_line *line, const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock);
	char *snmp = xcalloc(QGA_FILE_MAX + 1, 2), *softnet = snmp + QGA_FILE_MAX + 1;
	int rc = agentline_slurp(line, "/proc/net/snmp", snmp);

	if (rc == 0)
		rc = agentline_slurp(line, "/proc/net/softnet_stat", softnet);
	if (rc == 0)
		guestdev_parse_net(snmp, softnet, next);
	free(snmp);
	next->net_at_ns = rc == 0 ? middle_ns(clock, begin_ns) : 0;
	return rc;
}

/* What this agent lets be asked. It fails as a whole, so that what is shown is of one time. */
static int ask_all(struct agentdev *dev, struct agent_line *line, const struct qga_info *can,
	const struct clock *clock)
{
	struct guest_devices *next = &dev->next;
	int rc = 0;

	if (can->interfaces)
		rc = ask_nics(next, line, can->file, clock);
	else
		next->nic_reason = "its agent has guest-network-get-interfaces disabled";
	if (rc == 0 && can->diskstats)
		rc = ask_disks(next, line, clock);
	else if (rc == 0 && can->file)
		rc = read_disks(next, line, clock);
	else if (rc == 0)
		next->disk_reason =
			"its agent has both guest-get-diskstats and guest-file-* disabled";
	if (rc == 0 && can->file)
		rc = read_net(next, line, clock);
	else if (rc == 0)
		next->net_reason = "its agent has guest-file-* disabled";
	if (rc == 0 && can->file)
		add_facts(dev, line, clock_mono_ns(clock));
	return rc;
}

void agentdev_ask(struct agentdev *dev, struct agent_line *line, const struct qga_info *can,
	const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock);
	int rc;

	if (!dev->turn.asked)
		return;
	guestdev_release(&dev->next);
	rc = ask_all(dev, line, can, clock);
	agentturn_note(
		&dev->turn, rc < 0 ? &line->err : NULL, clock_mono_ns(clock) - begin_ns);
}

/* On the probe's thread. */

void agentdev_done(struct agentdev *dev, uint64_t now_ns)
{
	if (!agentturn_done(&dev->turn, now_ns, AGENTDEV_PERIOD_S))
		return;
	guestdev_release(&dev->prev);
	dev->prev = dev->cur;
	dev->cur = dev->next;
	dev->next = (struct guest_devices){ 0 };
}

static void *listed(struct arena *arena, const void *list, size_t n, size_t size)
{
	void *copy = arena_array(arena, n, size);

	if (n)
		memcpy(copy, list, n * size);
	return copy;
}

static struct guest_devices in_arena(struct arena *arena, const struct guest_devices *from)
{
	struct guest_devices to = *from;

	to.nic = listed(arena, from->nic, from->n_nic, sizeof(*from->nic));
	to.disk = listed(arena, from->disk, from->n_disk, sizeof(*from->disk));
	return to;
}

static uint64_t first_known(const struct guest_devices *devices)
{
	return devices->disk_at_ns  ? devices->disk_at_ns
	       : devices->nic_at_ns ? devices->nic_at_ns
				    : devices->net_at_ns;
}

void agentdev_fill(const struct agentdev *dev, struct arena *arena, struct agent_reading *reading)
{
	reading->devices = in_arena(arena, &dev->cur);
	reading->devices_before = in_arena(arena, &dev->prev);
	reading->devices_status = agentturn_status(&dev->turn, first_known(&dev->cur), arena);
}

void agentdev_release(struct agentdev *dev)
{
	guestdev_release(&dev->next);
	guestdev_release(&dev->cur);
	guestdev_release(&dev->prev);
}
