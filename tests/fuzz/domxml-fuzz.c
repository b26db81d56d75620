// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/domxml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domxml xml;

	domxml_parse(&xml, (const char *)data, size);
	if (!memchr(xml.title, '\0', sizeof(xml.title)))
		abort();
	return 0;
}
