// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>
#include <stdlib.h>

#include "panes/format.h"
#include "panes/picture.h"
#include "panes/style.h"
#include "probes/arena.h"

enum { INDENT = 2, LENGTH_ROWS = 5, HEAT_ROWS = 8 };

static void add_title(const struct disk *disk, struct page *page)
{
	char size[FORMAT_SIZE];
	int row = page_row(page), col = INDENT;

	col += canvas_text(&page->canvas, row, col, -1, STYLE_TITLE, disk->name ? disk->name : "-");
	canvas_printf(&page->canvas, row, col + 2, STYLE_NORMAL, "%s%s%s%s",
		format_bytes(size, disk->capacity_bytes), disk->readonly ? ", read only" : "",
		disk->throttle ? ", limited to " : "", disk->throttle ? disk->throttle : "");
}

/* From the guest's device down. */
static void add_layers(const struct disk *disk, struct page *page)
{
	for (size_t i = 0; i < disk->n_layers; i++)
		page_printf(page, INDENT + 2, STYLE_HOST, "%s",
			disk->layers[i].text ? disk->layers[i].text : "-");
	if (disk->layers_reason)
		page_printf(page, INDENT + 2, STYLE_DIM, "not known: %s", disk->layers_reason);
	if (disk->cache_hides)
		page_printf(page, INDENT + 2, STYLE_DIM, "cache %s hides %s",
			disk->cache ? disk->cache : "-", disk->cache_hides);
}

static void add_op(const struct disk *disk, enum disk_op_kind kind, struct page *page)
{
	const struct disk_op *op = disk_op_of(disk, kind);
	char rate[FORMAT_SIZE], bytes[FORMAT_SIZE], vmm[FORMAT_SIZE], p50[FORMAT_SIZE];
	char p99[FORMAT_SIZE], max[FORMAT_SIZE], guest[FORMAT_SIZE];

	if (isnan(io_host_mean_ns(op)) && !(op->per_s > 0) && isnan(op->guest_await_ms))
		return;
	page_printf(page, INDENT + 2, STYLE_HOST,
		"%-5s %4s/s %4s/s  guest %5s  VMM %5s  waits: p50 %5s p99 %5s max %5s",
		disk_op_name(kind), format_per_s(rate, op->per_s),
		format_rate(bytes, op->bytes_per_s), format_ns(guest, op->guest_await_ms * 1e6),
		format_ns(vmm, op->vmm_mean_ns), format_ns(p50, op->minute.p50_ns),
		format_ns(p99, op->minute.p99_ns), format_ns(max, op->minute.max_ns));
}

static void add_parts(const struct disk_op *op, struct page *page)
{
	char vmm[FORMAT_SIZE], host[FORMAT_SIZE], queue[FORMAT_SIZE], device[FORMAT_SIZE];

	if (op->minute.slowest == DISK_LAYER_UNKNOWN && isnan(op->minute.vmm_part_ns))
		return;
	page_printf(page, INDENT + 2, STYLE_HOST,
		"of the mean: VMM %s, kernel above requests %s, queue %s, device %s",
		format_ns(vmm, op->minute.vmm_part_ns), format_ns(host, op->minute.host_part_ns),
		format_ns(queue, op->minute.queue_part_ns),
		format_ns(device, op->minute.device_part_ns));
}

static void add_modes(const struct disk_op *op, enum disk_op_kind kind, struct page *page)
{
	struct arena arena = { 0 };
	char count[FORMAT_SIZE], window[FORMAT_SIZE], ratio[FORMAT_SIZE];

	if (op->minute.samples != UNKNOWN_U64)
		page_printf(page, INDENT + 2, STYLE_NORMAL, "%s %ss in the last %s",
			format_count(count, op->minute.samples), disk_op_name(kind),
			format_duration(window, op->minute.window_s));
	if (op->minute.modes == MODES_FOUND_TWO)
		page_printf(page, INDENT + 2, severity_style(io_modes_trouble(op), STYLE_WATCH),
			"two kinds: %s, %s times as long", io_modes_words(op, &arena),
			format_per_s(ratio, op->minute.ratio));
	else if (op->minute.modes == MODES_FOUND_ONE)
		page_text(page, INDENT + 2, STYLE_NORMAL, "one kind");
	else
		page_printf(page, INDENT + 2, STYLE_DIM, "kinds: n/a, %s",
			op->minute.modes_reason ? op->minute.modes_reason : "not known");
	arena_release(&arena);
}

static void add_heat(const struct vm_view *view, const struct latencies_of *of,
	const struct picture_modes *modes, struct page *page)
{
	struct picture_slice *slice = xcalloc(LATENCIES_SLICES, sizeof(*slice));

	for (size_t age = 0; age < LATENCIES_SLICES; age++) {
		struct picture_slice *at = &slice[LATENCIES_SLICES - 1 - age];

		at->known = latencies_slice(judge_latencies(view->judge), of, age, &at->counted);
	}
	picture_heat(&(struct picture_heat){ .slice = slice,
			     .n_slice = LATENCIES_SLICES,
			     .slice_s = LATENCIES_SLICE_S,
			     .modes = modes,
			     .rows = HEAT_ROWS },
		page);
	free(slice);
}

static void add_pictures(const struct vm_view *view, const struct disk *disk,
	enum disk_op_kind kind, struct page *page)
{
	const struct latencies_of of = { view->vm->key, disk->name, kind };
	const struct disk_op *op = disk_op_of(disk, kind);
	struct picture_modes modes = { .fast_ns = op->minute.fast_ns,
		.slow_ns = op->minute.slow_ns };
	bool two = op->minute.modes == MODES_FOUND_TWO;
	struct latency_window window;

	if (!latencies_window(judge_latencies(view->judge), &of, &window))
		return;
	modes.valley = two ? modes_find(&window.all).split : 0;
	picture_lengths(
		&(struct picture_lengths){
			.all = &window.all, .modes = two ? &modes : NULL, .rows = LENGTH_ROWS },
		page);
	add_heat(view, &of, two ? &modes : NULL, page);
}

static void add_cached(const struct disk *disk, struct page *page)
{
	char dirty[FORMAT_SIZE], writeback[FORMAT_SIZE], cached[FORMAT_SIZE], drain[FORMAT_SIZE];

	if (disk->dirty_bytes == UNKNOWN_U64) {
		if (disk->dirty_reason)
			page_printf(page, INDENT + 2, STYLE_DIM, "dirty: not known, %s",
				disk->dirty_reason);
		return;
	}
	page_printf(page, INDENT + 2, severity_style(io_dirty_trouble(disk), STYLE_HOST),
		"in the host's memory: %s to write (%s), %s being written, %s in all",
		format_bytes(dirty, disk->dirty_bytes),
		isnan(disk->dirty_drain_s) ? "no rate"
					   : format_duration(drain, disk->dirty_drain_s),
		format_bytes(writeback, disk->writeback_bytes),
		format_bytes(cached, disk->cached_bytes));
}

static void add_queues(const struct disk *disk, struct page *page)
{
	char now[FORMAT_SIZE], most[FORMAT_SIZE], queue[FORMAT_SIZE], util[FORMAT_SIZE];
	char await[FORMAT_SIZE];

	if (disk->wait_source)
		page_printf(page, INDENT + 2, STYLE_HOST,
			"waits are timed by its %s: %s in flight now, %s at most",
			disk->wait_source, format_count(now, disk->in_flight),
			format_count(most, disk->in_flight_most));
	if (disk->wait_reason)
		page_printf(page, INDENT + 2, STYLE_DIM, "%s: %s",
			disk->wait_source ? "not all of them" : "waits are not known",
			disk->wait_reason);
	if (disk->request_reason)
		page_printf(page, INDENT + 2, STYLE_DIM, "requests: not known, %s",
			disk->request_reason);
	if (disk->device)
		page_printf(page, INDENT + 2, STYLE_HOST,
			"%s: %s in flight, busy %s%%, %s on average, by all that use it",
			disk->device, format_count(queue, disk->device_in_flight),
			format_pct(util, disk->device_util_pct),
			format_ns(await, disk->device_await_ms * 1e6));
}

static void add_guest(const struct disk *disk, struct page *page)
{
	char rate[FORMAT_SIZE], await[FORMAT_SIZE], util[FORMAT_SIZE], queue[FORMAT_SIZE];

	if (!disk->guest_source) {
		page_printf(page, INDENT + 2, STYLE_DIM | STYLE_OPEN, "guest: not known%s%s",
			disk->guest_reason ? ", " : "",
			disk->guest_reason ? disk->guest_reason : "");
		return;
	}
	page_printf(page, INDENT + 2, STYLE_GUEST, "guest: %s/s, await %s, util %s%%, %s in flight",
		format_per_s(rate, disk->guest_per_s), format_ns(await, disk->guest_await_ms * 1e6),
		format_pct(util, disk->guest_util_pct), format_per_s(queue, disk->guest_in_flight));
}

static void add_disk(const struct vm_view *view, const struct disk *disk, struct page *page)
{
	enum disk_op_kind main = io_main_op(disk);

	add_title(disk, page);
	add_layers(disk, page);
	for (size_t i = 0; i < DISK_OPS; i++)
		add_op(disk, (enum disk_op_kind)i, page);
	add_parts(disk_op_of(disk, main), page);
	add_modes(disk_op_of(disk, main), main, page);
	add_pictures(view, disk, main, page);
	add_queues(disk, page);
	add_cached(disk, page);
	add_guest(disk, page);
	page_blank(page);
}

void io_detail(const struct vm_view *view, struct page *page)
{
	const struct vm *vm = view->vm;

	page_heading(page, "disks");
	if (vm->n_disk == 0) {
		const struct source *source = vm_source(vm, "images");

		page_printf(page, INDENT, STYLE_DIM, "none is known%s%s",
			source && source->reason ? ": " : "",
			source && source->reason ? source->reason : "");
		page_blank(page);
	}
	for (size_t i = 0; i < vm->n_disk; i++)
		add_disk(view, &vm->disk[i], page);
}
