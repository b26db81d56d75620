/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_FORMAT_H
#define PARALLAX_FORMAT_H

#include <stdint.h>

/*
 * Numbers as short text of a promised greatest width, so that columns never burst. Unknown
 * (NAN, UNKNOWN_U64) is "-". All write into buf, which has FORMAT_SIZE bytes, and return it.
 */
enum { FORMAT_SIZE = 24 };

/* A share: "0.0" "99.8" "100" ">999"; at most 4 columns, 5 below zero ("-12.4"). */
char *format_pct(char *buf, double pct);
/* A difference, always signed: "+23.4" "-0.3" "+120"; at most 5 columns. */
char *format_gap(char *buf, double points);
/* CPUs' worth of time: "5.1" "64.0" "128"; at most 4 columns. */
char *format_cpus(char *buf, double cpus);
/* Powers of 1024: "512" "384M" "1.5G"; at most 4 columns. */
char *format_bytes(char *buf, uint64_t bytes);
/* Bytes a second, without "/s". */
char *format_rate(char *buf, double bytes_per_s);
/* "12" "9.9k" "41M"; at most 4 columns. */
char *format_count(char *buf, uint64_t count);
/* "0" "0.3" "12" "1.2k": how often a second, without "/s"; at most 4 columns. */
char *format_per_s(char *buf, double per_s);
/* A number that names something, in full: "4711". */
char *format_id(char *buf, uint64_t id);
/* "0s" "12s" "2m10s" "3h05m" "41d"; at most 6 columns. */
char *format_duration(char *buf, double seconds);
/* The same with a tenth below ten seconds: "0.4s" "9.9s" "12s". */
char *format_age(char *buf, double seconds);
/* "14:02:07", of a time in seconds since 1970; "--:--:--" unknown. */
char *format_time_of_day(char *buf, double time_s, int utc_offset_s);
/* "812ns" "41ms" "1.5us" "12s"; at most 5 columns. */
char *format_ns(char *buf, double ns);

/* A power of ten from 1us on as an axis has it: "1us" "100ms" "10s"; at most 5 columns. */
char *format_decade(char *buf, double ns);

#endif
