// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/vm.h"
#include "probes/vmfiles.h"

bool devices_likely(const char *maps)
{
	return strstr(maps, "vfio") != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct device *)a)->name, ((const struct device *)b)->name);
}

static bool is_known(const struct device *device, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(device[i].name, name) == 0)
			return true;
	return false;
}

/* -1: it is attached to none, or the firmware does not say. */
static uint64_t device_node(const struct sysroot *root, const char *name)
{
	char text[32], *end;
	long node;

	if (sysroot_read(root, text, sizeof(text), "sys/bus/pci/devices/%s/numa_node", name) <= 0)
		return UNKNOWN_U64;
	node = strtol(text, &end, 10);
	return end == text || node < 0 ? UNKNOWN_U64 : (uint64_t)node;
}

static size_t add(const struct sysroot *root, const char *name, struct device *out, size_t n)
{
	if (n == DEVICES_MOST || strlen(name) >= DEVICE_NAME_BYTES || is_known(out, n, name))
		return n;
	strcpy(out[n].name, name);
	out[n].node = device_node(root, name);
	return n + 1;
}

/* "/dev/vfio/12": one group of devices, that are passed together. */
static size_t add_group(const struct sysroot *root, const char *group, struct device *out, size_t n)
{
	DIR *dir = sysroot_opendir(root, "sys/kernel/iommu_groups/%s/devices", group);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			n = add(root, entry->d_name, out, n);
	if (dir)
		closedir(dir);
	return n;
}

/* "/dev/vfio/devices/vfio0": a device alone, as since 6.6. */
static size_t add_single(const struct sysroot *root, const char *name, struct device *out, size_t n)
{
	char target[512];
	const char *slash;

	if (sysroot_readlink(root, target, sizeof(target), "sys/class/vfio-dev/%s/device", name) <=
		0)
		return n;
	slash = strrchr(target, '/');
	return add(root, slash ? slash + 1 : target, out, n);
}

struct list {
	struct device *device;
	size_t n;
};

static void add_file(void *arg, const struct vmfile *file)
{
	static const char single[] = "/dev/vfio/devices/", group[] = "/dev/vfio/";
	const char *link = file->target;
	struct list *list = arg;

	if (strncmp(link, single, strlen(single)) == 0)
		list->n = add_single(file->root, link + strlen(single), list->device, list->n);
	else if (strncmp(link, group, strlen(group)) == 0 &&
		 strcmp(link + strlen(group), "vfio") != 0)
		list->n = add_group(file->root, link + strlen(group), list->device, list->n);
}

size_t devices_find(const struct sysroot *root, pid_t pid, struct device *out)
{
	struct list list = { .device = out };

	vmfiles_each(root, pid, add_file, &list);
	if (list.n)
		qsort(out, list.n, sizeof(*out), by_name);
	return list.n;
}
