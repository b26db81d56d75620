// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tui/witness.h"

struct output {
	const struct session *session;
	output_write *write;
	void *arg;
	struct judge *judge;
	unsigned long count;
	bool done, told; /* told: why nothing more is recorded */
	int rc;		 /* of writing */
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

void output_keep_matching(const struct options *options, struct snapshot *snap)
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

/* What cannot be recorded is said once, and the output goes on. */
static void record(struct output *output, const struct snapshot *snap)
{
	struct recorder *recorder = output->session->recorder;
	struct recorder_state state;

	if (!recorder || output->told)
		return;
	recorder_add(recorder, snap);
	recorder_get(recorder, &state);
	if (!state.err.code)
		return;
	fprintf(stderr, "parallax: %s\n", state.err.text);
	output->told = true;
}

static void put(struct output *output, struct snapshot *snap)
{
	witness_judge(output->judge, snap, feed_is_replay(output->session->feed));
	record(output, snap);
	if (isnan(snap->interval_s))
		return;
	output_keep_matching(output->session->options, snap);
	output->rc = output->write(output->arg, snap, stdout);
	if (!output->rc && fflush(stdout))
		output->rc = -errno;
	output->count++;
	output->done = output->rc || output->count == output->session->options->count;
}

static int end_of_recording(const struct err *err)
{
	if (!err->code)
		return 0;
	fprintf(stderr, "parallax: %s\n", err->text);
	return 1;
}

int output_end(int rc)
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

	while (!output->done && wait_for_news(output->session->feed)) {
		struct snapshot *snap = feed_take(output->session->feed);

		if (snap)
			put(output, snap);
		else if (feed_ended(output->session->feed, &err))
			return end_of_recording(&err);
		feed_give_back(output->session->feed, snap);
	}
	return output_end(output->rc);
}

int output_run(const struct session *session, output_write *write, void *arg)
{
	struct output output = {
		.session = session, .write = write, .arg = arg, .judge = judge_new()
	};
	const int status = run(&output);

	judge_free(output.judge);
	return status;
}
