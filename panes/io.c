// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>

#include "panes/format.h"
#include "panes/style.h"

static const char *delivered_words(const struct disk *disk, struct arena *arena)
{
	enum disk_op_kind kind = io_main_op(disk);
	const struct disk_op *op = disk_op_of(disk, kind);
	char p50[FORMAT_SIZE], p99[FORMAT_SIZE], mean[FORMAT_SIZE];

	if (op->minute.modes == MODES_FOUND_TWO)
		return arena_printf(arena, "%ss %s", disk_op_name(kind), io_modes_words(op, arena));
	if (!isnan(op->minute.p50_ns))
		return arena_printf(arena, "%ss p50 %s, p99 %s", disk_op_name(kind),
			format_ns(p50, op->minute.p50_ns), format_ns(p99, op->minute.p99_ns));
	if (!isnan(io_host_mean_ns(op)))
		return arena_printf(arena, "%ss %s on average", disk_op_name(kind),
			format_ns(mean, io_host_mean_ns(op)));
	return "-";
}

size_t io_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	size_t n = 0;

	for (size_t i = 0; i < vm->n_disk && n < max && n < 4; i++) {
		const struct disk *disk = &vm->disk[i];
		const char *delivered = delivered_words(disk, arena);
		char size[FORMAT_SIZE];

		if (disk->capacity_bytes == UNKNOWN_U64)
			continue;
		out[n++] = (struct promise){
			.promised = arena_printf(arena, "%s disk %s",
				format_bytes(size, disk->capacity_bytes),
				disk->name ? disk->name : "-"),
			.delivered = delivered,
			.style = severity_style(
				io_trouble(disk), delivered[0] == '-' ? STYLE_DIM : STYLE_HOST),
		};
	}
	return n;
}

static struct opinion io_opinion(const struct row *row)
{
	const struct disk *disk = row->item ? row->item : io_worst_disk(row->vm);

	if (!disk)
		return (struct opinion){ VERDICT_UNKNOWN, "it has no disk that is known" };
	return (struct opinion){ disk->verdict, disk->verdict_reason };
}

/* The devices that most wait for, on as many lines as a small screen can spare. */
static void io_head(const struct snapshot *snap, struct page *page)
{
	enum { LINES = 2 };
	size_t lines = snap->n_block_device < LINES ? snap->n_block_device : LINES;
	const struct block_device *shown[LINES] = { NULL };

	for (size_t i = 0; i < lines; i++)
		for (size_t k = 0; k < snap->n_block_device; k++) {
			const struct block_device *one = &snap->block_device[k];

			if (i > 0 && one == shown[i - 1])
				continue;
			if (!shown[i] || isnan(shown[i]->util_pct) ||
				one->util_pct > shown[i]->util_pct)
				shown[i] = one;
		}
	for (size_t i = 0; i < lines; i++) {
		char util[FORMAT_SIZE], queue[FORMAT_SIZE], reads[FORMAT_SIZE], read[FORMAT_SIZE];
		char writes[FORMAT_SIZE], write[FORMAT_SIZE];

		page_printf(page, 0, STYLE_DIM,
			"%s: busy %s%%, %s in flight, %s reads/s of %s, %s writes/s of %s",
			shown[i]->name ? shown[i]->name : "-", format_pct(util, shown[i]->util_pct),
			format_count(queue, shown[i]->in_flight),
			format_per_s(reads, shown[i]->read_per_s),
			format_ns(read, shown[i]->read_await_ms * 1e6),
			format_per_s(writes, shown[i]->write_per_s),
			format_ns(write, shown[i]->write_await_ms * 1e6));
	}
}

const struct pane pane_io = {
	.name = "io",
	.title = "io",
	.select = ACTION_PANE_4,
	.in_grid = true,
	.summary =
		"How long each VM's disk requests take, in two kinds where there are two, and in "
		"which layer, beside the mean that the guest sees.",
	.table = &io_table,
	.explanation = io_explanation,
	.judge = io_judge,
	.opinion = io_opinion,
	.head = io_head,
	.promises = io_promises,
	.detail = io_detail,
};
