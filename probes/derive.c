// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/schema.h"

uint64_t derive_delta(uint64_t cur, uint64_t prev)
{
	if (cur == UNKNOWN_U64 || prev == UNKNOWN_U64 || cur < prev)
		return UNKNOWN_U64;
	return cur - prev;
}

double derive_per_s(uint64_t delta, uint64_t ns)
{
	return delta == UNKNOWN_U64 || ns == 0 ? NAN : (double)delta * 1e9 / (double)ns;
}

double derive_rate(uint64_t cur, uint64_t prev, uint64_t ns)
{
	return derive_per_s(derive_delta(cur, prev), ns);
}

double derive_busy_pct(uint64_t busy_ms, uint64_t ns)
{
	double pct = derive_per_s(busy_ms, ns) / 10;

	return pct > 100 ? 100 : pct; /* NAN stays */
}

uint64_t derive_section_ns(const struct derive *derive, enum section section)
{
	uint64_t cur = derive->cur->status[section].at_ns;
	uint64_t prev = derive->prev ? derive->prev->status[section].at_ns : 0;

	return prev && cur > prev ? cur - prev : 0;
}

double derive_age_s(const struct derive *derive, uint64_t at_ns)
{
	return derive->now_ns > at_ns ? (double)(derive->now_ns - at_ns) / 1e9 : 0;
}

double derive_pct(uint64_t part, uint64_t whole)
{
	if (part == UNKNOWN_U64 || whole == UNKNOWN_U64 || whole == 0)
		return NAN;
	return 100.0 * (double)part / (double)whole;
}

uint64_t derive_both(uint64_t a, uint64_t b)
{
	return a == UNKNOWN_U64 || b == UNKNOWN_U64 ? UNKNOWN_U64 : a + b;
}

double derive_mean(uint64_t sum, uint64_t count)
{
	if (sum == UNKNOWN_U64 || count == UNKNOWN_U64 || count == 0)
		return NAN;
	return (double)sum / (double)count;
}

const char *derive_text(const struct derive *derive, const char *text)
{
	struct derive_texts *texts = derive->texts;
	size_t i = ((uintptr_t)text >> 4 ^ (uintptr_t)text >> 12) %
		   (sizeof(texts->kept) / sizeof(texts->kept[0]));

	if (texts->kept[i].from != text) {
		texts->kept[i].from = text;
		texts->kept[i].copy = arena_strdup(derive->arena, text);
	}
	return texts->kept[i].copy; /* of NULL as well */
}

double derive_sum(double a, double b)
{
	return isnan(a) ? b : isnan(b) ? a : a + b;
}

const void *derive_of_process(const struct joined *joined, const void *list, size_t n, size_t size,
	size_t start_at)
{
	const struct proc_vm *proc = joined->proc;
	const char *found = proc ? sample_by_pid(proc->pid, list, n, size) : NULL;
	uint64_t start_ticks;

	if (!found)
		return NULL;
	memcpy(&start_ticks, found + start_at, sizeof(start_ticks));
	return start_ticks == proc->start_ticks ? found : NULL; /* else a later one's */
}

static int vm_compare(const void *a, const void *b)
{
	const struct vm *left = a, *right = b;
	int by_name = strcmp(left->name, right->name);

	return by_name ? by_name : strcmp(left->key, right->key);
}

static void derive_vms(const struct derive *derive, struct snapshot *out)
{
	struct joined *joined;

	out->n_vm = derive_join(derive, &joined);
	out->vm = arena_array(derive->arena, out->n_vm, sizeof(*out->vm));
	for (size_t i = 0; i < out->n_vm; i++)
		derive_vm(derive, &joined[i], &out->vm[i]);
	derive_thieves(derive, out);
	derive_vhosts(derive, out);
	derive_pinning(derive, joined, out);
	derive_devices(derive, out);
	qsort(out->vm, out->n_vm, sizeof(*out->vm), vm_compare);
}

/* What VMs do not tell is left out; when none tells, or nobody could list them, nothing is known.
 */
static void derive_sold(const struct derive *derive, struct snapshot *out)
{
	struct host *host = &out->host;
	bool listed = derive->cur->status[SECTION_PROCVM].at_ns ||
		      derive->cur->status[SECTION_LIBVIRT].at_ns;

	if (out->n_vm == 0 && listed)
		host->mem_sold_bytes = host->vcpus_sold = 0;
	for (size_t i = 0; i < out->n_vm; i++) {
		const struct vm *vm = &out->vm[i];

		if (vm->memory.sold_bytes != UNKNOWN_U64)
			host->mem_sold_bytes =
				vm->memory.sold_bytes +
				(host->mem_sold_bytes == UNKNOWN_U64 ? 0 : host->mem_sold_bytes);
		if (vm->vcpus != UNKNOWN_U64)
			host->vcpus_sold = vm->vcpus +
					   (host->vcpus_sold == UNKNOWN_U64 ? 0 : host->vcpus_sold);
	}
}

void snapshot_derive(
	struct snapshot *out, const struct sample *cur, const struct sample *prev, uint64_t now_ns)
{
	struct derive_texts texts = { 0 };
	struct derive_blanks blank = { 0 };
	struct derive derive = {
		.arena = &out->arena, .texts = &texts, .blank = &blank, .cur = cur, .now_ns = now_ns
	};

	snapshot_clear(out);
	schema_init(&schema_vm, &blank.vm);
	schema_init(&schema_vcpu, &blank.vcpu);
	schema_init(&schema_nic, &blank.nic);
	schema_init(&schema_disk, &blank.disk);
	if (prev && cur->at_ns > prev->at_ns) {
		derive.prev = prev;
		derive.interval_ns = cur->at_ns - prev->at_ns;
		out->interval_s = (double)derive.interval_ns / 1e9;
	}
	out->time_s = cur->wall_s;
	out->utc_offset_s = cur->utc_offset_s;
	derive_sources(&derive, out);
	derive_host(&derive, &out->host);
	derive_vms(&derive, out);
	derive_sold(&derive, out);
	schema_round(&schema_snapshot, out);
}
