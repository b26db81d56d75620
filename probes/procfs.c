// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/procfs.h"
#include "probes/vm.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PF_KTHREAD_BIT = 0x00200000 };

/* One decimal number after blanks on the same line; moves *text behind it. */
static bool next_u64(const char **text, uint64_t *value)
{
	const char *s = *text;
	uint64_t sum = 0;

	while (*s == ' ' || *s == '\t')
		s++;
	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(sum, 10, &sum) ||
			__builtin_add_overflow(sum, (uint64_t)(*s - '0'), &sum))
			return false;
	*value = sum;
	*text = s;
	return true;
}

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

/* Numbered as in proc(5), negative ones become 0. Returns the number of the first one missing. */
static unsigned stat_fields(const char *text, uint64_t *field, unsigned first, unsigned last)
{
	unsigned i;

	for (i = first; i <= last; i++) {
		bool negative;

		text += strspn(text, " ");
		negative = *text == '-';
		text += negative;
		if (!next_u64(&text, &field[i]))
			break;
		if (negative)
			field[i] = 0;
	}
	return i;
}

bool procfs_stat(const char *text, struct procfs_stat *out)
{
	enum {
		PPID = 4,
		FLAGS = 9,
		MAJOR_FAULTS = 12,
		UTIME = 14,
		STIME,
		THREADS = 20,
		START = 22,
		VSIZE,
		CPU = 39,
		GUEST = 43
	};
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	uint64_t field[GUEST + 1] = { 0 };
	struct procfs_stat stat = { 0 };
	size_t len;

	if (!open || !close || close < open || close[1] != ' ' || !isalpha((unsigned char)close[2]))
		return false;
	stat.pid = procfs_pid(text);
	if (stat.pid == 0 || stat_fields(close + 3, field, PPID, GUEST) <= VSIZE)
		return false;
	len = (size_t)(close - open - 1);
	if (len >= sizeof(stat.comm))
		len = sizeof(stat.comm) - 1;
	memcpy(stat.comm, open + 1, len);
	stat.state = close[2];
	stat.ppid = (pid_t)field[PPID];
	stat.flags = field[FLAGS];
	stat.major_faults = field[MAJOR_FAULTS];
	stat.utime_ticks = field[UTIME];
	stat.stime_ticks = field[STIME];
	stat.threads = field[THREADS];
	stat.start_ticks = field[START];
	stat.cpu = field[CPU];
	stat.vsize_bytes = field[VSIZE];
	stat.guest_ticks = field[GUEST];
	*out = stat;
	return true;
}

bool procfs_is_kthread(const struct procfs_stat *stat)
{
	return stat->flags & PF_KTHREAD_BIT;
}

bool procfs_schedstat(const char *text, uint64_t *run_ns, uint64_t *wait_ns)
{
	uint64_t run, wait;

	if (!next_u64(&text, &run) || !next_u64(&text, &wait))
		return false;
	*run_ns = run;
	*wait_ns = wait;
	return true;
}

/* "cpu3 0 0 1 2 3 4 RUN WAIT N" of versions 14 to 17. */
static bool schedstat_cpu(const char *line, uint64_t *run, uint64_t *wait)
{
	uint64_t field[9];

	line += strcspn(line, " \n");
	for (size_t i = 0; i < 9; i++)
		if (!next_u64(&line, &field[i]))
			return false;
	*run += field[6];
	*wait += field[7];
	return true;
}

bool procfs_schedstat_cpus(const char *text, uint64_t *run_ns, uint64_t *wait_ns)
{
	uint64_t version, run = 0, wait = 0;
	bool any = false;

	if (!procfs_number(text, "version", &version) || version < 14)
		return false;
	for (; text; text = next_line(text)) {
		if (strncmp(text, "cpu", 3) != 0)
			continue;
		if (!schedstat_cpu(text, &run, &wait))
			return false;
		any = true;
	}
	if (!any)
		return false;
	*run_ns = run;
	*wait_ns = wait;
	return true;
}

bool procfs_cpu(const char *text, struct procfs_cpu *out)
{
	enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, COUNT };
	uint64_t field[COUNT];

	if (strncmp(text, "cpu ", 4) != 0)
		return false;
	text += 4;
	for (size_t i = 0; i < COUNT; i++)
		if (!next_u64(&text, &field[i]))
			return false;
	out->busy_ticks = field[USER] + field[NICE] + field[SYSTEM] + field[IRQ] + field[SOFTIRQ];
	out->idle_ticks = field[IDLE] + field[IOWAIT];
	out->steal_ticks = field[STEAL];
	return true;
}

/* "0.53" without the locale's decimal point, which strtod would obey. */
static bool parse_decimal(const char *text, double *value)
{
	uint64_t whole, part;
	const char *digits;
	double scale = 1;

	if (!next_u64(&text, &whole))
		return false;
	*value = (double)whole;
	if (*text != '.')
		return true;
	digits = ++text;
	if (!isdigit((unsigned char)*text) || !next_u64(&text, &part))
		return false;
	for (; digits < text; digits++)
		scale *= 10;
	*value += (double)part / scale;
	return true;
}

bool procfs_decimals(const char *text, double *value, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text += strspn(text, " ");
		if (!parse_decimal(text, &value[i]))
			return false;
		text += strcspn(text, " \n");
	}
	return true;
}

bool procfs_pressure(const char *text, double *some_avg10_pct, uint64_t *some_us)
{
	const char *avg = strstr(text, "avg10="), *total = strstr(text, "total=");
	double pct;
	uint64_t us;

	if (strncmp(text, "some ", 5) != 0 || !avg || !total)
		return false;
	total += strlen("total=");
	if (!parse_decimal(avg + strlen("avg10="), &pct) || !next_u64(&total, &us))
		return false;
	*some_avg10_pct = pct;
	*some_us = us;
	return true;
}

/* What follows "key" or "key:" at the start of a line. */
static const char *find_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = next_line(text)) {
		const char *rest = text + len;

		if (strncmp(text, key, len) != 0)
			continue;
		rest += *rest == ':';
		if (*rest == ' ' || *rest == '\t')
			return rest;
	}
	return NULL;
}

bool procfs_number(const char *text, const char *key, uint64_t *value)
{
	const char *at = find_key(text, key);

	return at && next_u64(&at, value);
}

/* What the line at text adds to the number of key; false: it is another's. */
static bool line_adds(const char *text, const char *key, uint64_t *value)
{
	size_t len = strlen(key), any = len && key[len - 1] == '*';
	uint64_t number;

	if (*text != *key || strncmp(text, key, len - any) != 0)
		return false;
	text += len - any;
	text += any ? strcspn(text, " \t\n") : 0;
	if ((*text != ' ' && *text != '\t') || !next_u64(&text, &number))
		return false;
	*value = any && *value != UNKNOWN_U64 ? *value + number : number;
	return true;
}

void procfs_numbers(const char *text, const char *const *key, uint64_t *value, size_t count)
{
	for (; text; text = next_line(text))
		for (size_t i = 0; i < count; i++)
			if (line_adds(text, key[i], &value[i]))
				break;
}

bool procfs_hex(const char *text, const char *key, uint64_t *value)
{
	const char *at = find_key(text, key);

	if (!at)
		return false;
	at += strspn(at, " \t");
	if (!isxdigit((unsigned char)*at))
		return false;
	errno = 0;
	*value = strtoull(at, NULL, 16);
	return errno == 0;
}

uint64_t procfs_kilobytes(const char *text, const char *key)
{
	uint64_t kb;

	return procfs_number(text, key, &kb) ? procfs_pages_bytes(kb, 1024) : UNKNOWN_U64;
}

uint64_t procfs_pages_bytes(uint64_t pages, uint64_t page_bytes)
{
	uint64_t bytes;

	if (pages == UNKNOWN_U64 || __builtin_mul_overflow(pages, page_bytes, &bytes))
		return UNKNOWN_U64;
	return bytes;
}

bool procfs_list_next(const char **text, uint64_t *first, uint64_t *last)
{
	if (!next_u64(text, first))
		return false;
	*last = *first;
	if (**text != '-')
		return true;
	(*text)++;
	return next_u64(text, last) && *last >= *first && *last <= INT_MAX;
}

/* The whole list: how many it holds, and whether number is one. False when it is none. */
static bool read_list(const char *text, uint64_t *count, uint64_t number, bool *has)
{
	uint64_t first, last;

	*count = 0;
	*has = false;
	while (*text != '\n' && *text != '\0') {
		if (!procfs_list_next(&text, &first, &last))
			return false;
		*count += last - first + 1;
		*has |= number >= first && number <= last;
		if (*text != ',')
			break;
		text++;
	}
	return *text == '\n' || *text == '\0';
}

bool procfs_list_count(const char *text, uint64_t *count)
{
	uint64_t n;
	bool has;

	if (!read_list(text, &n, 0, &has))
		return false;
	*count = n;
	return true;
}

bool procfs_list_has(const char *text, uint64_t number)
{
	uint64_t n;
	bool has;

	return read_list(text, &n, number, &has) && has;
}

bool procfs_cpu_flag(const char *cpuinfo, const char *word)
{
	const char *at = find_key(cpuinfo, "flags");
	size_t len = strlen(word);

	while (at && *at && *at != '\n') {
		size_t n = strcspn(at, " \t\n");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
		at += strspn(at, " \t");
	}
	return false;
}

pid_t procfs_pid(const char *name)
{
	long pid = 0;

	if (*name < '1' || *name > '9')
		return 0;
	for (; isdigit((unsigned char)*name); name++) {
		pid = pid * 10 + (*name - '0');
		if (pid > INT_MAX)
			return 0;
	}
	return *name == '\0' || *name == ' ' ? (pid_t)pid : 0;
}
