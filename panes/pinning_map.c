// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pinning.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "panes/format.h"
#include "panes/spark.h"
#include "panes/style.h"

/*
 * The CPUs at a glance, in as many rows as any host may take: up to FEW, a line each; else a mark
 * for one CPU, or for a few neighbours with the worst of them. Neighbours are those of a node, and
 * there those of a core.
 */
enum { FEW = 4, GROUP = 8, ROWS_LEAST = 3, ROWS_WIDE = 4, WIDE_COLS = 120, WORST = 2 };
enum { COLS_LEAST = 20 };

struct unit {
	uint64_t id, node, core;
	unsigned cpus; /* how many it stands for */
	double demand_pct, contended_pct;
};

struct map {
	const struct snapshot *snap;
	struct unit *unit;
	size_t n;
	bool has_nodes;
};

static int by_place(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->core != y->core)
		return x->core < y->core ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static const struct host_cpu *place_of(const struct snapshot *snap, uint64_t id)
{
	for (size_t i = 0; i < snap->host.n_host_cpu; i++)
		if (snap->host.host_cpu[i].id == id)
			return &snap->host.host_cpu[i];
	return NULL;
}

/* Both lists are by id, and mostly the same. */
static struct unit unit_of(const struct snapshot *snap, size_t i)
{
	const struct cpu_load *load = &snap->cpu_load[i];
	const struct host_cpu *place = i < snap->host.n_host_cpu ? &snap->host.host_cpu[i] : NULL;

	if (!place || place->id != load->id)
		place = place_of(snap, load->id);
	return (struct unit){
		.id = load->id,
		.node = place ? place->node : UNKNOWN_U64,
		.core = place ? place->core : load->id,
		.cpus = 1,
		.demand_pct = load->demand_pct,
		.contended_pct = load->contended_pct,
	};
}

static struct map map_make(const struct snapshot *snap, struct arena *arena)
{
	struct map map = { .snap = snap,
		.unit = arena_array(arena, snap->n_cpu_load, sizeof(*map.unit)),
		.n = snap->n_cpu_load };

	for (size_t i = 0; i < map.n; i++)
		map.unit[i] = unit_of(snap, i);
	if (map.n)
		qsort(map.unit, map.n, sizeof(*map.unit), by_place);
	map.has_nodes = map.n && map.unit[0].node != map.unit[map.n - 1].node;
	return map;
}

/* Put two neighbours of one node into one, the worse of both; false: there are none. */
static bool map_halve(struct map *map)
{
	size_t kept = 0, before = map->n;

	for (size_t i = 0; i < map->n; kept++) {
		struct unit one = map->unit[i++];

		if (i < map->n && map->unit[i].node == one.node) {
			one.demand_pct = fmax(one.demand_pct, map->unit[i].demand_pct);
			one.contended_pct = fmax(one.contended_pct, map->unit[i].contended_pct);
			one.cpus += map->unit[i].cpus;
			i++;
		}
		map->unit[kept] = one;
	}
	map->n = kept;
	return kept < before;
}

/* So many nodes that their names alone would fill the rows. */
static void forget_nodes(struct map *map)
{
	for (size_t i = 0; i < map->n; i++)
		map->unit[i].node = 0;
	map->has_nodes = false;
}

static bool begins_node(const struct map *map, size_t i)
{
	return map->has_nodes && (i == 0 || map->unit[i].node != map->unit[i - 1].node);
}

/* What the next group of marks needs: those of one node, with its name before the first. */
static size_t group_end(const struct map *map, size_t begin)
{
	size_t end = begin + 1;

	while (end < map->n && end - begin < GROUP && !begins_node(map, end))
		end++;
	return end;
}

enum { LABEL = 5, NODE = 4 }; /* "  64 ", "n12 " */

static uint8_t mark_style(const struct snapshot *snap, const struct unit *unit)
{
	return severity_style(pinning_cpu_severity(snap, unit->contended_pct), STYLE_HOST);
}

/* "!" fought over; 2 to 9: so many times what is there; else a bar of what is asked. */
static uint32_t mark_of(const struct unit *unit)
{
	static const uint32_t BAR_LOWEST = 0x2581, DOT = 0x00b7;

	if (unit->contended_pct >= 200)
		return '0' + (uint32_t)fmin(unit->contended_pct / 100, 9);
	if (unit->contended_pct >= PINNING_WATCH_PCT)
		return '!';
	if (isnan(unit->demand_pct))
		return '?';
	if (unit->demand_pct < 1)
		return DOT;
	return BAR_LOWEST + (uint32_t)fmin(unit->demand_pct / 100 * 8, 7);
}

static void draw_group(struct page *page, int row, int col, const struct map *map, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		canvas_fill(&page->canvas, row, col++, 1,
			map->unit[i].demand_pct < 1 ? STYLE_DIM
						    : mark_style(map->snap, &map->unit[i]),
			mark_of(&map->unit[i]));
}

/* Draws when page is given. Returns the rows. */
static int lay_out(const struct map *map, int cols, struct page *page)
{
	int rows = 0, col = cols, row = 0;
	char id[1 + FORMAT_SIZE];

	for (size_t begin = 0, end; begin < map->n; begin = end) {
		int name = begins_node(map, begin) ? NODE : 0;

		end = group_end(map, begin);
		if (col + name + (int)(end - begin) > cols) {
			rows++;
			col = LABEL;
			if (page) {
				row = page_row(page);
				canvas_printf(&page->canvas, row, 0, STYLE_DIM, "%4s",
					format_id(id, map->unit[begin].id));
			}
		}
		if (page && name && map->unit[begin].node != UNKNOWN_U64) {
			format_id(id + 1, map->unit[begin].node);
			id[0] = 'n';
			canvas_text(&page->canvas, row, col, NODE - 1, STYLE_DIM, id);
		}
		if (page)
			draw_group(page, row, col + name, map, begin, end);
		col += name + (int)(end - begin) + 1;
	}
	return rows;
}

static void draw_marks(struct map *map, struct page *page)
{
	int most = page->cols >= WIDE_COLS ? ROWS_WIDE : ROWS_LEAST;
	unsigned cpus = 1;
	char each[48] = "";

	if (page->cols < COLS_LEAST)
		return;
	while (lay_out(map, page->cols, NULL) > most && map->n > 1)
		if (!map_halve(map))
			forget_nodes(map);
	lay_out(map, page->cols, page);
	for (size_t i = 0; i < map->n; i++)
		cpus = map->unit[i].cpus > cpus ? map->unit[i].cpus : cpus;
	if (cpus > 1)
		snprintf(each, sizeof(each), "the worst of %u CPUs: ", cpus);
	canvas_printf(&page->canvas, page_row(page), 0, STYLE_DIM,
		"     %s▁▄█ asked of it  ! fought over  2-9 so many times over", each);
}

static const struct cpu_load *load_of(const struct snapshot *snap, uint64_t id)
{
	for (size_t i = 0; i < snap->n_cpu_load; i++)
		if (snap->cpu_load[i].id == id)
			return &snap->cpu_load[i];
	return NULL;
}

/* full_at: the column of its bar. */
static void draw_one(
	const struct snapshot *snap, const struct unit *unit, int full_at, struct page *page)
{
	enum { BAR = 20, PCT_AT = BAR + 1, NAMES_AT = PCT_AT + 7 };
	const struct cpu_load *load = load_of(snap, unit->id);
	const struct host_cpu *place = place_of(snap, unit->id);
	const uint8_t style = mark_style(snap, unit);
	double demand = unit->contended_pct >= PINNING_WATCH_PCT ? unit->contended_pct : unit->demand_pct;
	char pct[FORMAT_SIZE], id[FORMAT_SIZE];
	int row = page_row(page), col = full_at + NAMES_AT;

	canvas_printf(&page->canvas, row, 0, STYLE_DIM, "CPU %s", format_id(id, unit->id));
	canvas_fill(&page->canvas, row, full_at, BAR, STYLE_DIM, 0x00b7);
	bar_draw(&page->canvas, row, full_at, BAR, style, demand, 100);
	if (unit->contended_pct >= PINNING_WATCH_PCT)
		canvas_fill(&page->canvas, row, full_at + BAR - 1, 1, style, mark_of(unit));
	canvas_printf(&page->canvas, row, full_at + PCT_AT, style, "%4s%%", format_pct(pct, demand));
	for (size_t i = 0; load && i < load->n_names; i++)
		col += canvas_printf(&page->canvas, row, col, STYLE_NORMAL, "%s%s", i ? ", " : "",
			load->names[i].name ? load->names[i].name : "-");
	if (load && load->sharers != UNKNOWN_U64 && load->sharers > load->n_names)
		canvas_printf(&page->canvas, row, col, STYLE_DIM, " and %llu more",
			(unsigned long long)load->sharers - load->n_names);
	else if (place && place->isolated)
		canvas_text(&page->canvas, row, col, -1, STYLE_DIM, load && load->n_names
									    ? ", isolated"
									    : "isolated");
}

/* Their bars begin in one column, after the longest number. */
static void draw_few(const struct map *map, struct page *page)
{
	int digits = 1;
	char id[FORMAT_SIZE];

	for (size_t i = 0; i < map->n; i++) {
		int width = canvas_width(format_id(id, map->unit[i].id));

		digits = width > digits ? width : digits;
	}
	for (size_t i = 0; i < map->n; i++)
		draw_one(map->snap, &map->unit[i], canvas_width("CPU ") + digits + 1, page);
}

static void draw_set(const struct snapshot *snap, const struct cpuset *set, struct page *page,
	struct arena *arena)
{
	enum severity severity = pinning_fight_severity(snap, set);
	char demand[FORMAT_SIZE];

	canvas_printf(&page->canvas, page_row(page), 0, severity_style(severity, STYLE_NORMAL),
		"%-2s %s: %s%% asked of %s: %s", severity_mark(severity),
		pinning_cpus(set->cpus, set->cpus_count, arena), format_pct(demand, set->demand_pct),
		set->cpus_count == 1 ? "it" : "them", pinning_names(set, CPUSET_SHARES, arena));
}

/* The sets that are short; else how near the tightest is to it. */
static void draw_worst(const struct snapshot *snap, size_t most, struct page *page, struct arena *arena)
{
	const struct cpuset *first = snap->n_cpuset && snap->cpuset[0].bound ? &snap->cpuset[0] : NULL;
	char demand[FORMAT_SIZE];
	size_t n = 0;

	for (; n < most && n < snap->n_cpuset; n++) {
		if (pinning_set_severity(&snap->cpuset[n]) == SEVERITY_NONE)
			break;
		draw_set(snap, &snap->cpuset[n], page, arena);
	}
	if (n || most == 0)
		return;
	if (first)
		canvas_printf(&page->canvas, page_row(page), 0, STYLE_DIM,
			"   no CPUs are fought over; of %s, the tightest, %s%% are asked",
			pinning_cpus(first->cpus, first->cpus_count, arena),
			format_pct(demand, first->demand_pct));
	else
		canvas_text(&page->canvas, page_row(page), 0, -1, STYLE_DIM,
			"   no VM is bound to CPUs: the scheduler may move each of their threads");
}

/* The lines of few CPUs say by themselves who is on each; not who is on several. */
static bool says_all(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_cpuset; i++)
		if (pinning_set_severity(&snap->cpuset[i]) != SEVERITY_NONE &&
			snap->cpuset[i].cpus_count > 1)
			return false;
	return snap->n_cpuset && pinning_set_severity(&snap->cpuset[0]) != SEVERITY_NONE;
}

void pinning_map(const struct snapshot *snap, struct page *page)
{
	struct arena arena = { 0 };
	struct map map = map_make(snap, &arena);

	if (map.n == 0) {
		canvas_text(&page->canvas, page_row(page), 0, -1, STYLE_DIM,
			"   where threads may run is not known");
	} else if (map.n <= FEW) {
		draw_few(&map, page);
		if (!says_all(snap))
			draw_worst(snap, 1, page, &arena);
	} else {
		draw_worst(snap, WORST, page, &arena);
		draw_marks(&map, page);
	}
	arena_release(&arena);
}
