// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of fields: complete, in words, and what is done by walking it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/schema.h"
#include "probes/snapshot.h"

static size_t size_of(const struct field *field)
{
	switch (field->kind) {
	case FIELD_F64:
		return sizeof(double);
	case FIELD_U64:
		return sizeof(uint64_t);
	case FIELD_STR:
	case FIELD_ARRAY:
	case FIELD_KEYED:
	case FIELD_MAP:
	case FIELD_PLAIN:
		return sizeof(void *);
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_ENUM:
		return sizeof(int);
	case FIELD_OBJECT:
		return field->of->size;
	}
	return 0;
}

static void for_each(const struct schema *schema, void (*visit)(const struct schema *))
{
	visit(schema);
	for (size_t i = 0; i < schema->n_field; i++)
		if (schema->field[i].of)
			for_each(schema->field[i].of, visit);
}

static void cover(char *map, size_t offset, size_t size, const char *name)
{
	for (size_t i = offset; i < offset + size; i++) {
		if (map[i])
			fail_msg("%s lies on another field", name);
		map[i] = 1;
	}
}

/* A number, string or list without its row would leave more uncovered than padding ever is. */
static void is_covered(const struct schema *schema)
{
	char *map = calloc(1, schema->size);
	size_t padding = 0, skip = schema == &schema_snapshot ? sizeof(struct arena) : 0;

	assert_non_null(map);
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];

		cover(map, field->offset, size_of(field), field->name);
		if (field_is_list(field))
			cover(map, field->count_offset, sizeof(size_t), field->name);
	}
	for (size_t i = skip; i < schema->size; i++) {
		padding = map[i] ? 0 : padding + 1;
		if (padding >= 8)
			fail_msg("struct %s has a member at %zu that no row describes",
				schema->name, i - padding + 1);
	}
	free(map);
}

static void every_member_has_its_row(void **state)
{
	(void)state;
	for_each(&schema_snapshot, is_covered);
}

static void is_documented(const struct schema *schema)
{
	assert_true(strlen(schema->doc) > 10);
	for (size_t i = 0; i < schema->n_field; i++) {
		const char *doc = schema->field[i].doc;
		size_t len = strlen(doc);

		if (len < 8 || doc[len - 1] != '.')
			fail_msg("%s.%s has no sentence", schema->name, schema->field[i].name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(schema->field[i].name, schema->field[j].name) == 0)
				fail_msg("%s.%s is there twice", schema->name,
					schema->field[i].name);
	}
}

static void every_field_has_a_sentence(void **state)
{
	(void)state;
	for_each(&schema_snapshot, is_documented);
}

static void is_keyed_by_a_string(const struct schema *schema)
{
	for (size_t i = 0; i < schema->n_field; i++)
		if (field_has_keys(&schema->field[i]))
			assert_int_equal(schema->field[i].of->field[0].kind, FIELD_STR);
}

static void keys_are_strings(void **state)
{
	(void)state;
	for_each(&schema_snapshot, is_keyed_by_a_string);
}

static size_t count_words(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static void every_value_has_its_word(void **state)
{
	(void)state;
	assert_int_equal(count_words(words_source_state), SOURCE_OK + 1);
	assert_int_equal(count_words(words_vm_accel), ACCEL_TCG + 1);
	assert_int_equal(count_words(words_vm_state), VM_STOPPED + 1);
	assert_int_equal(count_words(words_verdict), VERDICT_PHANTOM + 1);
	assert_int_equal(count_words(words_severity), SEVERITY_CRITICAL + 1);
	assert_int_equal(count_words(words_steal_clock), STEAL_CLOCK_ON + 1);
	assert_int_equal(count_words(words_gap_kind), GAP_BUSY + 1);
	assert_int_equal(count_words(words_thief_kind), THIEF_OTHERS + 1);
	assert_int_equal(count_words(words_helper_kind), HELPER_EMULATOR + 1);
	assert_string_equal(words_verdict[VERDICT_HIDDEN], "hidden");
	assert_string_equal(words_vm_state[VM_STOPPED], "stopped");
	assert_string_equal(words_source_state[SOURCE_STALE], "stale");
}

static void begins_unknown(void **state)
{
	struct snapshot *snap = snapshot_new();
	struct vm vm;

	(void)state;
	assert_int_equal(snap->parallax, SNAPSHOT_VERSION);
	assert_true(isnan(snap->time_s) && isnan(snap->host.run_pct));
	assert_true(snap->host.cpus == UNKNOWN_U64 && snap->host.vcpus_sold == UNKNOWN_U64);
	assert_null(snap->host.name);
	assert_int_equal(snap->n_vm + snap->n_source + snap->n_finding, 0);
	memset(&vm, 0x5a, sizeof(vm));
	schema_init(&schema_vm, &vm);
	assert_true(vm.key == NULL && vm.steal.guest_source == NULL && vm.steal.vcpu == NULL);
	assert_true(isnan(vm.steal.gap_pct) && vm.steal.worst_vcpu == UNKNOWN_U64);
	assert_true(vm.memory.host_swap_bytes == UNKNOWN_U64 && isnan(vm.memory.guest_age_s));
	assert_true(!vm.has_agent && vm.state == VM_UNKNOWN && vm.n_source == 0);
	snapshot_free(snap);
}

static void rounds_to_what_json_repeats(void **state)
{
	static const struct {
		double in, out;
	} cases[] = {
		{ 0, 0 },
		{ 0.1, 0.1 },
		{ 23.4123456789, 23.412346 },
		{ -23.4123456789, -23.412346 },
		{ 1e-7, 0 },
		{ 1795215148.2345678, 1795215148.234568 },
		{ 5e9 + 0.25, 5e9 },
		{ 1e300, 1e300 },
	};
	struct vcpu vcpu[2];
	struct vm vm;

	(void)state;
	schema_init(&schema_vm, &vm);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vm.steal.gap_pct = cases[i].in;
		schema_round(&schema_vm, &vm);
		assert_true(vm.steal.gap_pct == cases[i].out);
	}
	vm.steal.gap_pct = -1e-9;
	vm.steal.busy_gap_pct = INFINITY;
	vm.pid = (uint64_t)INT64_MAX + 1;
	vm.steal.vcpu = vcpu;
	vm.steal.n_vcpu = 2;
	for (int i = 0; i < 2; i++) {
		schema_init(&schema_vcpu, &vcpu[i]);
		vcpu[i].host_run_pct = 1.00000049;
		vcpu[i].host_run_ns_total = INT64_MAX;
	}
	schema_round(&schema_vm, &vm);
	assert_false(signbit(vm.steal.gap_pct));
	assert_true(isnan(vm.steal.busy_gap_pct) && vm.pid == UNKNOWN_U64);
	assert_true(vcpu[1].host_run_pct == 1 && vcpu[1].host_run_ns_total == INT64_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_has_its_row),
		cmocka_unit_test(every_field_has_a_sentence),
		cmocka_unit_test(keys_are_strings),
		cmocka_unit_test(every_value_has_its_word),
		cmocka_unit_test(begins_unknown),
		cmocka_unit_test(rounds_to_what_json_repeats),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
