/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QEMU_NICS_H
#define PARALLAX_QEMU_NICS_H

#include "probes/devset.h"
#include "probes/qemu_options.h"

/* Network devices of a command line of QEMU: -netdev and -device, -nic. */
enum { QEMU_NETDEVS_MOST = 128 };

struct qemu_netdev {
	const char *id;
	struct defined_nic nic;
};

struct qemu_nics {
	struct devset_draft *draft;
	struct qemu_netdev *netdev;
	size_t n_netdev, cap_netdev;
	struct {
		const char *netdev;
		struct defined_nic nic;
	} * front;
	size_t n_front, cap_front;
};

void qemu_nics_option(struct qemu_nics *nics, struct span option, struct span value);
/* Passes over devices that are of another kind. */
void qemu_nics_device(struct qemu_nics *nics, const struct qemu_options *options);
/* Adds them to the draft, in the order of the devices, and frees what it has. */
void qemu_nics_finish(struct qemu_nics *nics);

#endif
