// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines of any bytes. */
#include <stdlib.h>
#include <string.h>

#include "probes/qemu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct vmm_options *options)
{
	size_t uuid = strlen(options->uuid);

	if (strlen(options->name) >= sizeof(options->name) || (uuid != 0 && uuid != 36))
		abort();
	if (options->vcpus == 0 || (options->vcpus > 8192 && options->vcpus != UNKNOWN_U64))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "firecracker", "cloud-hypervisor", "crosvm", "lkvm",
		"other" };
	struct vmm_options options;
	char *cmdline = malloc(size ? size : 1); /* to its size: an overrun is seen */

	if (!cmdline)
		return 0;
	memcpy(cmdline, data, size);
	qemu_parse(&options, cmdline, size);
	check(&options);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		vmm_parse(&options, programs[i], cmdline, size);
		check(&options);
	}
	free(cmdline);
	return 0;
}
