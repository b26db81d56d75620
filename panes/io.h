/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_IO_H
#define PARALLAX_IO_H

#include "panes/latencies.h"
#include "panes/pane.h"

/* The parts of the io pane, each in a file of its own; io.c puts them together. A row is a disk. */

/*
 * io_trouble.c: how bad it is. A slow kind of request matters from 10 ms on and when it takes at
 * least MODES_RATIO times as long as the fast one: a page cache and a disk behind it are two kinds,
 * too, and nobody's trouble. A mean matters from 20 ms on, that of flushes, which move all that was
 * written before, from 50 ms. Unknown is none.
 */
static const double SLOW_WATCH_MS = 10, SLOW_WARN_MS = 50, SLOW_CRITICAL_MS = 500, MODES_RATIO = 8;
static const double MEAN_WATCH_MS = 20, MEAN_WARN_MS = 100, MEAN_CRITICAL_MS = 500;
static const double FLUSH_FACTOR = 2.5; /* a flush may take as much longer */
enum { MEAN_LEAST = 20 };		/* requests that a mean is judged by */
/* What the guest was told done and the host has not written, and what it needs to. */
static const double DIRTY_WATCH_BYTES = 64 << 20, DIRTY_WARN_BYTES = 1 << 30;
static const double DRAIN_WARN_S = 30, DRAIN_CRITICAL_S = 120;
/* A guest's mean hides a slow kind that takes so many times as long. */
static const double HIDES_RATIO = 4;
static const double GUEST_OLD_IO_S = 15;

/* Of one kind of request: two kinds of wait, and the mean. */
enum severity io_modes_trouble(const struct disk_op *op);
enum severity io_mean_trouble(const struct disk_op *op, enum disk_op_kind kind);
enum severity io_dirty_trouble(const struct disk *disk);
/* The worst of all of these. */
enum severity io_trouble(const struct disk *disk);
/* The kind of request that a row tells of: the worst, else the one that most time goes to. */
enum disk_op_kind io_main_op(const struct disk *disk);
/* The disk that a VM is judged by: the worst; NULL: it has none. */
const struct disk *io_worst_disk(const struct vm *vm);
/* The guest told of this disk, and lately. */
bool io_guest_is_known(const struct disk *disk);
/* The host's mean, as far up as it is known: QEMU's own, else of the waits; NAN unknown. */
double io_host_mean_ns(const struct disk_op *op);
/* The same over the last minute, which the parts are of; findings rest on it. */
double io_minute_mean_ns(const struct disk_op *op);

/* io_modes.c: what the last minute says of one disk: its figures, modes and parts. */
void io_modes(struct vm *vm, struct disk *disk, struct latencies *latencies, struct arena *arena);

/* io_words.c: words that table, findings and page share. */
const char *io_layer_words(enum disk_layer layer);
/* "97% at 400us, 3% at 410ms" */
const char *io_modes_words(const struct disk_op *op, struct arena *arena);
/* "r", "w", "f". */
const char *io_op_letter(enum disk_op_kind kind);

extern const struct table io_table;
extern const struct explanation io_explanation[];
void io_judge(struct snapshot *snap, struct judge *judge);
/* io_report.c: the findings of one disk. */
void io_report(struct snapshot *snap, const struct vm *vm, const struct disk *disk,
	struct judge *judge);
/* io_page.c: its section on the VM page. */
void io_detail(const struct vm_view *view, struct page *page);
size_t io_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);

#endif
