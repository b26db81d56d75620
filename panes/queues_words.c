// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

const char *queues_cause_words(enum nic_cause cause)
{
	switch (cause) {
	case NIC_CAUSE_STARVED:
		return "datapath starved";
	case NIC_CAUSE_SATURATED:
		return "datapath saturated";
	case NIC_CAUSE_GUEST:
		return "guest gives no buffers";
	case NIC_CAUSE_UNKNOWN:
		break;
	}
	return NULL;
}

const char *queues_datapath_words(enum nic_datapath datapath)
{
	switch (datapath) {
	case DATAPATH_VMM:
		return "a thread of the VMM";
	case DATAPATH_VHOST:
		return "vhost in the kernel";
	case DATAPATH_PROCESS:
		return "another process (vhost-user)";
	case DATAPATH_DEVICE:
		return "the device itself";
	case DATAPATH_UNKNOWN:
		break;
	}
	return "nobody knows who";
}
