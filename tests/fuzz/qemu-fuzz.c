// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines of any bytes. */
#include <stdlib.h>
#include <string.h>

#include "probes/qemu.h"
#include "probes/qemu_devices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct vmm_options *options)
{
	size_t uuid = strlen(options->uuid);

	if (strlen(options->name) >= sizeof(options->name) || (uuid != 0 && uuid != 36))
		abort();
	if (options->vcpus == 0 || (options->vcpus > 8192 && options->vcpus != UNKNOWN_U64))
		abort();
}

static void check_devices(const char *cmdline, size_t size)
{
	struct devset *set = qemu_devices(cmdline, size);
	struct defined_devices devices = devset_devices(set);

	if (devices.n_disk > DEVSET_DISKS_MOST || devices.n_nic > DEVSET_NICS_MOST)
		abort();
	for (size_t i = 0; i < devices.n_disk; i++)
		if (devices.disk[i].n_image > DEVSET_IMAGES_MOST)
			abort();
	devset_drop(set);
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
	check_devices(cmdline, size);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		vmm_parse(&options, programs[i], cmdline, size);
		check(&options);
	}
	free(cmdline);
	return 0;
}
