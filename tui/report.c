// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/report.h"

#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probes/anonymize.h"
#include "probes/replay.h"
#include "tui/localtime.h"
#include "tui/output.h"
#include "tui/witness.h"

static void report_init(struct report *report, const struct options *options)
{
	*report = (struct report){
		.options = options,
		.spans = spans_new(),
		.peaks = peaks_new(),
		.worst = worst_new(DOCUMENT_COLS),
		.judge = judge_new(),
		.anonymizer = options->anonymize ? anonymizer_new() : NULL,
	};
	recording_init(&report->recording);
}

static void report_release(struct report *report)
{
	recording_release(&report->recording);
	spans_free(report->spans);
	peaks_free(report->peaks);
	worst_free(report->worst);
	judge_free(report->judge);
	anonymizer_free(report->anonymizer);
	arena_release(&report->arena);
}

static void take(struct report *report, struct snapshot *snap)
{
	if (report->anonymizer)
		anonymize(report->anonymizer, snap);
	witness_judge(report->judge, snap, true);
	output_keep_matching(report->options, snap);
	recording_add(&report->recording, snap);
	spans_add(report->spans, snap);
	peaks_add(report->peaks, snap);
	worst_add(report->worst, snap);
}

static void read_all(struct report *report, struct replay *replay)
{
	struct snapshot *snap = snapshot_new();

	while (replay_next_readable(replay, NULL, snap, &report->err) == 0)
		take(report, snap);
	snapshot_free(snap);
}

/* A recording may hold any number; gmtime_r takes care of years, not of what time_t holds. */
bool report_local(const struct report *report, double time_s, struct tm *local)
{
	static const double most_s = 1e15;
	time_t seconds;

	if (!(fabs(time_s) < most_s))
		return false;
	seconds = (time_t)floor(time_s) + report_utc_offset_s(report, time_s);
	return gmtime_r(&seconds, local);
}

static bool on_one_day(const struct report *report)
{
	struct tm a, b;

	return report_local(report, report->recording.from_s, &a) &&
	       report_local(report, report->recording.to_s, &b) && a.tm_yday == b.tm_yday &&
	       a.tm_year == b.tm_year;
}

static void put_together(struct report *report)
{
	const struct recording *recording = &report->recording;
	size_t n;
	const struct span *span = spans_get(report->spans, &n);

	report->n_group = groups_make(span, n, recording->from_s, &report->arena, &report->group);
	report->with_date = !on_one_day(report);
}

static int write_all(struct report *report)
{
	const struct options *options = report->options;
	struct document document = {
		.stream = stdout,
		.form = options->form,
		.ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
	};

	put_together(report);
	report_head(report, &document);
	report_findings(report, &document);
	report_picture(report, &document);
	report_appendix(report, &document);
	return output_end(document_finish(&document));
}

/* What was read before it broke off is worth its report, and the status tells all the same. */
static int run(struct report *report, struct replay *replay)
{
	int status = 0;

	read_all(report, replay);
	if (report->recording.n_snapshot)
		status = write_all(report);
	if (!report->err.code)
		return status;
	fprintf(stderr, "parallax: %s\n", report->err.text);
	return 1;
}

int report_run(const struct options *options)
{
	struct report report;
	struct replay *replay;
	struct err err = { 0 };
	int status;

	if (replay_open(options->replay, &replay, &err)) {
		fprintf(stderr, "parallax: %s\n", err.text);
		return 1;
	}
	report_init(&report, options);
	status = run(&report, replay);
	report_release(&report);
	replay_close(replay);
	return status;
}

int report_utc_offset_s(const struct report *report, double time_s)
{
	return localtime_offset_at(report->recording.utc_offset_s, time_s);
}

const char *report_time(const struct report *report, double time_s, struct arena *arena)
{
	struct tm local;
	char text[32];

	if (!report_local(report, time_s, &local) ||
		!strftime(text, sizeof(text), report->with_date ? "%m-%d %H:%M:%S" : "%H:%M:%S",
			&local))
		return "-";
	return arena_strdup(arena, text);
}

const char *report_vm(const struct span *span)
{
	return span->vm ? span->vm : "host";
}
