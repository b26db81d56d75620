// SPDX-License-Identifier: GPL-2.0-or-later
/* On which node a page is, by its number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/zones.h"

/* As Linux 6.1 writes it, but for most lines; node 1 has a zone without pages. */
static const char zoneinfo[] = "Node 0, zone      DMA\n"
			       "  per-node stats\n"
			       "      nr_inactive_anon 519\n"
			       "  pages free     3839\n"
			       "        spanned  4095\n"
			       "        present  3998\n"
			       "  pagesets\n"
			       "    cpu: 0\n"
			       "              count: 0\n"
			       "  node_unreclaimable:  0\n"
			       "  start_pfn:           1\n"
			       "Node 0, zone    DMA32\n"
			       "        spanned  126976\n"
			       "  start_pfn:           4096\n"
			       "Node 1, zone   Normal\n"
			       "        spanned  131072\n"
			       "  start_pfn:           131072\n"
			       "Node 1, zone  Movable\n"
			       "        spanned  0\n"
			       "        present  0\n"
			       "  start_pfn:           4096\n";

static void ranges_of_zones(void **state)
{
	static struct zones zones;

	(void)state;
	zones_parse(&zones, zoneinfo);
	assert_int_equal(zones.n, 3);
	assert_int_equal(zones_node(&zones, 0), ZONES_UNKNOWN);
	assert_int_equal(zones_node(&zones, 1), 0);
	assert_int_equal(zones_node(&zones, 4095), 0);
	assert_int_equal(zones_node(&zones, 131071), 0);
	assert_int_equal(zones_node(&zones, 131072), 1);
	assert_int_equal(zones_node(&zones, 262143), 1);
	assert_int_equal(zones_node(&zones, 262144), ZONES_UNKNOWN);
}

/* Two zones of one node may overlap, those of two nodes leave it open. */
static void where_ranges_overlap(void **state)
{
	static struct zones zones;

	(void)state;
	zones_parse(&zones, "Node 0, zone DMA\n spanned 100\n start_pfn: 0\n"
			    "Node 0, zone Normal\n spanned 100\n start_pfn: 50\n"
			    "Node 1, zone Normal\n spanned 100\n start_pfn: 120\n");
	assert_int_equal(zones_node(&zones, 60), 0);
	assert_int_equal(zones_node(&zones, 130), ZONES_UNKNOWN);
	assert_int_equal(zones_node(&zones, 160), 1);
}

static void anything_else(void **state)
{
	static const char *const text[] = { "", "\n\n\n", "Node", "Node 0, zone", "start_pfn: 5",
		"Node 0, zone\n start_pfn: 5\n", "Node 4294967295, zone\n spanned 9\n start_pfn: 1\n",
		"Node 0, zone\n spanned 9\n start_pfn: 18446744073709551615\n",
		"Node 0, zone\n spanned -1\n start_pfn: 2\n" };
	static struct zones zones;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		zones_parse(&zones, text[i]);
		assert_int_equal(zones_node(&zones, 5), ZONES_UNKNOWN);
	}
}

static void more_zones_than_there_may_be(void **state)
{
	static char text[64 * 1024];
	static struct zones zones;

	(void)state;
	for (int i = 0; i < 500; i++)
		strcat(text, "Node 3, zone DMA\n spanned 100\n start_pfn: 0\n");
	zones_parse(&zones, text);
	assert_int_equal(zones.n, ZONES_MOST);
	assert_int_equal(zones_node(&zones, 60), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_of_zones),
		cmocka_unit_test(where_ranges_overlap),
		cmocka_unit_test(anything_else),
		cmocka_unit_test(more_zones_than_there_may_be),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
