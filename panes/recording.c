// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "panes/format.h"
#include "probes/text.h"

/* Snapshots that are farther apart than so many intervals: something was not recorded. */
static const double GAP_INTERVALS = 3;

static double host_run(const struct host *host)
{
	return host->run_pct;
}

static double host_wait(const struct host *host)
{
	return host->wait_pct;
}

static double host_swap_out(const struct host *host)
{
	return host->swap_out_bytes_per_s;
}

static double vm_delay(const struct vm *vm)
{
	return vm->steal.host_delay_pct;
}

static double vm_told(const struct vm *vm)
{
	return vm->steal.guest_steal_pct;
}

static double vm_blocked(const struct vm *vm)
{
	return vm->steal.host_blocked_pct;
}

static double vm_stalled(const struct vm *vm)
{
	return vm->thp.stall_ms_per_s;
}

/* clang-format off */
static const struct {
	const char *label, *unit;
	char *(*format)(char *buf, double value);
	double (*of_host)(const struct host *host); /* this or of_vm */
	double (*of_vm)(const struct vm *vm);
} figure[RECORDING_MOST] = {
	{ "CPUs of the host ran", "%", format_pct, .of_host = host_run },
	{ "waiting for them", "%", format_pct, .of_host = host_wait },
	{ "to swap", "/s", format_rate, .of_host = host_swap_out },
	{ "a VM waited", "%", format_pct, .of_vm = vm_delay },
	{ "a guest saw of steal", "%", format_pct, .of_vm = vm_told },
	{ "a VM was blocked", "%", format_pct, .of_vm = vm_blocked },
	{ "a VM was stalled", "ms/s", format_per_s, .of_vm = vm_stalled },
};
/* clang-format on */

void recording_init(struct recording *recording)
{
	*recording = (struct recording){
		.cpus = UNKNOWN_U64,
		.nodes = UNKNOWN_U64,
		.mem_total_bytes = UNKNOWN_U64,
		.swap_total_bytes = UNKNOWN_U64,
		.utc_offset_s = NAN,
		.from_s = NAN,
		.to_s = NAN,
		.interval_min_s = NAN,
		.interval_max_s = NAN,
		.last_s = NAN,
		.last_interval_s = NAN,
	};
	for (size_t i = 0; i < RECORDING_MOST; i++)
		recording->most[i] = (struct most){ .label = figure[i].label,
			.unit = figure[i].unit,
			.format = figure[i].format,
			.value = NAN };
}

void recording_release(struct recording *recording)
{
	free(recording->host);
	free(recording->kernel);
	for (size_t i = 0; i < recording->n_source; i++) {
		free(recording->source[i].name);
		free(recording->source[i].reason);
	}
	for (size_t i = 0; i < RECORDING_MOST; i++)
		free(recording->most[i].vm);
	recording_init(recording);
}

static void own(char **to, const char *text)
{
	if (text_same(*to, text))
		return;
	free(*to);
	*to = text ? xstrdup(text) : NULL;
}

static void learn(uint64_t *known, uint64_t value)
{
	if (value != UNKNOWN_U64)
		*known = value;
}

static void add_host(struct recording *recording, const struct host *host)
{
	if (recording->host && host->name && strcmp(recording->host, host->name) != 0)
		recording->several_hosts = true;
	if (host->name)
		own(&recording->host, host->name);
	if (host->kernel)
		own(&recording->kernel, host->kernel);
	recording->is_guest |= host->is_guest;
	learn(&recording->cpus, host->cpus);
	learn(&recording->nodes, host->nodes);
	learn(&recording->mem_total_bytes, host->mem_total_bytes);
	learn(&recording->swap_total_bytes, host->swap_total_bytes);
}

static struct seen_source *source_get(struct recording *recording, const char *name)
{
	size_t i;

	for (i = 0; i < recording->n_source; i++)
		if (!strcmp(recording->source[i].name, name))
			return &recording->source[i];
	if (i == RECORDING_SOURCES)
		return NULL;
	recording->source[i] = (struct seen_source){ .name = xstrdup(name) };
	return &recording->source[recording->n_source++];
}

static void add_source(struct recording *recording, const struct source *source)
{
	struct seen_source *seen = source->name ? source_get(recording, source->name) : NULL;

	if (!seen)
		return;
	seen->seen[source->state]++;
	if (source->state != SOURCE_OK && source->reason)
		own(&seen->reason, source->reason);
}

static void add_gap(struct recording *recording, double from_s, double to_s)
{
	if (recording->n_gap < RECORDING_GAPS)
		recording->gap[recording->n_gap++] = (struct gap){ from_s, to_s };
	recording->n_gap_all++;
}

/* Is this snapshot farther from the one before than the intervals that were kept until then? */
static bool add_distance(struct recording *recording, const struct snapshot *snap)
{
	const double distance_s = snap->time_s - recording->last_s;
	const double interval_s =
		isnan(recording->last_interval_s) ? snap->interval_s : recording->last_interval_s;

	if (distance_s < 0)
		recording->n_back++;
	if (!(distance_s > GAP_INTERVALS * interval_s))
		return false;
	add_gap(recording, recording->last_s, snap->time_s);
	return true;
}

static void add_time(struct recording *recording, const struct snapshot *snap)
{
	const bool is_after_gap = add_distance(recording, snap);

	recording->from_s = fmin(recording->from_s, snap->time_s);
	recording->to_s = fmax(recording->to_s, snap->time_s);
	recording->last_s = snap->time_s;
	if (is_after_gap || !(snap->interval_s > 0))
		return;
	recording->last_interval_s = snap->interval_s;
	recording->interval_min_s = fmin(recording->interval_min_s, snap->interval_s);
	recording->interval_max_s = fmax(recording->interval_max_s, snap->interval_s);
}

static void add_figure(struct most *most, double value, double at_s, const char *vm)
{
	if (isnan(value) || value <= most->value)
		return;
	most->value = value;
	most->at_s = at_s;
	own(&most->vm, vm);
}

static void add_figures(struct recording *recording, const struct snapshot *snap)
{
	for (size_t i = 0; i < RECORDING_MOST; i++) {
		struct most *most = &recording->most[i];

		if (figure[i].of_host)
			add_figure(most, figure[i].of_host(&snap->host), snap->time_s, NULL);
		for (size_t k = 0; figure[i].of_vm && k < snap->n_vm; k++)
			add_figure(most, figure[i].of_vm(&snap->vm[k]), snap->time_s,
				snap->vm[k].name ? snap->vm[k].name : "-");
	}
}

static void add_utc_offset(struct recording *recording, double offset_s)
{
	if (isnan(recording->utc_offset_s))
		recording->utc_offset_s = offset_s;
	else if (!isnan(offset_s) && offset_s != recording->utc_offset_s)
		recording->utc_offset_changed = true;
}

void recording_add(struct recording *recording, const struct snapshot *snap)
{
	const bool is_first = !recording->n_snapshot++;

	add_host(recording, &snap->host);
	for (size_t i = 0; i < snap->n_source; i++)
		add_source(recording, &snap->source[i]);
	add_utc_offset(recording, snap->utc_offset_s);
	if (isfinite(snap->time_s))
		add_time(recording, snap);
	if (is_first || snap->n_vm < recording->vms_min)
		recording->vms_min = snap->n_vm;
	if (snap->n_vm > recording->vms_max)
		recording->vms_max = snap->n_vm;
	add_figures(recording, snap);
}
