// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host lost in the seconds that a guest's figures are of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "panes/losses.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static const struct nic nic = { .name = "vnet0" }, other = { .name = "vnet1" };

/* A second in which so many were lost. */
static void second(struct losses *losses, struct snapshot *snap, double lost_per_s)
{
	snap->time_s += 1;
	snap->interval_s = 1;
	losses_add(losses, snap, "vm", &nic, lost_per_s);
	losses_sweep(losses);
}

static void the_mean_is_of_the_guests_own_seconds(void **state)
{
	struct losses *losses = losses_new();
	struct snapshot *snap = snapshot_new();

	(void)state;
	snap->time_s = 100;
	for (int i = 0; i < 20; i++) /* from 105 to 110 it loses */
		second(losses, snap, i >= 5 && i < 10 ? 1000 : 0);
	NEAR(losses_per_s(losses, "vm", &nic, 105, 110), 1000);
	NEAR(losses_per_s(losses, "vm", &nic, 102.5, 107.5), 500);
	NEAR(losses_per_s(losses, "vm", &nic, 109.5, 114.5), 100);
	NEAR(losses_per_s(losses, "vm", &nic, 112, 118), 0);
	NEAR(losses_per_s(losses, "vm", &nic, 100, 120), 250);
	NEAR(losses_per_s(losses, "vm", &nic, 108, 130), 2000 / 22.0); /* as far as it is known */
	assert_true(isnan(losses_per_s(losses, "vm", &nic, 99, 104)));
	assert_true(isnan(losses_per_s(losses, "vm", &nic, 110, 110)));
	assert_true(isnan(losses_per_s(losses, "vm", &nic, NAN, 110)));
	assert_true(isnan(losses_per_s(losses, "vm", &other, 105, 110)));
	assert_true(isnan(losses_per_s(losses, NULL, &nic, 105, 110)));
	losses_free(losses);
	snapshot_free(snap);
}

static void what_was_not_known_ends_the_past(void **state)
{
	struct losses *losses = losses_new();
	struct snapshot *snap = snapshot_new();

	(void)state;
	snap->time_s = 100;
	for (int i = 0; i < 10; i++)
		second(losses, snap, i == 5 ? NAN : 10);
	assert_true(isnan(losses_per_s(losses, "vm", &nic, 103, 108)));
	NEAR(losses_per_s(losses, "vm", &nic, 107, 110), 10);
	snap->time_s -= 50; /* a clock that was set back */
	second(losses, snap, 7);
	assert_true(isnan(losses_per_s(losses, "vm", &nic, 107, 110)));
	losses_free(losses);
	snapshot_free(snap);
}

static void only_so_much_is_kept_and_only_while_it_is_there(void **state)
{
	struct losses *losses = losses_new();
	struct snapshot *snap = snapshot_new();

	(void)state;
	snap->time_s = 0;
	for (int i = 0; i < 3 * LOSSES_POINTS; i++)
		second(losses, snap, 1);
	NEAR(losses_per_s(losses, "vm", &nic, 2 * LOSSES_POINTS + 2, 3 * LOSSES_POINTS), 1);
	assert_true(isnan(losses_per_s(losses, "vm", &nic, LOSSES_POINTS, 3 * LOSSES_POINTS)));
	losses_sweep(losses); /* a snapshot without it */
	assert_true(isnan(losses_per_s(losses, "vm", &nic, 3 * LOSSES_POINTS - 5,
		3 * LOSSES_POINTS)));
	losses_free(losses);
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mean_is_of_the_guests_own_seconds),
		cmocka_unit_test(what_was_not_known_ends_the_past),
		cmocka_unit_test(only_so_much_is_kept_and_only_while_it_is_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
