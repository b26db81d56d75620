// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/timetext.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* Digits, at most two, up to limit. */
static bool take_number(const char **text, int limit, int *out)
{
	int digits = 0;

	*out = 0;
	for (; isdigit((unsigned char)**text) && digits < 3; ++*text, digits++)
		*out = *out * 10 + (**text - '0');
	return digits > 0 && digits < 3 && *out < limit;
}

/* 14:02, 14:02:10: seconds of the day. */
static bool parse_clock(const char *text, double *out)
{
	int hours, minutes, seconds = 0;

	if (!take_number(&text, 24, &hours) || *text++ != ':' || !take_number(&text, 60, &minutes))
		return false;
	if (*text == ':') {
		text++;
		if (!take_number(&text, 60, &seconds))
			return false;
	}
	*out = hours * HOUR_S + minutes * MINUTE_S + seconds;
	return !*text;
}

/* The moment with that clock nearest to now_s, of those that the line has. */
static double nearest_day(const struct timeline *line, double of_day_s, double now_s)
{
	const double from_s = line->from_s + line->utc_offset_s;
	double best_s = NAN, at_s = floor(from_s / DAY_S) * DAY_S + of_day_s - line->utc_offset_s;

	for (; at_s <= line->to_s + DAY_S; at_s += DAY_S) {
		const bool inside = at_s >= line->from_s && at_s <= line->to_s;

		if (isnan(best_s) || (inside && !(fabs(best_s - now_s) < fabs(at_s - now_s))))
			best_s = at_s;
		else if (best_s < line->from_s && at_s - line->to_s < line->from_s - best_s)
			best_s = at_s;
	}
	return best_s;
}

/* 90, 90s, 5m, 1.5h. */
static bool parse_length(const char *text, double *out)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	*out = strtod(text, &end);
	if (*end == 'm')
		*out *= MINUTE_S;
	else if (*end == 'h')
		*out *= HOUR_S;
	return isfinite(*out) &&
	       (!*end || ((*end == 's' || *end == 'm' || *end == 'h') && !end[1]));
}

static bool parse_share(const char *text, double *out)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	*out = strtod(text, &end) / 100;
	return *out >= 0 && *out <= 1 && *end == '%' && !end[1];
}

int timetext_parse(const char *text, const struct timeline *line, double now_s, double *time_s,
	struct err *err)
{
	double value;

	if (parse_clock(text, &value))
		*time_s = nearest_day(line, value, now_s);
	else if ((*text == '-' || *text == '+') && parse_length(text + 1, &value))
		*time_s = *text == '-' ? now_s - value : now_s + value;
	else if (parse_share(text, &value))
		*time_s = line->from_s + value * (line->to_s - line->from_s);
	else
		return err_set(err, -EINVAL,
			"\"%.40s\" is no time; 14:02, 14:02:10, -90s, +5m, -1h or 30%% are", text);
	*time_s = fmin(fmax(*time_s, line->from_s), line->to_s);
	return 0;
}
