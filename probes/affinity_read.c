// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/affinity_read.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel refuses to write into fewer bits than it was built for CPUs: 8192 at most, so far. */
enum { KERNEL_WORDS = 8192 / 64, STATUS_BYTES = 8192 };

static int read_live(pid_t tid, struct cpus *out)
{
	uint64_t bits[KERNEL_WORDS] = { 0 };

	/* Not the library's function: its type of a set has a size of its own. */
	if (syscall(SYS_sched_getaffinity, tid, sizeof(bits), bits) < 0)
		return -errno;
	memcpy(out->bits, bits, sizeof(out->bits));
	return 0;
}

/* A thread cannot fake the line: a newline in its name is escaped. */
bool affinity_parse(const char *status, struct cpus *out)
{
	static const char key[] = "\nCpus_allowed_list:\t";
	const char *at = strstr(status, key);

	return at && cpus_parse(out, at + strlen(key));
}

static int read_tree(const struct sysroot *root, pid_t pid, pid_t tid, struct cpus *out)
{
	char text[STATUS_BYTES];
	ssize_t len = sysroot_read_record(
		root, text, sizeof(text), "proc/%d/task/%d/status", (int)pid, (int)tid);

	if (len < 0)
		return len == -ENOENT ? -ESRCH : (int)len;
	return affinity_parse(text, out) ? 0 : -EINVAL;
}

int affinity_read(const struct sysroot *root, pid_t pid, pid_t tid, struct cpus *out)
{
	int code = root->live ? read_live(tid, out) : read_tree(root, pid, tid, out);

	if (code == 0 && cpus_count(out) == 0)
		return -EOVERFLOW;
	return code;
}
