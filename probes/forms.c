// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/forms.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Of UTF-8 every character beyond ASCII is taken for a letter. */
static bool is_word(char c)
{
	return is_digit(c) || is_letter(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Joins two words to one when there is a letter on either side. */
static bool joins(char c)
{
	return c == '-' || c == '.' || c == '@' || c == '+' || c == '\\';
}

bool form_begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

bool form_ends(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text + len - n, with, n) == 0;
}

const char *form_find(const char *text, size_t len, const char *what)
{
	return memmem(text, len, what, strlen(what));
}

bool form_word_ends(const char *text, size_t len, size_t at)
{
	if (at >= len)
		return true;
	if (is_word(text[at]))
		return at == 0 || !is_word(text[at - 1]);
	return !(joins(text[at]) && at + 1 < len && is_word(text[at + 1]));
}

bool form_word_begins(const char *text, size_t at)
{
	if (at == 0)
		return true;
	if (is_word(text[at - 1]))
		return !is_word(text[at]) && !joins(text[at]);
	return !(joins(text[at - 1]) && at > 1 && is_word(text[at - 2]));
}

bool form_is_between(char c)
{
	if ((unsigned char)c <= ' ')
		return true;
	switch (c) {
	case '"':
	case '\'':
	case '`':
	case '(':
	case ')':
	case '[':
	case ']':
	case '{':
	case '}':
	case '<':
	case '>':
	case ',':
	case ';':
	case '=':
	case '|':
		return true;
	}
	return false;
}

bool form_is_uuid(const char *text, size_t len)
{
	if (len != 36)
		return false;
	for (size_t i = 0; i < len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_hex(text[i]))
			return false;
	return true;
}

bool form_is_mac(const char *text, size_t len)
{
	if (len != 17)
		return false;
	for (size_t i = 0; i < len; i++)
		if (i % 3 == 2 ? text[i] != text[2] || (text[i] != ':' && text[i] != '-')
			       : !is_hex(text[i]))
			return false;
	return true;
}

bool form_is_ipv4(const char *text, size_t len)
{
	unsigned dots = 0, value = 0, digits = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_digit(text[i]) && digits < 3) {
			value = value * 10 + (unsigned)(text[i] - '0');
			digits++;
		} else if (text[i] == '.' && digits && value < 256) {
			dots++;
			value = digits = 0;
		} else {
			return false;
		}
	}
	return dots == 3 && digits && value < 256;
}

/* Groups of at most four digits; without "::" there are eight, and an IPv4 address is two. */
bool form_is_ipv6(const char *text, size_t len)
{
	unsigned colons = 0, digits = 0, all = 0;
	bool shortened = false;
	size_t zone = 0;

	while (zone < len && text[zone] != '%')
		zone++;
	len = zone;
	if (len > 1 && text[len - 1] == ':' && text[len - 2] != ':')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (is_hex(text[i]) && digits < 4) {
			digits++;
			all++;
		} else if (text[i] == ':') {
			if (shortened && text[i - 1] == ':')
				return false;
			shortened |= i > 0 && text[i - 1] == ':';
			colons++;
			digits = 0;
		} else if (text[i] == '.' && digits && i >= digits) {
			return colons >= 2 && form_is_ipv4(text + i - digits, len - (i - digits));
		} else {
			return false;
		}
	}
	return shortened ? colons <= 8 && all : colons == 7 && digits;
}

bool form_is_number(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(text[i]))
			return false;
	return len > 0;
}

/* Domains of two letters are countries. */
static bool is_domain(const char *text, size_t len)
{
	static const char *const domains[] = { "com", "net", "org", "edu", "gov", "mil", "int",
		"info", "biz", "cloud", "dev", "app", "local", "localdomain", "lan", "home",
		"internal", "intranet", "intra", "corp", "private", "site", "test", "example",
		"invalid", "arpa" };

	for (size_t i = 0; i < len; i++)
		if (!is_letter(text[i]))
			return false;
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (strlen(domains[i]) == len && strncasecmp(domains[i], text, len) == 0)
			return true;
	return len == 2;
}

bool form_is_host(const char *text, size_t len)
{
	size_t label = 0, labels = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.') {
			if (i == label)
				return false;
			label = i + 1;
			labels++;
		} else if (!is_digit(text[i]) && !is_letter(text[i]) && text[i] != '-') {
			return false;
		}
	}
	return labels && is_domain(text + label, len - label);
}

bool form_is_wwn(const char *text, size_t len)
{
	static const char *const begins[] = { "iqn.", "nqn.", "eui.", "naa.", "wwn-" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (len > 4 && strncmp(text, begins[i], 4) == 0)
			return true;
	return false;
}

size_t form_port(const char *text, size_t len)
{
	size_t at = len;

	while (at > 0 && is_digit(text[at - 1]))
		at--;
	return at > 1 && at < len && len - at <= 5 && text[at - 1] == ':' ? at - 1 : len;
}

size_t form_image_suffix(const char *text, size_t len)
{
	static const char *const suffix[] = { ".qcow2", ".qcow", ".raw", ".img", ".iso", ".vmdk",
		".vdi", ".vhd", ".vhdx", ".vpc", ".qed", ".fd", ".sock" };

	for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		size_t n = strlen(suffix[i]);

		if (len > n && memcmp(text + len - n, suffix[i], n) == 0)
			return n;
	}
	return 0;
}

bool form_is_format(const char *text, size_t len)
{
	static const char *const format[] = { "raw", "qcow2", "qcow", "qed", "vmdk", "vdi", "vpc",
		"vhd", "vhdx", "luks", "parallels", "bochs", "cloop", "dmg", "cow", "fat", "dir",
		"iso", "file", "host_device", "auto" };

	for (size_t i = 0; i < sizeof(format) / sizeof(format[0]); i++)
		if (strlen(format[i]) == len && memcmp(format[i], text, len) == 0)
			return true;
	return false;
}

/* Those of findings and reasons that somebody might call a VM or a program; in order. */
static const char *const our_words[] = { "CPU", "CPUs", "GiB", "KVM", "MiB", "NUMA", "QEMU", "SMT",
	"TCG", "VM", "VMM", "VMs", "a", "access", "account", "accounts", "add", "address",
	"affinity", "again", "age", "agent", "ago", "all", "allow", "allowed", "alone", "an", "and",
	"another", "answer", "any", "are", "as", "ask", "asked", "at", "available", "average",
	"backed", "backlog", "balancing", "balloon", "baseline", "be", "because", "best", "better",
	"blind", "block", "blocked", "bound", "bpf", "bridge", "burst", "bus", "busy", "but", "by",
	"bytes", "cache", "cannot", "carries", "cgroup", "channel", "clock", "cluster", "comes",
	"compaction", "config", "configured", "connect", "connection", "console", "core", "cores",
	"count", "counted", "counter", "counters", "cpu", "cpus", "daemon", "data", "database",
	"datapath", "debugger", "default", "definition", "demand", "device", "devices", "disk",
	"disks", "do", "does", "domain", "done", "down", "drive", "driver", "drop", "dropped",
	"drops", "each", "emulated", "emulator", "end", "ended", "error", "exits", "failed", "fall",
	"far", "fast", "figures", "file", "files", "filter", "first", "flush", "flushes", "for",
	"format", "found", "free", "from", "full", "gap", "gone", "group", "guest", "guests",
	"halted", "hang", "has", "have", "held", "helper", "hidden", "hits", "holds", "host",
	"idle", "if", "image", "images", "in", "interface", "interval", "into", "io", "iothread",
	"is", "isolated", "it", "its", "kernel", "key", "killed", "know", "known", "kvm", "last",
	"latency", "layer", "left", "less", "libvirt", "limit", "limits", "line", "link", "list",
	"load", "local", "longer", "longest", "machine", "many", "may", "mean", "memory", "minute",
	"minutes", "monitor", "more", "most", "moves", "name", "needs", "nears", "network", "new",
	"next", "nic", "no", "node", "nodes", "none", "not", "nothing", "now", "of", "off", "old",
	"on", "once", "one", "ones", "only", "open", "or", "other", "others", "out", "overflow",
	"own", "packets", "page", "pages", "pane", "period", "permission", "pool", "port", "power",
	"process", "processes", "program", "queue", "queues", "quota", "ran", "rate", "read",
	"reader", "reading", "ready", "reached", "reaches", "reads", "reason", "reclaim", "refused",
	"remote", "request", "requests", "ring", "root", "run", "running", "runs", "sample",
	"second", "seconds", "sees", "sends", "server", "set", "share", "shares", "shut", "signal",
	"since", "size", "slow", "socket", "sold", "source", "stall", "stalled", "stalls",
	"starved", "state", "statistics", "steal", "stopped", "storage", "stops", "such", "support",
	"swap", "swapped", "swaps", "system", "takes", "tap", "target", "task", "tasks", "tell",
	"tells", "than", "that", "the", "their", "them", "there", "these", "they", "thread",
	"threads", "time", "timed", "to", "told", "took", "too", "turn", "two", "unavailable",
	"unknown", "until", "up", "usable", "use", "used", "user", "uses", "vCPU", "vCPUs", "value",
	"values", "vcpu", "vda", "vdb", "version", "vhost", "vm", "vms", "w", "wait", "waited",
	"waits", "was", "were", "what", "when", "which", "while", "who", "whole", "why", "will",
	"with", "within", "without", "work", "worker", "worst", "write", "writes", "yet", "you" };

bool form_is_our_word(const char *text, size_t len)
{
	size_t low = 0, high = sizeof(our_words) / sizeof(our_words[0]);

	while (low < high) {
		size_t middle = (low + high) / 2, n = strlen(our_words[middle]);
		int order = strncmp(text, our_words[middle], len < n ? len : n);

		if (order == 0)
			order = (len > n) - (len < n);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
