// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/machine.h"
#include "probes/arena.h"
#include "probes/procfs.h"
#include "probes/qemu_devices.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A VMM opens its VM early: further files of a process with thousands are not looked at. */
enum { FILES_MAX = 1024, CMDLINE_MOST = 2 * 1024 * 1024 };

/* Does it hold a kvm-vm file: 1, 0, or a negative errno when that cannot be seen. */
static int holds_vm(const struct sysroot *root, pid_t pid)
{
	DIR *dir = sysroot_opendir(root, "proc/%d/fd", (int)pid);
	struct dirent *entry;
	int holds = 0;

	if (!dir)
		return -errno;
	for (size_t n = 0; holds == 0 && n < FILES_MAX && (entry = readdir(dir)); n++) {
		char link[64];
		ssize_t len;

		if (entry->d_name[0] == '.')
			continue;
		len = sysroot_readlink(
			root, link, sizeof(link), "proc/%d/fd/%s", (int)pid, entry->d_name);
		if (len == -EACCES || len == -EPERM)
			holds = (int)len;
		else if (len > 0)
			holds = strcmp(link, "anon_inode:kvm-vm") == 0;
	}
	closedir(dir);
	return holds;
}

static void base_name(char *out, size_t size, const char *path)
{
	static const char deleted[] = " (deleted)"; /* since a package upgrade */
	const char *slash = strrchr(path, '/');
	size_t len;

	snprintf(out, size, "%s", slash ? slash + 1 : path);
	len = strlen(out);
	if (len > strlen(deleted) && strcmp(out + len - strlen(deleted), deleted) == 0)
		out[len - strlen(deleted)] = '\0';
}

/* The executable's name; "" when that may not be seen. */
static void read_exe(char *out, size_t size, const struct sysroot *root, pid_t pid)
{
	char path[PATH_MAX];

	out[0] = '\0';
	if (sysroot_readlink(root, path, sizeof(path), "proc/%d/exe", (int)pid) > 0)
		base_name(out, size, path);
}

/* To be freed; NULL when there is none. */
static char *read_cmdline(const struct sysroot *root, pid_t pid, size_t *len)
{
	size_t size = 0;
	char *buf = NULL;
	ssize_t n = sysroot_slurp(root, &buf, &size, CMDLINE_MOST, "proc/%d/cmdline", (int)pid);

	if (n <= 0) {
		free(buf);
		return NULL;
	}
	*len = (size_t)n;
	return buf;
}

/*
 * By its executable (some distributions wrap it: ".qemu-system-x86_64-wrapped"), and by what it
 * calls itself only when the executable may not be seen.
 */
static bool is_qemu(const char *exe, const char *argv0)
{
	char name[NAME_MAX];

	if (exe[0])
		return qemu_is_system(exe) || strstr(exe, "qemu-system-");
	base_name(name, sizeof(name), argv0);
	return qemu_is_system(name);
}

static enum vm_accel accel_of(const struct vmm_options *options, int holds, bool young)
{
	if (holds > 0)
		return ACCEL_KVM;
	if (holds == 0 && !young && options->accel == ACCEL_KVM)
		return ACCEL_TCG; /* the fallback of -accel kvm:tcg, where KVM could not be had */
	return options->accel;
}

static void fill(struct machine *out, const char *exe, bool qemu, int holds, bool young)
{
	const struct vmm_options *options = &out->options;

	snprintf(
		out->vmm, sizeof(out->vmm), "%.*s", (int)sizeof(out->vmm) - 1, qemu ? "qemu" : exe);
	out->accel = accel_of(options, holds, young);
	out->steal_clock = options->steal_clock;
	if (out->accel == ACCEL_TCG)
		out->steal_clock = STEAL_CLOCK_NONE;
	else if (qemu && out->accel == ACCEL_KVM && options->accel != ACCEL_KVM)
		out->steal_clock = STEAL_CLOCK_OFFERED;
	out->vcpus = options->vcpus;
}

enum machine_look machine_inspect(
	struct machine *out, const struct sysroot *root, pid_t pid, bool young, bool in_kvm)
{
	enum machine_look look = MACHINE_NONE;
	char exe[NAME_MAX];
	char *cmdline = NULL;
	size_t len = 0;
	bool qemu;
	int holds = in_kvm ? 1 : holds_vm(root, pid);

	read_exe(exe, sizeof(exe), root, pid);
	if (holds > 0 || !exe[0] || is_qemu(exe, ""))
		cmdline = read_cmdline(root, pid, &len);
	qemu = cmdline && is_qemu(exe, cmdline);
	if (!qemu && holds <= 0) {
		free(cmdline);
		return holds == -EACCES || holds == -EPERM ? MACHINE_DENIED : MACHINE_NONE;
	}
	*out = (struct machine){ .threads = UNKNOWN_U64 };
	if (qemu)
		qemu_parse(&out->options, cmdline, len);
	else
		vmm_parse(&out->options, exe, cmdline ? cmdline : "", len);
	if (!out->options.no_machine) {
		fill(out, exe, qemu, holds, young);
		out->devices = qemu ? qemu_devices(cmdline, len) : NULL;
		look = holds < 0 ? MACHINE_NAMED : MACHINE_SEEN;
	}
	free(cmdline);
	return look;
}

void machine_find_vcpus(struct machine *machine, const struct sysroot *root, pid_t pid,
	uint64_t threads, struct vcpu_files files)
{
	const struct vmm_options *options = &machine->options;
	uint64_t wanted = options->one_thread ? 1 : options->vcpus;

	vcpu_list_release(&machine->list);
	machine->files = files.n;
	machine->threads =
		vcpu_find(&machine->list, root, pid, wanted, machine->accel, files) == 0
			? threads
			: UNKNOWN_U64;
	machine->vcpus = options->vcpus;
	/* Hot-plug changes what the command line said. One thread may serve them all. */
	if (machine->list.n > 1 && machine->list.missing == 0)
		machine->vcpus = machine->list.n;
	else if (machine->vcpus == UNKNOWN_U64 && machine->list.n)
		machine->vcpus = machine->list.n + machine->list.missing;
}

void machine_free(struct machine *machine)
{
	if (!machine)
		return;
	vcpu_list_release(&machine->list);
	devset_drop(machine->devices);
	free(machine);
}

bool machine_likely(const char *comm)
{
	static const char *const names[] = { "qemu-system", "qemu-kvm", "kvm", "firecracker",
		"cloud-hyperviso", "crosvm", "lkvm" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(comm, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}
