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
	free(text);
	return 0;
}
