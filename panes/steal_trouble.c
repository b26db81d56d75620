// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>

#include "panes/style.h"

static const double THIEF_PCT = 20; /* of a wait: less is nobody in particular */

enum severity steal_severity(double pct)
{
	return pct >= STEAL_CRITICAL_PCT ? SEVERITY_CRITICAL
	       : pct >= STEAL_WARN_PCT   ? SEVERITY_WARN
	       : pct >= STEAL_WATCH_PCT  ? SEVERITY_WATCH
				   : SEVERITY_NONE;
}

enum severity steal_wait_severity(const struct steal *steal)
{
	enum severity wait = steal_severity(steal->host_wait_pct);

	/* Half theft and half quota: neither is much, and both together are. */
	if (wait == SEVERITY_NONE && steal_severity(steal->host_throttled_pct) == SEVERITY_NONE)
		return steal_severity(steal->host_delay_pct);
	return wait;
}

enum severity steal_quota_severity(const struct steal *steal)
{
	enum severity severity = steal_severity(steal->host_throttled_pct);

	return severity > SEVERITY_WARN ? SEVERITY_WARN : severity;
}

enum severity steal_trouble(const struct steal *steal)
{
	return severity_worse(
		severity_worse(steal_wait_severity(steal), steal_quota_severity(steal)),
		steal_severity(steal->host_blocked_pct));
}

static const struct thief *largest_thief(const struct steal *steal, double *others_pct)
{
	const struct thief *largest = NULL;

	*others_pct = 100;
	for (size_t i = 0; i < steal->n_thief; i++) {
		const struct thief *thief = &steal->thief[i];

		if (thief->kind == THIEF_QUOTA)
			*others_pct -= fmax(thief->share_pct, 0);
		else if (!largest && thief->name && thief->kind != THIEF_IDLE &&
			 thief->kind != THIEF_UNSEEN && thief->kind != THIEF_OTHERS)
			largest = thief;
	}
	return largest;
}

const char *steal_thief_words(const struct steal *steal, struct arena *arena)
{
	double others_pct, share_pct;
	const struct thief *thief = largest_thief(steal, &others_pct);
	bool own;

	if (!thief || !(others_pct > 0))
		return "";
	share_pct = 100 * thief->share_pct / others_pct;
	if (!(share_pct >= THIEF_PCT))
		return "";
	own = thief->kind == THIEF_SELF || thief->kind == THIEF_EMULATOR;
	return arena_printf(arena, ": %.0f%% to %s%s", fmin(share_pct, 100), own ? "its " : "",
		thief->name);
}
