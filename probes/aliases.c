// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/aliases.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/err.h"
#include "probes/forms.h"

enum {
	KEEP_MOST = 16384, /* names, before the old ones are forgotten */
	OLD_SNAPSHOTS = 4096,
	WORD_MOST = 255,  /* longer names are not looked for in sentences */
	DIGITS_LEAST = 4, /* nor are shorter numbers */
	BUCKETS_LEAST = 1024
};

static const char *const prefix[ALIAS_KINDS] = {
	[ALIAS_VM] = "vm",
	[ALIAS_HOST] = "host",
	[ALIAS_UUID] = "uuid",
	[ALIAS_MAC] = "mac",
	[ALIAS_NIC] = "nic",
	[ALIAS_BRIDGE] = "net",
	[ALIAS_DISK] = "disk",
	[ALIAS_DEVICE] = "dev",
	[ALIAS_ADDRESS] = "addr",
	[ALIAS_PROCESS] = "proc",
	[ALIAS_SERIAL] = "serial",
	[ALIAS_USER] = "user",
	[ALIAS_GROUP] = "group",
	[ALIAS_PATH] = "path",
	[ALIAS_FILE] = "file",
	[ALIAS_TITLE] = "title",
};

/* The kernel's names for block devices. */
#define BLOCK                                                                                \
	"((sd|hd|vd|xvd)[a-z]{1,3}[0-9]*|sr[0-9]+|fd[0-9]+|dm-[0-9]+|"                       \
	"(nvme[0-9]+(c[0-9]+)?n[0-9]+|(mmcblk|nbd|loop|md|rbd|drbd|bcache|zd|pmem|zram|ram|" \
	"mtd)[0-9]+)(p[0-9]+)?)"
#define PCI "([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]"
/* Names of interfaces and of QEMU's devices that tell no more than a number. */
#define INTERFACE                                                                           \
	"(lo|((vnet|tap|macvtap|macvlan|veth|eth|wlan|bond|team|virbr|br|vmbr|xenbr|ovsbr|" \
	"dummy|ib|net|hostnet|netdev|nic|vif|hub0port)-?[0-9]+(-nic)?|tap[0-9]+i[0-9]+|"    \
	"en(o[0-9]+|(p[0-9]+)?s[0-9]+)(f[0-9]+)?(np[0-9]+|d[0-9]+)?(v[0-9]+)?)([.][0-9]+)?)"
#define QEMU_DEVICE                                                                               \
	"((drive-)?(virtio-disk|virtio|scsi|ide|sata|usb|fdc|drive|disk|cd|floppy|hostdev|hdisk|" \
	"none|pflash|mtd)[0-9]*([-.:][0-9]+){0,4}|(ide|scsi)[0-9]+-(cd|hd)[0-9]+)"
#define ANY_DEVICE "^(" BLOCK "|" PCI "|" INTERFACE "|" QEMU_DEVICE ")(#[0-9]+)?$"

#define KERNEL_THREADS                                                                           \
	"kworker/[^ ]*|(ksoftirqd|migration|cpuhp|idle_inject|watchdog|rcuop|rcuos|rcuog|"       \
	"rcuc|rcub|ktimers|backlog_napi|irq_work|posixcputmr)/[0-9]+|swapper(/[0-9]+)?|"         \
	"kswapd[0-9]+|kcompactd[0-9]+|khugepaged|ksmd|kthreadd|oom_reaper|rcu_[a-z_]+|"          \
	"khungtaskd|kdevtmpfs|kauditd|writeback|kblockd|kintegrityd|netns|damon[.0-9]*|"         \
	"vhost-[0-9]+|kvm-pit/[0-9]+|kvm-nx-lpage-re[a-z-]*|kvm-[a-z-]+|"                        \
	"(jbd2|xfs[a-z_-]*|kdmflush|dmcrypt_write|kcryptd[a-z_]*)/(" BLOCK "|[0-9]+:[0-9]+)"     \
	"(-[0-9]+)?|btrfs-[a-z-]+|ext4-[a-z-]+|md[0-9]+_[a-z0-9]+|" BLOCK "|"                    \
	"scsi_(eh|tmf)_[0-9]+|nvme-[a-z]+-wq|dm_bufio_cache|dm-thin|bcache_[a-z]+|z_[a-z_0-9]+|" \
	"txg_[a-z]+|arc_[a-z]+|spl_[a-z_]+|zvol[a-z_0-9]*|dbu_evict|nfsd|nfsiod|lockd|rpciod|"   \
	"cifsd|ceph-(msgr|watch-notif|completion)|iou-(wrk|sqp)-[0-9]+|"                         \
	"irq/[0-9]+(-(vfio|xhci|ahci|nvme|mlx|i40e|ice|ixgbe|virtio|pciehp|aerdrv|AMD-Vi|DMAR)"  \
	"[^ ]*)?"
#define VMMS                                                                                    \
	"qemu-system-[a-z0-9_]{1,12}|qemu-(kvm|img|nbd|io|ga|pr-helper|storage-d[a-z]*)|"       \
	"qemu|kvm|virtiofsd|swtpm|passt|dnsmasq|firecracker|cloud-hyperviso?r?|crosvm|kvmtool|" \
	"lkvm|CPU [0-9]+/(KVM|TCG)|ALL CPUs/TCG|IO (mon_iothread|iothread[0-9]+)|"              \
	"fc_vcpu [0-9]+|vcpu[0-9]+"
#define DAEMONS                                                                                   \
	"systemd(-(journal|udev|logind|network|resolve|timesyn|machine|oomd)[a-z]*)?|init|"       \
	"dbus-(daemon|broker)|rsyslogd|crond?|sshd|agetty|irqbalance|tuned|ksmtuned|numad|"       \
	"multipathd|lvmpolld|dmeventd|mdadm|iscsid|smartd|chronyd|ntpd|libvirtd|libvirt-dbus|"    \
	"virt(qemu|network|nodedev|storage|secret|nwfilter|interface|proxy|log|lock)d|"           \
	"ovs-vswitchd|ovsdb-server|ovn-controller|(handler|revalidator)[0-9]+|"                   \
	"pmd-c[0-9]+/id:[0-9]+|dockerd|containerd|runc|crio|kubelet|ceph-(osd|mon|mds|mgr)|"      \
	"glusterfsd?|nova-compute|pve(daemon|statd|proxy|scheduler)|parallax|top|htop|atop|perf|" \
	"virt-top"

/* What tells nobody whose it is. Of other kinds nothing stays. */
static const char *const common[ALIAS_KINDS] = {
	/* The key of a VM without one: its process and when that began. */
	[ALIAS_UUID] = "^[0-9]+-[0-9]+$",
	[ALIAS_NIC] = ANY_DEVICE,
	[ALIAS_BRIDGE] = "^(default|br-(int|ex|tun)|ovs-system|user|" INTERFACE ")$",
	[ALIAS_DISK] = ANY_DEVICE,
	[ALIAS_DEVICE] = ANY_DEVICE,
	[ALIAS_ADDRESS] = "^(localhost|127[.]0[.]0[.]1|0[.]0[.]0[.]0|::1?)$",
	[ALIAS_PROCESS] = "^(" KERNEL_THREADS "|" VMMS "|" DAEMONS
			  "|[?]|-|idle|quota|unseen|others|own vCPUs|own emulator)$",
	[ALIAS_USER] = "^(root|qemu|libvirt-qemu|nobody)$",
	[ALIAS_GROUP] = "^((machine|system|user|qemu|init|kubepods|kubepods-burstable|"
			"kubepods-besteffort|libvirt)([.](slice|scope))?|emulator|vcpu[0-9]+|"
			"iothread[0-9]+|(libvirtd|virtqemud)[.]service|user-[0-9]+[.]slice|"
			"user@[0-9]+[.]service|session-[0-9]+[.]scope|[0-9]+[.]scope|[.]{1,2})$",
	[ALIAS_PATH] = "^(/|(/var)?/run/libvirt/[a-z]+-sock(-ro|-admin)?|"
		       "/dev/(" BLOCK "|kvm|vfio/([0-9]+|vfio)|net/tun|vhost-(net|vsock|scsi)|null|"
		       "zero|full|u?random|shm|hugepages|userfaultfd|sev|sgx_[a-z]+|"
		       "mapper/control))$",
};

struct alias {
	struct alias *next; /* in its bucket */
	uint64_t hash, seen;
	enum alias_kind kind;
	bool stays, is_word;
	size_t len;
	const char *text; /* behind name */
	char name[];
};

struct aliases {
	struct alias **bucket;
	size_t n_bucket, n; /* n_bucket is a power of two */
	size_t keep;
	uint64_t now, given[ALIAS_KINDS];
	unsigned char longest[256]; /* of the words that begin with this */
	regex_t regex[ALIAS_KINDS];
};

static const uint64_t HASH_FIRST = 14695981039346656037ull, HASH_STEP = 1099511628211ull;

static uint64_t hash_add(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * HASH_STEP;
}

static uint64_t hash_of(const char *text, size_t len)
{
	uint64_t hash = HASH_FIRST;

	for (size_t i = 0; i < len; i++)
		hash = hash_add(hash, text[i]);
	return hash;
}

static struct alias **bucket_of(const struct aliases *aliases, uint64_t hash)
{
	return &aliases->bucket[(hash ^ hash >> 32) & (aliases->n_bucket - 1)];
}

struct aliases *aliases_new(void)
{
	struct aliases *aliases = xcalloc(1, sizeof(*aliases));

	aliases->n_bucket = BUCKETS_LEAST;
	aliases->bucket = xcalloc(aliases->n_bucket, sizeof(*aliases->bucket));
	aliases->keep = KEEP_MOST;
	for (int i = 0; i < ALIAS_KINDS; i++)
		if (common[i] &&
			regcomp(&aliases->regex[i], common[i], REG_EXTENDED | REG_NOSUB) != 0)
			die("the pattern of common names %d is broken", i);
	return aliases;
}

void aliases_free(struct aliases *aliases)
{
	if (!aliases)
		return;
	for (size_t i = 0; i < aliases->n_bucket; i++)
		while (aliases->bucket[i]) {
			struct alias *next = aliases->bucket[i]->next;

			free(aliases->bucket[i]);
			aliases->bucket[i] = next;
		}
	for (int i = 0; i < ALIAS_KINDS; i++)
		if (common[i])
			regfree(&aliases->regex[i]);
	free(aliases->bucket);
	free(aliases);
}

size_t aliases_count(const struct aliases *aliases)
{
	return aliases->n;
}

/* Those not met for more than age snapshots. */
static void forget(struct aliases *aliases, uint64_t age)
{
	memset(aliases->longest, 0, sizeof(aliases->longest));
	for (size_t i = 0; i < aliases->n_bucket; i++) {
		struct alias **at = &aliases->bucket[i];

		while (*at) {
			struct alias *alias = *at;
			unsigned char *longest = &aliases->longest[(unsigned char)alias->name[0]];

			if (alias->seen + age < aliases->now) {
				*at = alias->next;
				free(alias);
				aliases->n--;
				continue;
			}
			if (alias->is_word && alias->len > *longest)
				*longest = (unsigned char)alias->len;
			at = &alias->next;
		}
	}
}

void aliases_next(struct aliases *aliases)
{
	aliases->now++;
	if (aliases->n <= aliases->keep)
		return;
	for (uint64_t age = OLD_SNAPSHOTS; age && aliases->n > KEEP_MOST / 2; age /= 4)
		forget(aliases, age);
	/* What a large host has in one snapshot is not looked through each time. */
	aliases->keep = aliases->n > KEEP_MOST / 2 ? 2 * aliases->n : KEEP_MOST;
}

static void grow(struct aliases *aliases)
{
	struct alias **old = aliases->bucket;
	size_t n_old = aliases->n_bucket;

	aliases->n_bucket *= 2;
	aliases->bucket = xcalloc(aliases->n_bucket, sizeof(*aliases->bucket));
	for (size_t i = 0; i < n_old; i++)
		while (old[i]) {
			struct alias *alias = old[i], **at = bucket_of(aliases, alias->hash);

			old[i] = alias->next;
			alias->next = *at;
			*at = alias;
		}
	free(old);
}

static struct alias *find(
	struct aliases *aliases, enum alias_kind kind, const char *name, size_t len, uint64_t hash)
{
	struct alias *alias = *bucket_of(aliases, hash);

	for (; alias; alias = alias->next)
		if (alias->hash == hash && alias->kind == kind && alias->len == len &&
			memcmp(alias->name, name, len) == 0)
			break;
	if (alias)
		alias->seen = aliases->now;
	return alias;
}

/* May it be looked for in a sentence: it would hardly stand there for anything else. */
static bool is_word(const struct alias *alias)
{
	if (alias->stays || alias->len < 2 || alias->len > WORD_MOST)
		return false;
	if (alias->kind == ALIAS_TITLE || alias->kind == ALIAS_GROUP)
		return false;
	if (form_is_number(alias->name, alias->len) && alias->len < DIGITS_LEAST)
		return false;
	return !form_is_our_word(alias->name, alias->len);
}

/* text NULL: it stays. */
static struct alias *add(struct aliases *aliases, enum alias_kind kind, const char *name,
	size_t len, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	struct alias *alias = xcalloc(1, sizeof(*alias) + len + 1 + size), **at;
	unsigned char *longest;

	if (aliases->n >= aliases->n_bucket)
		grow(aliases);
	alias->kind = kind;
	alias->len = len;
	alias->hash = hash_of(name, len);
	alias->seen = aliases->now;
	alias->stays = !text;
	memcpy(alias->name, name, len);
	if (text)
		memcpy(alias->name + len + 1, text, size);
	alias->text = text ? alias->name + len + 1 : alias->name;
	alias->is_word = is_word(alias);
	longest = &aliases->longest[(unsigned char)alias->name[0]];
	if (alias->is_word && len > *longest)
		*longest = (unsigned char)len;
	at = bucket_of(aliases, alias->hash);
	alias->next = *at;
	*at = alias;
	aliases->n++;
	return alias;
}

bool alias_is_common(
	const struct aliases *aliases, enum alias_kind kind, const char *name, size_t len)
{
	char text[128];

	if (len == 0)
		return true;
	/* What looks like one of ours would be taken for it. */
	if (alias_kind_of(name, len) != ALIAS_KINDS)
		return false;
	if (!common[kind] || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return regexec(&aliases->regex[kind], text, 0, NULL, 0) == 0;
}

const char *alias_of(struct aliases *aliases, enum alias_kind kind, const char *name, size_t len)
{
	struct alias *alias = find(aliases, kind, name, len, hash_of(name, len));
	char text[48];

	if (alias)
		return alias->text;
	if (alias_is_common(aliases, kind, name, len))
		return add(aliases, kind, name, len, NULL)->text;
	snprintf(text, sizeof(text), "%s-%llu", prefix[kind],
		(unsigned long long)++aliases->given[kind]);
	return add(aliases, kind, name, len, text)->text;
}

const char *alias_known(struct aliases *aliases, enum alias_kind kind, const char *name, size_t len)
{
	const struct alias *alias = find(aliases, kind, name, len, hash_of(name, len));

	return alias ? alias->text : NULL;
}

void alias_also(struct aliases *aliases, enum alias_kind kind, const char *name, size_t len,
	const char *other, size_t other_len)
{
	const char *text = alias_of(aliases, kind, other, other_len);

	if (!find(aliases, kind, name, len, hash_of(name, len)))
		add(aliases, kind, name, len, text);
}

/* words: those only that are looked for in sentences. */
static struct alias *any(
	struct aliases *aliases, const char *name, size_t len, uint64_t hash, bool words)
{
	struct alias *best = NULL;

	for (struct alias *alias = *bucket_of(aliases, hash); alias; alias = alias->next)
		if (alias->hash == hash && (words ? alias->is_word : !alias->stays) &&
			(!best || alias->kind < best->kind) && alias->len == len &&
			memcmp(alias->name, name, len) == 0)
			best = alias;
	if (best)
		best->seen = aliases->now;
	return best;
}

const char *alias_any(struct aliases *aliases, const char *name, size_t len)
{
	const struct alias *alias = any(aliases, name, len, hash_of(name, len), false);

	return alias ? alias->text : NULL;
}

const char *alias_word(struct aliases *aliases, const char *name, size_t len)
{
	const struct alias *alias = any(aliases, name, len, hash_of(name, len), true);

	return alias ? alias->text : NULL;
}

size_t alias_match(struct aliases *aliases, const char *text, size_t len, const char **alias)
{
	size_t most = len ? aliases->longest[(unsigned char)text[0]] : 0, length = 0;
	uint64_t hash = HASH_FIRST;

	for (size_t i = 0; i < len && i < most; i++) {
		const struct alias *found;

		hash = hash_add(hash, text[i]);
		if (!form_word_ends(text, len, i + 1))
			continue;
		found = any(aliases, text, i + 1, hash, true);
		if (!found)
			continue;
		*alias = found->text;
		length = i + 1;
	}
	return length;
}

enum alias_kind alias_kind_of(const char *text, size_t len)
{
	for (int kind = 0; kind < ALIAS_KINDS; kind++) {
		size_t n = strlen(prefix[kind]);

		if (len > n + 1 && memcmp(text, prefix[kind], n) == 0 && text[n] == '-' &&
			form_is_number(text + n + 1, len - n - 1))
			return (enum alias_kind)kind;
	}
	return ALIAS_KINDS;
}
