// SPDX-License-Identifier: GPL-2.0-or-later
/* When a guest is asked for its memory, and what is told of it when it does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/agentmem.h"

#define S 1000000000ull

static uint64_t mono_ns(void *arg)
{
	return *(uint64_t *)arg;
}

struct bench {
	uint64_t now_ns;
	struct clock clock;
	struct agent_line line;
	struct agentmem mem;
	struct arena arena;
};

static int setup(void **state)
{
	static struct bench b;

	memset(&b, 0, sizeof(b));
	b.now_ns = 1000 * S;
	b.clock = (struct clock){ .mono_ns = mono_ns, .arg = &b.now_ns };
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	arena_release(&((struct bench *)*state)->arena);
	return 0;
}

static struct agent_reading filled(struct bench *b)
{
	struct agent_reading reading = { .uuid = "" };

	agentmem_fill(&b->mem, &b->arena, &reading);
	return reading;
}

/* As if its files had been read. */
static void answer(struct bench *b, uint64_t total_bytes)
{
	b->mem.turn.asked = true;
	agentturn_note(&b->mem.turn, NULL, 0);
	b->mem.next =
		(struct guest_memory_reading){ .at_ns = b->now_ns, .total_bytes = total_bytes };
	agentmem_done(&b->mem, b->now_ns);
}

static void ask_without_files(struct bench *b)
{
	agentturn_prepare(&b->mem.turn, b->now_ns);
	agentmem_ask(&b->mem, &b->line, false, &b->clock);
}

static void nothing_is_known_at_first(void **state)
{
	struct agent_reading reading = filled(*state);

	assert_int_equal(reading.memory.at_ns, 0);
	assert_int_equal(reading.memory_status.state, SOURCE_UNAVAILABLE);
	assert_string_equal(reading.memory_status.reason, "not answered yet");
}

static void an_agent_without_files_says_so_and_is_asked_less_often(void **state)
{
	static const unsigned wait_s[] = { 30, 60, 120, 240, 480, 600, 600 };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(wait_s) / sizeof(wait_s[0]); i++) {
		ask_without_files(b);
		assert_true(b->mem.turn.asked && !b->mem.turn.ok);
		agentmem_done(&b->mem, b->now_ns);
		assert_non_null(strstr(filled(b).memory_status.reason, "guest-file-*"));
		assert_int_equal(filled(b).memory_status.state, SOURCE_UNAVAILABLE);
		b->now_ns += wait_s[i] * S - 1;
		ask_without_files(b);
		assert_false(b->mem.turn.asked);
		agentmem_done(&b->mem, b->now_ns);
		b->now_ns++;
	}
}

static void it_is_asked_every_ten_seconds(void **state)
{
	struct bench *b = *state;

	answer(b, 7);
	assert_in_range(b->mem.turn.due_ns - b->now_ns, 9 * S, 10 * S);
	assert_int_equal(filled(b).memory_status.state, SOURCE_OK);
	assert_null(filled(b).memory_status.reason);
	assert_int_equal(filled(b).memory.total_bytes, 7);
	assert_int_equal(filled(b).memory_before.at_ns, 0);
	b->now_ns += 10 * S;
	answer(b, 8);
	assert_int_equal(filled(b).memory.total_bytes, 8);
	assert_int_equal(filled(b).memory_before.total_bytes, 7);
}

static void what_was_known_is_old_once_it_fails(void **state)
{
	struct bench *b = *state;

	answer(b, 7);
	b->now_ns += 10 * S;
	ask_without_files(b);
	agentmem_done(&b->mem, b->now_ns);
	assert_int_equal(filled(b).memory_status.state, SOURCE_STALE);
	assert_non_null(strstr(filled(b).memory_status.reason, "guest-file-*"));
	assert_int_equal(filled(b).memory.total_bytes, 7);
	/* And is right again, and asked as often as before, with the next answer. */
	answer(b, 9);
	assert_int_equal(filled(b).memory_status.state, SOURCE_OK);
	assert_in_range(b->mem.turn.due_ns - b->now_ns, 9 * S, 10 * S);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_known_at_first),
		TEST(an_agent_without_files_says_so_and_is_asked_less_often),
		TEST(it_is_asked_every_ten_seconds),
		TEST(what_was_known_is_old_once_it_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("agentmem", tests, NULL, NULL);
}
