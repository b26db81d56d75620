/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DOMXML_DEVICES_H
#define PARALLAX_DOMXML_DEVICES_H

#include "probes/devset.h"

struct _xmlNode; /* libxml2's */

/* Disks and network devices of libvirt's <devices>; NULL: there are none. */
struct devset *domxml_devices(struct _xmlNode *devices);

#endif
