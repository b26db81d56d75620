// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panes/format.h"
#include "panes/spark.h"
#include "panes/style.h"
#include "panes/vmpage.h"

/* Lines of the host's nodes above the table: more of them are told by how many there are. */
enum { MAP_LINES = 3, INDENT = 2, BETWEEN = 3, BAR_MOST = 30, SHARE = 6 };

static const double LOCAL_DISTANCE = 10;

static const char *node_words(const struct host_node *node, struct arena *arena)
{
	char total[FORMAT_SIZE], free[FORMAT_SIZE], id[FORMAT_SIZE];
	const char *cpus =
		node->cpus && *node->cpus ? arena_printf(arena, "cpu %s", node->cpus) : "no cpu";

	if (node->mem_total_bytes == 0)
		return arena_printf(
			arena, "node %s: %s, no memory", format_id(id, node->id), cpus);
	return arena_printf(arena, "node %s: %s, %s of %s free", format_id(id, node->id), cpus,
		format_bytes(free, node->mem_free_bytes),
		format_bytes(total, node->mem_total_bytes));
}

/* "distance 21", "distances 16 to 32"; "" when the firmware tells none. */
static const char *distance_words(const struct host *host, struct arena *arena)
{
	double least = NAN, most = NAN;

	for (size_t i = 0; i < host->n_host_node; i++)
		for (size_t k = 0; k < host->host_node[i].n_distance; k++)
			if (i != k) {
				least = fmin(least, host->host_node[i].distance[k].distance);
				most = fmax(most, host->host_node[i].distance[k].distance);
			}
	if (isnan(least))
		return "";
	if (least == most)
		return arena_printf(arena, ", distance %.0f", least);
	return arena_printf(arena, ", distances %.0f to %.0f", least, most);
}

static const char *balancing_words(const struct host *host, struct arena *arena)
{
	char moved[FORMAT_SIZE], faults[FORMAT_SIZE], local[FORMAT_SIZE];
	const char *text;

	if (isnan(host->numa_migrated_pages_per_s))
		return "";
	text = arena_printf(arena, "  balancing %s pages/s",
		format_per_s(moved, host->numa_migrated_pages_per_s));
	if (host->numa_hint_faults_per_s >= 1)
		text = arena_printf(arena, "%s, %s faults/s %s%% local", text,
			format_per_s(faults, host->numa_hint_faults_per_s),
			format_pct(local, host->numa_hint_local_pct));
	return text;
}

/* One after the other in columns of the widest, on few lines. */
static void add_nodes(const struct host *host, struct page *page, struct arena *arena)
{
	int width = 0, across, col = 0, row = 0;
	size_t shown = host->n_host_node, lines;

	for (size_t i = 0; i < host->n_host_node; i++) {
		int words = canvas_width(node_words(&host->host_node[i], arena)) + BETWEEN;

		width = words > width ? words : width;
	}
	across = (page->cols + BETWEEN) / width;
	across = across > 0 ? across : 1;
	lines = (host->n_host_node + (size_t)across - 1) / (size_t)across;
	if (lines > MAP_LINES)
		shown = MAP_LINES * (size_t)across - 1;
	for (size_t i = 0; i < shown; i++, col = (col + 1) % across) {
		const struct host_node *node = &host->host_node[i];

		if (col == 0)
			row = page_row(page);
		canvas_text(&page->canvas, row, col * width, width - 1,
			node->mem_total_bytes == 0 || !node->cpus || !*node->cpus ? STYLE_WATCH
										  : STYLE_DIM,
			node_words(node, arena));
	}
	if (shown < host->n_host_node)
		canvas_printf(&page->canvas, row, col * width, STYLE_DIM, "and %zu more",
			host->n_host_node - shown);
}

void numa_head(const struct snapshot *snap, struct page *page)
{
	const struct host *host = &snap->host;
	struct arena arena = { 0 };

	if (host->n_host_node > 1) {
		canvas_printf(&page->canvas, page_row(page), 0, STYLE_NORMAL, "%zu nodes%s%s",
			host->n_host_node, distance_words(host, &arena),
			balancing_words(host, &arena));
		add_nodes(host, page, &arena);
	} else if (host->n_host_cpu) {
		canvas_text(&page->canvas, page_row(page), 0, -1, STYLE_DIM,
			"1 node: memory is local by nature");
	} else {
		canvas_text(&page->canvas, page_row(page), 0, -1, STYLE_WATCH,
			"the host's nodes are not known");
	}
	arena_release(&arena);
}

static double share_of(const struct node_share *share, size_t n, uint64_t node)
{
	for (size_t i = 0; i < n; i++)
		if (strtoull(share[i].node, NULL, 10) == node)
			return share[i].pct;
	return NAN;
}

/* The mean distance from where its vCPUs ran. */
static double mean_distance(const struct host *host, const struct numa *numa, size_t to)
{
	double sum = 0;

	for (size_t i = 0; i < host->n_host_node; i++) {
		const struct host_node *from = &host->host_node[i];
		double pct = share_of(numa->host_cpu_pct, numa->n_host_cpu_pct, from->id);

		if (pct == 0)
			continue;
		if (to >= from->n_distance)
			return NAN;
		sum += pct * from->distance[to].distance / 100;
	}
	return sum;
}

static void put_share(struct page *page, int row, int col, int bar, double pct, uint8_t style)
{
	char text[FORMAT_SIZE];

	canvas_printf(&page->canvas, row, col, isnan(pct) ? STYLE_DIM : style, "%*s", SHARE,
		format_pct(text, pct));
	bar_draw(&page->canvas, row, col + SHARE + 1, bar, style, pct, 100);
}

static void add_node(
	const struct host *host, const struct numa *numa, size_t i, int bar, struct page *page)
{
	const struct host_node *node = &host->host_node[i];
	double memory = share_of(numa->host_mem_pct, numa->n_host_mem_pct, node->id);
	double ran = share_of(numa->host_cpu_pct, numa->n_host_cpu_pct, node->id);
	double distance = mean_distance(host, numa, i);
	int row = page_row(page), col = INDENT;
	char id[FORMAT_SIZE];
	bool far = memory > 0 && distance > LOCAL_DISTANCE * NUMA_WATCH_FACTOR;

	canvas_printf(&page->canvas, row, col, STYLE_NORMAL, "%4s", format_id(id, node->id));
	col += 5;
	put_share(page, row, col, bar, memory, far ? STYLE_WARN : STYLE_HOST);
	col += SHARE + bar + 2;
	put_share(page, row, col, bar, ran, STYLE_HOST);
	col += SHARE + bar + 2;
	if (isnan(distance))
		canvas_text(&page->canvas, row, col + 7, 1, STYLE_DIM, "-");
	else
		canvas_printf(&page->canvas, row, col, STYLE_HOST, "%8.1f", distance);
	canvas_text(&page->canvas, row, col + 10, -1, STYLE_DIM,
		node->mem_total_bytes == 0   ? "no memory"
		: node->cpus && !*node->cpus ? "no CPUs"
					     : "");
}

static void add_devices(const struct numa *numa, struct page *page)
{
	char local[FORMAT_SIZE], run[FORMAT_SIZE];

	for (size_t i = 0; i < numa->n_numa_device; i++) {
		const struct numa_device *device = &numa->numa_device[i];
		const char *name = device->name ? device->name : "-";

		if (device->node == UNKNOWN_U64)
			page_printf(page, INDENT, STYLE_DIM, "device %s: its node is not known",
				name);
		else
			page_printf(page, INDENT, STYLE_HOST,
				"device %s on node %llu, with %s%% of the memory", name,
				(unsigned long long)device->node,
				format_pct(local, device->local_pct));
	}
	if (!isnan(numa->vhost_run_pct))
		page_printf(page, INDENT, STYLE_HOST,
			"vhost workers ran %s%% of a CPU, with %s%% of the memory local",
			format_pct(run, numa->vhost_run_pct),
			format_pct(local, numa->vhost_local_pct));
}

static void add_sample(const struct vm *vm, struct page *page)
{
	char error[FORMAT_SIZE], absent[FORMAT_SIZE], window[FORMAT_SIZE], pages[FORMAT_SIZE];

	if (vm->pages.sampled == UNKNOWN_U64)
		return;
	page_printf(page, INDENT, STYLE_DIM, "of %s random pages over %s, ±%s; absent %s%%",
		format_count(pages, vm->pages.sampled), format_age(window, vm->pages.window_s),
		format_pct(error, vm->numa.host_local_error_pct),
		format_pct(absent, vm->numa.absent_pct));
}

void numa_detail(const struct vm_view *view, struct page *page)
{
	static const struct track track[] = {
		{ SERIES_LOCAL, "local", STYLE_HOST, format_pct },
	};
	const struct host *host = &view->snap->host;
	const struct numa *numa = &view->vm->numa;
	int bar = (page->cols - INDENT - 5 - 2 * (SHARE + 2) - 20) / 2, row;

	if (host->n_host_node < 2)
		return;
	bar = bar > BAR_MOST ? BAR_MOST : bar > 0 ? bar : 0;
	page_heading(page, "nodes: where its memory lies and its vCPUs ran, %");
	row = page_row(page);
	canvas_printf(&page->canvas, row, INDENT, STYLE_HEADING, "%4s %*s%*s %*s%*s %9s", "node",
		SHARE, "memory", bar + 1, "", SHARE, "ran", bar + 1, "", "distance");
	for (size_t i = 0; i < host->n_host_node; i++)
		add_node(host, numa, i, bar, page);
	add_sample(view->vm, page);
	add_devices(numa, page);
	vmpage_tracks(view, track, 1, page);
	page_blank(page);
}
