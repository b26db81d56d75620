// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers of rtnetlink that are any bytes. */
#include <stdlib.h>
#include <string.h>

#include "probes/qdisc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void found(void *arg, const struct qdisc *qdisc)
{
	size_t *n = arg;

	if (qdisc->ifindex == 0 || !memchr(qdisc->kind, '\0', sizeof(qdisc->kind)))
		abort();
	++*n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1); /* to its size: an overrun is seen */
	size_t n = 0;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	if (qdisc_parse(bytes, size, found, &n) > 1 || n > size / 16)
		abort();
	free(bytes);
	return 0;
}
