// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/devset.h"
#include "probes/domxml.h"
#include "probes/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct defined_devices devices)
{
	if (devices.n_disk > DEVSET_DISKS_MOST || devices.n_nic > DEVSET_NICS_MOST)
		abort();
	for (size_t i = 0; i < devices.n_disk; i++)
		for (size_t j = 0; j < devices.disk[i].n_image; j++) {
			const char *path = devices.disk[i].image[j].path;

			if (path && strlen(path) > 3 * DEVSET_TEXT_MOST)
				abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domxml xml;

	domxml_parse(&xml, (const char *)data, size);
	if (!memchr(xml.title, '\0', sizeof(xml.title)))
		abort();
	for (size_t i = 0; i < xml.n_pin; i++)
		if (xml.pin[i].first > xml.pin[i].last || xml.pin[i].last >= CPUS_MAX)
			abort();
	check(devset_devices(xml.devices));
	domxml_release(&xml);
	return 0;
}
