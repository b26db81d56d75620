// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

#include <math.h>

#include "panes/format.h"

/* Minutes until something is exhausted. What the guest sees by itself is worth less of a warning.
 */
static const double TREND_WATCH_MIN = 60, TREND_WARN_MIN = 15, TREND_CRITICAL_MIN = 3;
/* Room below the limit of a cgroup, and where the group runs against it, too. Limits are set close
 * to what was sold, so it takes very little. */
static const double LIMIT_ROOM_PCT = 2, LIMIT_HIT_PCT = 5;
/* Cold pages that go out hurt nobody, unless they are many; what comes back does. */
static const double SWAP_OUT_WATCH = 4 << 20; /* bytes/s */
static const double HOST_AVAILABLE_WATCH_PCT = 10, HOST_AVAILABLE_WARN_PCT = 5;

/* Texts of the numbers that findings hold. */
struct words {
	char usable[FORMAT_SIZE], swap[FORMAT_SIZE], in[FORMAT_SIZE], ballooned[FORMAT_SIZE];
	char available[FORMAT_SIZE], limit[FORMAT_SIZE], room[FORMAT_SIZE];
};

static struct words words_of(const struct snapshot *snap, const struct memory *memory)
{
	struct words words;

	format_bytes(words.usable, memory->guest_usable_bytes);
	format_bytes(words.swap, memory->host_swap_bytes);
	format_rate(words.in, memory->host_swap_in_bytes_per_s);
	format_bytes(words.ballooned, memory->ballooned_bytes);
	format_bytes(words.available, snap->host.mem_available_bytes);
	format_bytes(words.limit, memory->cgroup_limit_bytes);
	format_bytes(words.room, memory->cgroup_room_bytes);
	return words;
}

/* Nothing at SEVERITY_NONE. */
static void report(struct judge *judge, const struct vm *vm, const char *rule,
	enum severity severity, const char *text)
{
	if (severity == SEVERITY_NONE)
		return;
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "memory",
			.rule = rule,
			.verdict = vm->memory.verdict,
			.severity = severity,
			.text = text,
		},
		NAN);
}

/* A page that must come back stops the vCPU: then the share alone no longer says how bad it is. */
static enum severity taken_severity(const struct memory *memory)
{
	enum severity swap = memory_swap_severity(memory);
	enum severity in = memory_swapin_severity(memory->host_swap_in_bytes_per_s);

	return in > swap && swap != SEVERITY_NONE ? in : swap;
}

static void report_taken(
	struct snapshot *snap, const struct vm *vm, const struct words *words, struct judge *judge)
{
	const struct memory *memory = &vm->memory;
	enum severity severity = taken_severity(memory);
	struct arena *arena = &snap->arena;
	char age[FORMAT_SIZE];

	if (memory_guest_tells(memory) && !memory_guest_is_short(memory))
		report(judge, vm, "memory-hidden", severity,
			arena_printf(arena, "guest sees %s usable, host swapped out %s",
				words->usable, words->swap));
	else if (memory_guest_tells(memory))
		report(judge, vm, "memory-swapped", severity,
			arena_printf(arena, "host swapped out %s, guest has %s usable", words->swap,
				words->usable));
	else if (memory->verdict == VERDICT_BLIND)
		report(judge, vm, "memory-blind", severity,
			arena_printf(
				arena, "host swapped out %s; no balloon statistics", words->swap));
	else if (memory->guest_stale)
		report(judge, vm, "memory-swapped", severity,
			arena_printf(arena, "host swapped out %s; guest's word is %s old",
				words->swap, format_duration(age, memory->guest_age_s)));
	else
		report(judge, vm, "memory-swapped", severity,
			arena_printf(
				arena, "host swapped out %s; guest does not tell", words->swap));
}

static void report_waiting(
	struct snapshot *snap, const struct vm *vm, const struct words *words, struct judge *judge)
{
	const struct memory *memory = &vm->memory;
	double in = memory->host_swap_in_bytes_per_s, stall = memory->host_stall_pct;
	char pct[FORMAT_SIZE];

	report(judge, vm, "memory-swapin", memory_swapin_severity(in),
		isnan(stall)
			? arena_printf(&snap->arena, "%s/s comes back from host swap", words->in)
			: arena_printf(&snap->arena,
				  "%s/s comes back from host swap; it waits %s%%", words->in,
				  format_pct(pct, stall)));
	if (memory_swapin_severity(in) == SEVERITY_NONE)
		report(judge, vm, "memory-stall", memory_stall_severity(stall),
			arena_printf(&snap->arena, "it waits %s%% for memory of the host",
				format_pct(pct, stall)));
}

/* The reverse: the guest needs memory, and the host did not take it by force, and has some. */
static void report_short(
	struct snapshot *snap, const struct vm *vm, const struct words *words, struct judge *judge)
{
	const struct memory *memory = &vm->memory;

	if (!memory_guest_is_short(memory))
		return;
	if (memory_is_ballooned(memory))
		report(judge, vm, "memory-balloon", SEVERITY_WARN,
			arena_printf(&snap->arena, "guest has %s usable, the balloon holds %s",
				words->usable, words->ballooned));
	else if (memory_is_phantom(&snap->host, memory))
		report(judge, vm, "memory-phantom", SEVERITY_WATCH,
			arena_printf(&snap->arena, "guest has %s usable, host took %s, has %s",
				words->usable, memory->host_swap_bytes ? words->swap : "none",
				words->available));
}

static void report_limit(
	struct snapshot *snap, const struct vm *vm, const struct words *words, struct judge *judge)
{
	const struct memory *memory = &vm->memory;
	double room = memory_share(memory->cgroup_room_bytes, memory->cgroup_limit_bytes);
	bool hits = memory->cgroup_limit_hits_per_s > 0;

	report(judge, vm, "memory-limit",
		hits && room < LIMIT_HIT_PCT ? SEVERITY_WARN
		: room < LIMIT_ROOM_PCT	     ? SEVERITY_WATCH
					     : SEVERITY_NONE,
		arena_printf(&snap->arena,
			hits ? "runs against its cgroup's limit %s: %s left"
			     : "nears its cgroup's limit of %s: %s left",
			words->limit, words->room));
}

static const char *killed_words(uint64_t count, struct arena *arena)
{
	return count == 1 ? "a process"
			  : arena_printf(arena, "%llu processes", (unsigned long long)count);
}

static void report_oom(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct memtrend_vm *trend = memtrends_vm(judge_memtrends(judge), vm->key);

	if (trend && trend->oom_kills.count)
		report(judge, vm, "memory-oom", SEVERITY_CRITICAL,
			arena_printf(&snap->arena, "the kernel killed %s in its cgroup",
				killed_words(trend->oom_kills.count, &snap->arena)));
}

static enum severity trend_severity(double minutes, double watch_min)
{
	return minutes < TREND_CRITICAL_MIN ? SEVERITY_CRITICAL
	       : minutes < TREND_WARN_MIN   ? SEVERITY_WARN
	       : minutes < watch_min	    ? SEVERITY_WATCH
					    : SEVERITY_NONE;
}

static const char *minutes_words(double minutes, char *buf)
{
	return format_duration(buf, minutes * 60);
}

static void report_trend(
	struct snapshot *snap, const struct vm *vm, const struct words *words, struct judge *judge)
{
	const struct memory *memory = &vm->memory;
	enum severity severity = trend_severity(memory->exhausted_min, TREND_WATCH_MIN);
	char in[FORMAT_SIZE];

	switch (memory->exhausted_of) {
	case EXHAUSTED_NONE:
		return;
	case EXHAUSTED_LIMIT:
		report(judge, vm, "memory-trend", severity,
			arena_printf(&snap->arena, "reaches its cgroup's limit of %s in %s",
				words->limit, minutes_words(memory->exhausted_min, in)));
		return;
	case EXHAUSTED_GUEST: /* it can see that itself */
		report(judge, vm, "memory-trend",
			memory->exhausted_min < TREND_WARN_MIN ? SEVERITY_WATCH : SEVERITY_NONE,
			arena_printf(&snap->arena, "guest uses up its %s usable in %s",
				words->usable, minutes_words(memory->exhausted_min, in)));
		return;
	}
}

/* Most VMs are well, and texts cost more than all the rest. */
static bool is_of_note(const struct vm *vm, const struct memtrend_vm *trend)
{
	const struct memory *memory = &vm->memory;

	return memory_trouble(memory) != SEVERITY_NONE || memory_guest_is_short(memory) ||
	       memory->exhausted_min < TREND_WATCH_MIN || (trend && trend->oom_kills.count) ||
	       memory_share(memory->cgroup_room_bytes, memory->cgroup_limit_bytes) < LIMIT_HIT_PCT;
}

void memory_report(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	struct words words;

	if (!is_of_note(vm, memtrends_vm(judge_memtrends(judge), vm->key)))
		return;
	words = words_of(snap, &vm->memory);
	report_taken(snap, vm, &words, judge);
	report_waiting(snap, vm, &words, judge);
	report_short(snap, vm, &words, judge);
	report_limit(snap, vm, &words, judge);
	report_oom(snap, vm, judge);
	report_trend(snap, vm, &words, judge);
}

static void report_host(
	struct judge *judge, const char *rule, enum severity severity, const char *text)
{
	if (severity == SEVERITY_NONE)
		return;
	judge_report(judge,
		&(struct finding){
			.pane = "memory", .rule = rule, .severity = severity, .text = text },
		NAN);
}

static void host_swap(struct snapshot *snap, struct judge *judge)
{
	const struct host *host = &snap->host;
	enum severity in = memory_swapin_severity(host->swap_in_bytes_per_s);
	char used[FORMAT_SIZE], rate_in[FORMAT_SIZE], rate_out[FORMAT_SIZE];

	if (in == SEVERITY_NONE && host->swap_out_bytes_per_s >= SWAP_OUT_WATCH)
		in = SEVERITY_WATCH;
	report_host(judge, "host-swap", in,
		arena_printf(&snap->arena, "swaps in %s/s, out %s/s; %s are in swap",
			format_rate(rate_in, host->swap_in_bytes_per_s),
			format_rate(rate_out, host->swap_out_bytes_per_s),
			format_bytes(used, host->swap_used_bytes)));
}

static void host_stall(struct snapshot *snap, struct judge *judge)
{
	const struct host *host = &snap->host;
	char pct[FORMAT_SIZE], stalls[FORMAT_SIZE];

	report_host(judge, "host-memory-stall", memory_stall_severity(host->psi_memory_some_pct),
		arena_printf(&snap->arena, "tasks wait %s%% for memory; %s reclaims/s",
			format_pct(pct, host->psi_memory_some_pct),
			format_per_s(stalls, host->alloc_stalls_per_s)));
}

static void host_overcommit(struct snapshot *snap, struct judge *judge)
{
	const struct host *host = &snap->host;
	double sold = memory_share(host->mem_sold_bytes, host->mem_total_bytes);
	double left = memory_share(host->mem_available_bytes, host->mem_total_bytes);
	char sold_text[FORMAT_SIZE], total[FORMAT_SIZE], available[FORMAT_SIZE];

	if (!(sold > 100) || !(left < HOST_AVAILABLE_WATCH_PCT))
		return;
	report_host(judge, "host-overcommit",
		left < HOST_AVAILABLE_WARN_PCT ? SEVERITY_WARN : SEVERITY_WATCH,
		arena_printf(&snap->arena, "%s sold of %s (%.1fx), %s available",
			format_bytes(sold_text, host->mem_sold_bytes),
			format_bytes(total, host->mem_total_bytes), sold / 100,
			format_bytes(available, host->mem_available_bytes)));
}

static void host_trend(struct snapshot *snap, struct judge *judge)
{
	const struct host *host = &snap->host;
	char available[FORMAT_SIZE], in[FORMAT_SIZE];

	report_host(judge, "host-memory-trend",
		trend_severity(host->mem_exhausted_min, TREND_WATCH_MIN),
		arena_printf(&snap->arena, "uses up the %s available in %s",
			format_bytes(available, host->mem_available_bytes),
			minutes_words(host->mem_exhausted_min, in)));
}

static void host_oom(struct snapshot *snap, struct judge *judge)
{
	const struct memtrend_host *trend = memtrends_host(judge_memtrends(judge));
	const char *what = killed_words(trend->oom_kills.count, &snap->arena);

	if (trend->oom_kills.count == 0)
		return;
	report_host(judge, "host-oom", SEVERITY_CRITICAL,
		trend->gone[0]
			? arena_printf(&snap->arena, "the kernel killed %s for memory; gone: %s",
				  what, trend->gone)
			: arena_printf(&snap->arena, "the kernel killed %s for memory", what));
}

void memory_report_host(struct snapshot *snap, struct judge *judge)
{
	host_swap(snap, judge);
	host_stall(snap, judge);
	host_overcommit(snap, judge);
	host_trend(snap, judge);
	host_oom(snap, judge);
}
