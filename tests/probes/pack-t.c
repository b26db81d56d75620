// SPDX-License-Identifier: GPL-2.0-or-later
/* Packed snapshots: nothing is lost, and what does not change takes next to nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probes/pack.h"
#include "tests/probes/snapshots.h"

/* Take what was added last, and see that it is snap again. */
static void comes_out(struct unpacker *unpacker, const struct pack_bytes *bytes, size_t from,
	const struct snapshot *snap)
{
	struct snapshot *out = snapshot_new();
	size_t len, wanted_len;
	char *text, *wanted = written(snap, &wanted_len);

	unpacker_take(unpacker, bytes->data + from, bytes->len - from);
	unpacker_get(unpacker, out);
	text = written(out, &len);
	assert_int_equal(len, wanted_len);
	assert_memory_equal(text, wanted, len);
	free(text);
	free(wanted);
	snapshot_free(out);
}

static void random_snapshots_come_out_as_they_were(void **state)
{
	struct packer *packer = packer_new();
	struct unpacker *unpacker = unpacker_new();
	struct pack_bytes bytes = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 300; i++) {
		struct snapshot *snap = snapshot_new();
		const size_t from = bytes.len;

		random_snapshot(i * 2654435761u, snap);
		if (i % 50 == 0) {
			packer_restart(packer);
			unpacker_restart(unpacker);
		}
		packer_add(packer, snap, &bytes);
		comes_out(unpacker, &bytes, from, snap);
		snapshot_free(snap);
	}
	packer_free(packer);
	packer_free(NULL);
	unpacker_free(unpacker);
	unpacker_free(NULL);
	free(bytes.data);
}

static void what_stays_takes_little(void **state)
{
	struct packer *packer = packer_new();
	struct pack_bytes bytes = { 0 };
	struct snapshot *snap = snapshot_new();
	size_t first, second;

	(void)state;
	random_snapshot(7, snap);
	snap->time_s = 1000;
	packer_add(packer, snap, &bytes);
	first = bytes.len;
	packer_add(packer, snap, &bytes);
	second = bytes.len - first;
	snap->time_s += 1;
	packer_add(packer, snap, &bytes);
	/* A skip, and a million millionths. */
	assert_in_range(bytes.len - first - second, second + 2, second + 5);
	assert_true(second * 5 < first);
	packer_free(packer);
	snapshot_free(snap);
	free(bytes.data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_snapshots_come_out_as_they_were),
		cmocka_unit_test(what_stays_takes_little),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
