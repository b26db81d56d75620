// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/qga.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a guest says must never come through: sentences are ours. */
static void check(const struct err *err)
{
	for (const char *s = err->text; *s; s++)
		if (*s < ' ' || *s > '~')
			abort();
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
	free(text);
	return 0;
}
