/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_BPF_RIG_H
#define PARALLAX_TESTS_BPF_RIG_H

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "probes/probe.h"

/* One probe that brings BPF programs, on this machine or on a tree. */
struct bpf_rig {
	const struct probe *probe;
	struct sysroot root;
	struct probe_control control;
	struct probe_env env;
	struct sample sample;
	void *state;
	struct err err;
};

static inline int bpf_rig_open(struct bpf_rig *rig, enum section section, const char *dir)
{
	memset(rig, 0, sizeof(*rig));
	rig->probe = probes[section];
	rig->env = (struct probe_env){
		.root = &rig->root, .clock = &clock_system, .control = &rig->control, .wake_fd = -1
	};
	if (sysroot_open(&rig->root, dir, &rig->err) < 0)
		fail_msg("%s", rig->err.text);
	return rig->probe->open(&rig->env, &rig->state, &rig->err);
}

/* Also of one that is closed already, or has never been opened. */
static inline void bpf_rig_close(struct bpf_rig *rig)
{
	if (rig->probe)
		rig->probe->close(rig->state);
	rig->state = NULL;
	sample_release(&rig->sample);
	sysroot_close(&rig->root);
}

/* Skips where there is no BPF to be had, and where there is, opening must succeed. */
static inline void bpf_rig_open_live(struct bpf_rig *rig, enum section section)
{
	int code = bpf_rig_open(rig, section, "/");

	if (code == 0)
		return;
	bpf_rig_close(rig);
	if (code != -EPERM && code != -EACCES && access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		fail_msg("%s", rig->err.text);
	print_message("# %s\n", rig->err.text);
	skip();
}

/* The reason of a section whose programs nobody can load. */
static inline void bpf_rig_on_a_tree(enum section section, const char *file, const char *reason)
{
	static struct bpf_rig rig;
	char dir[] = "/tmp/parallax-bpf-XXXXXX", command[256];

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "mkdir -p %s/proc %s/%s", dir, dir, file);
	assert_int_equal(system(command), 0);
	assert_true(bpf_rig_open(&rig, section, dir) < 0);
	assert_non_null(strstr(rig.err.text, reason));
	assert_null(rig.state);
	bpf_rig_close(&rig);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

enum { NOBODY = 65534 };

/* What it says to somebody without rights; in a process of its own, for there is no way back. */
static inline void bpf_rig_as_nobody(enum section section, const char *sentence)
{
	static struct bpf_rig rig;
	int status;
	pid_t pid;

	if (geteuid() != 0 || access("/sys/kernel/btf/vmlinux", R_OK) < 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int code;

		if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
			_exit(2);
		code = bpf_rig_open(&rig, section, "/");
		if ((code == -EPERM || code == -EACCES) && strcmp(rig.err.text, sentence) == 0)
			_exit(0);
		dprintf(1, "# %d \"%s\"\n", code, rig.err.text);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The programs that this process holds, by number. */
static inline size_t bpf_own_programs(__u32 *id, size_t max)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[512], line[128];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", entry->d_name);
		file = fopen(path, "r");
		while (file && n < max && fgets(line, sizeof(line), file))
			n += sscanf(line, "prog_id: %u", &id[n]) == 1;
		if (file)
			fclose(file);
	}
	closedir(dir);
	return n;
}

/* The kernel frees them when no CPU is in them any more. */
static inline bool bpf_is_gone(__u32 id)
{
	for (int i = 0; i < 500; i++) {
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			return errno == ENOENT;
		close(fd);
		usleep(10000);
	}
	return false;
}

#endif
