// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

static void host_facts(const struct derive *derive, struct host *host)
{
	const struct host_sample *cur = &derive->cur->host;

	host->name = arena_strdup(derive->arena, cur->name);
	host->kernel = arena_strdup(derive->arena, cur->kernel);
	host->cpus = cur->cpus;
	host->nodes = cur->nodes;
	host->is_guest = cur->is_guest;
	host->uptime_s = cur->uptime_s;
	host->load1 = cur->load1;
	host->load5 = cur->load5;
	host->load15 = cur->load15;
	host->mem_total_bytes = cur->mem_total_bytes;
	host->mem_available_bytes = cur->mem_available_bytes;
	host->swap_total_bytes = cur->swap_total_bytes;
	/* Free swap below total swap is what derive_delta knows as a counter that moved on. */
	host->swap_used_bytes = derive_delta(cur->swap_total_bytes, cur->swap_free_bytes);
	host->psi_cpu_some_pct = cur->psi_cpu.some_avg10_pct;
	host->psi_memory_some_pct = cur->psi_memory.some_avg10_pct;
	host->psi_io_some_pct = cur->psi_io.some_avg10_pct;
}

/*
 * Run and steal from ticks, in per cent of the ticks themselves: /proc/schedstat counts a task's
 * run only when it leaves the CPU, so a vCPU that spins for seconds would not be in it.
 */
static void tick_rates(
	const struct host_sample *cur, const struct host_sample *prev, struct host *host)
{
	uint64_t busy = derive_delta(cur->busy_ticks_total, prev->busy_ticks_total);
	uint64_t idle = derive_delta(cur->idle_ticks_total, prev->idle_ticks_total);
	uint64_t steal = derive_delta(cur->steal_ticks_total, prev->steal_ticks_total);

	if (busy == UNKNOWN_U64 || idle == UNKNOWN_U64)
		return;
	host->run_pct = derive_pct(busy, busy + idle + (steal == UNKNOWN_U64 ? 0 : steal));
	if (steal != UNKNOWN_U64)
		host->steal_pct = derive_pct(steal, busy + idle + steal);
}

static double psi_pct(
	const struct psi_sample *cur, const struct psi_sample *prev, uint64_t interval_ns)
{
	uint64_t us = derive_delta(cur->some_us_total, prev->some_us_total);
	double pct = us == UNKNOWN_U64 ? NAN : derive_pct(us * 1000, interval_ns);

	return isnan(pct) ? cur->some_avg10_pct : fmin(pct, 100);
}

static double per_s(uint64_t cur, uint64_t prev, uint64_t interval_ns)
{
	uint64_t delta = derive_delta(cur, prev);

	return delta == UNKNOWN_U64 ? NAN : (double)delta * 1e9 / (double)interval_ns;
}

static void host_rates(const struct host_sample *cur, const struct host_sample *prev,
	uint64_t interval_ns, struct host *host)
{
	tick_rates(cur, prev, host);
	/* The sum is over online CPUs: another set of them is another sum. */
	if (cur->cpus == prev->cpus && cur->cpus != UNKNOWN_U64)
		host->wait_pct = derive_pct(derive_delta(cur->wait_ns_total, prev->wait_ns_total),
			interval_ns * cur->cpus);
	host->psi_cpu_some_pct = psi_pct(&cur->psi_cpu, &prev->psi_cpu, interval_ns);
	host->psi_memory_some_pct = psi_pct(&cur->psi_memory, &prev->psi_memory, interval_ns);
	host->psi_io_some_pct = psi_pct(&cur->psi_io, &prev->psi_io, interval_ns);
	host->swap_in_bytes_per_s =
		per_s(cur->swap_in_bytes_total, prev->swap_in_bytes_total, interval_ns);
	host->swap_out_bytes_per_s =
		per_s(cur->swap_out_bytes_total, prev->swap_out_bytes_total, interval_ns);
}

void derive_host(const struct derive *derive, struct host *host)
{
	const struct sample *cur = derive->cur, *prev = derive->prev;
	uint64_t cur_ns = cur->status[SECTION_HOST].at_ns;
	uint64_t prev_ns = prev ? prev->status[SECTION_HOST].at_ns : 0;

	if (cur_ns == 0)
		return;
	host_facts(derive, host);
	if (prev_ns != 0 && cur_ns > prev_ns)
		host_rates(&cur->host, &prev->host, cur_ns - prev_ns, host);
}
