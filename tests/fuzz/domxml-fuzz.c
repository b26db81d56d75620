// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/domxml.h"
#include "probes/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domxml xml;

	domxml_parse(&xml, (const char *)data, size);
	if (!memchr(xml.title, '\0', sizeof(xml.title)))
		abort();
	for (size_t i = 0; i < xml.n_pin; i++)
		if (xml.pin[i].first > xml.pin[i].last || xml.pin[i].last >= CPUS_MAX)
			abort();
	domxml_release(&xml);
	return 0;
}
