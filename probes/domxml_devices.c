// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/domxml_devices.h"

#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"
#include "probes/throttle.h"
#include "probes/xmlwalk.h"

static const char *keep(struct devset_draft *draft, xmlChar *text)
{
	const char *kept = devset_text(draft, (const char *)text);

	xmlFree(text);
	return kept;
}

static const char *attribute(struct devset_draft *draft, xmlNodePtr node, const char *name)
{
	return node ? keep(draft, xmlGetNoNsProp(node, (const xmlChar *)name)) : NULL;
}

/* "ceph1:6789", and how many others. */
static const char *hosts(struct devset_draft *draft, xmlNodePtr source)
{
	xmlNodePtr host = xml_child(source, "host"), other;
	const char *name = attribute(draft, host, "name"), *port = attribute(draft, host, "port");
	size_t others = 0;

	if (!name)
		return attribute(draft, host, "socket");
	for (other = xml_named(host->next, "host"); other; other = xml_named(other->next, "host"))
		others++;
	if (port)
		name = arena_printf(&draft->arena, "%s:%s", name, port);
	return others ? arena_printf(&draft->arena, "%s and %zu more", name, others) : name;
}

static const char *network_path(struct devset_draft *draft, xmlNodePtr source)
{
	const char *name = attribute(draft, source, "name"), *host = hosts(draft, source);

	if (!host)
		return name;
	return name ? arena_printf(&draft->arena, "%s of %s", name, host) : host;
}

/* A field of a PCI address is hexadecimal, with or without 0x. */
static unsigned long hex(const char *text)
{
	return text ? strtoul(text, NULL, 16) : 0;
}

static const char *pci_address(struct devset_draft *draft, xmlNodePtr source)
{
	xmlNodePtr address = xml_child(source, "address");

	if (!address)
		return NULL;
	return arena_printf(&draft->arena, "%04lx:%02lx:%02lx.%lx",
		hex(attribute(draft, address, "domain")) & 0xffff,
		hex(attribute(draft, address, "bus")) & 0xff,
		hex(attribute(draft, address, "slot")) & 0xff,
		hex(attribute(draft, address, "function")) & 0xf);
}

/* <disk> or <backingStore>: both name a source by its type. */
static void read_source(struct devset_draft *draft, xmlNodePtr node, struct defined_image *image)
{
	const char *type = attribute(draft, node, "type");
	xmlNodePtr source = xml_child(node, "source");

	image->protocol = type;
	if (!type || !source)
		return;
	if (strcmp(type, "file") == 0) {
		image->path = attribute(draft, source, "file");
	} else if (strcmp(type, "block") == 0) {
		image->path = attribute(draft, source, "dev");
	} else if (strcmp(type, "network") == 0) {
		image->protocol = attribute(draft, source, "protocol");
		image->path = network_path(draft, source);
	} else if (strcmp(type, "nvme") == 0) {
		image->path = pci_address(draft, source);
	} else if (strcmp(type, "vhostuser") == 0) {
		image->path = attribute(draft, source, "path");
	} else if (strcmp(type, "dir") == 0) {
		image->path = attribute(draft, source, "dir");
	} else {
		image->path = attribute(draft, source, "dev");
	}
}

/* The last <backingStore/> is empty: there is nothing below. */
static void read_images(struct devset_draft *draft, xmlNodePtr node, struct defined_disk *disk)
{
	struct defined_image *image;

	if (!xml_child(node, "source"))
		return;
	image = devset_add_image(draft, disk);
	read_source(draft, node, image);
	image->format = attribute(draft, xml_child(node, "driver"), "type");
	for (node = xml_child(node, "backingStore"); xml_child(node, "source");
		node = xml_child(node, "backingStore")) {
		image = devset_add_image(draft, disk);
		if (!image)
			return;
		read_source(draft, node, image);
		image->format = attribute(draft, xml_child(node, "format"), "type");
	}
}

static const char *read_throttle(struct devset_draft *draft, xmlNodePtr tune)
{
	const struct throttle throttle = {
		.requests = xml_content_number(xml_child(tune, "total_iops_sec")),
		.reads = xml_content_number(xml_child(tune, "read_iops_sec")),
		.writes = xml_content_number(xml_child(tune, "write_iops_sec")),
		.bytes = xml_content_number(xml_child(tune, "total_bytes_sec")),
		.read_bytes = xml_content_number(xml_child(tune, "read_bytes_sec")),
		.written_bytes = xml_content_number(xml_child(tune, "write_bytes_sec")),
	};

	return throttle_words(&draft->arena, &throttle);
}

/* Nobody's choice is QEMU's: writeback since 1.2, and a pool of threads. */
static void read_driver(struct devset_draft *draft, xmlNodePtr node, struct defined_disk *disk)
{
	xmlNodePtr driver = xml_child(node, "driver");

	disk->cache = attribute(draft, driver, "cache");
	disk->aio = attribute(draft, driver, "io");
	if (!xml_attribute_is(driver, "name", "qemu"))
		return;
	if (!disk->cache || strcmp(disk->cache, "default") == 0)
		disk->cache = "writeback";
	if (!disk->aio && !xml_attribute_is(node, "type", "network"))
		disk->aio = "threads";
}

static void read_disk(struct devset_draft *draft, xmlNodePtr node)
{
	struct defined_disk *disk = devset_add_disk(draft);
	xmlNodePtr target = xml_child(node, "target"), serial = xml_child(node, "serial");

	if (!disk)
		return;
	disk->name = attribute(draft, target, "dev");
	disk->bus = attribute(draft, target, "bus");
	disk->serial = serial ? keep(draft, xmlNodeGetContent(serial)) : NULL;
	disk->readonly = xml_child(node, "readonly") != NULL;
	disk->cdrom = xml_attribute_is(node, "device", "cdrom") ||
		      xml_attribute_is(node, "device", "floppy");
	disk->throttle = read_throttle(draft, xml_child(node, "iotune"));
	read_driver(draft, node, disk);
	read_images(draft, node, disk);
}

static enum nic_kind kind_of(xmlNodePtr node)
{
	static const struct {
		const char *type;
		enum nic_kind kind;
	} kinds[] = {
		{ "bridge", NIC_TAP },
		{ "network", NIC_TAP },
		{ "ethernet", NIC_TAP },
		{ "direct", NIC_MACVTAP },
		{ "vhostuser", NIC_VHOST_USER },
		{ "hostdev", NIC_PASSTHROUGH },
		{ "vdpa", NIC_PASSTHROUGH },
		{ "user", NIC_USER },
		{ "udp", NIC_USER },
		{ "mcast", NIC_USER },
		{ "server", NIC_USER },
		{ "client", NIC_USER },
		{ "null", NIC_USER },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (xml_attribute_is(node, "type", kinds[i].type))
			return kinds[i].kind;
	return NIC_UNKNOWN;
}

static const char *place_of(struct devset_draft *draft, xmlNodePtr source)
{
	static const char *const names[] = { "bridge", "network", "dev", "path" };
	const char *place = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !place; i++)
		place = attribute(draft, source, names[i]);
	return place;
}

static void read_nic(struct devset_draft *draft, xmlNodePtr node)
{
	struct defined_nic *nic = devset_add_nic(draft);
	xmlNodePtr driver = xml_child(node, "driver"), source = xml_child(node, "source");
	uint64_t queues = xml_attribute_number(driver, "queues");

	if (!nic)
		return;
	nic->name = attribute(draft, xml_child(node, "target"), "dev");
	nic->mac = attribute(draft, xml_child(node, "mac"), "address");
	nic->model = attribute(draft, xml_child(node, "model"), "type");
	nic->bridge = place_of(draft, source);
	nic->address = pci_address(draft, source);
	nic->kind = kind_of(node);
	nic->vhost = xml_attribute_is(driver, "name", "vhost");
	nic->vmm = xml_attribute_is(driver, "name", "qemu");
	if (queues != UNKNOWN_U64 && queues > 0 && queues <= NIC_QUEUES_MOST)
		nic->queues = queues;
}

struct devset *domxml_devices(xmlNodePtr devices)
{
	struct devset_draft draft;
	xmlNodePtr node;

	devset_draft_init(&draft);
	for (node = xml_child(devices, "disk"); node; node = xml_named(node->next, "disk"))
		read_disk(&draft, node);
	for (node = xml_child(devices, "interface"); node;
		node = xml_named(node->next, "interface"))
		read_nic(&draft, node);
	return devset_finish(&draft);
}
