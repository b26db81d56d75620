// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account_time.h"

#include <string.h>

static uint64_t since(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* The end of a wait that began at a moment of the run queue's clock; at most the gap it is in. */
static uint64_t queued_ns(
	const struct account_slot *slot, uint64_t clock, uint64_t end_ns, uint64_t gap_ns)
{
	uint64_t ns;

	if (clock == 0 || slot->clock_ns == 0)
		return 0;
	ns = since(clock + slot->clock_ns, end_ns);
	return ns < gap_ns ? ns : gap_ns;
}

/*
 * The gap from out_ns to end_ns, of which the last part was spent in the queue. What was waited
 * on another CPU is in the kernel's total already.
 */
static void add_gap(const struct account_slot *slot, uint64_t end_ns, uint64_t queued_clock,
	struct account_now *out)
{
	uint64_t gap_ns = since(slot->out_ns, end_ns), wait_ns;

	if (slot->state == ACCOUNT_WAITING || slot->state == ACCOUNT_THROTTLED) {
		out->ns[slot->state] += gap_ns;
		out->wait_ns += since(slot->gap_wait_ns, gap_ns);
		return;
	}
	wait_ns = queued_ns(slot, queued_clock, end_ns, gap_ns);
	out->wait_ns += wait_ns;
	wait_ns += slot->gap_wait_ns;
	if (wait_ns > gap_ns)
		wait_ns = gap_ns;
	out->ns[ACCOUNT_WAITING] += wait_ns;
	out->ns[slot->state % ACCOUNT_COUNT] += gap_ns - wait_ns;
}

bool account_at(const struct account_slot *slot, uint64_t now_ns, struct account_now *out)
{
	if (slot->in_ns == 0 && slot->out_ns == 0)
		return false;
	memcpy(out->ns, slot->total_ns, sizeof(out->ns));
	out->run_ns = slot->exec_ns;
	out->wait_ns = slot->delay_ns;
	if (slot->in_ns > slot->out_ns) {
		uint64_t run_ns = since(slot->in_ns, now_ns);

		if (slot->out_ns)
			add_gap(slot, slot->in_ns, slot->queued_clock, out);
		out->ns[ACCOUNT_RUN] += run_ns;
		out->run_ns += run_ns;
	} else {
		uint64_t clock = slot->live_seq == slot->seq ? slot->live_clock : 0;

		add_gap(slot, now_ns, clock, out);
	}
	return true;
}
