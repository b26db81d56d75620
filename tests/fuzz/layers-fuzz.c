// SPDX-License-Identifier: GPL-2.0-or-later
/* Mounts, headers and names of any bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/imagenames.h"
#include "probes/mountinfo.h"
#include "probes/qcow2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mounts(const char *text)
{
	char value[MOUNT_TEXT] = "";
	struct mount mount;

	if (mountinfo_by_id(text, 21, &mount) &&
		(mount.id != 21 || strlen(mount.source) >= MOUNT_TEXT))
		abort();
	if (mountinfo_by_path(text, "/var/lib/images/a", &mount)) {
		mount_option(&mount, "upperdir", value, sizeof(value));
		if (strncmp(mount.point, "/var/lib/images/a", strlen(mount.point)) != 0 ||
			strlen(value) >= sizeof(value))
			abort();
	}
}

static void check_names(const char *text)
{
	char path[IMAGENAMES_BYTES];

	imagenames_beside("/var/lib/images/top.qcow2", text, path);
	if (strlen(path) >= sizeof(path))
		abort();
	imagenames_beside(text, "../base", path);
	if (strstr(path, "/../"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = malloc(size + 1); /* to its size: an overrun is seen */
	struct qcow2_backing backing;

	if (!bytes)
		return 0;
	if (size)
		memcpy(bytes, data, size);
	qcow2_parse(bytes, size, &backing);
	if (strlen(backing.name) >= sizeof(backing.name) ||
		strlen(backing.format) >= sizeof(backing.format))
		abort();
	bytes[size] = '\0';
	check_mounts((const char *)bytes);
	check_names((const char *)bytes);
	free(bytes);
	return 0;
}
