// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

#include <math.h>

#include "panes/format.h"

static void report(struct judge *judge, const struct vm *vm, const char *rule,
	enum severity severity, const char *text, double reading_s)
{
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "thp",
			.rule = rule,
			.verdict = vm->thp.verdict,
			.severity = severity,
			.text = text,
		},
		reading_s);
}

/* What the guest has to say about it, which is about itself. */
static const char *guest_words(const struct vm *vm, struct arena *arena)
{
	const struct source *agent = vm_source(vm, "agent");
	double own = vm->thp.guest_compact_stalls_per_s;
	char rate[FORMAT_SIZE];

	if (thp_guest_is_known(vm))
		return arena_printf(arena, "guest sees %s/s", format_per_s(rate, own));
	return agent && agent->state == SOURCE_OFF ? "guest not asked" : "guest is blind";
}

/* A rate, a long stall, or both; what a narrow screen may cut comes last. */
static const char *stall_text(const struct snapshot *snap, const struct vm *vm,
	const struct pause *recent, struct arena *arena)
{
	const struct thp *thp = &vm->thp;
	bool lasts = thp->stall_ms_per_s >= STALL_WATCH_MS_PER_S;
	bool paused = recent->ms >= PAUSE_WARN_MS;
	char rate[FORMAT_SIZE], once[FORMAT_SIZE], ago[FORMAT_SIZE], now[FORMAT_SIZE];
	const char *guest = guest_words(vm, arena);

	thp_format_ms(rate, thp->stall_ms_per_s);
	thp_format_ms(once, recent->ms);
	format_duration(ago, snap->time_s - recent->at_s);
	if (thp->in_progress_ms >= PAUSE_WARN_MS && recent->ms <= thp->in_progress_ms)
		return arena_printf(arena, "%s, host has stalled it for %s now, %s", guest,
			thp_format_ms(now, thp->in_progress_ms), thp_kind_words(recent->kind));
	if (paused && lasts)
		return arena_printf(arena, "%s, host stalls it %s/s, %s %s ago, %s", guest, rate,
			once, ago, thp_kind_words(recent->kind));
	if (paused)
		return arena_printf(arena, "%s, host stalled it %s %s ago, %s", guest, once, ago,
			thp_kind_words(recent->kind));
	if (recent->ms > 0)
		return arena_printf(arena, "%s, host stalls it %s/s, up to %s, %s", guest, rate,
			once, thp_kind_words(thp_main_kind(thp)));
	return arena_printf(arena, "%s, host stalls it %s/s, %s", guest, rate,
		thp_kind_words(thp_main_kind(thp)));
}

static const char *rule_of(enum stall_kind kind)
{
	return kind == STALL_RECLAIM || kind == STALL_LIMIT ? "thp-reclaim" : "thp-stall";
}

static void report_stalls(
	struct snapshot *snap, const struct vm *vm, const struct pause *recent, struct judge *judge)
{
	enum severity rate = thp_rate_severity(vm->thp.stall_ms_per_s);
	enum severity pause = thp_pause_severity(recent->ms);

	if (rate == SEVERITY_NONE && pause == SEVERITY_NONE)
		return;
	/* The long stall is the same for a minute: so is then what is told of. */
	report(judge, vm, rule_of(pause ? recent->kind : thp_main_kind(&vm->thp)),
		rate > pause ? rate : pause, stall_text(snap, vm, recent, &snap->arena), NAN);
}

static void report_guest(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct thp *thp = &vm->thp;
	char stalls[FORMAT_SIZE], fallbacks[FORMAT_SIZE], host[FORMAT_SIZE];

	report(judge, vm, "thp-guest", thp_guest_severity(vm),
		arena_printf(&snap->arena, "guest stalls %s/s, %s/s fall back; host stalls it %s/s",
			format_per_s(stalls, thp->guest_compact_stalls_per_s),
			format_per_s(fallbacks, thp->guest_thp_fallbacks_per_s),
			thp_format_ms(host, thp->stall_ms_per_s)),
		snap->time_s - vm->guest.age_s);
}

void thp_report(
	struct snapshot *snap, const struct vm *vm, const struct pause *recent, struct judge *judge)
{
	bool host = thp_rate_severity(vm->thp.stall_ms_per_s) != SEVERITY_NONE ||
		    thp_pause_severity(recent->ms) != SEVERITY_NONE;

	report_stalls(snap, vm, recent, judge);
	if (!host && !isnan(vm->thp.stall_ms_per_s) && thp_guest_severity(vm) != SEVERITY_NONE)
		report_guest(snap, vm, judge);
}

void thp_report_host(struct snapshot *snap, struct judge *judge)
{
	const struct host *host = &snap->host;
	double fallback_pct = thp_fallback_pct(host);
	char share[FORMAT_SIZE], rate[FORMAT_SIZE];

	if (!(host->thp_fallbacks_per_s >= FALLBACKS_PER_S) || !(fallback_pct >= FALLBACKS_PCT))
		return;
	judge_report(judge,
		&(struct finding){
			.pane = "thp",
			.rule = "thp-fallback",
			.severity = SEVERITY_WATCH,
			.text = arena_printf(&snap->arena,
				"%s%% of faults for huge pages get none: %s/s",
				format_pct(share, fallback_pct),
				format_per_s(rate, host->thp_fallbacks_per_s)),
		},
		NAN);
}
