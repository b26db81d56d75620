// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes a host of plain files below DIR, for --sysroot: VMs as libvirt starts them, and other
 * processes. Deterministic: every counter is a function of its VM, its vCPU and the
 * seconds passed. With --advance the same files are rewritten in place, so that a program which
 * keeps them open sees them move.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HZ = 100, BOOT_S = 1000, FIRST_PID = 10000, HOUSEKEEPERS = 2, VM_MIB = 4096 };

struct tree {
	int dir;
	unsigned vms, vcpus, others, cpus, nodes;
	double passed_s; /* since the tree was made */
};

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "mktree: cannot %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

/* mkdir -p of all but the last part of path. */
static void make_parents(const struct tree *tree, const char *path)
{
	char part[256];

	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(tree->dir, part, 0755) < 0 && errno != EEXIST)
			fail("make directory", part);
	}
}

/* In place, and cut only afterwards: whoever reads meanwhile never finds an empty file. */
static void write_bytes(const struct tree *tree, const char *path, const char *bytes, size_t len)
{
	int fd = openat(tree->dir, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 && errno == ENOENT) {
		make_parents(tree, path);
		fd = openat(tree->dir, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	}
	if (fd < 0 || pwrite(fd, bytes, len, 0) != (ssize_t)len || ftruncate(fd, (off_t)len) < 0)
		fail("write", path);
	close(fd);
}

static void write_file(const struct tree *tree, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void write_file(const struct tree *tree, const char *path, const char *fmt, ...)
{
	static char text[1 << 20];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		fail("format", path);
	write_bytes(tree, path, text, (size_t)len);
}

static void make_link(const struct tree *tree, const char *path, const char *target)
{
	make_parents(tree, path);
	if (symlinkat(target, tree->dir, path) < 0 && errno != EEXIST)
		fail("link", path);
}

/* Shares of its time that a vCPU runs and waits, in per cent: 20 to 59 and 0 to 38. */
static unsigned run_pct(unsigned vm, unsigned vcpu)
{
	return 20 + (vm * 7 + vcpu * 3) % 40;
}

static unsigned wait_pct(unsigned vm, unsigned vcpu)
{
	return (vm * 5 + vcpu * 11) % 39;
}

static uint64_t share_ns(const struct tree *tree, unsigned pct)
{
	return (uint64_t)((BOOT_S + tree->passed_s) * pct * 1e7);
}

static void write_stat(const struct tree *tree, const char *path, unsigned pid, const char *comm,
	uint64_t run_ns, unsigned threads, unsigned start)
{
	write_file(tree, path,
		"%u (%s) S 1 %u %u 0 -1 4194624 5000 0 0 0 %" PRIu64
		" 0 0 0 20 0 %u 0 %u 5000000000 "
		"500000 18446744073709551615 1 1 0 0 0 0 0 16781312 0 0 0 0 17 %u 0 0 0 0 0 0 0 0 "
		"0 0 "
		"0 0 0\n",
		pid, comm, pid, pid, run_ns / (1000000000 / HZ), threads, start, pid % tree->cpus);
}

static void write_task(const struct tree *tree, unsigned pid, unsigned tid, const char *comm,
	uint64_t run_ns, uint64_t wait_ns)
{
	unsigned threads = tree->vcpus + HOUSEKEEPERS;
	char path[128];

	snprintf(path, sizeof(path), "proc/%u/task/%u/stat", pid, tid);
	write_stat(tree, path, tid, comm, run_ns, threads, pid);
	snprintf(path, sizeof(path), "proc/%u/task/%u/schedstat", pid, tid);
	write_file(tree, path, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", run_ns, wait_ns,
		(run_ns + wait_ns) / 1000000);
	snprintf(path, sizeof(path), "proc/%u/task/%u/comm", pid, tid);
	write_file(tree, path, "%s\n", comm);
}

static void write_cmdline(const struct tree *tree, unsigned pid, unsigned vm)
{
	char path[64], text[1024];
	int len = snprintf(text, sizeof(text),
		"/usr/bin/qemu-system-x86_64\n-name\nguest=vm-%04u,debug-threads=on\n-S\n-machine\n"
		"pc-q35-7.2,usb=off,dump-guest-core=off\n-accel\nkvm\n-cpu\nhost,migratable=on\n-"
		"m\n%u\n"
		"-smp\n%u,sockets=%u,cores=1,threads=1\n-uuid\n00000000-0000-4000-8000-%012x\n"
		"-no-user-config\n-nodefaults\n-msg\ntimestamp=on\n",
		vm, VM_MIB, tree->vcpus, tree->vcpus, vm);

	for (int i = 0; i < len; i++)
		text[i] = text[i] == '\n' ? '\0' : text[i];
	snprintf(path, sizeof(path), "proc/%u/cmdline", pid);
	write_bytes(tree, path, text, (size_t)len);
}

static void write_status(const struct tree *tree, unsigned pid, unsigned vm)
{
	unsigned swap_kib = vm % 10 == 3 ? 300 * 1024 : 0;
	char path[64];

	snprintf(path, sizeof(path), "proc/%u/status", pid);
	write_file(tree, path,
		"Name:\tqemu-system-x86\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%u\nPid:\t%u\n"
		"VmPeak:\t 5000000 kB\nVmSize:\t 5000000 kB\nVmRSS:\t %u kB\nVmSwap:\t %u kB\n"
		"Threads:\t%u\nCpus_allowed_list:\t0-%u\n",
		pid, pid, 2 * 1024 * 1024 - swap_kib, swap_kib, tree->vcpus + HOUSEKEEPERS,
		tree->cpus - 1);
}

static void make_links(const struct tree *tree, unsigned pid)
{
	static const char *const target[] = { "/dev/null", "socket:[1]", "socket:[1]", "/dev/kvm",
		"anon_inode:[eventfd]", "anon_inode:[eventpoll]", "anon_inode:[signalfd]",
		"/dev/ptmx", "anon_inode:kvm-vm" };
	unsigned fd = 0;
	char path[64], link[64];

	snprintf(path, sizeof(path), "proc/%u/exe", pid);
	make_link(tree, path, "/usr/bin/qemu-system-x86_64");
	for (; fd < sizeof(target) / sizeof(target[0]); fd++) {
		snprintf(path, sizeof(path), "proc/%u/fd/%u", pid, fd);
		make_link(tree, path, target[fd]);
	}
	for (unsigned i = 0; i < tree->vcpus; i++, fd++) {
		snprintf(path, sizeof(path), "proc/%u/fd/%u", pid, fd);
		snprintf(link, sizeof(link), "anon_inode:kvm-vcpu:%u", i);
		make_link(tree, path, link);
	}
}

static void make_vm(const struct tree *tree, unsigned vm)
{
	unsigned pid = FIRST_PID + vm * (tree->vcpus + HOUSEKEEPERS);
	char path[64], comm[32];

	snprintf(path, sizeof(path), "proc/%u/stat", pid);
	write_stat(tree, path, pid, "qemu-system-x86", share_ns(tree, run_pct(vm, 0)),
		tree->vcpus + HOUSEKEEPERS, pid);
	write_cmdline(tree, pid, vm);
	write_status(tree, pid, vm);
	write_task(tree, pid, pid, "qemu-system-x86", share_ns(tree, 1), 0);
	write_task(tree, pid, pid + 1, "call_rcu", share_ns(tree, 0), 0);
	for (unsigned i = 0; i < tree->vcpus; i++) {
		snprintf(comm, sizeof(comm), "CPU %u/KVM", i);
		write_task(tree, pid, pid + HOUSEKEEPERS + i, comm, share_ns(tree, run_pct(vm, i)),
			share_ns(tree, wait_pct(vm, i)));
	}
	make_links(tree, pid);
}

static void make_other(const struct tree *tree, unsigned pid)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%u/stat", pid);
	write_stat(tree, path, pid, "daemon", share_ns(tree, 1), 1, pid);
	snprintf(path, sizeof(path), "proc/%u/cmdline", pid);
	write_bytes(tree, path, "/usr/sbin/daemon", sizeof("/usr/sbin/daemon"));
	snprintf(path, sizeof(path), "proc/%u/exe", pid);
	make_link(tree, path, "/usr/sbin/daemon");
	for (unsigned fd = 0; fd < 3; fd++) {
		snprintf(path, sizeof(path), "proc/%u/fd/%u", pid, fd);
		make_link(tree, path, "/dev/null");
	}
}

static void make_cpus(const struct tree *tree)
{
	uint64_t ticks = (uint64_t)((BOOT_S + tree->passed_s) * HZ), n = tree->cpus;
	size_t size = 4096 + 128 * (size_t)tree->cpus, used = 0;
	char *text = calloc(size, 1);

	write_file(tree, "proc/stat",
		"cpu  %" PRIu64 " 0 %" PRIu64 " %" PRIu64 " 0 0 0 %" PRIu64 " %" PRIu64
		" 0\nctxt 1\n",
		n * ticks * 40 / 100, n * ticks * 10 / 100, n * ticks * 48 / 100,
		n * ticks * 2 / 100, n * ticks * 35 / 100);
	if (!text)
		fail("allocate", "proc/schedstat");
	used += (size_t)snprintf(text, size, "version 15\ntimestamp %" PRIu64 "\n", ticks);
	for (unsigned i = 0; i < tree->cpus; i++)
		used += (size_t)snprintf(text + used, size - used,
			"cpu%u 0 0 0 0 0 0 %" PRIu64 " %" PRIu64 " 1\n", i, share_ns(tree, 50),
			share_ns(tree, 20));
	write_file(tree, "proc/schedstat", "%s", text);
	free(text);
	write_file(tree, "sys/devices/system/cpu/online", "0-%u\n", tree->cpus - 1);
	write_file(tree, "sys/devices/system/node/online", tree->nodes > 1 ? "0-%u\n" : "%u\n",
		tree->nodes - 1);
}

static void make_host(const struct tree *tree)
{
	uint64_t us = (uint64_t)((BOOT_S + tree->passed_s) * 1e4), kib = 512ull << 20;
	static const char *const pressure[] = { "cpu", "memory", "io" };
	char path[64];

	make_cpus(tree);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "proc/pressure/%s", pressure[i]);
		write_file(tree, path,
			"some avg10=%zu.50 avg60=1.00 avg300=1.00 total=%" PRIu64 "\n", i,
			us * (i + 1));
	}
	write_file(tree, "proc/sys/kernel/hostname", "synthetic\n");
	write_file(tree, "proc/sys/kernel/osrelease", "6.1.0-mktree\n");
	write_file(tree, "proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme vmx\n");
	write_file(tree, "proc/loadavg", "%u.25 30.00 20.00 40/2000 9999\n", tree->cpus / 2);
	write_file(tree, "proc/meminfo",
		"MemTotal:       %" PRIu64 " kB\nMemFree:        %" PRIu64 " kB\n"
		"MemAvailable:   %" PRIu64 " kB\nSwapTotal:      %" PRIu64
		" kB\nSwapFree:       %" PRIu64 " kB\n",
		kib, kib / 8, kib / 4, kib / 16, kib / 32);
	write_file(tree, "proc/vmstat",
		"nr_free_pages 1\npswpin %" PRIu64 "\npswpout %" PRIu64 "\n", us / 1000, us / 100);
	/* Last: it says how far the others are. */
	write_file(tree, "proc/uptime", "%.2f 1.00\n", BOOT_S + tree->passed_s);
}

/* How far an existing tree has come. */
static double read_passed(const struct tree *tree)
{
	int fd = openat(tree->dir, "proc/uptime", O_RDONLY | O_CLOEXEC);
	char text[64] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		fail("read", "proc/uptime");
	close(fd);
	return strtod(text, NULL) - BOOT_S;
}

static void usage(void)
{
	fputs("usage: mktree [--vms N] [--vcpus N] [--others N] [--cpus N] [--nodes N]\n"
	      "              [--advance SECONDS] DIR\n",
		stderr);
	exit(2);
}

static void parse_options(struct tree *tree, int argc, char **argv, double *advance)
{
	static const struct option options[] = { { "vms", required_argument, NULL, 'v' },
		{ "vcpus", required_argument, NULL, 'p' },
		{ "others", required_argument, NULL, 'o' },
		{ "cpus", required_argument, NULL, 'c' }, { "nodes", required_argument, NULL, 'n' },
		{ "advance", required_argument, NULL, 'a' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned *number = c == 'v'   ? &tree->vms
				   : c == 'p' ? &tree->vcpus
				   : c == 'o' ? &tree->others
				   : c == 'c' ? &tree->cpus
				   : c == 'n' ? &tree->nodes
					      : NULL;

		if (number)
			*number = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'a')
			*advance = strtod(optarg, NULL);
		else
			usage();
	}
	if (argc - optind != 1 || tree->cpus == 0 || tree->nodes == 0)
		usage();
}

int main(int argc, char **argv)
{
	struct tree tree = { .vms = 200, .vcpus = 8, .cpus = 64, .nodes = 2 };
	double advance = -1;

	parse_options(&tree, argc, argv, &advance);
	if (mkdir(argv[optind], 0755) < 0 && errno != EEXIST)
		fail("make directory", argv[optind]);
	tree.dir = open(argv[optind], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree.dir < 0)
		fail("open", argv[optind]);
	if (advance >= 0)
		tree.passed_s = read_passed(&tree) + advance;
	for (unsigned i = 0; i < tree.vms; i++)
		make_vm(&tree, i);
	for (unsigned i = 0; i < tree.others; i++)
		make_other(&tree, 100 + i);
	make_host(&tree);
	close(tree.dir);
	return 0;
}
