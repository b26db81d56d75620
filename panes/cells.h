/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CELLS_H
#define PARALLAX_CELLS_H

#include "panes/table.h"

/*
 * What cells of tables are made of. Unknown is "-" and dim, what is past its time is stale, and
 * the rest has the style that is given. source: the one of the VM that tells the figure.
 */
uint8_t cell_style(const struct row *row, const char *source, bool known, uint8_t style);
void cell_pct(
	const struct row *row, const char *source, double pct, uint8_t style, struct cell_text *out);
void cell_ns(
	const struct row *row, const char *source, double ns, uint8_t style, struct cell_text *out);
void cell_per_s(const struct row *row, const char *source, double per_s, uint8_t style,
	struct cell_text *out);
void cell_age(const struct row *row, const char *source, double age_s, struct cell_text *out);
void cell_count(uint64_t count, uint8_t style, struct cell_text *out);
void cell_bytes(uint64_t bytes, struct cell_text *out);
void cell_word(const char *word, uint8_t style, struct cell_text *out); /* NULL: unknown */
double cell_number(uint64_t value);					/* NAN: unknown */
void cell_verdict(enum verdict verdict, struct cell_text *out);
/* How bad it is, in marks; a disagreement has its own colour. */
void cell_mark(enum severity severity, enum verdict verdict, struct cell_text *out);
/* Host less guest, of 0 and more or below: the accent where they disagree; nothing while halted. */
void cell_gap(const struct row *row, double gap, enum verdict verdict,
	char *(*format)(char *buf, double value), struct cell_text *out);
/* What a gap sorts by: first what disagrees, by how bad it is, then by size, unknown being none. */
double cell_gap_order(enum verdict verdict, enum severity severity, double size);
/* How bad a row is: that of the host's trouble; what only its guest tells is to be watched. */
enum severity cell_severity(const struct row *row, enum verdict verdict, enum severity trouble);
/* For struct table: its state in the place of the host's columns, while it cannot run. */
bool cell_note_halted(const struct row *row, struct cell_text *out);

/* Columns that tell what a VM is; the values are what they sort by. */
void cell_vm(const struct row *row, struct cell_text *out);
void cell_state(const struct row *row, struct cell_text *out);
void cell_accel(const struct row *row, struct cell_text *out);
void cell_pid(const struct row *row, struct cell_text *out);
double cell_pid_value(const struct row *row);
void cell_threads(const struct row *row, struct cell_text *out);
double cell_threads_value(const struct row *row);
void cell_sold(const struct row *row, struct cell_text *out);
double cell_sold_value(const struct row *row);
void cell_rss(const struct row *row, struct cell_text *out);
double cell_rss_value(const struct row *row);

/* The first column of every table. */
#define CELL_VM_COLUMN \
	{ .key = "vm", .heading = "VM", .unit = "", .group = COLUMN_NAME, .width = 12, \
	  .left = true, .ascending = true, .format = cell_vm, .source = "libvirt", \
	  .help = "The VM's name.", \
	  .origin = "libvirt's domain list; else -name on the command line of the process" }

#endif
