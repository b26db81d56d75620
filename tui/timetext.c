// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/timetext.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>

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
	const double midnight_s = floor((line->from_s + line->utc_offset_s) / DAY_S) * DAY_S;
	double first_s = midnight_s + of_day_s - line->utc_offset_s, last_s;

	if (first_s < line->from_s)
		first_s += DAY_S;
	if (first_s > line->to_s) /* none: the nearer end */
		return line->from_s - (first_s - DAY_S) < first_s - line->to_s ? line->from_s
									       : line->to_s;
	last_s = first_s + floor((line->to_s - first_s) / DAY_S) * DAY_S;
	return fmin(fmax(first_s + round((now_s - first_s) / DAY_S) * DAY_S, first_s), last_s);
}

/* 5, 1.5: strtod would want the locale's comma, and take "0x5" and "inf". */
static bool take_decimal(const char **text, double *out)
{
	double place = 1;

	*out = 0;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); ++*text)
		*out = *out * 10 + (**text - '0');
	if (**text == '.')
		for (++*text; isdigit((unsigned char)**text); ++*text)
			*out += (place /= 10) * (**text - '0');
	return true;
}

/* 90, 90s, 5m, 1.5h. */
static bool parse_length(const char *text, double *out)
{
	if (!take_decimal(&text, out))
		return false;
	if (*text == 'm')
		*out *= MINUTE_S;
	else if (*text == 'h')
		*out *= HOUR_S;
	if (*text == 's' || *text == 'm' || *text == 'h')
		text++;
	return !*text;
}

static bool parse_share(const char *text, double *out)
{
	if (!take_decimal(&text, out) || *text != '%' || text[1])
		return false;
	*out /= 100;
	return *out <= 1;
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
