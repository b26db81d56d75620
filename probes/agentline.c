// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/agentline.h"

#include <errno.h>
#include <inttypes.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>

#include "probes/qga.h"

enum { READ_BYTES = 65536, READS_MOST = 16, JSON_BYTES = 192 };
enum { BACK_OFF_S = 30, BACK_OFF_MAX_S = 600 };
static const uint64_t S = 1000000000;

void agentline_begin(struct agent_line *line, virDomainPtr domain, const struct clock *clock)
{
	line->domain = domain;
	line->clock = clock;
	line->until_ns = clock_mono_ns(clock) + AGENTLINE_ALL_S * S;
	line->err = (struct err){ 0 };
	line->unsupported = false;
}

uint64_t agentline_back_off_ns(unsigned failures)
{
	uint64_t seconds = BACK_OFF_S;

	for (unsigned i = 0; i < failures && seconds < BACK_OFF_MAX_S; i++)
		seconds *= 2;
	return (seconds < BACK_OFF_MAX_S ? seconds : BACK_OFF_MAX_S) * S;
}

static int refused(struct agent_line *line)
{
	const virError *error = virGetLastError();
	int code = error ? error->code : VIR_ERR_OK;

	line->unsupported = code == VIR_ERR_ARGUMENT_UNSUPPORTED || code == VIR_ERR_NO_SUPPORT ||
			    code == VIR_ERR_OPERATION_DENIED;
	switch (code) {
	case VIR_ERR_AGENT_UNRESPONSIVE:
	case VIR_ERR_AGENT_UNSYNCED:
		return err_set(&line->err, -EHOSTDOWN,
			"no answer from its agent; is qemu-guest-agent running in the guest?");
	case VIR_ERR_ARGUMENT_UNSUPPORTED:
	case VIR_ERR_NO_SUPPORT:
		return err_set(&line->err, -EOPNOTSUPP, "this VM or its driver has no agent");
	case VIR_ERR_OPERATION_DENIED:
		return err_set(&line->err, -EPERM,
			"libvirt does not let you ask agents; run as root, or as a member of the "
			"group libvirt");
	case VIR_ERR_OPERATION_TIMEOUT:
		return err_set(&line->err, -ETIMEDOUT,
			"somebody else has been asking its agent for too long");
	case VIR_ERR_OPERATION_INVALID:
		return err_set(&line->err, -ESHUTDOWN, "the VM is not running");
	}
	/* libvirt repeats the guest's words in its message; they are not repeated here. */
	return err_set(&line->err, -EIO, "its agent refused, or its answer is broken");
}

char *agentline_command(struct agent_line *line, const char *json)
{
	char *reply;

	if (clock_mono_ns(line->clock) >= line->until_ns) {
		err_set(&line->err, -ETIMEDOUT, "its agent answers too slowly: not all in %d s",
			AGENTLINE_ALL_S);
		return NULL;
	}
	reply = virDomainQemuAgentCommand(line->domain, json, AGENTLINE_CALL_S, 0);
	if (!reply)
		refused(line);
	return reply;
}

static void close_file(struct agent_line *line, int64_t handle)
{
	char json[JSON_BYTES];

	snprintf(json, sizeof(json),
		"{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%" PRId64 "}}",
		handle);
	free(virDomainQemuAgentCommand(line->domain, json, AGENTLINE_CALL_S, 0));
}

int agentline_open(struct agent_line *line, const char *path, int64_t *handle)
{
	char json[JSON_BYTES], *reply;
	int rc;

	snprintf(json, sizeof(json),
		"{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"%s\",\"mode\":\"r\"}}",
		path);
	reply = agentline_command(line, json);
	if (!reply)
		return line->err.code;
	rc = qga_handle(reply, handle, &line->err);
	free(reply);
	while (line->n_left)
		close_file(line, line->left[--line->n_left]);
	return rc;
}

int agentline_rewind(struct agent_line *line, int64_t handle)
{
	char json[JSON_BYTES], *reply;

	snprintf(json, sizeof(json),
		"{\"execute\":\"guest-file-seek\",\"arguments\":"
		"{\"handle\":%" PRId64 ",\"offset\":0,\"whence\":0}}",
		handle);
	reply = agentline_command(line, json);
	free(reply);
	return reply ? 0 : line->err.code;
}

int agentline_read(struct agent_line *line, int64_t handle, char *text)
{
	char json[JSON_BYTES];
	size_t len = 0;
	bool eof = false;

	snprintf(json, sizeof(json),
		"{\"execute\":\"guest-file-read\",\"arguments\":"
		"{\"handle\":%" PRId64 ",\"count\":%d}}",
		handle, READ_BYTES);
	text[0] = '\0';
	/* A short read ends no file; a guest that never ends its own is cut off. */
	for (int i = 0; !eof && len < QGA_FILE_MAX; i++) {
		char *reply;
		int rc;

		if (i == READS_MOST)
			return err_set(&line->err, -EPROTO,
				"the agent gives the file in too small pieces");
		reply = agentline_command(line, json);
		if (!reply)
			return line->err.code;
		rc = qga_read(reply, text, &len, &eof, &line->err);
		free(reply);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void agentline_leave(struct agent_line *line, int64_t handle)
{
	if (line->n_left < AGENTLINE_LEFT_MOST)
		line->left[line->n_left++] = handle;
}

int agentline_slurp(struct agent_line *line, const char *path, char *text)
{
	int64_t handle;
	int rc = agentline_open(line, path, &handle);

	if (rc < 0)
		return rc;
	rc = agentline_read(line, handle, text);
	/* An agent that did not answer is not asked for this as well. */
	if (rc == -EHOSTDOWN || rc == -ETIMEDOUT)
		agentline_leave(line, handle);
	else
		close_file(line, handle);
	return rc;
}
