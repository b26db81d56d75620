// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qemu.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/qemu_args.h"

enum { WORD_BYTES = 64, VCPUS_MAX = 8192, NODES_MAX = 128 };

#define KIB 1024ull
#define MIB (1024 * KIB)

static bool span_u64(struct span span, uint64_t *value)
{
	char buf[WORD_BYTES], *end;

	if (span.len == 0 || span.len >= sizeof(buf) || !isdigit((unsigned char)span.text[0]))
		return false;
	span_copy(buf, sizeof(buf), span);
	errno = 0;
	*value = strtoull(buf, &end, 0);
	return errno == 0 && *end == '\0';
}

static bool suffix_scale(const char *suffix, uint64_t unit, uint64_t *scale)
{
	static const char letters[] = "bkmgtpe";
	const char *at;

	*scale = unit;
	if (*suffix == '\0')
		return true;
	at = strchr(letters, tolower((unsigned char)*suffix));
	if (!at)
		return false;
	*scale = 1ull << (10 * (at - letters));
	return suffix[1] == '\0';
}

/* "4G", "1.5G", "4096" of unit bytes. */
static uint64_t span_size(struct span span, uint64_t unit)
{
	uint64_t whole, scale;
	double part = 0, place = 0.1;
	char buf[WORD_BYTES], *end;

	if (span.len == 0 || span.len >= sizeof(buf) || !isdigit((unsigned char)span.text[0]))
		return UNKNOWN_U64;
	span_copy(buf, sizeof(buf), span);
	errno = 0;
	whole = strtoull(buf, &end, 0);
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end); end++, place /= 10)
			part += (*end - '0') * place;
	if (errno || !suffix_scale(end, unit, &scale) || whole > UINT64_MAX / 2 / scale)
		return UNKNOWN_U64;
	return whole * scale + (uint64_t)(part * (double)scale);
}

static void parse_uuid(char *uuid, struct span value)
{
	char buf[37];

	if (value.len != 36)
		return;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		unsigned char c = (unsigned char)value.text[i];

		if (dash ? c != '-' : !isxdigit(c))
			return;
		buf[i] = (char)tolower(c);
	}
	buf[36] = '\0';
	memcpy(uuid, buf, sizeof(buf));
}

/* -name NAME, or guest=NAME among others. */
static void parse_name(struct vmm_options *out, struct span rest)
{
	struct span item, key, value;
	bool first = true;

	for (; item_next(&rest, &item); first = false) {
		item_split(item, &key, &value);
		if (span_is(key, "guest") || (first && key.len == 0))
			span_copy(out->name, sizeof(out->name), value);
	}
}

/* -smp [cpus=]N or maxcpus=N or the product of sockets, dies, cores, threads ... */
static void parse_smp(struct vmm_options *out, struct span rest)
{
	static const char *const levels[] = { "drawers", "books", "sockets", "dies", "clusters",
		"modules", "cores", "threads" };
	uint64_t cpus = 0, max = 0, product = 1, n;
	struct span item, key, value;

	while (item_next(&rest, &item)) {
		item_split(item, &key, &value);
		if (!span_u64(value, &n) || n == 0 || n > VCPUS_MAX)
			continue;
		if (key.len == 0 || span_is(key, "cpus"))
			cpus = n;
		if (span_is(key, "maxcpus"))
			max = n;
		for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
			if (span_is(key, levels[i]) && product <= VCPUS_MAX)
				product *= n;
	}
	n = cpus ? cpus : max ? max : product;
	if (n <= VCPUS_MAX)
		out->vcpus = n;
}

static void parse_memory(struct vmm_options *out, struct span rest)
{
	struct span item, key, value;
	bool first = true;

	for (; item_next(&rest, &item); first = false) {
		item_split(item, &key, &value);
		if (span_is(key, "size") || (first && key.len == 0))
			out->mem_bytes = span_size(value, MIB);
	}
}

/* The first one that QEMU would try; names of what we do not know leave it unknown. */
static enum vm_accel accel_of(struct span value)
{
	const char *colon = memchr(value.text, ':', value.len);

	if (colon)
		value.len = (size_t)(colon - value.text);
	return span_is(value, "kvm")   ? ACCEL_KVM
	       : span_is(value, "tcg") ? ACCEL_TCG
				       : ACCEL_UNKNOWN;
}

/* Options of the emulator that decide more than one field at the end. */
struct qemu_state {
	struct vmm_options *out;
	bool accel_given, no_steal;
	uint64_t nodes;
};

static void set_accel(struct qemu_state *q, struct span value)
{
	if (!q->accel_given)
		q->out->accel = accel_of(value);
	q->accel_given = true;
}

static void parse_accel(struct qemu_state *q, struct span rest)
{
	struct span item, key, value;
	bool first = true;

	for (; item_next(&rest, &item); first = false) {
		item_split(item, &key, &value);
		if (span_is(key, "accel") || (first && key.len == 0))
			set_accel(q, value);
		if (span_is(key, "thread") && span_is(value, "single"))
			q->out->one_thread = true;
	}
}

static void parse_machine(struct qemu_state *q, struct span rest)
{
	struct span item, key, value;
	bool first = true;

	for (; item_next(&rest, &item); first = false) {
		item_split(item, &key, &value);
		if (span_is(key, "accel"))
			set_accel(q, value);
		if (span_is(key, "type") || (first && key.len == 0))
			q->out->no_machine = span_is(value, "none");
	}
}

/* "kvm-steal-time=off", "kvm=off", "-kvm_steal_time", and their contraries. */
static void parse_cpu(struct qemu_state *q, struct span rest)
{
	struct span item, key, value;

	while (item_next(&rest, &item)) {
		bool minus = item.len && item.text[0] == '-',
		     plus = item.len && item.text[0] == '+';
		char name[WORD_BYTES];

		if (minus || plus)
			item = (struct span){ item.text + 1, item.len - 1 };
		item_split(item, &key, &value);
		span_copy(name, sizeof(name), minus || plus ? value : key);
		for (char *c = name; *c; c++)
			*c = *c == '_' ? '-' : *c;
		if (strcmp(name, "kvm-steal-time") != 0 && strcmp(name, "kvm") != 0)
			continue;
		q->no_steal = minus || (!plus && (span_is(value, "off") || span_is(value, "no") ||
							 span_is(value, "false")));
	}
}

/* "node,nodeid=0,cpus=0-3,memdev=m0"; distances and caches are told by further ones. */
static void parse_numa(struct qemu_state *q, struct span rest)
{
	struct span item, key, value;

	if (!item_next(&rest, &item))
		return;
	item_split(item, &key, &value);
	if ((key.len == 0 || span_is(key, "type")) && span_is(value, "node") && q->nodes < NODES_MAX)
		q->nodes++;
}

/* Options without an argument that matter. */
static void parse_flag(struct qemu_state *q, struct span option)
{
	if (span_is(option, "enable-kvm"))
		set_accel(q, (struct span){ "kvm", 3 });
	if (span_is(option, "h") || span_is(option, "help") || span_is(option, "version") ||
		span_is(option, "audio-help"))
		q->out->no_machine = true;
}

static void parse_option(struct qemu_state *q, struct span option, struct span value)
{
	if (span_is(option, "name"))
		parse_name(q->out, value);
	else if (span_is(option, "uuid"))
		parse_uuid(q->out->uuid, value);
	else if (span_is(option, "smp"))
		parse_smp(q->out, value);
	else if (span_is(option, "m"))
		parse_memory(q->out, value);
	else if (span_is(option, "accel"))
		parse_accel(q, value);
	else if (span_is(option, "machine") || span_is(option, "M"))
		parse_machine(q, value);
	else if (span_is(option, "cpu"))
		parse_cpu(q, value);
	else if (span_is(option, "numa"))
		parse_numa(q, value);
	else if (span_is(option, "icount"))
		q->out->one_thread = true;
}

static struct span basename_of(struct span path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.text[i - 1] == '/')
			return (struct span){ path.text + i, path.len - i };
	return path;
}

bool qemu_is_system(const char *basename)
{
	return strncmp(basename, "qemu-system-", 12) == 0 || strcmp(basename, "qemu-kvm") == 0 ||
	       strcmp(basename, "kvm") == 0;
}

static void options_init(struct vmm_options *out)
{
	*out = (struct vmm_options){
		.vcpus = UNKNOWN_U64, .mem_bytes = UNKNOWN_U64, .nodes = UNKNOWN_U64
	};
}

void qemu_parse(struct vmm_options *out, const char *cmdline, size_t len)
{
	struct args args = { cmdline, cmdline + len };
	struct qemu_state q = { .out = out };
	struct span option, value, program = { "", 0 };

	options_init(out);
	out->vcpus = 1;
	if (args_next(&args, &program))
		program = basename_of(program);
	while (qemu_option_next(&args, &option, &value)) {
		if (value.text)
			parse_option(&q, option, value);
		else
			parse_flag(&q, option);
	}
	/* Called "...kvm" it tries KVM by itself (system/vl.c). */
	if (!q.accel_given)
		out->accel =
			program.len >= 3 && memcmp(program.text + program.len - 3, "kvm", 3) == 0
				? ACCEL_KVM
				: ACCEL_TCG;
	if (out->accel != ACCEL_UNKNOWN)
		out->steal_clock = out->accel == ACCEL_TCG || q.no_steal ? STEAL_CLOCK_NONE
									 : STEAL_CLOCK_OFFERED;
	out->one_thread &= out->accel == ACCEL_TCG;
	out->nodes = q.nodes ? q.nodes : 1;
}

/* What the other VMMs call their options; NULL: they have none. */
struct vmm_kind {
	const char *program, *name, *vcpus, *vcpus_short, *vcpus_key, *memory, *memory_short,
		*memory_key;
	enum steal_clock steal_clock;
	bool has_numa; /* its guests may be given nodes */
};

static const struct vmm_kind vmm_kinds[] = {
	{ .program = "firecracker", .name = "id", .steal_clock = STEAL_CLOCK_OFFERED },
	{ .program = "cloud-hypervisor",
		.vcpus = "cpus",
		.vcpus_key = "boot",
		.memory = "memory",
		.memory_key = "size",
		.has_numa = true },
	{ .program = "crosvm",
		.name = "name",
		.vcpus = "cpus",
		.vcpus_short = "c",
		.vcpus_key = "num-cores",
		.memory = "mem",
		.memory_short = "m",
		.memory_key = "size" },
	{ .program = "lkvm",
		.name = "name",
		.vcpus = "cpus",
		.vcpus_short = "c",
		.memory = "mem",
		.memory_short = "m" },
};

static bool option_is(struct span option, const char *word, const char *letter)
{
	return (word && span_is(option, word)) || (letter && span_is(option, letter));
}

/* A bare value, or the one behind key=. */
static bool value_of(struct span rest, const char *wanted, struct span *value)
{
	struct span item, key;

	while (item_next(&rest, &item)) {
		item_split(item, &key, value);
		if (key.len == 0 || (wanted && span_is(key, wanted)))
			return true;
	}
	return false;
}

static void vmm_option(
	struct vmm_options *out, const struct vmm_kind *kind, struct span option, struct span rest)
{
	struct span value;
	uint64_t n;

	if (option_is(option, kind->name, NULL))
		span_copy(out->name, sizeof(out->name), rest);
	else if (option_is(option, kind->vcpus, kind->vcpus_short)) {
		if (value_of(rest, kind->vcpus_key, &value) && span_u64(value, &n) && n &&
			n <= VCPUS_MAX)
			out->vcpus = n;
	} else if (option_is(option, kind->memory, kind->memory_short)) {
		if (value_of(rest, kind->memory_key, &value))
			out->mem_bytes = span_size(value, MIB);
	}
}

bool vmm_parse(struct vmm_options *out, const char *basename, const char *cmdline, size_t len)
{
	struct args args = { cmdline, cmdline + len };
	const struct vmm_kind *kind = NULL;
	struct span arg, value;

	options_init(out);
	for (size_t i = 0; i < sizeof(vmm_kinds) / sizeof(vmm_kinds[0]); i++)
		if (strcmp(basename, vmm_kinds[i].program) == 0)
			kind = &vmm_kinds[i];
	if (!kind)
		return false;
	out->accel = ACCEL_KVM;
	out->steal_clock = kind->steal_clock;
	if (!kind->has_numa)
		out->nodes = 1;
	while (args_next(&args, &arg)) {
		const char *eq = memchr(arg.text, '=', arg.len);
		size_t dashes = arg.len > 2 && memcmp(arg.text, "--", 2) == 0 ? 2 : 1;

		if (arg.len < 2 || arg.text[0] != '-')
			continue;
		arg = (struct span){ arg.text + dashes, arg.len - dashes };
		if (eq) {
			value = (struct span){ eq + 1, (size_t)(arg.text + arg.len - (eq + 1)) };
			arg.len = (size_t)(eq - arg.text);
		} else {
			struct args peek = args;

			if (!args_next(&peek, &value))
				continue;
		}
		vmm_option(out, kind, arg, value);
	}
	return true;
}
