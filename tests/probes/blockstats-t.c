// SPDX-License-Identifier: GPL-2.0-or-later
/* What libvirt says of QEMU's disks, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/blockstats.h"

enum { FIELDS_MOST = 64 };

struct record {
	virTypedParameter param[FIELDS_MOST];
	virDomainStatsRecord record;
};

static void put(struct record *record, const char *field, unsigned long long value)
{
	virTypedParameterPtr param = &record->param[record->record.nparams++];

	record->record.params = record->param;
	snprintf(param->field, sizeof(param->field), "%s", field);
	param->type = VIR_TYPED_PARAM_ULLONG;
	param->value.ul = value;
}

static void put_uint(struct record *record, const char *field, unsigned value)
{
	put(record, field, 0);
	record->param[record->record.nparams - 1].type = VIR_TYPED_PARAM_UINT;
	record->param[record->record.nparams - 1].value.ui = value;
}

static void put_text(struct record *record, const char *field, const char *text)
{
	put(record, field, 0);
	record->param[record->record.nparams - 1].type = VIR_TYPED_PARAM_STRING;
	record->param[record->record.nparams - 1].value.s = (char *)text;
}

static void counters_by_name(void **state)
{
	struct record record = { .record = { .nparams = 0 } };
	struct arena arena = { 0 };
	struct block_counters *block;
	struct blockstats stats;

	(void)state;
	put_uint(&record, "block.count", 2);
	put_text(&record, "block.0.name", "vda");
	put_text(&record, "block.0.path", "/img/\033[2Jx");
	put_uint(&record, "block.0.backingIndex", 3);
	put(&record, "block.0.rd.reqs", 1);
	put(&record, "block.0.rd.bytes", 2);
	put(&record, "block.0.rd.times", 3);
	put(&record, "block.0.wr.reqs", 4);
	put(&record, "block.0.wr.bytes", 5);
	put(&record, "block.0.wr.times", 6);
	put(&record, "block.0.fl.reqs", 7);
	put(&record, "block.0.fl.times", 8);
	put(&record, "block.0.errors", 9);
	put(&record, "block.0.capacity", 10);
	put(&record, "block.0.physical", 11);
	put(&record, "block.0.new.field", 12);
	put(&record, "block.7.rd.reqs", 13);
	put(&record, "block.x.rd.reqs", 14);
	put_text(&record, "block.1.name", "sda");
	assert_true(blockstats_read(&record.record, &stats));
	assert_int_equal(stats.n, 2);
	block = blockstats_copy(&stats, &arena);
	blockstats_release(&stats);
	assert_string_equal(block[0].name, "vda");
	assert_string_equal(block[0].path, "/img/?[2Jx");
	assert_int_equal(block[0].backing_index, 3);
	assert_int_equal(block[0].read.requests_total, 1);
	assert_int_equal(block[0].read.bytes_total, 2);
	assert_int_equal(block[0].read.ns_total, 3);
	assert_int_equal(block[0].write.requests_total, 4);
	assert_int_equal(block[0].write.bytes_total, 5);
	assert_int_equal(block[0].write.ns_total, 6);
	assert_int_equal(block[0].flush.requests_total, 7);
	assert_int_equal(block[0].flush.ns_total, 8);
	assert_int_equal(block[0].errors_total, 9);
	assert_int_equal(block[0].capacity_bytes, 10);
	assert_int_equal(block[0].physical_bytes, 11);
	assert_string_equal(block[1].name, "sda");
	assert_true(block[1].read.requests_total == UNKNOWN_U64);
	assert_true(block[1].backing_index == UNKNOWN_U64);
	arena_release(&arena);
}

/* A monitor that was busy: names are told, counters are not. */
static void names_alone_are_no_counters(void **state)
{
	struct record record = { .record = { .nparams = 0 } };
	struct blockstats stats;

	(void)state;
	assert_false(blockstats_read(&record.record, &stats));
	put_uint(&record, "block.count", 1);
	put_text(&record, "block.0.name", "vda");
	assert_false(blockstats_read(&record.record, &stats));
	assert_int_equal(stats.n, 0);
}

static void a_vm_without_disks_has_been_read(void **state)
{
	struct record record = { .record = { .nparams = 0 } };
	struct blockstats stats;

	(void)state;
	put_uint(&record, "block.count", 0);
	assert_true(blockstats_read(&record.record, &stats));
	assert_int_equal(stats.n, 0);
	blockstats_release(&stats);
}

static void more_than_there_may_be(void **state)
{
	struct record record = { .record = { .nparams = 0 } };
	struct blockstats stats;

	(void)state;
	put_uint(&record, "block.count", 4000000000u);
	put(&record, "block.63.rd.reqs", 1);
	put(&record, "block.64.rd.reqs", 1);
	put(&record, "block.99999999999999999999.rd.reqs", 1);
	assert_true(blockstats_read(&record.record, &stats));
	assert_int_equal(stats.n, BLOCKSTATS_MOST);
	blockstats_release(&stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_by_name),
		cmocka_unit_test(names_alone_are_no_counters),
		cmocka_unit_test(a_vm_without_disks_has_been_read),
		cmocka_unit_test(more_than_there_may_be),
	};

	if (virInitialize() < 0)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
