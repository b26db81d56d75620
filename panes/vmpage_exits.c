// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>

#include "panes/format.h"
#include "panes/spark.h"
#include "panes/style.h"

enum { INDENT = 2, FIGURE = 5, FIGURES = 4, NAME_MOST = 26, BAR_LEAST = 4, BAR_MOST = 24 };

static int name_width(const struct page *page)
{
	int room = page->cols - INDENT - FIGURES * (FIGURE + 1);

	return room > NAME_MOST ? NAME_MOST : room > 0 ? room : 0;
}

/* "0.3" "12" "9.9k": what happens now and then is not nothing. */
static char *format_frequency(char *buf, double per_s)
{
	if (per_s < 9.95)
		return format_pct(buf, per_s);
	return format_count(buf, isnan(per_s) ? UNKNOWN_U64 : (uint64_t)llround(per_s));
}

static void put_figure(struct page *page, int row, int *col, const char *text, uint8_t style)
{
	canvas_printf(&page->canvas, row, *col + 1, style, "%*s", FIGURE, text);
	*col += FIGURE + 1;
}

static void add_heading(struct page *page)
{
	static const char *const heading[FIGURES] = { "per s", "mean", "max", "%" };
	int row = page_row(page), col = INDENT + name_width(page);

	canvas_text(&page->canvas, row, INDENT, name_width(page), STYLE_HEADING, "reason");
	for (size_t i = 0; i < FIGURES; i++)
		put_figure(page, row, &col, heading[i], STYLE_HOST);
}

static void add_exit(const struct vm_exit *one, struct page *page)
{
	int row = page_row(page), col = INDENT + name_width(page), bar;
	char text[FORMAT_SIZE];

	canvas_text(&page->canvas, row, INDENT, name_width(page), STYLE_NORMAL, one->reason);
	put_figure(page, row, &col, format_frequency(text, one->per_s), STYLE_HOST);
	put_figure(page, row, &col, format_ns(text, one->mean_ns), STYLE_HOST);
	put_figure(page, row, &col, format_ns(text, one->max_ns), STYLE_HOST);
	put_figure(page, row, &col, format_pct(text, one->time_pct), STYLE_HOST);
	bar = page->cols - col - 1;
	if (bar >= BAR_LEAST)
		bar_draw(&page->canvas, row, col + 1, bar > BAR_MOST ? BAR_MOST : bar, STYLE_HOST,
			one->time_pct, 100);
}

static void add_counted(const struct vm *vm, struct page *page)
{
	if (isnan(vm->exits_interval_s)) {
		page_text(page, INDENT, STYLE_DIM, "counting has just begun");
		return;
	}
	if (vm->n_vm_exit == 0) {
		page_text(page, INDENT, STYLE_NORMAL,
			"no exits were reported: this KVM runs guests without them (emulation or "
			"paravirtual KVM), or the guest sleeps");
		return;
	}
	add_heading(page);
	for (size_t i = 0; i < vm->n_vm_exit; i++)
		add_exit(&vm->vm_exit[i], page);
	page_text(page, INDENT, STYLE_DIM,
		"an exit lasts until the guest runs again, whatever the host does meanwhile; a halt is the "
		"guest's sleep");
}

void vmpage_exits(const struct vm *vm, struct page *page)
{
	const struct source *source = vm_source(vm, "exits");

	if (!source) /* recorded before there were any */
		return;
	page_heading(page, "exits: why its vCPUs left the guest");
	if (source_has_values(source->state))
		add_counted(vm, page);
	if (source->reason)
		page_text(page, INDENT, source->state == SOURCE_OFF ? STYLE_DIM : STYLE_WATCH,
			source->reason);
	page_blank(page);
}
