// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the probe of latencies sees of one process that is taken for a VM, from "ready" to the end
 * of standard input: a line for each kind of call and layer.
 *
 *	engines native-aio ...
 *	wait 254:0/4711 write count 300 bytes 1228800 mean 9.1e6 p50 61234.0 p99 ... max ... \
 *		modes two fast ... slow ... share 9.7
 *	request 254:0 write ...
 *	flight 254:0/4711 1
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probes/histogram.h"
#include "probes/probe.h"

enum { TURN_MS = 50, LINES = 64 };

static const char *const engine_name[] = { "native-aio", "io_uring", "threads", "direct" };
static const char *const op_name[] = { "read", "write", "flush" };

/* The sum over all readings of one kind of call in one layer. */
struct line {
	char name[64];
	struct latency_reading last;
	struct histogram bins;
	uint64_t max_ns;
};

static struct line lines[LINES];
static size_t n_lines;

static struct line *line_of(const char *name)
{
	for (size_t i = 0; i < n_lines; i++)
		if (strcmp(lines[i].name, name) == 0)
			return &lines[i];
	if (n_lines == LINES)
		errx(1, "too many files and devices");
	snprintf(lines[n_lines].name, sizeof(lines[n_lines].name), "%s", name);
	return &lines[n_lines++];
}

static void add(const char *layer, uint64_t dev, uint64_t inode, size_t op,
	const struct latency_reading *reading)
{
	char name[64], file[32] = "";
	struct line *line;

	if (reading->count_total == 0)
		return;
	if (strcmp(layer, "wait") == 0)
		snprintf(file, sizeof(file), "/%llu", (unsigned long long)inode);
	snprintf(name, sizeof(name), "%s %u:%u%s %s", layer, major(dev), minor(dev), file,
		op_name[op]);
	line = line_of(name);
	line->last = *reading;
	if (reading->max_ns > line->max_ns)
		line->max_ns = reading->max_ns;
	for (size_t i = 0; i < reading->n_bin; i++)
		line->bins.count[reading->bin[i].bin] += reading->bin[i].count;
}

static void print(const struct line *line)
{
	struct modes modes = modes_find(&line->bins);
	uint64_t count = line->last.count_total;

	printf("%s count %llu bytes %llu mean %.1f p50 %.1f p99 %.1f max %llu binned %llu",
		line->name, (unsigned long long)count, (unsigned long long)line->last.bytes_total,
		(double)line->last.ns_total / (double)count, histogram_quantile(&line->bins, 0.5),
		histogram_quantile(&line->bins, 0.99), (unsigned long long)line->max_ns,
		(unsigned long long)histogram_total(&line->bins));
	if (modes.kind == MODES_TWO)
		printf(" modes two fast %.1f slow %.1f share %.2f", modes.fast_ns, modes.slow_ns,
			modes.slow_pct);
	puts("");
}

static uint64_t most;

static void take(const struct latency_sample *section)
{
	const struct vm_latency *vm = &section->vm[0];

	for (size_t i = 0; section->n_vm && i < vm->n_file; i++) {
		const struct file_latency *file = &vm->file[i];

		if (file->in_flight_most != UNKNOWN_U64 && file->in_flight_most > most)
			most = file->in_flight_most;
		for (size_t op = 0; op < LATENCY_OPS; op++)
			add("wait", file->dev, file->inode, op, &file->wait[op]);
	}
	for (size_t i = 0; section->n_vm && i < vm->n_device; i++)
		for (size_t op = 0; op < LATENCY_OPS; op++) {
			const struct device_latency *device = &vm->device[i];

			add("request", device->dev, 0, op, &device->request[op]);
			add("device", device->dev, 0, op, &device->device[op]);
		}
}

static void sample(void *state, struct sample *out, struct proc_vm *vm)
{
	sample_clear(out);
	out->procvm = (struct procvm_sample){ .vm = vm, .n_vm = 1 };
	if (probes[SECTION_LATENCY]->sample(state, out) < 0)
		errx(1, "cannot sample");
	take(&out->latency);
}

static void watch(void *state, struct proc_vm *vm)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	struct sample out = { 0 };

	sample(state, &out, vm);
	printf("engines");
	for (size_t i = 0; i < LATENCY_ENGINES; i++)
		if (out.latency.engines >> i & 1)
			printf(" %s", engine_name[i]);
	puts("\nready");
	while (poll(&in, 1, TURN_MS) == 0)
		sample(state, &out, vm);
	sample(state, &out, vm);
	for (size_t i = 0; i < n_lines; i++)
		print(&lines[i]);
	printf("flight %llu\n", (unsigned long long)most);
	if (out.latency.vm[0].request_reason)
		printf("reason %s\n", out.latency.vm[0].request_reason);
	for (size_t i = 0; i < out.latency.n_disk; i++)
		printf("disk %s %llu %llu\n", out.latency.disk[i].name,
			(unsigned long long)out.latency.disk[i].reads_total,
			(unsigned long long)out.latency.disk[i].writes_total);
	sample_release(&out);
}

int main(int argc, char **argv)
{
	struct probe_env env = { .clock = &clock_system, .wake_fd = -1 };
	struct proc_vm vm = { .start_ticks = 1 };
	struct sysroot root;
	struct err error = { 0 };
	void *state;

	if (argc != 2 || (vm.pid = atoi(argv[1])) <= 0)
		errx(2, "usage: waits PID");
	setvbuf(stdout, NULL, _IOLBF, 0);
	env.root = &root;
	if (sysroot_open(&root, "/", &error) < 0 ||
		probes[SECTION_LATENCY]->open(&env, &state, &error) < 0)
		errx(77, "%s", error.text);
	watch(state, &vm);
	probes[SECTION_LATENCY]->close(state);
	sysroot_close(&root);
	return 0;
}
