// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/vm.h"

static char *format_word(char *buf, const char *word)
{
	return strcpy(buf, word);
}

/* Three figures: a tenth as long as it fits. Limits are where rounding would add a digit. */
static char *format_three(char *buf, double value, const char *sign)
{
	double size = fabs(value);

	if (isnan(value))
		return format_word(buf, "-");
	if (size >= 999.5)
		snprintf(buf, FORMAT_SIZE, "%s>999", sign);
	else
		snprintf(buf, FORMAT_SIZE, "%s%.*f", sign, size < 99.95 ? 1 : 0, size);
	return buf;
}

char *format_pct(char *buf, double pct)
{
	return format_three(buf, pct, pct <= -0.05 ? "-" : "");
}

char *format_gap(char *buf, double points)
{
	if (fabs(points) < 0.05)
		return format_word(buf, "0.0");
	return format_three(buf, points, points < 0 ? "-" : "+");
}

char *format_cpus(char *buf, double cpus)
{
	return format_three(buf, cpus, "");
}

/* One of the units by which value is below limit, steps of base apart. */
static char *format_scaled(char *buf, double value, double base, const char *const *unit)
{
	size_t i = 0;

	while (value >= 999.5 && unit[i + 1]) {
		value /= base;
		i++;
	}
	if (value >= 999.5)
		return format_word(buf, ">999");
	snprintf(buf, FORMAT_SIZE, "%.*f%s", i > 0 && value < 9.95 ? 1 : 0, value, unit[i]);
	return buf;
}

char *format_rate(char *buf, double bytes_per_s)
{
	static const char *const unit[] = { "", "K", "M", "G", "T", "P", "E", NULL };

	if (isnan(bytes_per_s))
		return format_word(buf, "-");
	return format_scaled(buf, fmax(bytes_per_s, 0), 1024, unit);
}

char *format_bytes(char *buf, uint64_t bytes)
{
	return format_rate(buf, bytes == UNKNOWN_U64 ? NAN : (double)bytes);
}

char *format_count(char *buf, uint64_t count)
{
	static const char *const unit[] = { "", "k", "M", "G", "T", "P", "E", NULL };

	if (count == UNKNOWN_U64)
		return format_word(buf, "-");
	return format_scaled(buf, (double)count, 1000, unit);
}

/* What is seldom is not never. */
char *format_per_s(char *buf, double per_s)
{
	if (isnan(per_s))
		return format_word(buf, "-");
	if (!(per_s > 0) || per_s >= 9.95)
		return format_count(buf, (uint64_t)fmin(round(fmax(per_s, 0)), 1e18));
	snprintf(buf, FORMAT_SIZE, "%.1f", fmax(per_s, 0.1));
	return buf;
}

char *format_id(char *buf, uint64_t id)
{
	if (id == UNKNOWN_U64)
		return format_word(buf, "-");
	snprintf(buf, FORMAT_SIZE, "%llu", (unsigned long long)id);
	return buf;
}

char *format_duration(char *buf, double seconds)
{
	uint64_t s;

	if (isnan(seconds))
		return format_word(buf, "-");
	if (seconds >= 9999 * 86400.0)
		return format_word(buf, ">9999d");
	s = seconds > 0 ? (uint64_t)seconds : 0;
	if (s < 60)
		snprintf(buf, FORMAT_SIZE, "%us", (unsigned)s);
	else if (s < 3600)
		snprintf(buf, FORMAT_SIZE, "%um%02us", (unsigned)s / 60, (unsigned)s % 60);
	else if (s < 86400)
		snprintf(buf, FORMAT_SIZE, "%uh%02um", (unsigned)s / 3600, (unsigned)s / 60 % 60);
	else
		snprintf(buf, FORMAT_SIZE, "%ud", (unsigned)(s / 86400));
	return buf;
}

char *format_age(char *buf, double seconds)
{
	if (!(seconds < 9.95)) /* or unknown */
		return format_duration(buf, seconds);
	snprintf(buf, FORMAT_SIZE, "%.1fs", fmax(seconds, 0));
	return buf;
}

char *format_ns(char *buf, double ns)
{
	static const char *const unit[] = { "ns", "us", "ms", "s", NULL };

	if (isnan(ns))
		return format_word(buf, "-");
	return format_scaled(buf, fmax(ns, 0), 1000, unit);
}

char *format_decade(char *buf, double ns)
{
	static const char *const unit[] = { "us", "ms", "s" };
	int power = ns >= 1e3 ? (int)lround(log10(ns)) - 3 : -1; /* NAN, too */

	if (power < 0 || power >= 9)
		return format_word(buf, "-");
	snprintf(buf, FORMAT_SIZE, "%.0f%s", pow(10, power % 3), unit[power / 3]);
	return buf;
}

/* Arithmetic and not gmtime: the label needs no calendar. */
char *format_time_of_day(char *buf, double time_s, int utc_offset_s)
{
	double of_day = fmod(floor(time_s) + utc_offset_s, 86400);
	unsigned s;

	if (isnan(of_day))
		return format_word(buf, "--:--:--");
	s = (unsigned)(of_day < 0 ? of_day + 86400 : of_day);
	snprintf(buf, FORMAT_SIZE, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
	return buf;
}
