// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/nics_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/procfs.h"
#include "probes/vmfiles.h"

enum { DEVICES_MOST = 64, INFO_BYTES = 512, IGMP_MOST = 64 * 1024 };

struct scan {
	struct nic_device *device;
	size_t n, cap;
	uint64_t vhosts;
};

uint32_t nics_netns(const struct sysroot *root, pid_t pid)
{
	char target[32];
	unsigned number;
	ssize_t len =
		pid ? sysroot_readlink(root, target, sizeof(target), "proc/%d/ns/net", (int)pid)
		    : sysroot_readlink(root, target, sizeof(target), "proc/self/ns/net");

	return len > 0 && sscanf(target, "net:[%10u]", &number) == 1 ? number : 0;
}

static void add_queue(struct scan *scan, const char *name, enum nic_kind kind)
{
	size_t i = 0;

	while (i < scan->n && strcmp(scan->device[i].name, name) != 0)
		i++;
	if (i == DEVICES_MOST)
		return;
	if (i == scan->n) {
		scan->device = xgrow(scan->device, i + 1, &scan->cap, sizeof(*scan->device));
		scan->device[scan->n] = (struct nic_device){ .kind = kind };
		strcpy(scan->device[scan->n++].name, name);
	}
	scan->device[i].queues++;
}

/* The name of the device that a queue belongs to: "iff:\tvnet5"; none yet: nobody has asked. */
static void add_tun(struct scan *scan, const struct vmfile *file)
{
	static const char key[] = "\niff:\t";
	char info[INFO_BYTES], *name;

	if (sysroot_read_record(file->root, info, sizeof(info), "proc/%d/fdinfo/%s", (int)file->pid,
		    file->fd) < 0)
		return;
	name = strstr(info, key);
	if (!name)
		return;
	name += strlen(key);
	name[strcspn(name, "\n")] = '\0';
	if (netdev_is_name(name))
		add_queue(scan, name, NIC_TAP);
}

/* 0: it is not known. */
static uint32_t read_index(const struct sysroot *root, const char *name)
{
	uint64_t value;

	if (sysroot_read_u64(root, &value, "sys/class/net/%s/ifindex", name) < 0 ||
		value > INT32_MAX)
		return 0;
	return (uint32_t)value;
}

/*
 * "/dev/tap7" is the queue of the device with number 7, "macvtap0" or as somebody called it. The
 * link of its class leads there: "../../devices/virtual/net/macvtap0/macvtap/tap7".
 */
static void add_macvtap(struct scan *scan, const struct vmfile *file, const char *number)
{
	static const char above[] = "/net/";
	char target[256], *name;

	if (sysroot_readlink(
		    file->root, target, sizeof(target), "sys/class/macvtap/tap%s", number) <= 0)
		return;
	name = strstr(target, above);
	if (!name)
		return;
	name += strlen(above);
	name[strcspn(name, "/")] = '\0';
	if (netdev_is_name(name))
		add_queue(scan, name, NIC_MACVTAP);
}

static void look_at(void *arg, const struct vmfile *file)
{
	static const char macvtap[] = "/dev/tap";
	struct scan *scan = arg;

	if (strcmp(file->target, "/dev/net/tun") == 0)
		add_tun(scan, file);
	else if (strcmp(file->target, "/dev/vhost-net") == 0)
		scan->vhosts++;
	else if (strncmp(file->target, macvtap, strlen(macvtap)) == 0 &&
		 procfs_pid(file->target + strlen(macvtap)))
		add_macvtap(scan, file, file->target + strlen(macvtap));
}

/* Devices of another namespace are not in our /sys; those that are up are in its igmp. */
static void find_foreign(const struct sysroot *root, struct nic_owner *owner)
{
	char *text = NULL;
	size_t size = 0;

	if (sysroot_slurp(root, &text, &size, IGMP_MOST, "proc/%d/net/igmp", (int)owner->pid) >= 0)
		for (size_t i = 0; i < owner->n_device; i++)
			owner->device[i].ifindex = netdev_igmp_index(text, owner->device[i].name);
	free(text);
}

static void keep_readings(const struct nic_owner *before, struct nic_device *device)
{
	for (size_t i = 0; i < before->n_device; i++) {
		const struct nic_device *was = &before->device[i];
		struct nic_device now = *device;

		if (strcmp(was->name, now.name) != 0 || was->ifindex != now.ifindex || was->gone)
			continue;
		*device = *was;
		device->kind = now.kind;
		device->queues = now.queues;
	}
}

static bool are_those(const struct nic_owner *before, const struct scan *scan)
{
	bool same = before->n_device == scan->n;

	for (size_t i = 0; same && i < scan->n; i++)
		same = strcmp(before->device[i].name, scan->device[i].name) == 0 &&
		       before->device[i].ifindex == scan->device[i].ifindex;
	return same;
}

bool nics_scan(struct nic_owner *owner, const struct sysroot *root, uint32_t own)
{
	struct nic_owner before = *owner;
	struct scan scan = { 0 };
	ssize_t n = vmfiles_each(root, owner->pid, look_at, &scan);
	bool same;

	owner->code = n < 0 ? (int)n : 0;
	owner->changed = false;
	owner->netns = nics_netns(root, owner->pid);
	owner->vhosts = scan.vhosts;
	if (scan.n) /* they stay: without room to spare */
		scan.device = xrealloc_array(scan.device, scan.n, sizeof(*scan.device));
	owner->device = scan.device;
	owner->n_device = scan.n;
	if (owner->netns && own && owner->netns != own)
		find_foreign(root, owner);
	else
		for (size_t i = 0; i < scan.n; i++)
			scan.device[i].ifindex = read_index(root, scan.device[i].name);
	same = before.netns == owner->netns && are_those(&before, &scan);
	for (size_t i = 0; i < scan.n; i++)
		keep_readings(&before, &scan.device[i]);
	if (same) {
		if (scan.n)
			memcpy(before.device, scan.device, scan.n * sizeof(*scan.device));
		owner->device = before.device;
	}
	free(same ? scan.device : before.device);
	return !same;
}
