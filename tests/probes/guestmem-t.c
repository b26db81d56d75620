// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest's kernel counts of its memory: read from its files, and made into rates. */
#include "tests/probes/derive_rig.h"

#include <math.h>
#include <stdio.h>

#include "probes/guestmem.h"

static const char meminfo[] = "MemTotal:         376488 kB\nMemFree:          309260 kB\n"
			      "MemAvailable:     309100 kB\nSwapTotal:         65532 kB\n"
			      "SwapFree:          60000 kB\nAnonHugePages:      8192 kB\n";

static const char vmstat[] = "nr_free_pages 77310\nnuma_hit 900\nnuma_miss 100\nnuma_foreign 40\n"
			     "numa_local 990\nnuma_other 10\npswpin 12\npswpout 34\n"
			     "allocstall_dma 1\nallocstall_dma32 0\nallocstall_normal 4\n"
			     "compact_stall 7\ncompact_fail 5\ncompact_success 2\n"
			     "oom_kill 3\nthp_fault_alloc 55\nthp_fault_fallback 21\n"
			     "thp_fault_fallback_charge 9\n";

static void both_files_are_read(void **state)
{
	struct guest_memory_reading out = { .at_ns = 5 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(guestmem_parse(meminfo, vmstat, &out, &err), 0);
	assert_int_equal(out.at_ns, 5);
	assert_int_equal(out.total_bytes, 376488ull << 10);
	assert_int_equal(out.free_bytes, 309260ull << 10);
	assert_int_equal(out.available_bytes, 309100ull << 10);
	assert_int_equal(out.huge_bytes, 8ull << 20);
	assert_int_equal(out.swap_total_bytes, 65532ull << 10);
	assert_int_equal(out.swap_free_bytes, 60000ull << 10);
	assert_int_equal(out.page_bytes, 4096);
	assert_int_equal(out.counter_total[GUEST_SWAP_IN_PAGES], 12);
	assert_int_equal(out.counter_total[GUEST_SWAP_OUT_PAGES], 34);
	assert_int_equal(out.counter_total[GUEST_ALLOC_STALL], 5);
	assert_int_equal(out.counter_total[GUEST_COMPACT_STALL], 7);
	assert_int_equal(out.counter_total[GUEST_COMPACT_FAIL], 5);
	assert_int_equal(out.counter_total[GUEST_OOM_KILL], 3);
	assert_int_equal(out.counter_total[GUEST_THP_ALLOC], 55);
	assert_int_equal(out.counter_total[GUEST_THP_FALLBACK], 21);
	assert_int_equal(out.counter_total[GUEST_NUMA_HIT], 900);
	assert_int_equal(out.counter_total[GUEST_NUMA_OTHER], 10);
}

static void what_a_kernel_does_not_tell_is_unknown(void **state)
{
	struct guest_memory_reading out = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(guestmem_parse("MemTotal: 5 kB\n", "nr_free_pages 1\n", &out, &err), 0);
	assert_true(out.available_bytes == UNKNOWN_U64);
	assert_true(out.page_bytes == UNKNOWN_U64);
	for (size_t i = 0; i < GUEST_COUNTERS; i++)
		assert_true(out.counter_total[i] == UNKNOWN_U64);
}

/* The page of this kernel, whatever it is, told by what is free. */
static void the_page_is_found_by_what_is_free(void **state)
{
	static const struct {
		const char *free, *pages;
		uint64_t page;
	} cases[] = {
		{ "MemFree: 16000 kB\n", "nr_free_pages 1000\n", 16384 },
		{ "MemFree: 65000 kB\n", "nr_free_pages 1000\n", 65536 },
		{ "MemFree: 4100 kB\n", "nr_free_pages 1000\n", 4096 },
		{ "MemFree: 1000 kB\n", "nr_free_pages 1000\n", UNKNOWN_U64 },
		{ "MemFree: 4000 kB\n", "nr_free_pages 0\n", UNKNOWN_U64 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct guest_memory_reading out = { 0 };
		struct err err = { 0 };
		char text[128];

		snprintf(text, sizeof(text), "MemTotal: 99999 kB\n%s", cases[i].free);
		assert_int_equal(guestmem_parse(text, cases[i].pages, &out, &err), 0);
		assert_true(out.page_bytes == cases[i].page);
	}
}

static void broken_files_are_refused(void **state)
{
	static const struct {
		const char *meminfo, *vmstat, *why;
	} cases[] = {
		{ "", vmstat, "/proc/meminfo is broken" },
		{ "cpu 1 2 3\n", vmstat, "/proc/meminfo is broken" },
		{ "MemTotal: \033[31m kB\n", vmstat, "/proc/meminfo is broken" },
		{ "MemTotal: 18446744073709551615 kB\n", vmstat, "/proc/meminfo is broken" },
		{ meminfo, "", "/proc/vmstat is broken" },
		{ meminfo, "nr_free_pages x\n", "/proc/vmstat is broken" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct guest_memory_reading out = { 0 };
		struct err err = { 0 };

		assert_true(guestmem_parse(cases[i].meminfo, cases[i].vmstat, &out, &err) < 0);
		if (!strstr(err.text, cases[i].why) || strchr(err.text, '\033'))
			fail_msg("\"%s\"", err.text);
		assert_int_equal(out.total_bytes, 0);
	}
}

static void absurd_figures_are_none(void **state)
{
	struct guest_memory_reading out = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
		guestmem_parse("MemTotal: 1 kB\nSwapTotal: 99999999999999999 kB\n",
			"nr_free_pages 1\ncompact_stall 18446744073709551614\n"
			"allocstall_a 18446744073709551615\nallocstall_b 18446744073709551615\n",
			&out, &err),
		0);
	assert_true(out.swap_total_bytes == UNKNOWN_U64);
	assert_true(out.counter_total[GUEST_COMPACT_STALL] == UNKNOWN_U64);
	assert_true(out.counter_total[GUEST_ALLOC_STALL] == UNKNOWN_U64);
}

/* A guest that was asked at 88 s and at 98 s; it is 101 s now. */
static struct agent_reading *asked(struct rig *rig)
{
	static struct agent_reading reading;
	static struct domain domains[1];
	struct err err = { 0 };

	domains[0] = domain(UUID(1), "vm", 10);
	domains[0].has_agent = true;
	set_domains(rig, LIST(domains));
	reading = (struct agent_reading){ .uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, MS },
		.memory = { .at_ns = 98 * S },
		.memory_status = { SOURCE_OK, NULL, 98 * S, MS } };
	assert_int_equal(guestmem_parse(meminfo, vmstat, &reading.memory, &err), 0);
	reading.memory_before = reading.memory;
	reading.memory_before.at_ns = 88 * S;
	rig->cur.agent = (struct agent_sample){ &reading, 1 };
	return &reading;
}

static void rates_are_of_the_guests_own_interval(void **state)
{
	struct rig *rig = *state;
	struct agent_reading *reading = asked(rig);
	uint64_t *count = reading->memory.counter_total;
	const struct guest *guest;

	count[GUEST_COMPACT_STALL] += 30;
	count[GUEST_THP_FALLBACK] += 50;
	count[GUEST_SWAP_IN_PAGES] += 1000;
	count[GUEST_OOM_KILL] += 2;
	count[GUEST_NUMA_LOCAL] += 75;
	count[GUEST_NUMA_OTHER] += 25;
	derive(rig);
	guest = &only_vm(rig)->guest;
	assert_string_equal(guest->source, "agent files");
	assert_null(guest->reason);
	NEAR(guest->age_s, 3.005);
	NEAR(guest->interval_s, 10);
	NEAR(guest->compact_stalls_per_s, 3);
	NEAR(guest->thp_fallbacks_per_s, 5);
	NEAR(guest->thp_allocs_per_s, 0);
	NEAR(guest->swap_in_bytes_per_s, 409600);
	assert_int_equal(guest->oom_kills, 2);
	assert_int_equal(guest->oom_kills_total, 5);
	NEAR(guest->numa_local_pct, 75);
	assert_true(isnan(guest->numa_hit_pct)); /* nothing was handed out */
	assert_int_equal(guest->swap_used_bytes, 5532ull << 10);
}

static void a_guest_that_began_anew_has_no_rates_yet(void **state)
{
	struct rig *rig = *state;
	struct agent_reading *reading = asked(rig);

	reading->memory.counter_total[GUEST_COMPACT_STALL] = 0;
	derive(rig);
	assert_true(isnan(only_vm(rig)->guest.compact_stalls_per_s));
	NEAR(only_vm(rig)->guest.thp_fallbacks_per_s, 0);
	reading->memory_before = (struct guest_memory_reading){ 0 };
	derive(rig);
	assert_true(isnan(only_vm(rig)->guest.interval_s));
	assert_true(isnan(only_vm(rig)->guest.thp_fallbacks_per_s));
	assert_int_equal(only_vm(rig)->guest.mem_total_bytes, 376488ull << 10);
}

static void without_an_answer_there_is_a_reason(void **state)
{
	struct rig *rig = *state;
	struct agent_reading *reading = asked(rig);

	reading->memory = (struct guest_memory_reading){ 0 };
	reading->memory_status = (struct status){ SOURCE_UNAVAILABLE,
		"its agent lets no file be read: it has guest-file-* disabled", 0, 0 };
	derive(rig);
	assert_null(only_vm(rig)->guest.source);
	assert_true(only_vm(rig)->guest.mem_total_bytes == UNKNOWN_U64);
	assert_non_null(strstr(only_vm(rig)->guest.reason, "guest-file-*"));
	rig->cur.agent.n_reading = 0;
	rig->cur.status[SECTION_AGENT] =
		(struct status){ SOURCE_OFF, "guests are not asked", 0, 0 };
	derive(rig);
	assert_string_equal(only_vm(rig)->guest.reason, "guests are not asked");
}

static void an_old_answer_says_so(void **state)
{
	struct rig *rig = *state;
	struct agent_reading *reading = asked(rig);

	reading->memory.at_ns = 60 * S;
	reading->memory_before.at_ns = 50 * S;
	derive(rig);
	NEAR(only_vm(rig)->guest.age_s, 41.005);
	assert_non_null(only_vm(rig)->guest.reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_files_are_read),
		cmocka_unit_test(what_a_kernel_does_not_tell_is_unknown),
		cmocka_unit_test(the_page_is_found_by_what_is_free),
		cmocka_unit_test(broken_files_are_refused),
		cmocka_unit_test(absurd_figures_are_none),
		TEST(rates_are_of_the_guests_own_interval),
		TEST(a_guest_that_began_anew_has_no_rates_yet),
		TEST(without_an_answer_there_is_a_reason),
		TEST(an_old_answer_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guestmem", tests, NULL, NULL);
}
