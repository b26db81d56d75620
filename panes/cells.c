// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/cells.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

uint8_t cell_style(const struct row *row, const char *source, bool known, uint8_t style)
{
	const struct source *of = vm_source(row->vm, source);

	if (!known)
		return STYLE_DIM;
	return of && of->state == SOURCE_STALE ? STYLE_STALE : style;
}

void cell_pct(
	const struct row *row, const char *source, double pct, uint8_t style, struct cell_text *out)
{
	format_pct(out->text, pct);
	out->style = cell_style(row, source, !isnan(pct), style);
}

void cell_per_s(const struct row *row, const char *source, double per_s, uint8_t style,
	struct cell_text *out)
{
	format_per_s(out->text, per_s);
	out->style = cell_style(row, source, !isnan(per_s), style);
}

void cell_age(const struct row *row, const char *source, double age_s, struct cell_text *out)
{
	format_age(out->text, age_s);
	out->style = cell_style(row, source, !isnan(age_s), STYLE_DIM);
}

void cell_count(uint64_t count, uint8_t style, struct cell_text *out)
{
	format_count(out->text, count);
	out->style = count == UNKNOWN_U64 ? STYLE_DIM : style;
}

void cell_bytes(uint64_t bytes, struct cell_text *out)
{
	format_bytes(out->text, bytes);
	out->style = bytes == UNKNOWN_U64 ? STYLE_DIM : STYLE_HOST;
}

void cell_word(const char *word, uint8_t style, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%s", word ? word : "-");
	out->style = word ? style : STYLE_DIM;
}

double cell_number(uint64_t value)
{
	return value == UNKNOWN_U64 ? NAN : (double)value;
}

void cell_ns(
	const struct row *row, const char *source, double ns, uint8_t style, struct cell_text *out)
{
	format_ns(out->text, ns);
	out->style = cell_style(row, source, !isnan(ns), style);
}

void cell_verdict(enum verdict verdict, struct cell_text *out)
{
	const char *word = words_verdict[verdict];

	cell_word(word && *word ? word : NULL,
		verdict_disagrees(verdict) ? STYLE_GAP : STYLE_DIM, out);
}

void cell_mark(enum severity severity, enum verdict verdict, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%s", severity_mark(severity));
	out->style = verdict_disagrees(verdict) ? STYLE_GAP : severity_style(severity, STYLE_DIM);
}

void cell_gap(const struct row *row, double gap, enum verdict verdict,
	char *(*format)(char *buf, double value), struct cell_text *out)
{
	if (vm_is_halted(row->vm) || isnan(gap)) {
		cell_word(NULL, STYLE_DIM, out);
		return;
	}
	format(out->text + (gap < 0), fabs(gap));
	if (gap < 0)
		out->text[0] = '-';
	out->style = verdict_disagrees(verdict) ? STYLE_GAP : STYLE_NORMAL;
}

double cell_gap_order(enum verdict verdict, enum severity severity, double size)
{
	enum { DISAGREES = 10 };
	static const double STEP = 1e9;

	return (verdict_disagrees(verdict) ? DISAGREES * STEP : 0) + severity * STEP +
	       (isnan(size) ? 0 : fmin(fabs(size), STEP / 2));
}

enum severity cell_severity(const struct row *row, enum verdict verdict, enum severity trouble)
{
	if (vm_is_halted(row->vm))
		return SEVERITY_NONE;
	return verdict == VERDICT_PHANTOM ? severity_worse(trouble, SEVERITY_WATCH) : trouble;
}

bool cell_note_halted(const struct row *row, struct cell_text *out)
{
	const struct vm *vm = row->vm;

	if (!vm_is_halted(vm))
		return false;
	snprintf(out->text, sizeof(out->text), vm->state_reason ? "%s: %.70s" : "%s",
		words_vm_state[vm->state], vm->state_reason);
	out->style = STYLE_WATCH;
	return true;
}

void cell_vm(const struct row *row, struct cell_text *out)
{
	cell_word(row->vm->name, vm_is_halted(row->vm) ? STYLE_DIM : STYLE_NORMAL, out);
}

void cell_state(const struct row *row, struct cell_text *out)
{
	const char *state = words_vm_state[row->vm->state];

	cell_word(state && *state ? state : NULL, STYLE_HOST, out);
}

void cell_accel(const struct row *row, struct cell_text *out)
{
	const char *accel = words_vm_accel[row->vm->accel];

	cell_word(accel && *accel ? accel : NULL, STYLE_HOST, out);
}

void cell_pid(const struct row *row, struct cell_text *out)
{
	format_id(out->text, row->vm->pid);
	out->style = row->vm->pid == UNKNOWN_U64 ? STYLE_DIM : STYLE_HOST;
}

double cell_pid_value(const struct row *row)
{
	return cell_number(row->vm->pid);
}

void cell_threads(const struct row *row, struct cell_text *out)
{
	cell_count(row->vm->vcpu_source ? row->vm->steal.n_vcpu : UNKNOWN_U64, STYLE_HOST, out);
}

double cell_threads_value(const struct row *row)
{
	return row->vm->vcpu_source ? (double)row->vm->steal.n_vcpu : NAN;
}

void cell_sold(const struct row *row, struct cell_text *out)
{
	cell_bytes(row->vm->memory.sold_bytes, out);
}

double cell_sold_value(const struct row *row)
{
	return cell_number(row->vm->memory.sold_bytes);
}

void cell_rss(const struct row *row, struct cell_text *out)
{
	cell_bytes(row->vm->memory.host_rss_bytes, out);
}

double cell_rss_value(const struct row *row)
{
	return cell_number(row->vm->memory.host_rss_bytes);
}
