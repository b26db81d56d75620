// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of any bytes: what is read can be written, and then goes round without loss. */
#include "tests/probes/snapshots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_clean(const char *line)
{
	unsigned cp = 0;

	for (size_t n; *line && *line != '\n'; line += n) {
		n = text_utf8_next(line, strlen(line) < 4 ? strlen(line) : 4, &cp);
		if (n == 0 || !text_printable(cp))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snapshot *first = snapshot_new(), *second = snapshot_new();
	struct err err = { 0 };
	char *bytes = malloc(size ? size : 1), *line, *again; /* to its size: an overrun is seen */
	size_t len;

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	if (json_read(first, bytes, size, &err) == 0) {
		line = written(first, &len);
		if (!is_clean(line) || json_read(second, line, len, &err) != 0 ||
			different(&schema_snapshot, first, second))
			abort();
		again = written(second, &len);
		if (strcmp(line, again) != 0)
			abort();
		free(line);
		free(again);
	} else if (err.code == 0 || !*err.text || strchr(err.text, '\033')) {
		abort();
	}
	free(bytes);
	snapshot_free(first);
	snapshot_free(second);
	return 0;
}
