// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/style.h"
#include "panes/vmpage.h"

enum { INDENT = 2, BAR_MOST = 60 };

static const char *bytes_word(uint64_t bytes, struct arena *arena)
{
	char text[FORMAT_SIZE];

	return arena_strdup(arena, format_bytes(text, bytes));
}

static const char *rate_word(double bytes_per_s, struct arena *arena)
{
	char text[FORMAT_SIZE];

	format_rate(text, bytes_per_s);
	return isnan(bytes_per_s) ? "-" : arena_printf(arena, "%s/s", text);
}

static bool is_some(uint64_t bytes)
{
	return bytes != UNKNOWN_U64 && bytes > 0;
}

static struct promise promise_present(const struct memory *memory, struct arena *arena)
{
	/* Without the pools of huge pages it is a part, and may be next to nothing. */
	bool part = memory->host_rss_bytes != UNKNOWN_U64 &&
		    memory->host_hugetlb_bytes == UNKNOWN_U64;
	const char *present = arena_printf(
		arena, "%s%s", bytes_word(memory_present(memory), arena), part ? "+" : "");
	bool swapped = is_some(memory->host_swap_bytes);

	return (struct promise){
		.promised =
			arena_printf(arena, "%s of memory", bytes_word(memory->sold_bytes, arena)),
		.delivered = swapped ? arena_printf(arena, "%s present, %s in host swap", present,
					       bytes_word(memory->host_swap_bytes, arena))
				     : arena_printf(arena, "%s present", present),
		.style = swapped ? severity_style(memory_swap_severity(memory), STYLE_WATCH)
				 : STYLE_HOST,
		.series = SERIES_RSS,
	};
}

static struct promise promise_kept(const struct memory *memory, struct arena *arena)
{
	return (struct promise){
		.promised = "all of it, all the time",
		.delivered = memory_is_ballooned(memory)
				     ? arena_printf(arena, "the balloon leaves %s, holds %s",
					       bytes_word(memory->balloon_bytes, arena),
					       bytes_word(memory->ballooned_bytes, arena))
				     : arena_printf(arena, "the balloon leaves %s",
					       bytes_word(memory->balloon_bytes, arena)),
		.style = is_some(memory->ballooned_bytes) ? STYLE_WATCH : STYLE_HOST,
		.series = SERIES_BALLOON,
	};
}

static struct promise promise_told(const struct memory *memory, struct arena *arena)
{
	char age[FORMAT_SIZE];

	return (struct promise){
		.promised = "",
		.delivered = arena_printf(arena, "guest: %s, %s usable (%s old)",
			bytes_word(memory->guest_total_bytes, arena),
			bytes_word(memory->guest_usable_bytes, arena),
			format_age(age, memory->guest_age_s)),
		.style = memory->guest_stale		      ? STYLE_STALE
			 : verdict_disagrees(memory->verdict) ? STYLE_GAP
							      : STYLE_GUEST,
		.told = true,
		.series = SERIES_USABLE,
	};
}

size_t memory_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	const struct memory *memory = &vm->memory;
	size_t n = 0;

	if (n < max)
		out[n++] = promise_present(memory, arena);
	if (n < max && memory->balloon_bytes != UNKNOWN_U64 && memory->sold_bytes != UNKNOWN_U64)
		out[n++] = promise_kept(memory, arena);
	if (n < max && memory->guest_total_bytes != UNKNOWN_U64)
		out[n++] = promise_told(memory, arena);
	return n;
}

/* Where what was sold is now. Each part has a glyph of its own: no colour is needed. */
enum part { PART_PRESENT, PART_SWAP, PART_BALLOON, PART_REST, PARTS };

static const struct {
	const char *legend;
	uint32_t glyph;
	uint8_t style;
} part[PARTS] = {
	[PART_PRESENT] = { "present", 0x2588, STYLE_HOST },
	[PART_SWAP] = { "in host swap", 0x2593, STYLE_CRITICAL },
	[PART_BALLOON] = { "in the balloon", 0x2592, STYLE_WATCH },
	[PART_REST] = { "the rest", 0x00b7, STYLE_DIM },
};

/*
 * What is present has the VMM's own memory in it, so the parts may exceed what was sold. The rest
 * was never touched or was given back; or it is in a part that is not known.
 */
static bool parts_of(const struct memory *memory, uint64_t bytes[PARTS])
{
	uint64_t left = memory->sold_bytes;

	bytes[PART_PRESENT] = memory_present(memory);
	bytes[PART_SWAP] = memory->host_swap_bytes;
	bytes[PART_BALLOON] = memory->ballooned_bytes;
	/* Huge pages may be nearly all of it. */
	if (left == UNKNOWN_U64 || left == 0 || bytes[PART_PRESENT] == UNKNOWN_U64 ||
		memory->host_hugetlb_bytes == UNKNOWN_U64)
		return false;
	for (size_t i = 0; i < PART_REST; i++)
		if (bytes[i] != UNKNOWN_U64)
			left -= bytes[i] < left ? bytes[i] : left;
	bytes[PART_REST] = left;
	return true;
}

static void draw_bar(const uint64_t bytes[PARTS], struct page *page)
{
	int width = page->cols - 2 * INDENT, row = page_row(page), done = 0;
	double whole = 0, sum = 0;

	width = width > BAR_MOST ? BAR_MOST : width;
	for (size_t i = 0; i < PARTS; i++)
		whole += bytes[i] == UNKNOWN_U64 ? 0 : (double)bytes[i];
	for (size_t i = 0; i < PARTS && width > 0; i++) {
		int end;

		sum += bytes[i] == UNKNOWN_U64 ? 0 : (double)bytes[i];
		end = (int)lround(sum / whole * width);
		/* What is there at all is never rounded away. */
		if (end <= done && is_some(bytes[i]) && done < width)
			end = done + 1;
		if (end > done)
			canvas_fill(&page->canvas, row, INDENT + done, end - done, part[i].style,
				part[i].glyph);
		done = end > done ? end : done;
	}
}

static void draw_legend(const uint64_t bytes[PARTS], struct page *page)
{
	int row = page_row(page), col = INDENT;
	char text[FORMAT_SIZE];

	for (size_t i = 0; i < PARTS; i++) {
		if (bytes[i] == UNKNOWN_U64 || (bytes[i] == 0 && i != PART_SWAP))
			continue;
		if (col > INDENT && col + 8 + canvas_width(part[i].legend) > page->cols) {
			row = page_row(page);
			col = INDENT;
		}
		canvas_fill(&page->canvas, row, col, 1, part[i].style, part[i].glyph);
		col += 2 + canvas_printf(&page->canvas, row, col + 2, STYLE_NORMAL, "%s %s",
				   format_bytes(text, bytes[i]), part[i].legend);
		col += 2;
	}
}

static void add_host(const struct memory *memory, struct page *page, struct arena *arena)
{
	char pct[FORMAT_SIZE];

	page_printf(page, INDENT, STYLE_HOST, "host swap: in %s, out %s%s%s",
		rate_word(memory->host_swap_in_bytes_per_s, arena),
		rate_word(memory->host_swap_out_bytes_per_s, arena),
		memory->host_swap_source ? ", by " : "",
		memory->host_swap_source ? memory->host_swap_source : "");
	page_printf(page, INDENT, STYLE_HOST, "merged by KSM: %s   VMM overhead: %s%s",
		bytes_word(memory->host_merged_bytes, arena),
		memory->overhead_bytes == UNKNOWN_U64 ? "" : "at least ",
		bytes_word(memory->overhead_bytes, arena));
	if (!memory->cgroup)
		return;
	page_printf(page, INDENT, STYLE_HOST, "waits for memory: %s%% of the time",
		format_pct(pct, memory->host_stall_pct));
	page_printf(page, INDENT, STYLE_HOST, "cgroup: %s charged%s, limit %s, room %s",
		bytes_word(memory->cgroup_bytes, arena), memory->cgroup_own ? "" : " with others",
		memory->cgroup_limit_bytes == UNKNOWN_U64
			? "none"
			: bytes_word(memory->cgroup_limit_bytes, arena),
		bytes_word(memory->cgroup_room_bytes, arena));
	page_printf(page, INDENT, STYLE_DIM, "%s", memory->cgroup);
}

static void add_guest(const struct memory *memory, struct page *page, struct arena *arena)
{
	uint8_t style = memory->guest_stale ? STYLE_STALE | STYLE_OPEN : STYLE_GUEST;
	char age[FORMAT_SIZE];

	if (memory->guest_total_bytes == UNKNOWN_U64)
		return;
	page_printf(page, INDENT, style, "guest: %s total, %s usable, %s free, %s page cache%s",
		bytes_word(memory->guest_total_bytes, arena),
		bytes_word(memory->guest_usable_bytes, arena),
		bytes_word(memory->guest_free_bytes, arena),
		bytes_word(memory->guest_cache_bytes, arena),
		memory->guest_stale ? arena_printf(arena, ", all of it %s old",
					      format_duration(age, memory->guest_age_s))
				    : "");
	page_printf(page, INDENT, style, "guest's own swap: %s in use, in %s, out %s",
		bytes_word(memory->guest_swap_bytes, arena),
		rate_word(memory->guest_swap_in_bytes_per_s, arena),
		rate_word(memory->guest_swap_out_bytes_per_s, arena));
}

static void add_trend(const struct memory *memory, struct page *page, struct arena *arena)
{
	char in[FORMAT_SIZE];

	if (!isnan(memory->growth_bytes_per_s))
		page_printf(page, INDENT, STYLE_HOST, "it %s steadily, by %s",
			memory->growth_bytes_per_s > 0 ? "grows" : "shrinks",
			rate_word(fabs(memory->growth_bytes_per_s), arena));
	if (memory->exhausted_of != EXHAUSTED_NONE)
		page_printf(page, INDENT, STYLE_WATCH, "%s in %s at its rate of late",
			memory->exhausted_of == EXHAUSTED_LIMIT
				? "it reaches the limit of its cgroup"
				: "the guest has used up what it has usable",
			format_duration(in, memory->exhausted_min * 60));
}

void memory_detail(const struct vm_view *view, struct page *page)
{
	static const struct track track[] = {
		{ SERIES_SWAP, "host swap", STYLE_HOST, format_rate },
		{ SERIES_SWAP_IN, "swap in/s", STYLE_HOST, format_rate },
		{ SERIES_USABLE, "guest usable", STYLE_GUEST, format_rate },
	};
	const struct memory *memory = &view->vm->memory;
	struct arena arena = { 0 };
	uint64_t bytes[PARTS];

	page_heading(page, "memory");
	if (parts_of(memory, bytes)) {
		draw_bar(bytes, page);
		draw_legend(bytes, page);
	}
	add_host(memory, page, &arena);
	add_guest(memory, page, &arena);
	add_trend(memory, page, &arena);
	vmpage_tracks(view, track, sizeof(track) / sizeof(track[0]), page);
	page_blank(page);
	arena_release(&arena);
}
