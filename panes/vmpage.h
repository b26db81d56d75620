/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VMPAGE_H
#define PARALLAX_VMPAGE_H

#include "panes/screen.h"

/* The parts of the VM page; vmpage.c puts them together. vmpage_cpu.c: about CPU time. */

/* Each vCPU's time as one bar of its accounts, with the figures. */
void vmpage_vcpus(const struct vm *vm, struct page *page);
/* Who ran meanwhile; and what the VM's threads beside the vCPUs did. */
void vmpage_thieves(const struct vm *vm, struct page *page);
/* The lengths of single waits in the last minute, as a picture, and whether they are of two kinds. */
void vmpage_waits(const struct vm *vm, const struct windows *windows, struct page *page);
/* Any durations as such a picture, with the axis below; nothing when there are none. */
void vmpage_lengths(const struct histogram *lengths, struct page *page);
/* One line: whether the wait of the last minutes keeps to two levels. */
void vmpage_regime(const struct vm *vm, const struct history *history, struct page *page);

/* vmpage_history.c: a figure of the last minutes on one line: now, as a sparkline, its most. */
struct track {
	enum series series;
	const char *label;
	uint8_t style;
	char *(*format)(char *buf, double value);
};
void vmpage_tracks(
	const struct vm_view *view, const struct track *track, size_t count, struct page *page);
/* The column in which such a line shows that value, the newest; -1: it does not. */
int vmpage_track_at(const struct vm_view *view, enum series series, double value,
	const struct page *page);
/* CPU time of the last minutes, by host and guest. */
void vmpage_history(const struct vm_view *view, struct page *page);

/* vmpage_exits.c: why its vCPUs left the guest, or why that is not known. */
void vmpage_exits(const struct vm *vm, struct page *page);

#endif
