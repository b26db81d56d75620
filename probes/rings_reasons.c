// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rings_reasons.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

static const char full[] = "full ring";

/* What tun, tap and the queueing disciplines say; the others are shown by the kernel's own name. */
static const struct {
	const char *name;
	struct reason reason;
} known[] = {
	{ full, { "ring full", true } },
	{ "dev ready", { "no queue", true } },
	{ "socket filter", { "filter", true } },
	{ "tap filter", { "tap filter", true } },
	{ "tap txfilter", { "tap filter", true } },
	{ "nomem", { "no memory", false } },
};

/* "QDISC_DROP" is shown as "qdisc drop". */
static char *lowered(char *name)
{
	for (char *c = name; *c; c++)
		*c = *c == '_' ? ' ' : (char)tolower((unsigned char)*c);
	return name;
}

static void add(void *arg, const char *name, unsigned number)
{
	static const char prefix[] = "SKB_DROP_REASON_";
	struct reasons *reasons = arg;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return;
	reasons->name = xgrow(reasons->name, reasons->n + 1, &reasons->cap, sizeof(*reasons->name));
	reasons->name[reasons->n++] = (struct reason_name){ number,
		lowered(text_clean(&reasons->arena, name + strlen(prefix),
			strlen(name) - strlen(prefix), TEXT_NAME_MAX)) };
}

void reasons_load(struct reasons *reasons, struct bpf_types *types)
{
	*reasons = (struct reasons){ 0 };
	bpf_enum_names(types, NULL, "skb_drop_reason", add, reasons);
}

static struct reason describe(const struct reason_name *name)
{
	static const char qdisc[] = "qdisc";

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name->name) == 0)
			return known[i].reason;
	return (struct reason){ name->name, strncmp(name->name, qdisc, strlen(qdisc)) == 0 };
}

struct reason reasons_find(struct reasons *reasons, uint32_t number)
{
	if (number == RINGS_REASON_UNTOLD)
		return (struct reason){ "not told by this kernel", false };
	for (size_t i = 0; i < reasons->n; i++)
		if (reasons->name[i].number == number)
			return describe(&reasons->name[i]);
	/* Those of other parts of the kernel have the number of the part in their upper half. */
	reasons->name = xgrow(reasons->name, reasons->n + 1, &reasons->cap, sizeof(*reasons->name));
	reasons->name[reasons->n] = (struct reason_name){ number,
		arena_printf(&reasons->arena, "reason %u of part %u of the kernel", number & 0xffff,
			number >> 16) };
	return describe(&reasons->name[reasons->n++]);
}

uint32_t reasons_full(const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->n; i++)
		if (strcmp(reasons->name[i].name, full) == 0)
			return reasons->name[i].number;
	return RINGS_REASON_NONE;
}

void reasons_release(struct reasons *reasons)
{
	arena_release(&reasons->arena);
	free(reasons->name);
	*reasons = (struct reasons){ 0 };
}
