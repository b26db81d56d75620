// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qemu_args.h"

#include <string.h>

bool args_next(struct args *args, struct span *arg)
{
	if (args->at >= args->end)
		return false;
	arg->text = args->at;
	arg->len = strnlen(args->at, (size_t)(args->end - args->at));
	args->at += arg->len + 1;
	return true;
}

bool span_is(struct span span, const char *word)
{
	return span.len == strlen(word) && memcmp(span.text, word, span.len) == 0;
}

bool item_next(struct span *rest, struct span *item)
{
	size_t i;

	if (rest->len == 0)
		return false;
	for (i = 0; i < rest->len; i++) {
		if (rest->text[i] != ',')
			continue;
		if (i + 1 == rest->len || rest->text[i + 1] != ',')
			break;
		i++;
	}
	*item = (struct span){ rest->text, i < rest->len ? i : rest->len };
	i = i < rest->len ? i + 1 : rest->len;
	*rest = (struct span){ rest->text + i, rest->len - i };
	return true;
}

void item_split(struct span item, struct span *key, struct span *value)
{
	const char *eq = memchr(item.text, '=', item.len);
	size_t len = eq ? (size_t)(eq - item.text) : 0;

	*key = (struct span){ item.text, len };
	len += eq != NULL;
	*value = (struct span){ item.text + len, item.len - len };
}

void span_copy(char *out, size_t size, struct span span)
{
	size_t used = 0;

	for (size_t i = 0; i < span.len && used + 1 < size; i++) {
		out[used++] = span.text[i];
		if (span.text[i] == ',' && i + 1 < span.len && span.text[i + 1] == ',')
			i++;
	}
	out[used] = '\0';
}

/* Every other option takes the next argument, whatever that looks like. */
static bool is_flag(struct span option)
{
	static const char *const flags[] = { "S", "alt-grab", "async-teardown", "audio-help",
		"ctrl-grab", "curses", "daemonize", "enable-fips", "enable-hax", "enable-kvm",
		"enable-sync-profile", "full-screen", "gtk", "h", "help", "localtime",
		"mem-prealloc", "no-acpi", "no-fd-bootchk", "no-frame", "no-hax", "no-hpet",
		"no-kvm", "no-kvm-irqchip", "no-kvm-pit", "no-kvm-pit-reinjection", "no-quit",
		"no-reboot", "no-shutdown", "no-user-config", "nodefaults", "nodefconfig",
		"nographic", "nohpet", "old-param", "one-insn-per-tb", "only-migratable",
		"portrait", "preconfig", "rtc-td-hack", "s", "sdl", "semihosting", "singlestep",
		"snapshot", "tdf", "usb", "version", "win2k-hack", "xen-attach",
		"xen-domid-restrict" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (span_is(option, flags[i]))
			return true;
	return false;
}

bool qemu_option_next(struct args *args, struct span *option, struct span *value)
{
	struct span arg;
	size_t dashes;

	*option = *value = (struct span){ NULL, 0 };
	if (!args_next(args, &arg))
		return false;
	if (arg.len < 2 || arg.text[0] != '-') {
		*value = arg;
		return true;
	}
	dashes = arg.len > 2 && memcmp(arg.text, "--", 2) == 0 ? 2 : 1;
	*option = (struct span){ arg.text + dashes, arg.len - dashes };
	if (!is_flag(*option))
		args_next(args, value);
	return true;
}
