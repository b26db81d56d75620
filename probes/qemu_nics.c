// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qemu_nics.h"

#include <stdlib.h>
#include <string.h>

static enum nic_kind kind_of(const char *type)
{
	if (strcmp(type, "tap") == 0 || strcmp(type, "bridge") == 0)
		return NIC_TAP;
	if (strcmp(type, "vhost-user") == 0)
		return NIC_VHOST_USER;
	if (strcmp(type, "vhost-vdpa") == 0)
		return NIC_PASSTHROUGH;
	return NIC_USER;
}

/* "3:4:5" are three queues. */
static uint64_t count_fds(const char *fds)
{
	uint64_t n = 1;

	for (; *fds; fds++)
		n += *fds == ':';
	return n;
}

static uint64_t queues_of(const struct qemu_options *options)
{
	uint64_t queues = qemu_option_u64(options, "", "queues");
	const char *fds = qemu_option(options, "", "fds");

	if (fds)
		queues = count_fds(fds);
	return queues && queues <= NIC_QUEUES_MOST ? queues : 1;
}

static void add_netdev(struct qemu_nics *nics, const char *id, const struct defined_nic *nic)
{
	if (nics->n_netdev == QEMU_NETDEVS_MOST)
		return;
	nics->netdev =
		xgrow(nics->netdev, nics->n_netdev + 1, &nics->cap_netdev, sizeof(*nics->netdev));
	nics->netdev[nics->n_netdev++] = (struct qemu_netdev){ .id = id, .nic = *nic };
}

static void add_front(struct qemu_nics *nics, const char *netdev, const struct defined_nic *nic)
{
	if (nics->n_front == DEVSET_NICS_MOST)
		return;
	nics->front = xgrow(nics->front, nics->n_front + 1, &nics->cap_front, sizeof(*nics->front));
	nics->front[nics->n_front].netdev = netdev;
	nics->front[nics->n_front++].nic = *nic;
}

/* What -netdev and -nic say of the host's side. */
static struct defined_nic read_back(struct devset_draft *draft, const struct qemu_options *options)
{
	const char *type = qemu_option(options, "", "type");
	const char *vhost = qemu_option(options, "", "vhost");
	struct defined_nic nic = { .queues = queues_of(options) };

	nic.kind = type ? kind_of(type) : NIC_UNKNOWN;
	nic.name = devset_text(draft, qemu_option(options, "", "ifname"));
	nic.bridge = devset_text(draft, qemu_option(options, "", "br"));
	nic.vhost = qemu_option_on(options, "", "vhost") || qemu_option(options, "", "vhostfd") ||
		    qemu_option(options, "", "vhostfds");
	nic.vmm = vhost && !nic.vhost;
	return nic;
}

static void read_nic(struct qemu_nics *nics, const struct qemu_options *options)
{
	struct defined_nic nic = read_back(nics->draft, options);
	const char *type = qemu_option(options, "", "type");

	if (!type || strcmp(type, "none") == 0)
		return;
	nic.mac = devset_text(nics->draft, qemu_option(options, "", "mac"));
	nic.model = devset_text(nics->draft, qemu_option(options, "", "model"));
	add_front(nics, NULL, &nic);
}

void qemu_nics_option(struct qemu_nics *nics, struct span option, struct span value)
{
	bool netdev = span_is(option, "netdev");
	struct qemu_options options;
	struct defined_nic nic;

	if (!netdev && !span_is(option, "nic"))
		return;
	qemu_options_parse(&options, &nics->draft->arena, value, "type");
	if (!netdev) {
		read_nic(nics, &options);
		return;
	}
	nic = read_back(nics->draft, &options);
	if (qemu_option(&options, "", "id"))
		add_netdev(nics, qemu_option(&options, "", "id"), &nic);
}

static const char *model_of(struct devset_draft *draft, const char *driver)
{
	return strncmp(driver, "virtio-net", 10) == 0 ? "virtio" : devset_text(draft, driver);
}

void qemu_nics_device(struct qemu_nics *nics, const struct qemu_options *options)
{
	const char *driver = qemu_option(options, "", "driver");
	const char *netdev = qemu_option(options, "", "netdev");
	struct defined_nic nic = { .queues = 1 };

	if (!driver || !netdev)
		return;
	nic.model = model_of(nics->draft, driver);
	nic.mac = devset_text(nics->draft, qemu_option(options, "", "mac"));
	add_front(nics, netdev, &nic);
}

static const struct qemu_netdev *find(const struct qemu_nics *nics, const char *id)
{
	for (size_t i = 0; id && i < nics->n_netdev; i++)
		if (strcmp(nics->netdev[i].id, id) == 0)
			return &nics->netdev[i];
	return NULL;
}

void qemu_nics_finish(struct qemu_nics *nics)
{
	for (size_t i = 0; i < nics->n_front; i++) {
		const struct qemu_netdev *back = find(nics, nics->front[i].netdev);
		struct defined_nic *nic = devset_add_nic(nics->draft);

		if (!nic)
			break;
		*nic = back ? back->nic : nics->front[i].nic;
		nic->mac = nics->front[i].nic.mac;
		nic->model = nics->front[i].nic.model;
	}
	free(nics->netdev);
	free(nics->front);
}
