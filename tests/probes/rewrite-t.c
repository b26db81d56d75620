// SPDX-License-Identifier: GPL-2.0-or-later
/* Names in sentences, paths, addresses and layers: what is replaced, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/forms.h"
#include "probes/rewrite.h"

typedef void writer(struct rewrite *out, const char *text, size_t len);

static struct rewrite begun(void)
{
	return (struct rewrite){ .aliases = aliases_new() };
}

static void end(struct rewrite *out)
{
	aliases_free(out->aliases);
	free(out->data);
}

static void know(struct rewrite *out, enum alias_kind kind, const char *name)
{
	alias_of(out->aliases, kind, name, strlen(name));
}

static const char *written_by(struct rewrite *out, writer *write, const char *text)
{
	/* To its size, so that a sanitizer sees who reads further. */
	size_t len = strlen(text);
	char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, text, len);
	rewrite_begin(out);
	write(out, exact, len);
	free(exact);
	return out->data;
}

struct pair {
	const char *in, *out;
};

/* Each begins with fresh numbers, and is the same when it is written again. */
static void check(writer *write, const struct pair *pair, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rewrite out = begun(), again = begun();

		assert_string_equal(written_by(&out, write, pair[i].in), pair[i].out);
		assert_string_equal(written_by(&again, write, out.data), pair[i].out);
		end(&out);
		end(&again);
	}
}
#define CHECK(write, pairs) check(write, pairs, sizeof(pairs) / sizeof((pairs)[0]))

static void knows_forms(void **state)
{
	static const struct {
		bool (*is)(const char *, size_t);
		const char *text;
		bool yes;
	} cases[] = {
		{ form_is_uuid, "5f0c1eef-9a1e-4c7b-8d21-0242ac110003", true },
		{ form_is_uuid, "5F0C1EEF-9A1E-4C7B-8D21-0242AC110003", true },
		{ form_is_uuid, "5f0c1eef-9a1e-4c7b-8d21-0242ac11000g", false },
		{ form_is_uuid, "5f0c1eef-9a1e-4c7b-8d21-0242ac1100033", false },
		{ form_is_mac, "52:54:00:7e:00:ff", true },
		{ form_is_mac, "52-54-00-7E-00-FF", true },
		{ form_is_mac, "52:54:00:7e:00-ff", false },
		{ form_is_mac, "52:54:00:7e:00", false },
		{ form_is_ipv4, "10.0.0.255", true },
		{ form_is_ipv4, "10.0.0.256", false },
		{ form_is_ipv4, "10.0.0", false },
		{ form_is_ipv4, "10.0.0.1.2", false },
		{ form_is_ipv4, "6.1.0-18", false },
		{ form_is_ipv6, "fd00::1", true },
		{ form_is_ipv6, "::1", true },
		{ form_is_ipv6, "fe80::", true },
		{ form_is_ipv6, "fe80::5054:ff:fe7e:ff%vnet5", true },
		{ form_is_ipv6, "2001:db8:0:1:2:3:4:5", true },
		{ form_is_ipv6, "::ffff:10.0.0.1", true },
		{ form_is_ipv6, "12:34:56", false },
		{ form_is_ipv6, "0000:3b:02.1", false },
		{ form_is_ipv6, "52:54:00:7e:00:ff", false },
		{ form_is_ipv6, "::", false },
		{ form_is_ipv6, "fe80::1:", false },
		{ form_is_ipv6, "fd00::12345", false },
		{ form_is_host, "kvm2.example.com", true },
		{ form_is_host, "nas.lan", true },
		{ form_is_host, "web.corp.de", true },
		{ form_is_host, "org.qemu.guest_agent.0", false },
		{ form_is_host, "net.core.somaxconn", false },
		{ form_is_host, "memory.max", false },
		{ form_is_host, "..de", false },
		{ form_is_host, "example", false },
		{ form_is_wwn, "iqn.2001-04.com.example:storage.web", true },
		{ form_is_wwn, "wwn-0x5000c500a1b2c3d4", true },
		{ form_is_wwn, "iqn.", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (cases[i].is(cases[i].text, strlen(cases[i].text)) != cases[i].yes)
			fail_msg("%s is%s one", cases[i].text, cases[i].yes ? "" : " not");
}

/* The list is searched by halves. */
static void knows_our_words(void **state)
{
	static const char *const words[] = { "CPU", "a", "host", "guest", "vm", "disk", "node",
		"you", "process", "it", "w", "VMs" };
	static const char *const others[] = { "", "b", "web", "zz", "hos", "hosts", "Host", "A" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!form_is_our_word(words[i], strlen(words[i])))
			fail_msg("%s is none of our words", words[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (form_is_our_word(others[i], strlen(others[i])))
			fail_msg("%s is one of our words", others[i]);
}

static void finds_what_looks_like_an_identity(void **state)
{
	static const struct pair pairs[] = {
		{ "cannot open /srv/vms/web.qcow2: No such file",
			"cannot open /path-1/file-1.qcow2: No such file" },
		{ "cannot open '/srv/my vms/web 1.img': denied",
			"cannot open '/path-1/file-1.img': denied" },
		{ "/srv/a.raw, /srv/b.raw and /srv/a.raw",
			"/path-1/file-1.raw, /path-1/file-2.raw and /path-1/file-1.raw" },
		{ "file=/home/joe/x.iso,if=none", "file=/path-1/file-1.iso,if=none" },
		{ "no UUID 5f0c1eef-9a1e-4c7b-8d21-0242ac110003.", "no UUID uuid-1." },
		{ "from 52:54:00:7e:00:ff (10.1.2.3:16509)", "from mac-1 (addr-1:16509)" },
		{ "10.0.0.0/8 to fd00::1, [fd00::2]:22", "addr-1/8 to addr-2, [addr-3]:22" },
		{ "at fe80::1%vnet5!", "at addr-1!" },
		{ "fe80::1: unreachable", "addr-1: unreachable" },
		{ "cannot connect to libvirt at qemu+ssh://joe@kvm2/system?keyfile=/home/joe/k: no",
			"cannot connect to libvirt at qemu+ssh://user-1@addr-1/system: no" },
		{ "qemu:///system and qemu:///session", "qemu:///system and qemu:///session" },
		{ "qemu+tls://[fd00::7]:16514/system", "qemu+tls://[addr-1]:16514/system" },
		{ "rbd://mon1.lan:6789,mon2.lan/pool/web", "rbd://addr-1/path-1/file-1" },
		{ "nas.lan:/export/vms is stale", "addr-1:/path-1/file-1 is stale" },
		{ "joe@kvm2 logged in", "user-1@addr-1 logged in" },
		{ "root@localhost is", "root@localhost is" },
		{ "server at 'kvm2.example.com:16509': refused",
			"server at 'addr-1:16509': refused" },
		{ "lost iqn.2001-04.com.example:web", "lost dev-1" },
		{ "web.qcow2 is locked", "file-1.qcow2 is locked" },
		{ "in machine-qemu\\x2d3\\x2dweb.scope now", "in group-1.scope now" },
	};

	(void)state;
	CHECK(rewrite_sentence, pairs);
}

/* What teaches, and sentences of our own. */
static void leaves_what_everybody_has(void **state)
{
	static const char *const kept[] = {
		"",
		"/",
		" / ",
		"a/b 31/s and/or",
		"cannot read /proc/2100/task/2101/schedstat: Permission denied",
		"mount /sys/fs/cgroup, /sys/kernel/debug and /sys/block/dm-3/slaves",
		"/dev/kvm is missing; so is /dev/vfio/12, /dev/sda1 or /dev/nvme0n1p2",
		"Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file",
		"it has no agent channel; add org.qemu.guest_agent.0 to its definition",
		"virsh dommemstat DOMAIN --period 5 --live",
		"102G sold of 64G (1.6x), 5.3G available",
		"guest sees  0.0%, host took 22.8%: 61% to the rest at 12:34:56",
		"0000:3b:02.1 is on node 1 of 6.1.0-18-amd64",
		"net.core.somaxconn, kernel.unprivileged_bpf_disabled=1 and memory.max",
		"://",
		":/",
		"@",
		"a@",
		"@b",
		"://x",
		"...",
		"::",
		":::",
		"[]",
		"\\x2d",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct rewrite out = begun();

		assert_string_equal(written_by(&out, rewrite_sentence, kept[i]), kept[i]);
		end(&out);
	}
}

/* Whole words only, the longest name first. */
static void finds_names_it_knows(void **state)
{
	static const struct pair pairs[] = {
		{ "61% to web", "61% to vm-1" },
		{ "61% to web, web-2 and web-03: web.", "61% to vm-1, vm-2 and web-03: vm-1." },
		{ "web's cobweb webs web_ web.lan-2 x-web",
			"vm-1's cobweb webs web_ web.lan-2 x-web" },
		{ "(web) \"web\" web;web web/web", "(vm-1) \"vm-1\" vm-1;vm-1 vm-1/vm-1" },
		{ "the web server 7 is not the web", "the vm-3 is not the vm-1" },
		{ "w.*b[0] $(reboot) ran", "vm-4 vm-5 ran" },
		{ "gr\xc3\xbc\xc3\x9f"
		  "e gr\xc3\xbc\xc3\x9f gr\xc3\xbc",
			"gr\xc3\xbc\xc3\x9f"
			"e vm-6 gr\xc3\xbc" },
		{ "a vm of the host has no disk", "a vm of the host has no disk" },
		{ "3 of 42 or 4711", "3 of 42 or vm-9" },
		{ "lab-web: dropped on corp0", "nic-1: dropped on net-1" },
		{ "/sys/class/net/lab-web/queues and /proc/sys/web",
			"/sys/class/net/nic-1/queues and /proc/sys/vm-1" },
		{ "/sys/fs/cgroup/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d2.scope is gone",
			"/sys/fs/cgroup/machine.slice/machine-qemu\\x2d3\\x2dvm\\x2d2.scope is "
			"gone" },
		{ "on kvm-07 and kvm-07.corp.lan", "on host-1 and host-1" },
		{ "vm-1 is what we call another", "vm-12 is what we call another" },
	};
	static const char *const vms[] = { "web", "web-2", "web server 7", "w.*b[0]", "$(reboot)",
		"gr\xc3\xbc\xc3\x9f", "3", "42", "4711", "vm", "a" };
	struct rewrite out = begun();

	(void)state;
	for (size_t i = 0; i < sizeof(vms) / sizeof(vms[0]); i++)
		know(&out, ALIAS_VM, vms[i]);
	know(&out, ALIAS_PROCESS, "host");
	know(&out, ALIAS_PROCESS, "web");
	know(&out, ALIAS_DISK, "disk");
	know(&out, ALIAS_NIC, "lab-web");
	know(&out, ALIAS_BRIDGE, "corp0");
	know(&out, ALIAS_HOST, "kvm-07");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(written_by(&out, rewrite_sentence, pairs[i].in), pairs[i].out);
	end(&out);
}

static void rewrites_findings_by_their_form(void **state)
{
	static const struct pair pairs[] = {
		{ "guest sees  0.0%, host took 22.8%: 61% to host",
			"guest sees  0.0%, host took 22.8%: 61% to vm-1" },
		{ "host took 9%: 61% to gone; its quota 3%",
			"host took 9%: 61% to proc-1; its quota 3%" },
		{ "host takes 9%: 61% to a b, c, and has not ended",
			"host takes 9%: 61% to proc-2, and has not ended" },
		{ "host took 9%: 61% to kswapd0", "host took 9%: 61% to kswapd0" },
		{ "host took 9%: 61% to its own vCPUs", "host took 9%: 61% to its own vCPUs" },
		{ "3 share CPU 1: demand 163% of it: host, old, process cc1 and 12 more",
			"3 share CPU 1: demand 163% of it: vm-1, proc-3, process proc-4 and 12 "
			"more" },
		{ "3 share CPUs 0-3: demand 163% of them: a, b, process qemu-system-x86",
			"3 share CPUs 0-3: demand 163% of them: vm-2, process qemu-system-x86" },
		{ "the kernel killed a process for memory; gone: db, mail",
			"the kernel killed a process for memory; gone: vm-3, vm-4" },
		{ "2 busy vCPUs share their cores: host with db, CPU 3",
			"2 busy vCPUs share their cores: vm-1 with vm-3, CPU 3" },
		{ "guest sees 4ms; host 97% at 0.4ms", "guest sees 4ms; host 97% at 0.4ms" },
		{ "host took 9%: 61% to ", "host took 9%: 61% to " },
	};
	struct rewrite out = begun();

	(void)state;
	know(&out, ALIAS_VM, "host");
	know(&out, ALIAS_VM, "a, b");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(written_by(&out, rewrite_finding, pairs[i].in), pairs[i].out);
	end(&out);
}

static void rewrites_images(void **state)
{
	static const struct pair pairs[] = {
		{ "/var/lib/libvirt/images/web.qcow2", "/path-1/file-1.qcow2" },
		{ "/srv/my vms, all/web", "/path-1/file-1" },
		{ "/srv/", "/path-1" },
		{ "/x.raw", "/file-1.raw" },
		{ "/dev/sdb", "/dev/sdb" },
		{ "/dev/mapper/vg_customer-lv", "/dev/mapper/disk-1" },
		{ "/dev/vg_customer/lv", "/dev/disk-1" },
		{ "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4", "/dev/disk-1" },
		{ "pool/web of ceph1:6789 and 2 more", "disk-1 of addr-1:6789 and 2 more" },
		{ "web of fd00::1:10809", "disk-1 of addr-1:10809" },
		{ "iqn.2001-04.com.example:web/1 of 10.0.0.9", "disk-1 of addr-1" },
		{ "nas:/export/web.raw", "addr-1:/path-1/file-1.raw" },
		{ "gluster://g1/vol/web.img", "gluster://addr-1/path-1/file-1.img" },
		{ "json:{\"file\": \"web\"}", "disk-1" },
		{ "0000:3b:02.1", "0000:3b:02.1" },
		{ "web.qcow2", "file-1.qcow2" },
		{ "", "" },
	};

	(void)state;
	CHECK(rewrite_image, pairs);
}

static void rewrites_layers(void **state)
{
	static const struct pair pairs[] = {
		{ "vda  virtio disk, cache none, aio native",
			"vda  virtio disk, cache none, aio native" },
		{ "qcow2 /srv/web.qcow2", "qcow2 /path-1/file-1.qcow2" },
		{ "  backed by qcow2 /srv/my golden.qcow2, deleted",
			"  backed by qcow2 /path-1/file-1.qcow2, deleted" },
		{ "  backed by /srv/golden.img", "  backed by /path-1/file-1.img" },
		{ "raw an image that is not named", "raw an image that is not named" },
		{ "raw pool/web of ceph1:6789", "raw disk-1 of addr-1:6789" },
		{ "rbd, network: no local request layer", "rbd, network: no local request layer" },
		{ "ext4 on /", "ext4 on /" },
		{ "ext4 on /srv/customer one", "ext4 on /path-1" },
		{ "nfs4 on /mnt/a, network: no local request layer",
			"nfs4 on /path-1, network: no local request layer" },
		{ "tmpfs on /dev/shm, in the host's memory",
			"tmpfs on /dev/shm, in the host's memory" },
		{ "  nas.lan:/export/vms", "  addr-1:/path-1/file-1" },
		{ "dm-3: LVM vg_customer-lv", "dm-3: LVM disk-1" },
		{ "  dm-0: encrypted customer crypt", "  dm-0: encrypted disk-1" },
		{ "loop0: /srv/disk.img", "loop0: /path-1/file-1.img" },
		{ "nvme0n1p2: partition of nvme0n1", "nvme0n1p2: partition of nvme0n1" },
		{ "md127: raid1 of 2", "md127: raid1 of 2" },
		{ "sda: QEMU HARDDISK, rotating, scheduler mq-deadline",
			"sda: QEMU HARDDISK, rotating, scheduler mq-deadline" },
		{ "", "" },
		{ "  ", "  " },
	};

	(void)state;
	CHECK(rewrite_layer, pairs);
}

static void rewrites_cgroups(void **state)
{
	static const struct pair pairs[] = {
		{ "/machine.slice/machine-qemu\\x2d12\\x2dci\\x2drunner.scope/libvirt/emulator",
			"/machine.slice/machine-qemu\\x2d12\\x2dvm\\x2d1.scope/libvirt/emulator" },
		{ "/machine.slice/machine-qemu\\x2d6\\x2dci-runner.scope",
			"/machine.slice/machine-qemu\\x2d6\\x2dvm\\x2d1.scope" },
		{ "/machine/qemu-3-ci-runner.libvirt-qemu/vcpu0",
			"/machine/qemu-3-vm-1.libvirt-qemu/vcpu0" },
		{ "/machine.slice/machine-qemu\\x2d12\\x2dcut\\x2doff.scope",
			"/machine.slice/group-1.scope" },
		{ "/system.slice/customer.service", "/system.slice/group-2.service" },
		{ "/user.slice/user-1000.slice/session-3.scope",
			"/user.slice/user-1000.slice/session-3.scope" },
		{ "/qemu.slice/104.scope", "/qemu.slice/104.scope" },
		{ "/kubepods.slice/pod_x/../y", "/kubepods.slice/group-3/../group-4" },
		{ "/", "/" },
		{ "", "" },
		{ "machine-qemu", "group-5" },
		{ "machine-qemu\\x2d", "group-6" },
		{ "qemu-3-.scope", "group-7.scope" },
	};
	struct rewrite out = begun();

	(void)state;
	know(&out, ALIAS_VM, "ci-runner");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(written_by(&out, rewrite_cgroup, pairs[i].in), pairs[i].out);
	end(&out);
}

static void keeps_common_names(void **state)
{
	static const struct {
		enum alias_kind kind;
		const char *name, *alias;
	} cases[] = {
		{ ALIAS_PROCESS, "qemu-system-x86", "qemu-system-x86" },
		{ ALIAS_PROCESS, "kworker/u16:3-events_unbound", "kworker/u16:3-events_unbound" },
		{ ALIAS_PROCESS, "vhost-2100", "vhost-2100" },
		{ ALIAS_PROCESS, "ksoftirqd/3", "ksoftirqd/3" },
		{ ALIAS_PROCESS, "kswapd0", "kswapd0" },
		{ ALIAS_PROCESS, "jbd2/dm-3-8", "jbd2/dm-3-8" },
		{ ALIAS_PROCESS, "libvirtd", "libvirtd" },
		{ ALIAS_PROCESS, "CPU 0/KVM", "CPU 0/KVM" },
		{ ALIAS_PROCESS, "qemu:web-03", "proc-1" },
		{ ALIAS_PROCESS, "jbd2/customer-8", "proc-2" },
		{ ALIAS_PROCESS, "libvirtd2", "proc-3" },
		{ ALIAS_NIC, "vnet5", "vnet5" },
		{ ALIAS_NIC, "enp3s0f1np1", "enp3s0f1np1" },
		{ ALIAS_NIC, "vnet5#2", "vnet5#2" },
		{ ALIAS_NIC, "0000:3b:02.1", "0000:3b:02.1" },
		{ ALIAS_NIC, "enx0242ac110003", "nic-1" },
		{ ALIAS_NIC, "lab-web", "nic-2" },
		{ ALIAS_NIC, "nic-1", "nic-3" }, /* not the one above */
		{ ALIAS_BRIDGE, "br0", "br0" },
		{ ALIAS_BRIDGE, "br-customer", "net-1" },
		{ ALIAS_DISK, "nvme0n1p2", "nvme0n1p2" },
		{ ALIAS_DISK, "drive-virtio-disk0", "drive-virtio-disk0" },
		{ ALIAS_DISK, "sdcustomer", "disk-1" },
		{ ALIAS_DISK, "disk-1", "disk-2" },
		{ ALIAS_UUID, "2100-300000", "2100-300000" },
		{ ALIAS_VM, "vda", "vm-1" },
	};
	struct rewrite out = begun();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			alias_of(out.aliases, cases[i].kind, cases[i].name, strlen(cases[i].name)),
			cases[i].alias);
	end(&out);
}

/* Any bytes, in any order, to any end. */
static void takes_any_text(void **state)
{
	static const char *const pieces[] = { "/", "//", ":", "::", "://", "@", ".", "-", "web",
		"web-2", " ", "'", "\"", "%", "[", "]", "\\x2d", "machine-qemu", ".scope", "fd00",
		"10.0.0.1", "52:54:00:7e:00:ff", " of ", " and ", " on /", ", deleted",
		"backed by ", "% to ", "process ", ", ", "\xc3\xbc", "\xff", ".qcow2", "iqn.", "3",
		" more", "; gone: " };
	static writer *const writers[] = { rewrite_sentence, rewrite_finding, rewrite_image,
		rewrite_layer, rewrite_cgroup, rewrite_path, rewrite_directory, rewrite_server };
	struct rewrite out = begun();
	uint64_t seed = 88172645463325252ull;

	(void)state;
	know(&out, ALIAS_VM, "web");
	know(&out, ALIAS_VM, "web-2");
	for (int i = 0; i < 20000; i++) {
		char text[256] = "";

		for (int n = 0; n < 12; n++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			strcat(text, pieces[(seed >> 33) % (sizeof(pieces) / sizeof(pieces[0]))]);
		}
		written_by(&out, writers[i % (int)(sizeof(writers) / sizeof(writers[0]))], text);
		assert_true(strlen(out.data) == out.len);
	}
	end(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_forms),
		cmocka_unit_test(knows_our_words),
		cmocka_unit_test(finds_what_looks_like_an_identity),
		cmocka_unit_test(leaves_what_everybody_has),
		cmocka_unit_test(finds_names_it_knows),
		cmocka_unit_test(rewrites_findings_by_their_form),
		cmocka_unit_test(rewrites_images),
		cmocka_unit_test(rewrites_layers),
		cmocka_unit_test(rewrites_cgroups),
		cmocka_unit_test(keeps_common_names),
		cmocka_unit_test(takes_any_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
