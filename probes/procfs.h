/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PROCFS_H
#define PARALLAX_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Parsers of the text in /proc and /sys. Pure: NUL-ended text in, values out. They return false
 * and leave *out alone when the text is not what they expect; hostile text (a thread may call
 * itself "a) R 1 (b") never fools them.
 */

/* /proc/PID/stat, of a process or of one of its threads. */
struct procfs_stat {
	pid_t pid, ppid;
	char comm[64]; /* cut to fit; raw bytes */
	char state;    /* R S D T Z ... */
	uint64_t flags, major_faults, utime_ticks, stime_ticks, threads, start_ticks, vsize_bytes, cpu, guest_ticks;
};

bool procfs_stat(const char *text, struct procfs_stat *out);

/* A kernel thread: runs no program and can hold no VM. */
bool procfs_is_kthread(const struct procfs_stat *stat);

/* /proc/TID/schedstat. */
bool procfs_schedstat(const char *text, uint64_t *run_ns, uint64_t *wait_ns);

/* /proc/schedstat: sums over all CPUs, in nanoseconds since version 14. */
bool procfs_schedstat_cpus(const char *text, uint64_t *run_ns, uint64_t *wait_ns);

/* First line of /proc/stat, in ticks. */
struct procfs_cpu {
	uint64_t busy_ticks, idle_ticks, steal_ticks;
};

bool procfs_cpu(const char *text, struct procfs_cpu *out);

/* The "some" line of /proc/pressure/X. */
bool procfs_pressure(const char *text, double *some_avg10_pct, uint64_t *some_us);

/* Decimal fractions separated by blanks, as in /proc/loadavg and /proc/uptime. */
bool procfs_decimals(const char *text, double *value, size_t count);

/* The number behind a key at the start of a line: "VmRSS" of "VmRSS:\t  12 kB" gives 12. */
bool procfs_number(const char *text, const char *key, uint64_t *value);
/* The same for a hexadecimal one: "SigBlk:\t0000000010002240". */
bool procfs_hex(const char *text, const char *key, uint64_t *value);
/* The same times 1024; UNKNOWN_U64 when there is none. */
uint64_t procfs_kilobytes(const char *text, const char *key);
/* Pages in bytes; UNKNOWN_U64 of what is unknown, or too many. */
uint64_t procfs_pages_bytes(uint64_t pages, uint64_t page_bytes);

/* The next "first-last" or "first" of a list, and *text behind it; false: there is none. */
bool procfs_list_next(const char **text, uint64_t *first, uint64_t *last);

/* How many numbers a list such as "0-2,4,8-11" holds. */
bool procfs_list_count(const char *text, uint64_t *count);

/* Is this number in such a list? */
bool procfs_list_has(const char *text, uint64_t number);

/*
 * The numbers behind count keys, each at the start of a line, in one pass: /proc/vmstat has some
 * 200. A key that ends in * is the sum of all that begin so. value begins as UNKNOWN_U64, and stays
 * that where there is no such line.
 */
void procfs_numbers(const char *text, const char *const *key, uint64_t *value, size_t count);

/* Is word one of the flags of the first CPU in /proc/cpuinfo? */
bool procfs_cpu_flag(const char *cpuinfo, const char *word);

/* A decimal name such as the "4711" of /proc/4711; 0: it is none. */
pid_t procfs_pid(const char *name);

#endif
