/*
 * A real holder of /dev/kvm, and as small as one can be: N vCPU threads without names (--names: as
 * QEMU has them for libvirt, "CPU 0/KVM") that run a guest of a few bytes, which spins, halts,
 * writes to a port that nobody has, or touches each page of its memory, over and over (--touch MIB;
 * with --halt behind it, once); the last one with the steal clock turned on, so that it is told
 * what the host took.
 *
 * SIGUSR1 ends the last vCPU's thread, SIGUSR2 starts it again with a new one; SIGTERM ends all.
 * SIGHUP has the first vCPU's thread compact the host's memory, over and over for 3 s, as a fault
 * might have it do once.
 *
 * --io ENGINE:FILE (aio, uring or threads) reads and writes FILE in threads of its own once SIGIO
 * comes, --calls in all by --depth threads, --rate a second at most, every fourth a write and every
 * fortieth a flush (or --writes only), with O_DIRECT unless --cached; then it writes what each was
 * and took to the file of --log, a line each, and says so.
 *
 * --tap NAME is a network device of its own, whose packets nobody takes. What is behind "--" is
 * there for others to read in its command line, as that of QEMU, whose name it may have.
 *
 * --hold instead keeps a VM alive that nobody sees: what KVM sets up for its first VM stays so.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "io.h"

#define MAX_VCPUS   64
#define GUEST_START 0x1000
#define STEAL_AT    0x2000
#define TOUCH_FROM  0x10000
#define KICK        SIGRTMIN
#define COMPACT_S   3
#define MOST_LOST   100

struct vcpu {
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	_Atomic pid_t tid;
	atomic_bool stop, compact;
	bool running;
	int lost; /* so many times its way */
	enum does { SPINS, HALTS, WRITES, TOUCHES } does;
};

static struct vcpu vcpus[MAX_VCPUS];
static size_t memory_bytes = 0x1000;
static bool names;

static void kicked(int signal)
{
	(void)signal;
}

static int must(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static const unsigned char spin_code[] = { 0xeb, 0xfe };       /* jmp . */
static const unsigned char halt_code[] = { 0xf4, 0xeb, 0xfd }; /* hlt; jmp .-1 */
static const unsigned char write_code[] = { 0xe6, 0x80, 0xeb, 0xfc }; /* out %al, $0x80; jmp .-2 */
/* In 32 bits: mov $from, %ebx; 1: incl (%ebx); add $4096, %ebx; cmp $to, %ebx; jb 1b; jmp 0 */
static unsigned char touch_code[] = { 0xbb, 0, 0, 1, 0, 0xff, 0x03, 0x81, 0xc3, 0, 0x10, 0, 0, 0x81,
	0xfb, 0, 0, 0, 0, 0x72, 0xf0, 0xeb, 0xe9 };

static int vm_create(enum does does)
{
	int kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	size_t start = does == TOUCHES ? 0 : GUEST_START;
	char *memory = mmap(NULL, memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = start,
		.memory_size = memory_bytes,
		.userspace_addr = (unsigned long)memory,
	};

	if (memory == MAP_FAILED)
		err(1, "mmap");
	madvise(memory, memory_bytes, MADV_NOHUGEPAGE);
	memcpy(touch_code + 15, &(unsigned){ (unsigned)memory_bytes }, 4);
	switch (does) {
	case SPINS: memcpy(memory, spin_code, sizeof(spin_code)); break;
	case HALTS:
		memset(memory, 0, memory_bytes); /* it has used all of it */
		memcpy(memory, halt_code, sizeof(halt_code));
		break;
	case WRITES: memcpy(memory, write_code, sizeof(write_code)); break;
	case TOUCHES: memcpy(memory + GUEST_START, touch_code, sizeof(touch_code)); break;
	}
	ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000UL); /* only some processors want it */
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	if (does == HALTS) /* so that a halted vCPU sleeps in the kernel */
		must(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	return vm;
}

static void clock_on(int fd)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1,
		.entry = { .index = 0x4b564d03, .data = STEAL_AT | 1 } }; /* MSR_KVM_STEAL_TIME */

	if (must(ioctl(fd, KVM_SET_MSRS, &msrs), "KVM_SET_MSRS") != 1)
		errx(1, "this KVM has no steal clock");
}

/* Flat 32 bits without paging, as set up by a firmware. */
static void protect(struct kvm_sregs *sregs)
{
	struct kvm_segment flat = { .limit = 0xffffffff, .present = 1, .db = 1, .s = 1, .g = 1 };

	sregs->cr0 |= 1;
	flat.selector = 8;
	flat.type = 11;
	sregs->cs = flat;
	flat.selector = 16;
	flat.type = 3;
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = flat;
}

static void vcpu_begin(const struct vcpu *v)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rip = GUEST_START, .rflags = 2 };
	struct kvm_sregs sregs;

	must(ioctl(v->fd, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (v->does == TOUCHES)
		protect(&sregs);
	must(ioctl(v->fd, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(ioctl(v->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	if (v->does == HALTS)
		must(ioctl(v->fd, KVM_SET_MP_STATE, &runnable), "KVM_SET_MP_STATE");
	if (v->does == TOUCHES)
		clock_on(v->fd);
}

static void vcpu_create(struct vcpu *v, int vm, int id, enum does does)
{
	v->does = does;
	v->fd = must(ioctl(vm, KVM_CREATE_VCPU, id), "KVM_CREATE_VCPU");
	v->run = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		err(1, "mmap of vCPU %d", id);
	vcpu_begin(v);
}

static void compact(struct vcpu *v)
{
	int fd = must(open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC), "compact_memory");
	struct timespec now;
	time_t until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (until = now.tv_sec + COMPACT_S; now.tv_sec < until; clock_gettime(CLOCK_MONOTONIC, &now))
		must((int)pwrite(fd, "1", 1, 0), "compact_memory");
	close(fd);
	printf("compacted tid %d\n", v->tid);
}

static void name_thread(const struct vcpu *v)
{
	char name[16];

	if (!names)
		return;
	snprintf(name, sizeof(name), "CPU %d/KVM", (int)(v - vcpus));
	prctl(PR_SET_NAME, name);
}

/* An emulated processor loses its way at times, and would leave KVM again and again for ever. */
static void vcpu_begin_again(struct vcpu *v)
{
	int number = (int)(v - vcpus);

	if (++v->lost > MOST_LOST)
		errx(1, "vCPU %d cannot run: KVM ends with %u", number, v->run->exit_reason);
	warnx("vCPU %d begins again: KVM ended with %u", number, v->run->exit_reason);
	vcpu_begin(v);
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;

	v->tid = gettid();
	name_thread(v);
	while (!v->stop) {
		if (atomic_exchange(&v->compact, false)) {
			v->run->immediate_exit = 0;
			compact(v);
		}
		if (ioctl(v->fd, KVM_RUN, 0) == 0) {
			if (v->run->exit_reason != KVM_EXIT_IO)
				vcpu_begin_again(v);
		} else if (errno != EINTR && errno != EAGAIN) {
			err(1, "KVM_RUN");
		}
	}
	return NULL;
}

static void vcpu_start(struct vcpu *v)
{
	if (v->running)
		return;
	v->tid = 0;
	v->stop = false;
	v->run->immediate_exit = 0;
	errno = pthread_create(&v->thread, NULL, vcpu_thread, v);
	if (errno)
		err(1, "pthread_create");
	v->running = true;
	while (!v->tid)
		usleep(100);
	printf("vcpu %d tid %d\n", (int)(v - vcpus), v->tid);
}

static void vcpu_stop(struct vcpu *v)
{
	if (!v->running)
		return;
	v->stop = true;
	v->run->immediate_exit = 1; /* also when the kick comes before KVM_RUN */
	pthread_kill(v->thread, KICK);
	pthread_join(v->thread, NULL);
	v->running = false;
	printf("vcpu %d gone\n", (int)(v - vcpus));
}

static void vcpu_compact(struct vcpu *v)
{
	v->compact = true;
	v->run->immediate_exit = 1;
	if (v->running)
		pthread_kill(v->thread, KICK);
}

/* What it does once SIGIO has come, and what each of its calls was and took. */
static struct {
	enum io_engine engine;
	const char *path, *log;
	int flags, depth, calls, rate;
	bool writes;
	_Atomic int next, done;
	uint64_t begin_ns;
	struct io_call {
		enum io_op op;
		uint64_t ns;
	} *call;
} io = { .flags = O_DIRECT, .depth = 1, .calls = 1000 };

/* Our command line stays as it is: others read it. */
static void io_parse(const char *text)
{
	static const char *const engine[] = { "aio", "uring", "threads" };
	size_t len = strcspn(text, ":");

	if (text[len] != ':')
		errx(2, "--io needs ENGINE:FILE");
	io.path = text + len + 1;
	while (strlen(engine[io.engine]) != len || memcmp(engine[io.engine], text, len) != 0)
		if (++io.engine > IO_THREADS)
			errx(2, "no such engine: %s", text);
}

static enum io_op io_op_of(int i)
{
	if (io.writes)
		return IO_WRITE;
	return i % 40 == 39 ? IO_FLUSH : i % 4 == 0 ? IO_WRITE : IO_READ;
}

/* Not before its time: so late ones do not hold up those that follow. */
static void io_pace(int i)
{
	uint64_t due_ns;
	struct timespec until;

	if (!io.rate)
		return;
	due_ns = io.begin_ns + (uint64_t)i * 1000000000u / (uint64_t)io.rate;
	until.tv_sec = (time_t)(due_ns / 1000000000u);
	until.tv_nsec = (long)(due_ns % 1000000000u);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void io_report(void)
{
	static const char name[] = "rwf";
	FILE *log = io.log ? fopen(io.log, "we") : NULL;

	for (int i = 0; log && i < io.calls; i++)
		fprintf(log, "%c %llu\n", name[io.call[i].op], (unsigned long long)io.call[i].ns);
	if (log && fclose(log) != 0)
		err(1, "%s", io.log);
	printf("io done %d\n", io.calls);
}

static void *io_thread(void *arg)
{
	struct io mine;

	io_open(&mine, io.engine, io.path, io.flags);
	mine.seed = (uintptr_t)arg + 1;
	for (int i; (i = io.next++) < io.calls;) {
		io_pace(i);
		io.call[i].op = io_op_of(i);
		io.call[i].ns = io_one(&mine, io.call[i].op);
	}
	io_close(&mine);
	if (++io.done == io.depth)
		io_report();
	return NULL;
}

static void io_begin(void)
{
	pthread_t thread;

	io.call = calloc((size_t)io.calls, sizeof(*io.call));
	io.next = io.done = 0;
	io.begin_ns = io_now_ns();
	for (int i = 0; io.path && io.call && i < io.depth; i++) {
		errno = pthread_create(&thread, NULL, io_thread, (void *)(uintptr_t)i);
		if (errno)
			err(1, "pthread_create");
		pthread_detach(thread);
	}
}

/* Serves the signals until one says end; threads inherit the mask, but for the kick. */
static void serve(struct vcpu *last, const sigset_t *signals)
{
	for (int signal; !sigwait(signals, &signal);) {
		if (signal == SIGUSR1)
			vcpu_stop(last);
		else if (signal == SIGUSR2)
			vcpu_start(last);
		else if (signal == SIGHUP)
			vcpu_compact(&vcpus[0]);
		else if (signal == SIGIO)
			io_begin();
		else
			return;
	}
}

/* It is gone when its file is closed. */
static void tap_make(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun"), any;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	must(ioctl(fd, TUNSETIFF, &request), name);
	any = must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
	request.ifr_flags = IFF_UP;
	must(ioctl(any, SIOCSIFFLAGS, &request), name);
	close(any);
}

/* On their way through a socket, the files of the VM and its vCPU are in no table of open files. */
static _Noreturn void hold(int vm)
{
	int files[] = { vm, must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU") }, ends[2];
	char control[CMSG_SPACE(sizeof(files))] = { 0 };
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(files));
	memcpy(CMSG_DATA(rights), files, sizeof(files));
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
	must((int)sendmsg(ends[0], &message, 0), "sendmsg");
	close(files[0]);
	close(files[1]);
	puts("ready");
	for (;;)
		pause();
}

static void usage(void)
{
	fputs("usage: tinyvmm --name X --vcpus N --spin|--halt|--write|--touch MIB\n"
	      "\t[--seconds S] [--comm TEXT] [--names] [--io ENGINE:FILE [--calls N] [--depth N] "
	      "[--rate N]\n"
	      "\t[--writes] [--cached] [--log FILE]] [--tap NAME] [-- TEXT...]\n       tinyvmm "
	      "--hold\n",
		stderr);
	exit(2);
}

static struct timeval after(double seconds)
{
	return (struct timeval){ .tv_sec = (time_t)seconds,
		.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6) };
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "vcpus", required_argument, NULL, 'v' },
		{ "seconds", required_argument, NULL, 's' },
		{ "comm", required_argument, NULL, 'c' },
		{ "spin", no_argument, NULL, 'S' },
		{ "halt", no_argument, NULL, 'H' },
		{ "write", no_argument, NULL, 'w' },
		{ "touch", required_argument, NULL, 't' },
		{ "hold", no_argument, NULL, 'h' },
		{ "io", required_argument, NULL, 'i' },
		{ "calls", required_argument, NULL, 'C' },
		{ "depth", required_argument, NULL, 'D' },
		{ "rate", required_argument, NULL, 'R' },
		{ "writes", no_argument, NULL, 'W' },
		{ "cached", no_argument, NULL, 'b' },
		{ "log", required_argument, NULL, 'l' },
		{ "tap", required_argument, NULL, 'T' },
		{ "names", no_argument, NULL, 'N' },
		{ NULL, 0, NULL, 0 },
	};
	int count = 1, vm;
	enum does does = SPINS;
	double seconds = -1; /* for ever */
	bool held = false;
	sigset_t signals;

	for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (opt) {
		case 'n': break; /* there for others to read in our command line */
		case 'v': count = atoi(optarg); break;
		case 's': seconds = atof(optarg); break;
		case 'c': prctl(PR_SET_NAME, optarg); break;
		case 'S': does = SPINS; break;
		case 'H': does = HALTS; break;
		case 'w': does = WRITES; break;
		case 't':
			does = TOUCHES;
			memory_bytes = (size_t)atoi(optarg) << 20;
			break;
		case 'h': held = true; break;
		case 'i': io_parse(optarg); break;
		case 'C': io.calls = atoi(optarg); break;
		case 'D': io.depth = atoi(optarg); break;
		case 'R': io.rate = atoi(optarg); break;
		case 'W': io.writes = true; break;
		case 'b': io.flags = 0; break;
		case 'l': io.log = optarg; break;
		case 'N':
			names = true;
			break;
		case 'T':
			tap_make(optarg);
			break;
		default: usage();
		}
	}
	if ((optind < argc && strcmp(argv[optind - 1], "--") != 0) || count < 1 ||
		count > MAX_VCPUS || memory_bytes == 0 || io.calls < 1 || io.depth < 1 ||
		io.rate < 0)
		usage();

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (held)
		hold(vm_create(SPINS));
	sigemptyset(&signals);
	for (size_t i = 0; i < 7; i++)
		sigaddset(&signals, (const int[]){ SIGUSR1, SIGUSR2, SIGHUP, SIGIO, SIGTERM, SIGINT,
					    SIGALRM }[i]);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	sigaction(KICK, &(struct sigaction){ .sa_handler = kicked }, NULL);

	vm = vm_create(does);
	for (int i = 0; i < count; i++)
		vcpu_create(&vcpus[i], vm, i, does);
	for (int i = 0; i < count; i++)
		vcpu_start(&vcpus[i]);
	puts("ready");
	if (seconds == 0)
		return 0;
	if (seconds > 0)
		setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = after(seconds) }, NULL);
	serve(&vcpus[count - 1], &signals);
	return 0; /* the kernel ends threads and VM */
}
