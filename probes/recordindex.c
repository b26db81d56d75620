// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/recordindex.h"

#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "probes/schema_rows.h"

enum { LINES_MOST = RECORD_LINES_MOST * 10 };

static const struct field record_line_fields[] = {
	F64(record_line, time_s, "When the snapshot was made, in seconds since 1970."),
	U64(record_line, bytes, "Its length, with the newline."),
	U64(record_line, crc32, "The CRC-32 of these bytes."),
};
static SCHEMA(record_line, record_line_fields, "A line of the frame.");

static const struct field span_fields[] = {
	STR(span, pane, NONE, "The pane whose rule found it."),
	STR(span, rule, NONE, "The rule."),
	STR(span, vm, VM, "The name of the VM; null when the host is meant."),
	STR(span, vm_key, UUID, "The key of the VM."),
	STR(span, subject, SUBJECT, "The part of the VM; null when the whole VM is meant."),
	STR(span, text, FINDING, "What it said when it was at its worst."),
	ENUM(span, severity, severity, "How bad it was at its worst."),
	ENUM(span, verdict, verdict, "The verdict then."),
	F64(span, begin_s, "When it began, in seconds since 1970."),
	F64(span, first_s, "The time of the first of these lines that has it."),
	F64(span, end_s, "The time of the newest of these lines that has it."),
	F64(span, worst_s, "The time of the first in which it was at its worst."),
};
static SCHEMA(span, span_fields, "A finding of some of these lines.");

static const struct field record_index_fields[] = {
	U64(record_index, parallax_index, "The version of this index: 1."),
	U64(record_index, frame_bytes, "The length of the frame before it."),
	LIST_OF(record_index, lines, record_line, FIELD_ARRAY, LINES_MOST, "Its lines."),
	LIST_OF(record_index, findings, span, FIELD_ARRAY, SPANS_MOST, "The findings in them."),
};
SCHEMA(record_index, record_index_fields, "What stands in a frame of a recording.");

/* By the reversed polynomial, eight tables, so that a snapshot of 200 VMs takes 2 ms. */
enum { TABLES = 8 };
static uint32_t table[TABLES][256];

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
		table[0][i] = crc;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < TABLES; k++)
			table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff];
}

static uint32_t eight_bytes(uint32_t crc, const unsigned char *at)
{
	uint32_t low, high;

	memcpy(&low, at, 4);
	memcpy(&high, at + 4, 4);
	low = le32toh(low) ^ crc;
	high = le32toh(high);
	return table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
	       table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
	       table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
}

uint32_t record_crc32(uint32_t crc, const void *data, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *at = data;

	pthread_once(&once, make_tables);
	crc = ~crc;
	for (; len >= 8; len -= 8, at += 8)
		crc = eight_bytes(crc, at);
	for (; len; len--, at++)
		crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xff];
	return ~crc;
}

static void put_u32(char *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get_u32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static char *append(struct json_text *out, size_t len)
{
	out->data = xgrow(out->data, out->len + len, &out->size, 1);
	out->len += len;
	return out->data + out->len - len;
}

void record_index_print(struct json_text *out, const struct record_index *index)
{
	const size_t head = out->len;
	size_t json_bytes;
	char *foot;

	append(out, RECORD_HEAD);
	json_print(out, &schema_record_index, index);
	json_bytes = out->len - head - RECORD_HEAD;
	foot = append(out, RECORD_FOOT);
	put_u32(out->data + head, RECORD_MAGIC);
	put_u32(out->data + head + 4, (uint32_t)(json_bytes + RECORD_FOOT));
	put_u32(foot, (uint32_t)json_bytes);
	put_u32(foot + 4, record_crc32(0, foot - json_bytes, json_bytes));
	memcpy(foot + 8, RECORD_SIGNATURE, 8);
}

bool record_foot(const char *end, size_t at_hand, size_t *json_bytes, uint32_t *crc)
{
	if (at_hand < RECORD_FOOT || memcmp(end - 8, RECORD_SIGNATURE, 8) != 0)
		return false;
	*json_bytes = get_u32(end - RECORD_FOOT);
	*crc = get_u32(end - RECORD_FOOT + 4);
	return true;
}

int record_index_read(
	struct record_index *index, struct arena *arena, const char *json, size_t len, uint32_t crc)
{
	if (record_crc32(0, json, len) != crc ||
		json_read_object(arena, &schema_record_index, index, json, len, NULL) < 0)
		return -EBADMSG;
	return index->parallax_index == RECORD_VERSION ? 0 : -ENOTSUP;
}
