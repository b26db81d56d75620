// SPDX-License-Identifier: GPL-2.0-or-later
/* Every parser of /proc text on any bytes. */
#include <stdlib.h>
#include <string.h>

#include "probes/affinity_read.h"
#include "probes/cpus.h"
#include "probes/diskstats.h"
#include "probes/netdev.h"
#include "probes/procfs.h"
#include "probes/vm.h"
#include "probes/zones.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void devices(const char *text)
{
	char name[NETDEV_NAME_BYTES];
	uint64_t value[NETDEV_COUNTERS];

	netdev_igmp_index(text, "eth0");
	while (netdev_next(&text, name)) {
		if (!netdev_is_name(name))
			abort();
		netdev_counters(text, value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1); /* to its size: an overrun is seen */
	struct procfs_stat stat;
	struct procfs_cpu cpu;
	static const char *const key[] = { "oom_kill", "a*" };
	uint64_t number[] = { UNKNOWN_U64, UNKNOWN_U64 };
	struct cpus cpus;
	static struct zones zones;
	double decimal[3];
	uint64_t a, b;
	const char *rest;
	struct disk_counters disk;
	char name[DISK_NAME_MAX];

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (procfs_stat(text, &stat) && (stat.pid <= 0 || strlen(stat.comm) >= sizeof(stat.comm)))
		abort();
	procfs_schedstat(text, &a, &b);
	procfs_schedstat_cpus(text, &a, &b);
	procfs_cpu(text, &cpu);
	procfs_pressure(text, decimal, &a);
	procfs_decimals(text, decimal, 3);
	procfs_number(text, "VmRSS", &a);
	procfs_hex(text, "SigBlk", &a);
	procfs_kilobytes(text, "MemTotal");
	procfs_list_count(text, &a);
	cpus_parse(&cpus, text);
	affinity_parse(text, &cpus);
	procfs_numbers(text, key, number, 2);
	procfs_cpu_flag(text, "hypervisor");
	procfs_pid(text);
	devices(text);
	zones_parse(&zones, text);
	zones_node(&zones, a);
	rest = text;
	while (diskstats_next(&rest, &disk, name))
		if (strlen(name) >= sizeof(name) || rest > text + size)
			abort();
	free(text);
	return 0;
}
