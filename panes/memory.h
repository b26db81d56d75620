/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_MEMORY_H
#define PARALLAX_MEMORY_H

#include "panes/pane.h"

/* The parts of the memory pane, each in a file of its own; memory.c puts them together. */

/*
 * memory_trouble.c: how bad it is, by thresholds. Swapping and ballooning are emergency brakes and
 * no way to run, so little of either counts: what is in swap from 16 MiB and 1% of what was sold
 * on, what comes back from 1 MiB a second on. Below a twentieth of usable memory a guest is short.
 */
static const double MEMORY_TAKEN_PCT = 1, MEMORY_SHORT_PCT = 5, MEMORY_ROOM_PCT = 10;
static const uint64_t MEMORY_TAKEN_BYTES = 16 << 20;
static const double MEMORY_SWAPIN_WARN = 1 << 20, MEMORY_SWAPIN_CRITICAL = 10 << 20; /* bytes/s */

/* What the host took by swap is worth a word; unknown is not. */
bool memory_is_taken(const struct memory *memory);
bool memory_is_ballooned(const struct memory *memory);
/* The guest is short of memory, by its own word of now. */
bool memory_guest_is_short(const struct memory *memory);
/* It is, and that is none of the host's doing: the host has room, and took next to nothing. */
bool memory_is_phantom(const struct host *host, const struct memory *memory);
/* The guest's own word is there, and of now. */
bool memory_guest_tells(const struct memory *memory);
/* Neither the host nor the limit of the VM's cgroup is near its end. */
bool memory_host_has_room(const struct host *host, const struct memory *memory);
/* By the share of it that is in swap; by what comes back a second; by the time it waits. */
enum severity memory_swap_severity(const struct memory *memory);
enum severity memory_swapin_severity(double bytes_per_s);
enum severity memory_stall_severity(double pct);
/* The worst of these. */
enum severity memory_trouble(const struct memory *memory);
/* a of b in per cent; NAN when one is unknown. */
double memory_share(uint64_t a, uint64_t b);
/* What is there: also in pools of huge pages, which the process's own figure leaves out. */
uint64_t memory_present(const struct memory *memory);

extern const struct table memory_table;
extern const struct explanation memory_explanation[];
void memory_judge(struct snapshot *snap, struct judge *judge);
/* memory_report.c: the findings of a VM that runs, once its verdict is there; of the host. */
void memory_report(struct snapshot *snap, const struct vm *vm, struct judge *judge);
void memory_report_host(struct snapshot *snap, struct judge *judge);
/* memory_page.c: for the VM page. */
size_t memory_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);
void memory_detail(const struct vm_view *view, struct page *page);

#endif
