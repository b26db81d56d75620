// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/diskstats.h"
#include "probes/qga_reply.h"

/* How an agent's command is called in sentences, and the kind of list that it returns. */
static const char INTERFACES[] = "guest-network-get-interfaces", DISKSTATS[] = "guest-get-diskstats";

static bool is_harmless(char c)
{
	return isalnum((unsigned char)c) || strchr("._-:!", c);
}

/* A name of the guest; false: it is none, or of characters that no kernel gives. */
static bool get_name(const char *name, size_t len, char *out)
{
	if (len == 0 || len >= GUESTDEV_NAME_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!name[i] || !is_harmless(name[i]))
			return false;
	memcpy(out, name, len);
	out[len] = '\0';
	return true;
}

static bool get_mac(const char *text, char *out)
{
	static const char form[] = "xx:xx:xx:xx:xx:xx";

	if (!text || strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	out[sizeof(form) - 1] = '\0';
	return true;
}

/* UNKNOWN_U64: missing, no number, negative or beyond belief. */
static uint64_t count_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return UNKNOWN_U64;
	return guestdev_count((uint64_t)json_integer_value(value));
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
	return a == UNKNOWN_U64 || b == UNKNOWN_U64 ? UNKNOWN_U64 : a + b;
}

/* False: it is no device with an address, loopback mostly, or nothing that can be told. */
static bool read_interface(const json_t *entry, struct guest_nic *nic)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const json_t *count = json_object_get(entry, "statistics");

	*nic = (struct guest_nic){ .link_bits_per_s = UNKNOWN_U64 };
	if (!name || !get_name(name, strlen(name), nic->name) ||
		!get_mac(json_string_value(json_object_get(entry, "hardware-address")), nic->mac) ||
		strcmp(nic->mac, "00:00:00:00:00:00") == 0)
		return false;
	nic->rx_packets = count_of(count, "rx-packets");
	nic->tx_packets = count_of(count, "tx-packets");
	nic->rx_bytes = count_of(count, "rx-bytes");
	nic->tx_bytes = count_of(count, "tx-bytes");
	nic->rx_lost = sum_of(count_of(count, "rx-dropped"), count_of(count, "rx-errs"));
	nic->tx_lost = sum_of(count_of(count, "tx-dropped"), count_of(count, "tx-errs"));
	return true;
}

/* Images in memory, files as disks, maps of other disks, drives: no disk of the VM has such a name. */
static bool is_no_disk(const char *name)
{
	static const char *const other[] = { "loop", "ram", "zram", "dm-", "md", "nbd", "sr", "fd" };

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strncmp(name, other[i], strlen(other[i])) == 0)
			return true;
	return false;
}

/* "1" behind sda, "p1" behind a name that ends in a digit. */
static bool is_part_number(const char *rest, char before)
{
	if (isdigit((unsigned char)before) && *rest++ != 'p')
		return false;
	return *rest && strspn(rest, "0123456789") == strlen(rest);
}

/* Is it a partition of a disk before it, for these follow their disk: vda1, nvme0n1p1? */
static bool is_part(const char *name, const struct guest_disk *disk, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(disk[i].name);

		if (strncmp(name, disk[i].name, len) == 0 &&
			is_part_number(name + len, name[len - 1]))
			return true;
	}
	return false;
}

static bool read_diskstats(const json_t *entry, struct guest_disk *disk)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const json_t *count = json_object_get(entry, "stats");

	*disk = (struct guest_disk){ .size_bytes = UNKNOWN_U64 };
	if (!name || !get_name(name, strlen(name), disk->name) || !json_is_object(count))
		return false;
	disk->reads = count_of(count, "read-ios");
	disk->writes = count_of(count, "write-ios");
	disk->flushes = count_of(count, "flush-ios");
	disk->read_ms = count_of(count, "read-ticks");
	disk->write_ms = count_of(count, "write-ticks");
	disk->flush_ms = count_of(count, "flush-ticks");
	disk->busy_ms = count_of(count, "total-ticks");
	disk->queued_ms = count_of(count, "weight-ticks");
	return true;
}

/* The list beside "return", to be released; NULL with err set. */
static json_t *list_return(const char *reply, const char *command, struct err *err)
{
	struct err own = { 0 };
	json_t *list = qga_return(reply, command, &own);

	if (!list) {
		err_set(err, own.code, "%s", own.text);
		return NULL;
	}
	if (json_is_array(list))
		return list;
	json_decref(list);
	qga_broken(err, command, "it is no list");
	return NULL;
}

int qga_interfaces(const char *reply, struct guest_nic **nic, size_t *n, struct err *err)
{
	json_t *list = list_return(reply, INTERFACES, err), *entry;
	size_t i;

	*nic = NULL;
	*n = 0;
	if (!list)
		return -EPROTO;
	*nic = xcalloc(GUESTDEV_MOST, sizeof(**nic));
	json_array_foreach(list, i, entry)
	{
		if (*n < GUESTDEV_MOST)
			*n += read_interface(entry, &(*nic)[*n]);
	}
	json_decref(list);
	return 0;
}

static bool wants_disk(const struct guest_disk *disk, size_t n)
{
	const struct guest_disk *next = &disk[n];

	return !is_no_disk(next->name) && !is_part(next->name, disk, n);
}

int qga_diskstats(const char *reply, struct guest_disk **disk, size_t *n, struct err *err)
{
	json_t *list = list_return(reply, DISKSTATS, err), *entry;
	size_t i;

	*disk = NULL;
	*n = 0;
	if (!list)
		return -EPROTO;
	*disk = xcalloc(GUESTDEV_MOST, sizeof(**disk));
	json_array_foreach(list, i, entry)
	{
		if (*n < GUESTDEV_MOST && read_diskstats(entry, &(*disk)[*n]))
			*n += wants_disk(*disk, *n);
	}
	json_decref(list);
	return 0;
}

int qga_proc_diskstats(const char *text, struct guest_disk **disk, size_t *n, struct err *err)
{
	struct disk_counters counters;
	char name[DISK_NAME_MAX];
	bool any = false;

	*n = 0;
	*disk = xcalloc(GUESTDEV_MOST, sizeof(**disk));
	while (*n < GUESTDEV_MOST && diskstats_next(&text, &counters, name)) {
		struct guest_disk *next = &(*disk)[*n];

		*next = (struct guest_disk){ .size_bytes = UNKNOWN_U64,
			.reads = guestdev_count(counters.reads_total),
			.read_ms = guestdev_count(counters.read_ms_total),
			.writes = guestdev_count(counters.writes_total),
			.write_ms = guestdev_count(counters.write_ms_total),
			.busy_ms = guestdev_count(counters.busy_ms_total),
			.queued_ms = guestdev_count(counters.queued_ms_total),
			.flushes = guestdev_count(counters.flushes_total),
			.flush_ms = guestdev_count(counters.flush_ms_total) };
		if (!get_name(name, strlen(name), next->name))
			continue;
		any = true;
		*n += wants_disk(*disk, *n);
	}
	if (any)
		return 0;
	free(*disk);
	*disk = NULL;
	return err_set(err, -EPROTO, "the guest's /proc/diskstats is broken: it has no disk's line");
}
