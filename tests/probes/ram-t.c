// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a VMM's mappings say that its guest's memory is, and random places in there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/ram.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)
enum { PAGE = 4096, MANY = 512 };

static void expect(const char *maps, const struct ram_range *range, size_t n)
{
	struct ram ram = { 0 };
	uint64_t bytes = 0;

	ram_parse(&ram, maps);
	assert_int_equal(ram.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ram.range[i].start, range[i].start);
		assert_int_equal(ram.range[i].bytes, range[i].bytes);
		bytes += range[i].bytes;
	}
	assert_int_equal(ram.bytes, bytes);
	ram_release(&ram);
}

#define EXPECT(maps, ...)                                                   \
	do {                                                                \
		static const struct ram_range range_[] = { __VA_ARGS__ };   \
		expect((maps), range_, sizeof(range_) / sizeof(range_[0])); \
	} while (0)

static void qemu_under_tcg(void **state)
{
	(void)state;
	/* The largest is QEMU's own code, and so are the next two the VGA's memory and a heap. */
	EXPECT("55d0c8a00000-55d0c9400000 r-xp 00355000 08:01 131 /usr/bin/qemu-system-x86_64\n"
	       "55d0cb000000-55d0cd800000 rw-p 00000000 00:00 0 [heap]\n"
	       "7f1000000000-7f1000021000 rw-p 00000000 00:00 0 \n"
	       "7f1000021000-7f1004000000 ---p 00000000 00:00 0 \n"
	       "7f1010000000-7f1050000000 rwxp 00000000 00:00 0 \n"
	       "7f1060000000-7f1068000000 rw-p 00000000 00:00 0 \n"
	       "7f1070000000-7f1071000000 rw-p 00000000 00:00 0 \n"
	       "7ffd11111000-7ffd11132000 rw-p 00000000 00:00 0 [stack]\n",
		{ 0x7f1060000000, 128 * MIB });
}

static void every_kind_of_memory(void **state)
{
	(void)state;
	EXPECT("10000000-50000000 rw-s 00000000 00:01 2049   /memfd:pc.ram (deleted)\n"
	       "100000000-140000000 rw-s 00000000 00:0f 17   /dev/hugepages/libvirt/qemu/1-web/ram "
	       "(deleted)\n"
	       "200000000-240000000 rw-s 00000000 00:1a 5   /dev/shm/with a blank\n"
	       "300000000-340000000 rw-s 00000000 00:01 1026   /dev/zero (deleted)\n"
	       "400000000-440000000 rw-s 00000000 fe:00 99   "
	       "/var/lib/libvirt/qemu/ram/1-web/ram-node0\n"
	       "500000000-540000000 rw-p 00000000 00:00 0   [anon:guest]\n"
	       "600000000-640000000 rw-s 00000000 00:05 3   /dev/dax0.0\n",
		{ 0x10000000, GIB }, { 0x100000000, GIB }, { 0x200000000, GIB },
		{ 0x300000000, GIB }, { 0x400000000, GIB }, { 0x500000000, GIB },
		{ 0x600000000, GIB });
}

static void a_devices_memory_is_not_the_guests(void **state)
{
	(void)state;
	/* A GPU has more than the guest. */
	EXPECT("10000000-50000000 rw-p 00000000 00:00 0 \n"
	       "100000000-900000000 rw-s 00000000 00:0e 13   anon_inode:[vfio-device]\n"
	       "1000000000-1800000000 rw-s 00000000 00:05 7   /dev/vfio/12\n"
	       "2000000000-2800000000 rw-s 00000000 00:16 9   "
	       "/sys/devices/pci0000:00/0000:00:02.0/resource2\n"
	       "3000000000-3800000000 r--s 00000000 fe:00 9   /var/lib/images/disk.img\n",
		{ 0x10000000, GIB });
}

static void pieces_of_one_are_one(void **state)
{
	(void)state;
	/* Each is less than an eighth of the other; and one behind them is of another file. */
	EXPECT("10000000-10200000 rw-s 00000000 00:01 20 /memfd:ram (deleted)\n"
	       "10200000-10400000 rw-s 00200000 00:01 20 /memfd:ram (deleted)\n"
	       "10400000-14000000 rw-s 00400000 00:01 20 /memfd:ram (deleted)\n"
	       "14000000-14200000 rw-s 00000000 00:01 21 /memfd:rom (deleted)\n",
		{ 0x10000000, 64 * MIB });
}

/* As QEMU's maps are in one run of four. */
static void a_stack_below_it_is_not_of_it(void **state)
{
	(void)state;
	EXPECT("7f14715ff000-7f1471600000 ---p 00000000 00:00 0 \n"
	       "7f1471600000-7f1471e00000 rw-p 00000000 00:00 0 \n"
	       "7f1471e00000-7f1477e00000 rw-p 00000000 00:00 0 \n"
	       "7f1477e00000-7f1477e01000 ---p 00000000 00:00 0 \n",
		{ 0x7f1471e00000, 96 * MIB });
	/* Without a guard it is a piece; and what is above another's guard may be large. */
	EXPECT("7f1471600000-7f1471e00000 rw-p 00000000 00:00 0 \n"
	       "7f1471e00000-7f1477e00000 rw-p 00000000 00:00 0 \n"
	       "7f1477e00000-7f1477e01000 ---p 00000000 00:00 0 \n"
	       "7f1477e01000-7f147b001000 rw-p 00000000 00:00 0 \n"
	       "7f147b001000-7f147e201000 rw-p 00000000 00:00 0 \n",
		{ 0x7f1471600000, 104 * MIB }, { 0x7f1477e01000, 100 * MIB });
}

static void more_than_an_eighth_of_the_largest(void **state)
{
	(void)state;
	EXPECT("10000000-18000000 rw-p 00000000 00:00 0 \n"
	       "20000000-21000000 rw-p 00000000 00:00 0 \n"
	       "30000000-31100000 rw-p 00000000 00:00 0 \n",
		{ 0x10000000, 128 * MIB }, { 0x30000000, 17 * MIB });
}

static void nothing_to_be_found(void **state)
{
	static const char *const none[] = { "", "\n", "garbage", "1-", "-1 rw-p",
		"2000-1000 rw-p 0 0 0\n", "1000-2000", "1000-2000 rw", "1000-2000 rw-p",
		"1000-2000 rw-p 00000000 00:00 0", "fffffffffffffffffffff-1 rw-p 0 0:0 0\n",
		"0-ffffffffffffffff rw-p 0 0:0 0 \n", "10000000-20000000 r--p 0 00:00 0 \n" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		expect(none[i], NULL, 0);
}

/* Two of 64 and 192 pages, with a hole between. */
static const char two[] = "10000000-10400000 rw-p 00000000 00:00 0 \n"
			  "20000000-20c00000 rw-p 00000000 00:00 0 \n";

static void each_part_has_one(void **state)
{
	struct ram ram = { 0 };
	void *address[MANY];
	uint64_t seed = 1;

	(void)state;
	ram_parse(&ram, two);
	for (int round = 0; round < 200; round++) {
		assert_int_equal(ram_draw(&ram, &seed, PAGE, address, MANY), MANY);
		for (size_t i = 0; i < MANY; i++) {
			uint64_t at = (uintptr_t)address[i];
			/* 32 KiB each: the first 128 of them make the first range. */
			uint64_t part = i < MANY / 4 ? 0x10000000 + i * 32768
						     : 0x20000000 + (i - MANY / 4) * 32768;

			assert_int_equal(at % PAGE, 0);
			assert_in_range(at, part, part + 32768 - PAGE);
			assert_true(i == 0 || address[i] > address[i - 1]);
		}
	}
	ram_release(&ram);
}

/* Of 8 pages in each part all are equally likely: within five standard errors of 12.5%. */
static void within_it_all_are_alike(void **state)
{
	enum { ROUNDS = 2000 };
	unsigned hit[8] = { 0 };
	struct ram ram = { 0 };
	void *address[MANY];
	uint64_t seed = 88172645463325252;
	double n = (double)ROUNDS * MANY;

	(void)state;
	ram_parse(&ram, two);
	for (int round = 0; round < ROUNDS; round++) {
		ram_draw(&ram, &seed, PAGE, address, MANY);
		for (size_t i = 0; i < MANY; i++)
			hit[(uintptr_t)address[i] / PAGE % 8]++;
	}
	for (size_t i = 0; i < 8; i++)
		assert_in_range(hit[i], (unsigned)(n / 8 - 5 * 331), (unsigned)(n / 8 + 5 * 331));
	ram_release(&ram);
}

static void the_largest_and_the_smallest(void **state)
{
	struct ram ram = { 0 };
	void *address[MANY];
	uint64_t seed = 7;

	(void)state;
	/* All that user space has: no sum is too large. */
	ram_parse(&ram, "1000-7fffffffe000 rw-p 00000000 00:00 0 \n");
	assert_int_equal(ram_draw(&ram, &seed, PAGE, address, MANY), MANY);
	assert_true((uintptr_t)address[0] < 0x7fffffffe000 / MANY + 0x2000);
	assert_in_range((uintptr_t)address[MANY - 1], 0x7fffffffe000ull / MANY * (MANY - 1),
		0x7fffffffd000);
	/* A page is asked for once. */
	ram_parse(&ram, "10000000-10100000 rw-p 00000000 00:00 0 \n");
	assert_int_equal(ram_draw(&ram, &seed, PAGE, address, MANY), 256);
	for (size_t i = 0; i < 256; i++)
		assert_int_equal((uintptr_t)address[i], 0x10000000 + i * PAGE);
	ram_parse(&ram, "");
	assert_int_equal(ram_draw(&ram, &seed, PAGE, address, MANY), 0);
	ram_release(&ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_under_tcg),
		cmocka_unit_test(every_kind_of_memory),
		cmocka_unit_test(a_devices_memory_is_not_the_guests),
		cmocka_unit_test(pieces_of_one_are_one),
		cmocka_unit_test(a_stack_below_it_is_not_of_it),
		cmocka_unit_test(more_than_an_eighth_of_the_largest),
		cmocka_unit_test(nothing_to_be_found),
		cmocka_unit_test(each_part_has_one),
		cmocka_unit_test(within_it_all_are_alike),
		cmocka_unit_test(the_largest_and_the_smallest),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ram", tests, NULL, NULL);
}
