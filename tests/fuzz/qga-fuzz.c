// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/guestmem.h"
#include "probes/qga.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a guest says must never come through: sentences are ours. */
static void check(const struct err *err)
{
	for (const char *s = err->text; *s; s++)
		if (*s < ' ' || *s > '~')
			abort();
}

/* Each of the two files may be anything; what is told is a figure that can be multiplied. */
static void check_memory(const char *text)
{
	static const char sane[] = "MemTotal: 1024 kB\nMemFree: 8 kB\nnr_free_pages 2\n";
	const char *file[] = { text, sane };
	struct err err = { 0 };

	for (size_t i = 0; i < 4; i++) {
		struct guest_memory_reading out = { .at_ns = 7 };

		if (guestmem_parse(file[i % 2], file[i / 2], &out, &err) < 0) {
			if (!err.text[0] || out.total_bytes)
				abort();
		} else if (out.at_ns != 7 || out.total_bytes > 1ull << 56) {
			abort();
		}
		check(&err);
	}
}

/* Names are of characters that are harmless in a path and on a screen. */
static void check_name(const char *name)
{
	if (!name[0] || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				     "._-:!") != strlen(name))
		abort();
}

static void check_devices(const char *text)
{
	struct guest_devices out = { 0 };
	struct err err = { 0 };

	if (qga_interfaces(text, &out.nic, &out.n_nic, &err) == 0)
		for (size_t i = 0; i < out.n_nic; i++)
			check_name(out.nic[i].name);
	check(&err);
	if (qga_diskstats(text, &out.disk, &out.n_disk, &err) == 0)
		for (size_t i = 0; i < out.n_disk; i++)
			check_name(out.disk[i].name);
	check(&err);
	free(out.disk);
	if (qga_proc_diskstats(text, &out.disk, &out.n_disk, &err) == 0)
		for (size_t i = 0; i < out.n_disk; i++)
			check_name(out.disk[i].name);
	check(&err);
	guestdev_parse_dev(text, out.nic, out.n_nic);
	guestdev_parse_net(text, text, &out);
	guestdev_parse_number(text);
	guestdev_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char file[QGA_FILE_MAX + 1];
	char *text = malloc(size + 1);
	struct err err = { 0 };
	struct guest_cpu *cpu;
	struct qga_info info;
	int64_t handle;
	size_t n, len = size % 7;
	bool eof;

	memcpy(text, data, size);
	text[size] = '\0';
	qga_info(text, &info, &err);
	check(&err);
	if (qga_cpustats(text, &cpu, &n, &err) == 0 && n == 0)
		abort();
	free(cpu);
	check(&err);
	qga_handle(text, &handle, &err);
	if (qga_read(text, file, &len, &eof, &err) == 0 && (len > QGA_FILE_MAX || file[len]))
		abort();
	check(&err);
	if (qga_proc_stat(text, &cpu, &n, &err) == 0 && n == 0)
		abort();
	free(cpu);
	check(&err);
	check_memory(text);
	check_devices(text);
	free(text);
	return 0;
}
