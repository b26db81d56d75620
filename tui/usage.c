// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/options.h"

static const char usage_text[] =
	"usage: parallax [options]\n"
	"\n"
	"For every VM of this host: what the host measures beside what the guest believes.\n"
	"\n"
	"  -c, --connect URI       libvirt's connection, read-only; default as virsh's\n"
	"  -d, --delay SECONDS     time between refreshes, 0.1 to 3600; default 1\n"
	"      --pane NAME         begin with this pane\n"
	"      --vm GLOB           only VMs whose name contains this, or matches it\n"
	"      --sort COLUMN       sort by this column of the pane\n"
	"      --guest-agent MODE  ask guests through their agents: ask (a key does), on, off;\n"
	"                          libvirt marks an asked domain as tainted\n"
	"  -b, --batch             text instead of the console, one block an interval\n"
	"      --json              one JSON snapshot a line instead of the console\n"
	"  -n COUNT                end after so many blocks or lines\n"
	"      --replay FILE       show what --json wrote\n"
	"      --sysroot DIR       read proc and sys below DIR instead of this machine's\n"
	"      --keymap NAME       keys of default, vi or emacs\n"
	"      --keys FILE         own keys, instead of ~/.config/parallax/keys\n"
	"      --ascii             no character beyond ASCII\n"
	"  -h, --help              this text\n"
	"  -V, --version           the version\n"
	"\n"
	"Exit status: 0 fine, 1 could not start or go on, 2 wrong usage.\n";

static void print_pane(FILE *stream, const struct pane *pane)
{
	size_t i;

	fprintf(stream, "\nPane %s: %s\n", pane->name, pane->summary);
	for (i = 0; i < pane->table->n_column; i++) {
		const struct column *column = &pane->table->column[i];

		fprintf(stream, "  %-12s %-8s %s\n", column->key, column->heading, column->help);
	}
}

void usage_print(FILE *stream)
{
	size_t i;

	fputs(usage_text, stream);
	for (i = 0; panes[i]; i++)
		print_pane(stream, panes[i]);
}
