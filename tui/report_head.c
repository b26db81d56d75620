// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "panes/format.h"
#include "probes/schema.h"
#include "tui/localtime.h"
#include "tui/report.h"

enum { GAPS_SHOWN = 6 };

static void add_host(
	const struct recording *recording, struct arena *arena, struct document *document)
{
	char cpus[FORMAT_SIZE], nodes[FORMAT_SIZE], memory[FORMAT_SIZE], swap[FORMAT_SIZE];

	document_item(document, "host",
		arena_printf(arena, "%s, kernel %s%s%s", recording->host ? recording->host : "-",
			recording->kernel ? recording->kernel : "-",
			recording->is_guest ? "; it is a guest itself" : "",
			recording->several_hosts ? "; other hosts before it in the same recording"
						 : ""));
	document_item(document, "machine",
		arena_printf(arena, "%s CPUs, %s node%s, %s of memory, %s of swap",
			format_count(cpus, recording->cpus), format_count(nodes, recording->nodes),
			recording->nodes == 1 ? "" : "s",
			format_bytes(memory, recording->mem_total_bytes),
			format_bytes(swap, recording->swap_total_bytes)));
}

static const char *date_and_time(const struct report *report, double time_s, struct arena *arena)
{
	struct tm local;
	char text[64];

	if (!report_local(report, time_s, &local) ||
		!strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local))
		return "-";
	return arena_strdup(arena, text);
}

/* "UTC+01:00" */
static const char *zone(const struct report *report, struct arena *arena)
{
	const int offset_s = report_utc_offset_s(report, report->recording.from_s);
	const int minutes = abs(offset_s) / 60;

	return arena_printf(
		arena, "UTC%c%02d:%02d", offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static const char *whose_zone(const struct recording *recording)
{
	if (!localtime_is_told(recording->utc_offset_s))
		return "that of the reader: the recording does not tell the host's";
	if (recording->utc_offset_changed)
		return "that of the host in the beginning; it changed later";
	return "that of the host";
}

static void add_times(const struct report *report, struct arena *arena, struct document *document)
{
	const struct recording *recording = &report->recording;
	char length[FORMAT_SIZE];

	document_item(document, "recorded",
		arena_printf(arena, "%s to %s, %s", date_and_time(report, recording->from_s, arena),
			date_and_time(report, recording->to_s, arena),
			format_duration(length, recording->to_s - recording->from_s)));
	document_item(document, "time zone",
		arena_printf(arena, "%s, %s", zone(report, arena), whose_zone(recording)));
}

static const char *how_often(const struct recording *recording, struct arena *arena)
{
	char shortest[FORMAT_SIZE], longest[FORMAT_SIZE];

	if (isnan(recording->interval_min_s))
		return "intervals unknown";
	format_age(shortest, recording->interval_min_s);
	format_age(longest, recording->interval_max_s);
	if (round(recording->interval_min_s * 10) == round(recording->interval_max_s * 10))
		return arena_printf(arena, "one every %s", shortest);
	return arena_printf(arena, "one every %s to %s", shortest, longest);
}

static void add_snapshots(
	const struct recording *recording, struct arena *arena, struct document *document)
{
	document_item(document, "snapshots",
		arena_printf(arena, "%zu, %s", recording->n_snapshot, how_often(recording, arena)));
	document_item(document, "VMs",
		recording->vms_min == recording->vms_max
			? arena_printf(arena, "%zu", recording->vms_max)
			: arena_printf(arena, "%zu to %zu at a time", recording->vms_min,
				  recording->vms_max));
}

/* The sentence names the file and may quote it. */
static const char *what_is_missing(const struct report *report)
{
	return report->anonymizer ? "not all of the recording can be read" : report->err.text;
}

static void add_gaps(const struct report *report, struct arena *arena, struct document *document)
{
	const struct recording *recording = &report->recording;
	const char *text = "";
	char length[FORMAT_SIZE];

	for (size_t i = 0; i < recording->n_gap && i < GAPS_SHOWN; i++)
		text = arena_printf(arena, "%s%sfrom %s for %s", text, i ? ", " : "",
			report_time(report, recording->gap[i].from_s, arena),
			format_duration(length, recording->gap[i].to_s - recording->gap[i].from_s));
	if (recording->n_gap_all > GAPS_SHOWN)
		text = arena_printf(
			arena, "%s, and %zu more", text, recording->n_gap_all - GAPS_SHOWN);
	document_item(
		document, "gaps", recording->n_gap_all ? text : "none longer than 3 intervals");
	if (recording->n_back)
		document_item(document, "clock",
			arena_printf(arena, "it went back %zu times: lengths are not to be trusted",
				recording->n_back));
	if (report->err.code)
		document_item(document, "not complete",
			arena_printf(arena, "%s; this report is of what could be read",
				what_is_missing(report)));
}

static size_t total_seen(const struct seen_source *source)
{
	size_t total = 0;

	for (int state = SOURCE_UNAVAILABLE; state <= SOURCE_OK; state++)
		total += source->seen[state];
	return total;
}

/* "ok in 5, stale in 3 of 8 snapshots: no answer for 3 s" */
static const char *source_text(const struct seen_source *source, struct arena *arena)
{
	const size_t total = total_seen(source);
	const char *text = "";

	for (int state = SOURCE_OK; state >= SOURCE_UNAVAILABLE; state--) {
		if (source->seen[state] == total)
			text = arena_printf(arena, "%s throughout", words_source_state[state]);
		else if (source->seen[state])
			text = arena_printf(arena, "%s%s%s in %zu of %zu", text, *text ? ", " : "",
				words_source_state[state], source->seen[state], total);
	}
	return arena_printf(arena, "%s%s%s", text, source->reason ? ": " : "",
		source->reason ? source->reason : "");
}

static void add_sources(
	const struct recording *recording, struct arena *arena, struct document *document)
{
	const char *fine = "";

	for (size_t i = 0; i < recording->n_source; i++) {
		const struct seen_source *source = &recording->source[i];

		if (source->seen[SOURCE_OK] == total_seen(source))
			fine = arena_printf(arena, "%s%s%s", fine, *fine ? ", " : "", source->name);
	}
	document_item(document, "sources",
		*fine ? arena_printf(arena, "%s: ok throughout", fine) : "none was ok throughout");
	for (size_t i = 0; i < recording->n_source; i++) {
		const struct seen_source *source = &recording->source[i];

		if (source->seen[SOURCE_OK] != total_seen(source))
			document_item(document, source->name, source_text(source, arena));
	}
}

static void add_most(const struct report *report, struct arena *arena, struct document *document)
{
	static const struct document_column column[] = { { "at most", 24 }, { "value", 9 },
		{ "when", 14 }, { "VM", 30 } };

	document_table(document, column, sizeof(column) / sizeof(column[0]));
	for (size_t i = 0; i < RECORDING_MOST; i++) {
		const struct most *most = &report->recording.most[i];
		char value[FORMAT_SIZE];
		const char *const cell[] = { most->label,
			isnan(most->value) ? "-"
					   : arena_printf(arena, "%s%s",
						     most->format(value, most->value), most->unit),
			isnan(most->value) ? "-" : report_time(report, most->at_s, arena),
			most->vm ? most->vm : "" };

		document_row(document, cell);
	}
	document_end_table(document);
}

void report_head(const struct report *report, struct document *document)
{
	const struct recording *recording = &report->recording;
	struct arena arena = { 0 };

	document_title(document, 1,
		arena_printf(&arena, "Post-mortem of %s",
			recording->host ? recording->host : "a host without a name"));
	add_host(recording, &arena, document);
	add_times(report, &arena, document);
	add_snapshots(recording, &arena, document);
	add_gaps(report, &arena, document);
	add_sources(recording, &arena, document);
	if (report->options->filter)
		document_item(document, "only VMs", report->options->filter);
	document_end_list(document);
	add_most(report, &arena, document);
	arena_release(&arena);
}
