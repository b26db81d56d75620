// SPDX-License-Identifier: GPL-2.0-or-later
/* The line to a guest's agent: how long a call may last, and that no file stays open in the guest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libvirt/libvirt-qemu.h>

#include "probes/agentline.h"
#include "probes/qga.h"

#define S 1000000000ull

/* An agent that gives handles 1, 2, ..., and whose files never end. */
static struct {
	uint64_t now_ns, takes_ns;
	bool silent;
	int64_t last;	/* handle that it gave */
	unsigned open;	/* by bit */
	unsigned asked; /* commands */
} guest;

static const char *reply_to(const char *cmd)
{
	static char reply[80];
	const char *handle = strstr(cmd, "\"handle\":");

	if (strstr(cmd, "guest-file-open")) {
		guest.open |= 1u << ++guest.last;
		snprintf(reply, sizeof(reply), "{\"return\":%lld}", (long long)guest.last);
		return reply;
	}
	if (strstr(cmd, "guest-file-close")) {
		guest.open &= ~(1u << strtoul(handle + strlen("\"handle\":"), NULL, 10));
		return "{\"return\":{}}";
	}
	return "{\"return\":{\"count\":1,\"buf-b64\":\"YQ==\",\"eof\":false}}";
}

/* In the place of libvirt's. */
char *virDomainQemuAgentCommand(
	virDomainPtr domain, const char *cmd, int timeout, unsigned int flags)
{
	(void)domain;
	assert_int_equal(timeout, AGENTLINE_CALL_S);
	assert_int_equal(flags, 0);
	guest.asked++;
	guest.now_ns += guest.silent ? AGENTLINE_CALL_S * S : guest.takes_ns;
	return guest.silent ? NULL : strdup(reply_to(cmd));
}

static uint64_t mono_ns(void *arg)
{
	(void)arg;
	return guest.now_ns;
}

static const struct clock watch = { .mono_ns = mono_ns };
static struct agent_line line;
static char text[QGA_FILE_MAX + 1];

static int setup(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	memset(&line, 0, sizeof(line));
	guest.now_ns = 1000 * S;
	agentline_begin(&line, NULL, &watch);
	return 0;
}

static void what_is_opened_is_closed(void **state)
{
	(void)state;
	assert_int_equal(agentline_slurp(&line, "/proc/stat", text), -EPROTO);
	assert_int_equal(guest.last, 1);
	assert_int_equal(guest.open, 0);
	assert_non_null(strstr(line.err.text, "too small pieces"));
}

/* 0.9 s a command: it answers each in time, and not all. */
static void a_slow_one_is_left_in_time(void **state)
{
	(void)state;
	guest.takes_ns = 9 * S / 10;
	assert_int_equal(agentline_slurp(&line, "/proc/stat", text), -ETIMEDOUT);
	assert_in_range(guest.now_ns, 1000 * S + AGENTLINE_ALL_S * S,
		1000 * S + (AGENTLINE_ALL_S + 1) * S);
	assert_non_null(strstr(line.err.text, "too slowly"));
	assert_int_equal(agentline_slurp(&line, "/proc/stat", text), -ETIMEDOUT);
	assert_int_equal(guest.asked, 9);
}

static void what_stayed_open_is_closed_by_the_next_call(void **state)
{
	int64_t handle;

	(void)state;
	assert_int_equal(agentline_open(&line, "/proc/stat", &handle), 0);
	guest.takes_ns = 9 * S / 10;
	assert_int_equal(agentline_slurp(&line, "/proc/meminfo", text), -ETIMEDOUT);
	agentline_leave(&line, handle);
	assert_int_equal(guest.open, 1u << 1 | 1u << 2);

	/* Silence costs no more for what is open. */
	agentline_begin(&line, NULL, &watch);
	guest.silent = true;
	guest.asked = 0;
	assert_true(agentline_open(&line, "/proc/stat", &handle) < 0);
	assert_int_equal(guest.asked, 1);
	guest.silent = false;
	guest.takes_ns = 0;
	agentline_begin(&line, NULL, &watch);
	assert_int_equal(agentline_open(&line, "/proc/stat", &handle), 0);
	assert_int_equal(guest.open, 1u << handle);
}

static void it_is_left_alone_longer_each_time(void **state)
{
	static const unsigned wait_s[] = { 30, 60, 120, 240, 480, 600, 600 };

	(void)state;
	for (unsigned i = 0; i < sizeof(wait_s) / sizeof(wait_s[0]); i++)
		assert_int_equal(agentline_back_off_ns(i), wait_s[i] * S);
	assert_int_equal(agentline_back_off_ns(UINT32_MAX), 600 * S);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_opened_is_closed),
		TEST(a_slow_one_is_left_in_time),
		TEST(what_stayed_open_is_closed_by_the_next_call),
		TEST(it_is_left_alone_longer_each_time),
	};

	virInitialize(); /* its last error is asked for */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("agentline", tests, NULL, NULL);
}
