// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"

enum severity thp_rate_severity(double ms_per_s)
{
	return ms_per_s >= STALL_CRITICAL_MS_PER_S ? SEVERITY_CRITICAL
	       : ms_per_s >= STALL_WARN_MS_PER_S   ? SEVERITY_WARN
	       : ms_per_s >= STALL_WATCH_MS_PER_S  ? SEVERITY_WATCH
						   : SEVERITY_NONE;
}

enum severity thp_pause_severity(double ms)
{
	return ms >= PAUSE_CRITICAL_MS ? SEVERITY_CRITICAL
	       : ms >= PAUSE_WARN_MS   ? SEVERITY_WARN
				       : SEVERITY_NONE;
}

bool thp_guest_is_known(const struct vm *vm)
{
	return !isnan(vm->thp.guest_compact_stalls_per_s) && !(vm->guest.age_s > GUEST_OLD_S);
}

/* Nothing that this host does: somebody must look, nobody must run. */
enum severity thp_guest_severity(const struct vm *vm)
{
	double stalls = vm->thp.guest_compact_stalls_per_s;

	if (!thp_guest_is_known(vm))
		return SEVERITY_NONE;
	return stalls >= GUEST_WARN_PER_S				    ? SEVERITY_WARN
	       : stalls >= GUEST_WATCH_PER_S				    ? SEVERITY_WATCH
	       : vm->thp.guest_thp_fallbacks_per_s >= GUEST_FALLBACKS_PER_S ? SEVERITY_INFO
									    : SEVERITY_NONE;
}

enum severity thp_trouble(const struct thp *thp)
{
	enum severity rate = thp_rate_severity(thp->stall_ms_per_s);
	enum severity pause = thp_pause_severity(thp->recent_ms);

	return rate > pause ? rate : pause;
}

const char *thp_kind_words(enum stall_kind kind)
{
	switch (kind) {
	case STALL_COMPACTION:
		return "compacting";
	case STALL_RECLAIM:
		return "reclaiming";
	case STALL_LIMIT:
		return "by its limit";
	case STALL_UNKNOWN:
		break;
	}
	return "for memory";
}

enum stall_kind thp_main_kind(const struct thp *thp)
{
	double reclaim = isnan(thp->reclaim_ms_per_s) ? 0 : thp->reclaim_ms_per_s;

	if (!(thp->compact_ms_per_s < reclaim))
		return STALL_COMPACTION;
	return 2 * thp->limit_ms_per_s > reclaim ? STALL_LIMIT : STALL_RECLAIM;
}

double thp_fallback_pct(const struct host *host)
{
	double wanted = host->thp_allocs_per_s + host->thp_fallbacks_per_s;

	return wanted > 0 ? 100 * host->thp_fallbacks_per_s / wanted : NAN;
}

char *thp_format_ms(char *buf, double ms)
{
	if (ms == 0)
		snprintf(buf, FORMAT_SIZE, "0");
	else
		format_ns(buf, ms * 1e6);
	return buf;
}
