// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qga_reply.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"

enum { TICK_MS = 10 };

/* More than a machine could count in a thousand years, little enough to add up. */
static const uint64_t MS_MAX = 1ull << 52;

int qga_broken(struct err *err, const char *command, const char *what)
{
	return err_set(err, -EPROTO, "the agent's answer to %s is broken: %s", command, what);
}

json_t *qga_return(const char *reply, const char *command, struct err *err)
{
	json_t *root, *value;

	if (strnlen(reply, QGA_REPLY_MAX + 1) > QGA_REPLY_MAX) {
		qga_broken(err, command, "it is larger than 1 MiB");
		return NULL;
	}
	root = json_loads(reply, JSON_REJECT_DUPLICATES, NULL);
	value = json_object_get(root, "return");
	if (!root)
		qga_broken(err, command, "it is no JSON");
	else if (json_object_get(root, "error"))
		err_set(err, -EREMOTEIO, "the agent refuses %s", command);
	else if (!value)
		qga_broken(err, command, "it returns nothing");
	json_incref(value);
	json_decref(root);
	return value;
}

int qga_info(const char *reply, struct qga_info *out, struct err *err)
{
	json_t *value = qga_return(reply, "guest-info", err), *commands, *command;
	bool open = false, read = false, seek = false;
	size_t i;

	*out = (struct qga_info){ 0 };
	if (!value)
		return err ? err->code : -EPROTO;
	commands = json_object_get(value, "supported_commands");
	if (!json_is_array(commands)) {
		json_decref(value);
		return qga_broken(err, "guest-info", "it lists no commands");
	}
	json_array_foreach(commands, i, command)
	{
		const char *name = json_string_value(json_object_get(command, "name"));

		if (!name || !json_is_true(json_object_get(command, "enabled")))
			continue;
		out->cpustats |= strcmp(name, "guest-get-cpustats") == 0;
		out->diskstats |= strcmp(name, "guest-get-diskstats") == 0;
		out->interfaces |= strcmp(name, "guest-network-get-interfaces") == 0;
		open |= strcmp(name, "guest-file-open") == 0;
		read |= strcmp(name, "guest-file-read") == 0;
		seek |= strcmp(name, "guest-file-seek") == 0;
	}
	out->file = open && read && seek;
	json_decref(value);
	return 0;
}

/* A time in ms; false: missing, no number, negative or beyond belief. */
static bool get_ms(const json_t *object, const char *key, uint64_t *ms)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*ms = (uint64_t)json_integer_value(value);
	return *ms <= MS_MAX;
}

static const char *read_cpu(const json_t *entry, struct guest_cpu *cpu)
{
	uint64_t user, nice, system, idle, iowait = 0, irq = 0, softirq = 0;
	const json_t *steal = json_object_get(entry, "steal");

	if (!get_ms(entry, "cpu", &cpu->id) || cpu->id >= QGA_CPUS_MAX)
		return "a CPU has no number";
	if (!get_ms(entry, "user", &user) || !get_ms(entry, "nice", &nice) ||
		!get_ms(entry, "system", &system) || !get_ms(entry, "idle", &idle))
		return "a CPU's times are missing or absurd";
	if ((json_object_get(entry, "iowait") && !get_ms(entry, "iowait", &iowait)) ||
		(json_object_get(entry, "irq") && !get_ms(entry, "irq", &irq)) ||
		(json_object_get(entry, "softirq") && !get_ms(entry, "softirq", &softirq)))
		return "a CPU's times are absurd";
	cpu->busy_ms_total = user + nice + system + irq + softirq;
	cpu->idle_ms_total = idle + iowait;
	cpu->steal_ms_total = UNKNOWN_U64;
	if (steal && !get_ms(entry, "steal", &cpu->steal_ms_total))
		return "a CPU's steal is absurd";
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct guest_cpu *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Sorted, none twice. */
static const char *check_cpus(struct guest_cpu *cpu, size_t n)
{
	if (n == 0)
		return "it has no CPU";
	qsort(cpu, n, sizeof(*cpu), by_id);
	for (size_t i = 1; i < n; i++)
		if (cpu[i].id == cpu[i - 1].id)
			return "a CPU is in it twice";
	return NULL;
}

static const char *read_cpus(const json_t *list, struct guest_cpu **cpu, size_t *n)
{
	const json_t *entry;
	const char *what = NULL;
	size_t i;

	if (!json_is_array(list))
		return "it is no list";
	if (json_array_size(list) > QGA_CPUS_MAX)
		return "it has too many CPUs";
	*cpu = xcalloc(json_array_size(list), sizeof(**cpu));
	json_array_foreach(list, i, entry)
	{
		const char *type = json_string_value(json_object_get(entry, "type"));

		if (type && strcmp(type, "linux") != 0)
			return "it is of another system than Linux";
		what = read_cpu(entry, &(*cpu)[(*n)++]);
		if (what)
			return what;
	}
	return check_cpus(*cpu, *n);
}

int qga_cpustats(const char *reply, struct guest_cpu **cpu, size_t *n, struct err *err)
{
	struct err own = { 0 };
	json_t *list = qga_return(reply, "guest-get-cpustats", &own);
	const char *what;

	*cpu = NULL;
	*n = 0;
	if (!list)
		return err_set(err, own.code, "%s", own.text);
	what = read_cpus(list, cpu, n);
	json_decref(list);
	if (!what)
		return 0;
	free(*cpu);
	*cpu = NULL;
	*n = 0;
	return qga_broken(err, "guest-get-cpustats", what);
}

int qga_handle(const char *reply, int64_t *handle, struct err *err)
{
	struct err own = { 0 };
	json_t *value = qga_return(reply, "guest-file-open", &own);
	int rc = 0;

	if (!value)
		return err_set(err, own.code, "%s", own.text);
	if (json_is_integer(value))
		*handle = json_integer_value(value);
	else
		rc = qga_broken(err, "guest-file-open", "the handle is no number");
	json_decref(value);
	return rc;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Strict: groups of four, padding at the end only. Returns the length, or -1. */
static ssize_t base64_decode(const char *in, size_t in_len, char *out, size_t room)
{
	size_t len = 0;

	if (in_len % 4 || in_len / 4 * 3 > room + 2)
		return -1;
	for (size_t i = 0; i < in_len; i += 4) {
		bool last = i + 4 == in_len;
		size_t pad = last ? (in[i + 3] == '=') + (in[i + 3] == '=' && in[i + 2] == '=') : 0;
		uint32_t bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int digit = k >= 4 - pad ? 0 : base64_digit(in[i + k]);

			if (digit < 0)
				return -1;
			bits = bits << 6 | (uint32_t)digit;
		}
		for (size_t k = 0; k < 3 - pad; k++) {
			if (len == room)
				return -1;
			out[len++] = (char)(bits >> (16 - 8 * k));
		}
	}
	return (ssize_t)len;
}

int qga_read(const char *reply, char *text, size_t *len, bool *eof, struct err *err)
{
	struct err own = { 0 };
	json_t *value = qga_return(reply, "guest-file-read", &own), *bytes;
	ssize_t n = -1;

	if (!value)
		return err_set(err, own.code, "%s", own.text);
	bytes = json_object_get(value, "buf-b64");
	*eof = json_is_true(json_object_get(value, "eof"));
	if (json_is_string(bytes))
		n = base64_decode(json_string_value(bytes), json_string_length(bytes), text + *len,
			QGA_FILE_MAX - *len);
	json_decref(value);
	if (n < 0)
		return qga_broken(err, "guest-file-read", "its bytes are no base64, or too many");
	/* Neither more nor the end: it would be asked for ever. */
	if (n == 0)
		*eof = true;
	*len += (size_t)n;
	text[*len] = '\0';
	return 0;
}

/* "cpu3 1 2 3 ...": the columns of one CPU. */
static bool read_line(const char *line, struct guest_cpu *cpu)
{
	uint64_t v[8];
	int n = sscanf(line,
		"cpu%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		" %" SCNu64 " %" SCNu64 " %" SCNu64,
		&cpu->id, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);

	if (n < 8 || cpu->id >= QGA_CPUS_MAX)
		return false;
	for (int i = 0; i < n - 1; i++)
		if (v[i] > MS_MAX / TICK_MS)
			return false;
	cpu->busy_ms_total = (v[0] + v[1] + v[2] + v[5] + v[6]) * TICK_MS;
	cpu->idle_ms_total = (v[3] + v[4]) * TICK_MS;
	cpu->steal_ms_total = n == 9 ? v[7] * TICK_MS : UNKNOWN_U64;
	return true;
}

int qga_proc_stat(const char *text, struct guest_cpu **cpu, size_t *n, struct err *err)
{
	const char *what = NULL;

	*n = 0;
	*cpu = NULL;
	for (const char *line = text; line && !what; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "cpu", 3) != 0 || !isdigit((unsigned char)line[3]))
			continue;
		if (*n == QGA_CPUS_MAX) {
			what = "it has too many CPUs";
			break;
		}
		if (*n % 64 == 0)
			*cpu = xrealloc_array(*cpu, *n + 64, sizeof(**cpu));
		if (!read_line(line, &(*cpu)[(*n)++]))
			what = "a CPU's line is none";
	}
	if (!what)
		what = check_cpus(*cpu, *n);
	if (!what)
		return 0;
	free(*cpu);
	*cpu = NULL;
	*n = 0;
	return err_set(err, -EPROTO, "the guest's /proc/stat is broken: %s", what);
}
