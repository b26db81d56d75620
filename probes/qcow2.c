// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qcow2.h"

#include <stdint.h>
#include <string.h>

/* docs/interop/qcow2.txt of QEMU. */
static const uint32_t MAGIC = 0x514649fb, EXTENSION_END = 0, EXTENSION_FORMAT = 0xe2792aca;
enum {
	VERSION_AT = 4,
	BACKING_AT = 8,
	BACKING_LEN_AT = 16,
	HEADER_LEN_AT = 100,
	V2_BYTES = 72,
	V3_LEAST = 104
};

static uint32_t be32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* False: it does not lie in what was read. */
static bool copy(
	char *out, size_t size, const unsigned char *bytes, size_t len, uint64_t from, uint64_t n)
{
	if (from > len || n > len - from || n >= size || memchr(bytes + from, '\0', n))
		return false;
	memcpy(out, bytes + from, n);
	out[n] = '\0';
	return true;
}

/* Extensions are a type, a length, and as many bytes in eights. */
static void find_format(
	const unsigned char *bytes, size_t len, size_t at, struct qcow2_backing *out)
{
	while (at + 8 <= len) {
		uint32_t type = be32(bytes + at), size = be32(bytes + at + 4);

		if (type == EXTENSION_END || size > len)
			return;
		if (type == EXTENSION_FORMAT) {
			copy(out->format, sizeof(out->format), bytes, len, at + 8, size);
			return;
		}
		at += 8 + (size + 7) / 8 * 8;
	}
}

bool qcow2_parse(const unsigned char *bytes, size_t len, struct qcow2_backing *out)
{
	uint64_t from;
	uint32_t version, size, header = V2_BYTES;

	*out = (struct qcow2_backing){ .name = "" };
	if (len < V2_BYTES || be32(bytes) != MAGIC)
		return false;
	version = be32(bytes + VERSION_AT);
	if (version >= 3 && len >= V3_LEAST)
		header = be32(bytes + HEADER_LEN_AT);
	if (version < 2 || header < V2_BYTES || header > len)
		return false;
	from = (uint64_t)be32(bytes + BACKING_AT) << 32 | be32(bytes + BACKING_AT + 4);
	size = be32(bytes + BACKING_LEN_AT);
	if (from == 0 || size == 0)
		return true;
	if (!copy(out->name, sizeof(out->name), bytes, len, from, size))
		return false;
	find_format(bytes, len, header, out);
	return true;
}
