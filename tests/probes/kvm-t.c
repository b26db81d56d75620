// SPDX-License-Identifier: GPL-2.0-or-later
/* The vCPUs that KVM has: live, a VM without memory that never runs a guest. */
#include "tests/probes/bpf_rig.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t now_ns;

static uint64_t mono(void *arg)
{
	(void)arg;
	return now_ns;
}

static double wall(void *arg)
{
	(void)arg;
	return 1;
}

/* The probe rests between its readings: time passes when the test says so. */
static const struct clock made_clock = { .mono_ns = mono, .wall_s = wall };

static void live_open(struct bpf_rig *rig)
{
	if (access("/sys/module/kvm", F_OK) < 0)
		skip();
	bpf_rig_open_live(rig, SECTION_KVM);
	rig->probe->close(rig->state);
	now_ns = 1000000000;
	rig->env.clock = &made_clock;
	assert_int_equal(rig->probe->open(&rig->env, &rig->state, &rig->err), 0);
}

static const struct kvm_sample *live_sample(struct bpf_rig *rig)
{
	sample_clear(&rig->sample);
	assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
	return &rig->sample.kvm;
}

/* A reading that is made now. */
static const struct kvm_sample *live_sample_anew(struct bpf_rig *rig)
{
	now_ns += 3600ull * 1000000000;
	return live_sample(rig);
}

static const struct kvm_vcpu_file *own_vcpu(const struct kvm_sample *section, uint64_t id)
{
	for (size_t i = 0; i < section->n_file; i++)
		if (section->file[i].pid == getpid() && section->file[i].id == id)
			return &section->file[i];
	return NULL;
}

static size_t count_own(const struct kvm_sample *section)
{
	size_t n = 0;

	for (size_t i = 0; i < section->n_file; i++)
		n += section->file[i].pid == getpid();
	return n;
}

static void expect_sorted(const struct kvm_sample *section)
{
	for (size_t i = 1; i < section->n_file; i++) {
		const struct kvm_vcpu_file *one = &section->file[i - 1], *two = one + 1;

		assert_true(one->pid < two->pid || (one->pid == two->pid && one->id < two->id));
	}
}

static void a_captured_tree_says_so(void **state)
{
	(void)state;
	bpf_rig_on_a_tree(SECTION_KVM, "sys/module", "KVM is not loaded on this host");
	bpf_rig_on_a_tree(SECTION_KVM, "sys/module/kvm", "captured tree");
}

static void without_rights_it_names_those_that_are_missing(void **state)
{
	(void)state;
	if (access("/sys/module/kvm", F_OK) < 0)
		skip();
	bpf_rig_as_nobody(SECTION_KVM,
		"cannot load the reader of KVM's files: not permitted; run as root or grant "
		"CAP_BPF and CAP_PERFMON");
}

/* Enters KVM, and leaves it before it enters the guest. */
static void *touch(void *arg)
{
	static pid_t tid;
	int vcpu = *(int *)arg, vm_bytes = 4096;
	struct kvm_run *run =
		mmap(NULL, (size_t)vm_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

	if (run == MAP_FAILED)
		return NULL;
	run->immediate_exit = 1;
	tid = (pid_t)syscall(SYS_gettid);
	ioctl(vcpu, KVM_RUN, 0);
	munmap(run, (size_t)vm_bytes);
	return &tid;
}

static void vcpus_are_found_by_their_files(void **state)
{
	static struct bpf_rig rig;
	int kvm, vm, vcpu[2], again, disguise;
	const struct kvm_sample *section;
	char name[] = "/tmp/kvm-vcpu:7";
	pthread_t thread;
	void *tid;

	(void)state;
	live_open(&rig);
	assert_int_equal(count_own(live_sample_anew(&rig)), 0);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0) {
		close(kvm);
		bpf_rig_close(&rig);
		print_message("# KVM makes no VM here\n");
		skip();
	}
	vcpu[0] = ioctl(vm, KVM_CREATE_VCPU, 3);
	vcpu[1] = ioctl(vm, KVM_CREATE_VCPU, 1);
	assert_true(vcpu[0] >= 0 && vcpu[1] >= 0);
	again = dup(vcpu[0]); /* open twice is one vCPU */
	/* Anybody may give a file of a disk such a name. */
	disguise = open(name, O_RDWR | O_CREAT, 0600);
	assert_true(again >= 0 && disguise >= 0);
	section = live_sample_anew(&rig);
	assert_int_equal(count_own(section), 2);
	expect_sorted(section);
	assert_non_null(own_vcpu(section, 1));
	assert_non_null(own_vcpu(section, 3));
	assert_int_equal(own_vcpu(section, 1)->tid, 0); /* nobody ran it yet */
	assert_int_equal(own_vcpu(section, 3)->tid, 0);
	assert_int_equal(pthread_create(&thread, NULL, touch, &vcpu[1]), 0);
	pthread_join(thread, &tid);
	section = live_sample_anew(&rig);
	if (tid)
		assert_int_equal(own_vcpu(section, 1)->tid, *(pid_t *)tid);
	assert_int_equal(own_vcpu(section, 3)->tid, 0);
	close(again);
	close(vcpu[0]);
	assert_int_equal(count_own(live_sample_anew(&rig)), 1);
	close(vcpu[1]);
	close(vm);
	close(kvm);
	close(disguise);
	unlink(name);
	assert_int_equal(count_own(live_sample_anew(&rig)), 0);
	bpf_rig_close(&rig);
}

/* Reading costs by all files of the host: what was read stands for a while, with its age. */
static void it_rests_between_readings(void **state)
{
	static struct bpf_rig rig;
	const struct status *status = &rig.sample.status[SECTION_KVM];
	uint64_t first_ns;

	(void)state;
	live_open(&rig);
	live_sample(&rig);
	first_ns = status->at_ns;
	assert_int_equal(first_ns, now_ns);
	now_ns += 999999999;
	live_sample(&rig);
	assert_int_equal(status->at_ns, first_ns);
	now_ns += 1;
	live_sample(&rig);
	assert_int_equal(status->at_ns, now_ns);
	bpf_rig_close(&rig);
}

static void programs_are_gone_when_it_is_closed(void **state)
{
	static struct bpf_rig rig;
	__u32 id[32], left[32];
	size_t n;

	(void)state;
	assert_int_equal(bpf_own_programs(id, COUNT(id)), 0);
	live_open(&rig);
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 1);
	bpf_rig_close(&rig);
	assert_int_equal(bpf_own_programs(left, COUNT(left)), 0);
	while (n)
		assert_true(bpf_is_gone(id[--n]));
	rig.probe->close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(without_rights_it_names_those_that_are_missing),
		cmocka_unit_test(vcpus_are_found_by_their_files),
		cmocka_unit_test(it_rests_between_readings),
		cmocka_unit_test(programs_are_gone_when_it_is_closed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("kvm", tests, NULL, NULL);
}
