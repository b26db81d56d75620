/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_RIG_H
#define PARALLAX_TESTS_RIG_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/probe.h"
#include "tests/folder.h"

/*
 * The local probes on one tree, sampled round by round; and trees to be made on the spot. BPF has
 * tests of its own: it would see the real machine, whatever the tree.
 */
struct rig {
	struct sysroot root;
	struct probe_env env;
	struct sample sample;
	void *state[SECTION_SCHED + 1];
};

static inline bool rig_has(int section)
{
	return section == SECTION_HOST || section == SECTION_TOPOLOGY ||
	       section == SECTION_PROCVM || section == SECTION_SCHED;
}

static inline void rig_open(struct rig *rig, const char *dir)
{
	struct err err = { 0 };

	*rig = (struct rig){ .env = { .root = &rig->root, .clock = &clock_system, .wake_fd = -1 } };
	if (sysroot_open(&rig->root, dir, &err) < 0)
		fail_msg("%s", err.text);
	for (int i = SECTION_HOST; i <= SECTION_SCHED; i++)
		if (rig_has(i))
			assert_int_equal(probes[i]->open(&rig->env, &rig->state[i], &err), 0);
}

static inline const struct sample *rig_sample(struct rig *rig)
{
	sample_clear(&rig->sample);
	for (int i = SECTION_HOST; i <= SECTION_SCHED; i++)
		if (rig_has(i))
			assert_int_equal(probes[i]->sample(rig->state[i], &rig->sample), 0);
	return &rig->sample;
}

static inline void rig_close(struct rig *rig)
{
	for (int i = SECTION_HOST; i <= SECTION_SCHED; i++)
		if (rig_has(i))
			probes[i]->close(rig->state[i]);
	sample_release(&rig->sample);
	sysroot_close(&rig->root);
}

static inline const struct proc_vm *rig_vm(const struct sample *sample, pid_t pid)
{
	for (size_t i = 0; i < sample->procvm.n_vm; i++)
		if (sample->procvm.vm[i].pid == pid)
			return &sample->procvm.vm[i];
	return NULL;
}

static inline size_t rig_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The path of a name below dir, whose folders are made. */
static inline const char *tree_path(const char *dir, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	return path;
}

/* Never through a link: those of a tree point at the real machine. */
static inline void tree_put(const char *dir, const char *name, const char *text, size_t len)
{
	int fd = open(tree_path(dir, name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static inline void tree_link(const char *dir, const char *name, const char *target)
{
	const char *path = tree_path(dir, name);

	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static inline void tree_stat(const char *dir, const char *name, pid_t pid, const char *comm,
	unsigned threads, unsigned long start)
{
	char text[512];
	int len = snprintf(text, sizeof(text),
		"%d (%s) S 1 1 1 0 -1 4194560 0 0 0 0 1 1 0 0 20 0 %u 0 %lu 1 1 1 1 1 1 0 0 0 0 0 "
		"0 0 0 0 "
		"0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		(int)pid, comm, threads, start);

	tree_put(dir, name, text, (size_t)len);
}

/* A thread on CPU 2 in that state. */
static inline void tree_stat_state(const char *dir, const char *name, pid_t tid, const char *comm,
	char state, unsigned long start)
{
	char text[512];
	int len = snprintf(text, sizeof(text),
		"%d (%s) %c 1 1 1 0 -1 4194560 0 0 0 0 1 1 0 0 20 0 1 0 %lu 1 1 1 1 1 1 0 0 0 0 0 "
		"0 0 0 0 0 2 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		(int)tid, comm, state, start);

	tree_put(dir, name, text, (size_t)len);
}

static inline void tree_task(const char *dir, pid_t pid, pid_t tid, const char *comm,
	unsigned long start, const char *schedstat)
{
	char name[128];

	snprintf(name, sizeof(name), "proc/%d/task/%d/stat", (int)pid, (int)tid);
	tree_stat(dir, name, tid, comm, 1, start);
	snprintf(name, sizeof(name), "proc/%d/task/%d/schedstat", (int)pid, (int)tid);
	tree_put(dir, name, schedstat, strlen(schedstat));
}

/* A process of a program with a NUL-separated command line. */
static inline void tree_process(const char *dir, pid_t pid, const char *comm, unsigned threads,
	unsigned long start, const char *exe)
{
	char name[128];

	snprintf(name, sizeof(name), "proc/%d/stat", (int)pid);
	tree_stat(dir, name, pid, comm, threads, start);
	snprintf(name, sizeof(name), "proc/%d/cmdline", (int)pid);
	tree_put(dir, name, exe, strlen(exe) + 1);
	snprintf(name, sizeof(name), "proc/%d/exe", (int)pid);
	tree_link(dir, name, exe);
	snprintf(name, sizeof(name), "proc/%d/fd/0", (int)pid);
	tree_link(dir, name, "/dev/null");
	tree_task(dir, pid, pid, comm, start, "1 1 1\n");
}

static inline void tree_make(char *dir, size_t size)
{
	snprintf(dir, size, "/tmp/parallax-rig-XXXXXX");
	assert_non_null(mkdtemp(dir));
	tree_put(dir, "proc/uptime", "5000.00 1.00\n", 13);
}

#endif
