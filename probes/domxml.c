// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/domxml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "probes/cpus.h"
#include "probes/domxml_devices.h"
#include "probes/procfs.h"
#include "probes/sample.h"
#include "probes/xmlwalk.h"

/* <memory unit='KiB'>: libvirt writes KiB, and means it when nothing is written. */
static uint64_t content_bytes(xmlNodePtr node)
{
	static const struct {
		const char *unit;
		uint64_t bytes;
	} units[] = {
		{ "b", 1 },
		{ "bytes", 1 },
		{ "KB", 1000 },
		{ "k", 1024 },
		{ "KiB", 1024 },
		{ "MB", 1000000 },
		{ "M", 1 << 20 },
		{ "MiB", 1 << 20 },
		{ "GB", 1000000000 },
		{ "G", 1 << 30 },
		{ "GiB", 1 << 30 },
		{ "TB", 1000000000000 },
		{ "T", 1ull << 40 },
		{ "TiB", 1ull << 40 },
	};
	uint64_t count = xml_content_number(node), bytes = 1024;

	for (size_t i = 0; node && i < sizeof(units) / sizeof(units[0]); i++)
		if (xml_attribute_is(node, "unit", units[i].unit))
			bytes = units[i].bytes;
	return count == UNKNOWN_U64 || count > INT64_MAX / bytes ? UNKNOWN_U64 : count * bytes;
}

static void read_title(struct domxml *out, xmlNodePtr domain)
{
	xmlNodePtr title = xml_child(domain, "title");
	xmlChar *text = title ? xmlNodeGetContent(title) : NULL;

	if (text)
		strncat(out->title, (const char *)text, sizeof(out->title) - 1);
	xmlFree(text);
}

static bool steal_disabled(xmlNodePtr domain)
{
	xmlNodePtr cpu = xml_child(domain, "cpu"), feature = xml_child(cpu, "feature");

	for (; feature; feature = xml_named(feature->next, "feature"))
		if (xml_attribute_is(feature, "policy", "disable") &&
			(xml_attribute_is(feature, "name", "kvm-steal-time") ||
				xml_attribute_is(feature, "name", "kvm_steal_time")))
			return true;
	return false;
}

static void read_clock(struct domxml *out, xmlNodePtr domain)
{
	if (xml_attribute_is(domain, "type", "kvm")) {
		out->accel = ACCEL_KVM;
		out->steal_clock = steal_disabled(domain) ? STEAL_CLOCK_NONE : STEAL_CLOCK_OFFERED;
	} else if (xml_attribute_is(domain, "type", "qemu")) {
		out->accel = ACCEL_TCG;
		out->steal_clock = STEAL_CLOCK_NONE;
	}
}

static void read_devices(struct domxml *out, xmlNodePtr domain)
{
	xmlNodePtr devices = xml_child(domain, "devices"), channel = xml_child(devices, "channel");
	xmlNodePtr balloon = xml_child(devices, "memballoon");
	uint64_t period_s;

	for (; channel; channel = xml_named(channel->next, "channel"))
		out->has_agent |=
			xml_attribute_is(xml_child(channel, "target"), "name", "org.qemu.guest_agent.0");
	out->has_balloon = balloon && !xml_attribute_is(balloon, "model", "none");
	period_s = xml_attribute_number(xml_child(balloon, "stats"), "period");
	out->balloon_period_s = period_s == UNKNOWN_U64 ? 0 : period_s;
}

/* <cpu><numa><cell .../>: a guest that is given none has one. */
static void read_nodes(struct domxml *out, xmlNodePtr domain)
{
	xmlNodePtr cell = xml_child(xml_child(xml_child(domain, "cpu"), "numa"), "cell");

	out->nodes = cell == NULL;
	for (; cell; cell = xml_named(cell->next, "cell"))
		out->nodes++;
}

/* "0-4,^3": libvirt's form of a set, in which ^ takes away. False: it is none, or empty. */
static bool parse_cpuset(struct cpus *set, const char *text)
{
	struct cpus taken = { 0 };
	uint64_t first, last;

	*set = (struct cpus){ 0 };
	while (*text) {
		bool takes = *text == '^';

		text += takes;
		if (!procfs_list_next(&text, &first, &last))
			return false;
		for (uint64_t id = first; id <= last && id < CPUS_MAX; id++)
			cpus_add(takes ? &taken : set, id);
		if (*text && *text++ != ',')
			return false;
	}
	for (size_t i = 0; i < CPUS_WORDS; i++)
		set->bits[i] &= ~taken.bits[i];
	return cpus_count(set) > 0;
}

static void add_pin(struct domxml *out, enum thread_kind kind, uint16_t id, const struct cpus *set)
{
	for (uint64_t first = cpus_next(set, 0); first < CPUS_MAX;) {
		uint64_t last = first;

		if (out->n_pin == DOMXML_MAX_PINS) {
			out->pins_cut = true;
			return;
		}
		while (cpus_has(set, last + 1))
			last++;
		out->pin = xgrow(out->pin, out->n_pin + 1, &out->cap_pin, sizeof(*out->pin));
		out->pin[out->n_pin++] = (struct pin){ .kind = (uint16_t)kind,
			.id = id,
			.first = (uint16_t)first,
			.last = (uint16_t)last };
		first = cpus_next(set, last + 1);
	}
}

static void read_pin(struct domxml *out, xmlNodePtr node, enum thread_kind kind, uint64_t id)
{
	xmlChar *text = node ? xmlGetNoNsProp(node, (const xmlChar *)"cpuset") : NULL;
	struct cpus set;

	if (text && id <= PIN_ALL && parse_cpuset(&set, (const char *)text))
		add_pin(out, kind, (uint16_t)id, &set);
	xmlFree(text);
}

static int by_kind_and_id(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* The cpuset of <vcpu> is for all vCPUs, I/O threads and the emulator that have no pin. */
static void read_pins(struct domxml *out, xmlNodePtr domain)
{
	xmlNodePtr vcpu = xml_child(domain, "vcpu"), tune = xml_child(domain, "cputune"), node;

	out->pins_automatic = xml_attribute_is(vcpu, "placement", "auto");
	read_pin(out, vcpu, THREAD_VCPU, PIN_ALL);
	read_pin(out, vcpu, THREAD_IO, PIN_ALL);
	node = xml_child(tune, "emulatorpin");
	read_pin(out, node ? node : vcpu, THREAD_EMULATOR, PIN_ALL);
	for (node = xml_child(tune, "vcpupin"); node; node = xml_named(node->next, "vcpupin"))
		read_pin(out, node, THREAD_VCPU, xml_attribute_number(node, "vcpu"));
	for (node = xml_child(tune, "iothreadpin"); node; node = xml_named(node->next, "iothreadpin"))
		read_pin(out, node, THREAD_IO, xml_attribute_number(node, "iothread"));
	/* Half of them would be taken for all. */
	if (out->pins_cut)
		out->n_pin = 0;
	out->pins_automatic |= out->pins_cut;
	if (out->n_pin)
		qsort(out->pin, out->n_pin, sizeof(*out->pin), by_kind_and_id);
}

static void read_domain(struct domxml *out, xmlNodePtr domain)
{
	xmlNodePtr vcpu = xml_child(domain, "vcpu");

	out->vcpus_max = xml_content_number(vcpu);
	out->vcpus = xml_attribute_number(vcpu, "current");
	if (out->vcpus == UNKNOWN_U64)
		out->vcpus = out->vcpus_max;
	out->mem_max_bytes = content_bytes(xml_child(domain, "memory"));
	out->mem_bytes = content_bytes(xml_child(domain, "currentMemory"));
	read_title(out, domain);
	read_clock(out, domain);
	read_devices(out, domain);
	read_nodes(out, domain);
	read_pins(out, domain);
	out->devices = domxml_devices(xml_child(domain, "devices"));
}

int domxml_parse(struct domxml *out, const char *xml, size_t len)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlNodePtr root;
	xmlDocPtr doc;

	*out = (struct domxml){ .vcpus = UNKNOWN_U64,
		.vcpus_max = UNKNOWN_U64,
		.mem_bytes = UNKNOWN_U64,
		.mem_max_bytes = UNKNOWN_U64,
		.nodes = UNKNOWN_U64 };
	if (len > DOMXML_MAX_BYTES)
		return -EFBIG;
	doc = xmlReadMemory(xml, (int)len, "domain.xml", NULL, options);
	root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (root && strcmp((const char *)root->name, "domain") == 0)
		read_domain(out, root);
	else
		root = NULL;
	xmlFreeDoc(doc);
	return root ? 0 : -EINVAL;
}

void domxml_release(struct domxml *out)
{
	devset_drop(out->devices);
	free(out->pin);
	out->devices = NULL;
	out->pin = NULL;
	out->n_pin = out->cap_pin = 0;
}
