// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots without names: complete, consistent, and otherwise as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/aliases.h"
#include "probes/anonymize.h"
#include "tests/probes/snapshots.h"

typedef void visitor(
	const struct schema *schema, const struct field *field, const char **at, void *arg);

/* Every string below object that is there. */
static void each_string(const struct schema *schema, void *object, visitor *visit, void *arg)
{
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];
		char *at = (char *)object + field->offset;

		if (field->kind == FIELD_STR && *(char **)at)
			visit(schema, field, (const char **)at, arg);
		if (field->kind == FIELD_OBJECT)
			each_string(field->of, at, visit, arg);
		for (size_t k = 0; field_is_list(field) &&
				   k < *(const size_t *)((char *)object + field->count_offset);
			k++)
			each_string(field->of, *(char **)at + k * field->of->size, visit, arg);
	}
}

/*
 * What is never anybody's: words of ours, of the kernel, its release among them, and of VMMs;
 * numbers and lists of CPUs.
 * Who adds one has made sure that no operator and no guest can choose what stands there.
 */
static bool is_nobodys(const char *schema, const char *field)
{
	static const char *const rows[] = { "cpuset.cpus", "disk.aio", "disk.bus", "disk.cache",
		"disk.cache_hides", "disk.dirty_source", "disk.format", "disk.guest_source",
		"disk.protocol", "disk.throttle", "disk.wait_source", "finding.pane",
		"finding.rule", "guest.source", "host.kernel", "host.thp_defrag",
		"host.thp_enabled", "host_node.cpus", "memory.host_swap_source",
		"network.guest_source", "nic.guest_source", "nic.model", "nic.qdisc", "nic.reason",
		"nic_drop.reason", "node_distance.node", "node_share.node", "pinned.configured",
		"pinned.cpus", "pinned.ids", "pinning.configured", "pinning.cpus",
		"pinning.drifter", "pinning.isolated", "pinning.real", "source.name",
		"steal.guest_source", "thp.guest_source", "vm.vcpu_source", "vm_exit.reason",
		"wait_modes.fast_kind", "wait_modes.slow_kind" };
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", schema, field);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i], name) == 0)
			return true;
	return false;
}

static void decided(const struct schema *schema)
{
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];

		if ((field->kind == FIELD_STR) != (field->identity != IDENTITY_UNDECIDED))
			fail_msg("nobody has decided what --anonymize does with %s.%s",
				schema->name, field->name);
		if (field->kind == FIELD_STR &&
			(field->identity == IDENTITY_NONE) != is_nobodys(schema->name, field->name))
			fail_msg("%s.%s: nobody's or not?", schema->name, field->name);
		if (field->of)
			decided(field->of);
	}
}

static void every_string_is_decided(void **state)
{
	(void)state;
	decided(&schema_snapshot);
}

static void read_line(struct snapshot *snap, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, file);
	struct err err = { 0 };

	assert_true(len > 0);
	if (json_read(snap, line, (size_t)len, &err) != 0)
		fail_msg("%s", err.text);
	free(line);
}

static char *json_of(const struct snapshot *snap)
{
	size_t len;

	return written(snap, &len);
}

/* What stays in the demo, for every host has it. */
static bool is_everybodys(const char *text)
{
	static const char *const words[] = { "vda", "eth0", "br0", "nvme0n1", "qemu-system-x86_64",
		"kswapd0", "kworker/3:1", "idle", "quota", "own vCPUs", "own emulator",
		"0000:3b:02.1" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return strncmp(text, "vnet", 4) == 0 && strspn(text + 4, "0123456789") == strlen(text + 4);
}

static void is_not_in(
	const struct schema *schema, const struct field *field, const char **at, void *arg)
{
	if (strstr(*at, arg))
		fail_msg("%s.%s still has \"%s\": %s", schema->name, field->name, (char *)arg, *at);
}

static void leaks_nothing_of(
	const struct schema *schema, const struct field *field, const char **at, void *arg)
{
	const char *base = strrchr(*at, '/');

	(void)schema;
	switch (field->identity) {
	case IDENTITY_UNDECIDED:
	case IDENTITY_NONE:
	case IDENTITY_TEXT:
	case IDENTITY_FINDING:
	case IDENTITY_SUBJECT:
	case IDENTITY_LAYER:
	case IDENTITY_CGROUP:
		return;
	case IDENTITY_IMAGE:
		each_string(&schema_snapshot, arg, is_not_in, (void *)(base ? base + 1 : *at));
		return;
	default:
		if (!is_everybodys(*at))
			each_string(&schema_snapshot, arg, is_not_in, (void *)*at);
	}
}

static void forget_string(
	const struct schema *schema, const struct field *field, const char **at, void *arg)
{
	(void)schema, (void)field, (void)arg;
	*at = "";
}

/* Of every snapshot of the demo, no name is left; what is no string is as it was. */
static void demo_leaks_nothing(void **state)
{
	static const char *const more[] = { "/srv", "golden", "vg0", "cc1", "web", "batch", "sql",
		"runner", "reboot", "5f0c", "52:54" };
	struct anonymizer *anonymizer = anonymizer_new(), *second = anonymizer_new();
	struct snapshot *real = snapshot_new(), *snap = snapshot_new();
	FILE *file = fopen("tests/data/snapshots/demo.jsonl", "r");
	const struct field *field;

	(void)state;
	assert_non_null(file);
	for (int line = 0; line < 8; line++) {
		struct err err = { 0 };
		char *json, *again;

		read_line(real, file);
		json = json_of(real);
		assert_int_equal(json_read(snap, json, strlen(json), &err), 0);
		free(json);
		anonymize(anonymizer, snap);
		each_string(&schema_snapshot, real, leaks_nothing_of, snap);
		for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
			each_string(&schema_snapshot, snap, is_not_in, (void *)more[i]);

		/* It can be read, and made anonymous again, which changes nothing. */
		json = json_of(snap);
		if (json_read(snap, json, strlen(json), &err) != 0)
			fail_msg("%s", err.text);
		anonymize(second, snap);
		again = json_of(snap);
		assert_string_equal(json, again);
		free(json);
		free(again);

		each_string(&schema_snapshot, real, forget_string, NULL);
		each_string(&schema_snapshot, snap, forget_string, NULL);
		field = different(&schema_snapshot, real, snap);
		if (field)
			fail_msg("%s is another", field->name);
	}
	fclose(file);
	snapshot_free(real);
	snapshot_free(snap);
	anonymizer_free(anonymizer);
	anonymizer_free(second);
}

/* Names of one moment; free with snapshot_free. */
static struct snapshot *two_vms(const char *first, const char *second)
{
	struct snapshot *snap = snapshot_new();

	snap->host.name = "kvm-07.corp.lan";
	snap->n_vm = 2;
	snap->vm = arena_array(&snap->arena, 2, sizeof(*snap->vm));
	for (size_t i = 0; i < 2; i++)
		schema_init(&schema_vm, &snap->vm[i]);
	snap->vm[0].name = first;
	snap->vm[0].key = snap->vm[0].uuid = "5f0c1eef-9a1e-4c7b-8d21-0242ac110003";
	snap->vm[1].name = second;
	snap->vm[1].key = "2100-300000";
	return snap;
}

static void names_are_the_same_everywhere(void **state)
{
	struct anonymizer *anonymizer = anonymizer_new();
	struct snapshot *snap = two_vms("web", "db");
	struct thief thieves[] = {
		{ .name = "db", .kind = THIEF_VM },
		{ .name = "db", .kind = THIEF_PROCESS },
		{ .name = "quota", .kind = THIEF_QUOTA },
		{ .name = "gone", .kind = THIEF_VM },
	};
	struct occupant both[] = { { "web" }, { "java" } };
	struct cpu_load loads[] = { { .names = both, .n_names = 2 },
		{ .names = both, .n_names = 2 } }; /* one list of two */
	struct disk disk;
	struct finding finding = { .vm = "web",
		.vm_key = snap->vm[0].key,
		.subject = "disk w",
		.text = "on kvm-07: 61% to db" };

	(void)state;
	schema_init(&schema_disk, &disk);
	disk.name = "disk";
	disk.image = "/srv/web.qcow2";
	snap->vm[0].steal.thief = thieves;
	snap->vm[0].steal.n_thief = 4;
	snap->vm[0].pinning.sharer = "db";
	snap->vm[0].memory.verdict_reason = "db has /srv/web.qcow2 of kvm-07.corp.lan";
	snap->vm[0].disk = &disk;
	snap->vm[0].n_disk = 1;
	snap->vm[1].title = "web";
	snap->cpu_load = loads;
	snap->n_cpu_load = 2;
	snap->finding = &finding;
	snap->n_finding = 1;
	anonymize(anonymizer, snap);
	assert_string_equal(snap->host.name, "host-1");
	assert_string_equal(snap->vm[0].name, "vm-1");
	assert_string_equal(snap->vm[0].key, "uuid-1");
	assert_string_equal(snap->vm[0].uuid, "uuid-1");
	assert_string_equal(snap->vm[1].name, "vm-2");
	assert_string_equal(snap->vm[1].key, "2100-300000");
	assert_null(snap->vm[1].uuid);
	assert_string_equal(snap->vm[1].title, "title-1");
	assert_string_equal(snap->vm[0].pinning.sharer, "vm-2");
	assert_string_equal(
		snap->vm[0].memory.verdict_reason, "vm-2 has /path-1/file-1.qcow2 of host-1");
	assert_string_equal(snap->vm[0].disk[0].image, "/path-1/file-1.qcow2");
	assert_string_equal(snap->vm[0].steal.thief[0].name, "vm-2");
	assert_string_equal(snap->vm[0].steal.thief[1].name, "proc-1");
	assert_string_equal(snap->vm[0].steal.thief[2].name, "quota");
	assert_string_equal(snap->vm[0].steal.thief[3].name, "vm-3");
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(snap->cpu_load[i].names[0].name, "vm-1");
		assert_string_equal(snap->cpu_load[i].names[1].name, "proc-2");
	}
	assert_string_equal(snap->finding[0].vm, "vm-1");
	assert_string_equal(snap->finding[0].vm_key, "uuid-1");
	assert_string_equal(snap->finding[0].subject, "disk w"); /* QEMU calls it so, too */
	assert_string_equal(snap->finding[0].text, "on host-1: 61% to vm-2");
	assert_string_equal(both[0].name, "web"); /* what the list was of is as it was */
	snapshot_free(snap);

	/* The next one has others, in another order. */
	snap = two_vms("gone", "web");
	snap->vm[0].key = "5f0c1eef-9a1e-4c7b-8d21-0242ac110004";
	anonymize(anonymizer, snap);
	assert_string_equal(snap->vm[0].name, "vm-3");
	assert_string_equal(snap->vm[0].key, "uuid-2");
	assert_string_equal(snap->vm[1].name, "vm-1");
	snapshot_free(snap);
	anonymizer_free(anonymizer);
}

/* Names that are words, patterns or parts of each other. */
static void any_name_may_be_a_name(void **state)
{
	static const struct {
		const char *first, *second, *reason, *expected;
	} cases[] = {
		{ "a", "vm", "a vm waits for a disk", "a vm waits for a disk" },
		{ "vm-2", "vm-1", "vm-1 and vm-2", "vm-2 and vm-1" },
		{ "web", "web-03", "web-03 web, web-033", "vm-2 vm-1, web-033" },
		{ "my db", "my db two", "my db two or my db", "vm-2 or vm-1" },
		{ "[a-z]*", "\\(x\\)|.", "[a-z]* or \\(x\\)|. or x", "vm-1 or vm-2 or x" },
		{ "\xc3\xbc", "\xe6\x97\xa5\xe6\x9c\xac",
			"\xe6\x97\xa5\xe6\x9c\xac \xc3\xbc x\xc3\xbc", "vm-2 vm-1 x\xc3\xbc" },
		{ "", "%s%n", "%s%n", "vm-1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct anonymizer *anonymizer = anonymizer_new();
		struct snapshot *snap = two_vms(cases[i].first, cases[i].second);

		snap->vm[0].state_reason = cases[i].reason;
		anonymize(anonymizer, snap);
		assert_string_equal(snap->vm[0].state_reason, cases[i].expected);
		snapshot_free(snap);
		anonymizer_free(anonymizer);
	}
}

static void renames_a_thousand(void **state)
{
	enum { VMS = 1000 };
	struct anonymizer *anonymizer = anonymizer_new();
	struct snapshot *snap = snapshot_new();
	bool seen[VMS + 1] = { false };

	(void)state;
	snap->n_vm = VMS;
	snap->vm = arena_array(&snap->arena, VMS, sizeof(*snap->vm));
	for (size_t i = 0; i < VMS; i++) {
		struct vm *vm = &snap->vm[i];

		schema_init(&schema_vm, vm);
		vm->name = arena_printf(&snap->arena, "web-%zu", i);
		vm->key = arena_printf(&snap->arena, "key of %zu", i);
		vm->state_reason =
			arena_printf(&snap->arena, "web-%zu waits for web-%zu", i, VMS - 1 - i);
	}
	anonymize(anonymizer, snap);
	for (size_t i = 0; i < VMS; i++) {
		unsigned number = 0, own = 0, other = 0;

		assert_int_equal(sscanf(snap->vm[i].name, "vm-%u", &number), 1);
		assert_true(number >= 1 && number <= VMS && !seen[number]);
		seen[number] = true;
		assert_int_equal(
			sscanf(snap->vm[i].state_reason, "vm-%u waits for vm-%u", &own, &other), 2);
		assert_int_equal(own, number);
		assert_int_equal(other, VMS + 1 - number);
	}
	snapshot_free(snap);
	anonymizer_free(anonymizer);
}

static void tell_all(
	const struct schema *schema, const struct field *field, const char **at, void *arg)
{
	(void)schema, (void)arg;
	if (field->identity != IDENTITY_NONE && field->identity != IDENTITY_THIEF)
		*at = "secret-web";
}

/* Wherever the name of a VM stands: no kind of field lets it through. */
static void no_field_lets_a_name_through(void **state)
{
	struct anonymizer *anonymizer = anonymizer_new();
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		random_snapshot(seed, snap);
		each_string(&schema_snapshot, snap, tell_all, NULL);
		anonymize(anonymizer, snap);
		each_string(&schema_snapshot, snap, is_not_in, (void *)"secret");
	}
	snapshot_free(snap);
	anonymizer_free(anonymizer);
}

/* Any strings in any field: it ends, stays readable, and leaves numbers alone. */
static void random_snapshots_keep_their_numbers(void **state)
{
	struct anonymizer *anonymizer = anonymizer_new();
	struct snapshot *real = snapshot_new(), *snap = snapshot_new();

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		const struct field *field;
		struct err err = { 0 };
		char *json;

		random_snapshot(seed, real);
		random_snapshot(seed, snap);
		anonymize(anonymizer, snap);
		json = json_of(snap);
		if (json_read(snap, json, strlen(json), &err) != 0)
			fail_msg("seed %d: %s", (int)seed, err.text);
		free(json);
		each_string(&schema_snapshot, real, forget_string, NULL);
		each_string(&schema_snapshot, snap, forget_string, NULL);
		field = different(&schema_snapshot, real, snap);
		if (field)
			fail_msg("seed %d: %s is another", (int)seed, field->name);
	}
	snapshot_free(real);
	snapshot_free(snap);
	anonymizer_free(anonymizer);
}

/* Processes come and go for months; a VM that is seen each time keeps its number. */
static void old_names_are_forgotten(void **state)
{
	enum { EACH = 500, SNAPSHOTS = 200, BOUND = 20000 };
	struct aliases *aliases = aliases_new();
	char name[32], first[32];

	(void)state;
	aliases_next(aliases);
	alias_of(aliases, ALIAS_VM, "web", 3);
	snprintf(first, sizeof(first), "%s", alias_of(aliases, ALIAS_PROCESS, "job 0", 5));
	for (int i = 0; i < SNAPSHOTS; i++) {
		aliases_next(aliases);
		assert_string_equal(alias_of(aliases, ALIAS_VM, "web", 3), "vm-1");
		for (int k = 0; k < EACH; k++) {
			snprintf(name, sizeof(name), "job %d", i * EACH + k);
			alias_of(aliases, ALIAS_PROCESS, name, strlen(name));
		}
		assert_true(aliases_count(aliases) < BOUND);
	}
	/* Its number is not given again. */
	assert_string_not_equal(alias_of(aliases, ALIAS_PROCESS, "job 0", 5), first);
	aliases_free(aliases);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_string_is_decided),
		cmocka_unit_test(demo_leaks_nothing),
		cmocka_unit_test(names_are_the_same_everywhere),
		cmocka_unit_test(any_name_may_be_a_name),
		cmocka_unit_test(renames_a_thousand),
		cmocka_unit_test(no_field_lets_a_name_through),
		cmocka_unit_test(random_snapshots_keep_their_numbers),
		cmocka_unit_test(old_names_are_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("anonymize", tests, NULL, NULL);
}
