// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/kinds.h"
#include "probes/schema.h"

static void window_figures(const struct latency_window *window, struct op_minute *minute)
{
	const struct latency_sum *wait = &window->layer[TIMED_WAIT];

	minute->samples = histogram_total(&window->all);
	minute->window_s = window->window_s;
	minute->max_ns = window->max_ns;
	if (wait->count > 0)
		minute->mean_ns = round(wait->ns / wait->count);
	/* The longest is known exactly, and no quantile is beyond it. */
	minute->p50_ns = round(fmin(histogram_quantile(&window->all, 0.5), window->max_ns));
	minute->p99_ns = round(fmin(histogram_quantile(&window->all, 0.99), window->max_ns));
}

/* The reason why they are not known, or NULL. */
static const char *find_modes(
	const struct latency_window *window, struct op_minute *minute, struct arena *arena)
{
	struct kinds kinds =
		kinds_find(&(struct kinds_window){ &window->all, &window->first_half,
				   &window->second_half, "requests in the last minute" },
			arena);

	minute->modes = kinds.found;
	if (kinds.found != MODES_FOUND_TWO)
		return kinds.reason;
	minute->bimodal = true;
	minute->fast_ns = round(kinds.modes.fast_ns);
	minute->slow_ns = round(kinds.modes.slow_ns);
	minute->slow_share_pct = round(kinds.modes.slow_pct * 100) / 100;
	minute->ratio = round(kinds.modes.ratio * 10) / 10;
	return NULL;
}

static double mean_of(const struct latency_window *window, enum timed_layer layer)
{
	const struct latency_sum *sum = &window->layer[layer];

	return sum->count > 0 ? sum->ns / sum->count : NAN;
}

static void slowest_part(struct op_minute *minute)
{
	const double part[] = {
		[DISK_LAYER_VMM] = minute->vmm_part_ns,
		[DISK_LAYER_HOST] = minute->host_part_ns,
		[DISK_LAYER_QUEUE] = minute->queue_part_ns,
		[DISK_LAYER_DEVICE] = minute->device_part_ns,
	};
	double most = 0;

	for (size_t i = DISK_LAYER_VMM; i <= DISK_LAYER_DEVICE; i++)
		if (part[i] > most) {
			most = part[i];
			minute->slowest = (enum disk_layer)i;
		}
}

/* How much of what was waited for went through requests of the block layer. */
static double share_below(const struct latency_window *window)
{
	const struct latency_sum *wait = &window->layer[TIMED_WAIT];
	const struct latency_sum *request = &window->layer[TIMED_REQUEST];

	if (wait->count <= 0)
		return 1;
	if (wait->bytes > 0)
		return fmin(1, request->bytes / wait->bytes);
	return fmin(1, request->count / wait->count);
}

static double mean_below(const struct latency_window *window, enum timed_layer layer)
{
	const struct latency_sum *sum = &window->layer[layer];

	if (!window->known[layer])
		return NAN;
	return sum->count > 0 ? share_below(window) * sum->ns / sum->count : 0;
}

/* fmin, but for what is unknown. */
static double limited(double value, double limit)
{
	return value > limit ? limit : value;
}

/* A write into a page cache is done before it is written. */
static bool is_buffered(const struct disk *disk, enum disk_op_kind kind)
{
	return kind == DISK_WRITE && disk->cache && strcmp(disk->cache, "none") != 0 &&
	       strcmp(disk->cache, "directsync") != 0;
}

static void divide(double wait, double request, double device, struct op_minute *minute)
{
	request = limited(request, wait);
	device = limited(device, request);
	minute->host_part_ns = round(wait - request);
	minute->queue_part_ns = round(request - device);
	minute->device_part_ns = round(device);
	slowest_part(minute);
}

/*
 * The parts of the mean. A request is not a wait: several waits may be merged into one, one may be
 * split, and a page cache answers some by itself. So what a layer below takes is charged by the
 * bytes that went through it, and never more than was waited. Where that is far more, requests run
 * in the background, or are of another disk on the same device: then how the wait divides is not
 * known, but for writes into a page cache, which wait for no request.
 */
static void parts(const struct disk *disk, enum disk_op_kind kind,
	const struct latency_window *window, struct op_minute *minute)
{
	static const double BACKGROUND = 1.25;
	double vmm = mean_of(window, TIMED_VMM), wait = mean_of(window, TIMED_WAIT);
	double request = mean_below(window, TIMED_REQUEST);
	bool background = request > BACKGROUND * wait;

	if (!isnan(vmm)) {
		minute->vmm_mean_ns = round(vmm);
		minute->vmm_samples = (uint64_t)round(window->layer[TIMED_VMM].count);
	}
	if (isnan(wait))
		return;
	if (!isnan(vmm))
		minute->vmm_part_ns = round(fmax(vmm - wait, 0));
	if (background && is_buffered(disk, kind))
		divide(wait, 0, 0, minute);
	else if (!background && !isnan(request))
		divide(wait, request, mean_below(window, TIMED_DEVICE), minute);
	else if (vmm - wait > wait) /* the lesser part, however it divides */
		minute->slowest = DISK_LAYER_VMM;
}

static void make(const struct disk *disk, enum disk_op_kind kind,
	const struct latency_window *window, struct latency_kept *kept, struct arena *arena)
{
	const char *reason = NULL;

	schema_init(&schema_op_minute, &kept->minute);
	parts(disk, kind, window, &kept->minute);
	if (window->window_s > 0) {
		window_figures(window, &kept->minute);
		reason = find_modes(window, &kept->minute, arena);
	}
	snprintf(kept->reason, sizeof(kept->reason), "%s", reason ? reason : "");
}

static struct op_minute minute_of(const struct disk *disk, const struct latencies_of *of,
	struct latencies *latencies, struct arena *arena)
{
	bool due;
	struct latency_kept *kept = latencies_kept(latencies, of, &due);
	struct latency_window window;
	struct op_minute minute;

	if (!kept) {
		schema_init(&schema_op_minute, &minute);
		minute.modes_reason =
			disk->wait_reason ? disk->wait_reason : "there were no requests";
		return minute;
	}
	if (due && latencies_window(latencies, of, &window))
		make(disk, of->kind, &window, kept, arena);
	minute = kept->minute;
	minute.age_s = round(latencies_age_s(latencies, kept) * 1000) / 1000;
	minute.modes_reason = isnan(minute.window_s) ? disk->wait_reason
			      : kept->reason[0]	     ? arena_strdup(arena, kept->reason)
						     : NULL;
	return minute;
}

void io_modes(struct vm *vm, struct disk *disk, struct latencies *latencies, struct arena *arena)
{
	for (size_t i = 0; i < DISK_OPS; i++) {
		const struct latencies_of of = { vm->key, disk->name, (enum disk_op_kind)i };
		struct disk_op *op = (struct disk_op *)disk_op_of(disk, of.kind);

		op->minute = minute_of(disk, &of, latencies, arena);
	}
}
