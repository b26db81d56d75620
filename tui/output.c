// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tui/verdicts.h"

struct output {
	struct feed *feed;
	const struct options *options;
	output_write *write;
	void *arg;
	struct judge *judge;
	unsigned long count;
	bool done;
	int rc; /* of writing */
};

static void keep_findings(struct snapshot *snap)
{
	size_t i, kept = 0;

	for (i = 0; i < snap->n_finding; i++) {
		const char *key = snap->finding[i].vm_key;

		if (!key || snapshot_vm(snap, key))
			snap->finding[kept++] = snap->finding[i];
	}
	snap->n_finding = kept;
}

/* Leave the VMs that match, and findings about them and the host. */
static void keep_matching(const struct options *options, struct snapshot *snap)
{
	size_t i, kept = 0;

	if (!options->filter)
		return;
	for (i = 0; i < snap->n_vm; i++)
		if (table_matches(&snap->vm[i], options->filter))
			snap->vm[kept++] = snap->vm[i];
	snap->n_vm = kept;
	keep_findings(snap);
}

static void put(struct output *output, struct snapshot *snap)
{
	verdicts_add(output->feed, snap, output->judge);
	if (isnan(snap->interval_s))
		return;
	keep_matching(output->options, snap);
	output->rc = output->write(output->arg, snap, stdout);
	if (!output->rc && fflush(stdout))
		output->rc = -errno;
	output->count++;
	output->done = output->rc || output->count == output->options->count;
}

static int end_of_recording(const struct err *err)
{
	if (!err->code)
		return 0;
	fprintf(stderr, "parallax: %s\n", err->text);
	return 1;
}

static int end_of_writing(int rc)
{
	if (!rc || rc == -EPIPE)
		return 0;
	fprintf(stderr, "parallax: cannot write to standard output: %s\n", strerror(-rc));
	return 1;
}

/* Until the feed has news. Returns false when the reader of our output went away. */
static bool wait_for_news(const struct feed *feed)
{
	struct pollfd fds[] = { { .fd = feed_fd(feed), .events = POLLIN },
		{ .fd = STDOUT_FILENO } };

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return !(fds[1].revents & (POLLERR | POLLHUP));
}

static int run(struct output *output)
{
	struct err err = { 0 };

	while (!output->done && wait_for_news(output->feed)) {
		struct snapshot *snap = feed_take(output->feed);

		if (snap)
			put(output, snap);
		else if (feed_ended(output->feed, &err))
			return end_of_recording(&err);
		feed_give_back(output->feed, snap);
	}
	return end_of_writing(output->rc);
}

int output_run(struct feed *feed, const struct options *options, output_write *write, void *arg)
{
	struct output output = {
		.feed = feed, .options = options, .write = write, .arg = arg, .judge = judge_new()
	};
	const int status = run(&output);

	judge_free(output.judge);
	return status;
}
