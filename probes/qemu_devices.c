// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qemu_devices.h"

#include "probes/qemu_blocks.h"
#include "probes/qemu_nics.h"

/* -device: the front of a disk or a network device, whose back is told by another option. */
static void read_device(struct qemu_blocks *blocks, struct qemu_nics *nics, struct span value)
{
	struct qemu_options options;

	qemu_options_parse(&options, &blocks->draft->arena, value, "driver");
	qemu_blocks_device(blocks, &options);
	qemu_nics_device(nics, &options);
}

static void read_option(
	struct qemu_blocks *blocks, struct qemu_nics *nics, struct span option, struct span value)
{
	if (span_is(option, "device"))
		read_device(blocks, nics, value);
	else if (!qemu_blocks_option(blocks, option, value))
		qemu_nics_option(nics, option, value);
}

/* A front may name a back that is told later: they are put together at the end. */
struct devset *qemu_devices(const char *cmdline, size_t len)
{
	struct args args = { cmdline, cmdline + len };
	struct devset_draft draft;
	struct qemu_blocks blocks = { .draft = &draft };
	struct qemu_nics nics = { .draft = &draft };
	struct span option, value;

	devset_draft_init(&draft);
	args_next(&args, &value);
	while (qemu_option_next(&args, &option, &value))
		if (option.text && value.text)
			read_option(&blocks, &nics, option, value);
		else if (value.text && value.len)
			qemu_blocks_image(&blocks, value, "ide", "hd");
	qemu_blocks_finish(&blocks);
	qemu_nics_finish(&nics);
	return devset_finish(&draft);
}
