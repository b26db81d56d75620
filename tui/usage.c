// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/page.h"
#include "tui/options.h"

static const char usage_text[] =
	"usage: parallax [options]\n"
	"\n"
	"For every VM of this host: what the host measures, and what the guest believes.\n"
	"\n"
	"  -c, --connect URI       libvirt's connection, read-only; default as virsh's\n"
	"  -d, --delay SECONDS     time between refreshes, 0.1 to 3600; default 1\n"
	"      --pane NAME         begin with this pane\n"
	"      --vm GLOB           only VMs whose name contains this, or matches it\n"
	"      --sort COLUMN       sort by this column of the pane\n"
	"      --guest-agent MODE  ask guests by their agents: ask (by key), on or off;\n"
	"                          libvirt marks an asked domain as tainted\n"
	"  -b, --batch             text instead of the console, one block an interval\n"
	"      --json              one JSON snapshot a line instead of the console\n"
	"  -n COUNT                end after so many blocks or lines\n"
	"      --record FILE       record what is shown; the file must be new\n"
	"      --replay FILE       show what --record or --json wrote\n"
	"      --report[=FORM]     what a recording holds, for a ticket: text or markdown\n"
	"      --anonymize         replace names, paths and addresses by others\n"
	"      --lesson [NAME]     play a lesson, by name or file; alone: list them\n"
	"      --sysroot DIR       read proc and sys below DIR instead of this machine's\n"
	"      --keymap NAME       keys of default, vi or emacs\n"
	"      --keys FILE         own keys, instead of ~/.config/parallax/keys\n"
	"      --ascii             no character beyond ASCII\n"
	"  -h, --help              this text\n"
	"  -V, --version           the version\n"
	"\n"
	"Exit status: 0 fine, 1 could not start or go on, 2 wrong usage.\n";

enum { USAGE_COLS = 80, COLUMN_COLS = 24 };

static void write_page(const struct page *page, FILE *stream)
{
	char line[USAGE_COLS * 4 + 1];
	int row;

	for (row = 0; row < page->row; row++) {
		canvas_row_text(&page->canvas, row, true, line, sizeof(line));
		fprintf(stream, "%s\n", line);
	}
}

/* A pane and its columns, as --sort names them and as the screen does. */
static void print_pane(FILE *stream, const struct pane *pane)
{
	struct page page;
	size_t i;

	page_init(&page, USAGE_COLS);
	page_blank(&page);
	page_printf(&page, 0, STYLE_NORMAL, "Pane %s: %s", pane->name, pane->summary);
	for (i = 0; i < pane->table->n_column; i++) {
		const struct column *column = &pane->table->column[i];
		const int row = page.row;

		page_text(&page, COLUMN_COLS, STYLE_NORMAL, column->help);
		canvas_printf(&page.canvas, row, 2, STYLE_NORMAL, "%-12s %s", column->key,
			column->heading);
	}
	write_page(&page, stream);
	page_release(&page);
}

void usage_print(FILE *stream)
{
	size_t i;

	fputs(usage_text, stream);
	for (i = 0; panes[i]; i++)
		print_pane(stream, panes[i]);
}
