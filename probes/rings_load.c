// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rings_load.h"

#include <errno.h>
#include <string.h>

#include "probes/bpf.h"
#include "probes/rings.h"
#include "probes/rings.skel.h"

/* Where something is in this kernel, and whether it is there at all. */
struct place {
	int *at;
	const char *type, *path;
};

static bool find_places(
	struct bpf_types *types, const char *module, const struct place *place, size_t n)
{
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		*place[i].at = bpf_offset(types, module, place[i].type, place[i].path);
		all = all && *place[i].at >= 0;
	}
	return all;
}

/* What a driver keeps of its own is behind the device, on a boundary of 32 bytes. */
static int private_offset(struct bpf_types *types)
{
	int at = bpf_offset(types, NULL, "net_device", "priv");

	if (at < 0)
		at = bpf_size(types, NULL, "net_device");
	return at < 0 ? at : (at + 31) & ~31;
}

static bool find_tun(struct rings_bpf__rodata *at, struct bpf_types *types)
{
	const struct place place[] = {
		{ (int *)&at->at_tfiles, "tun_struct", "tfiles" },
		{ (int *)&at->at_tun_dev, "tun_struct", "dev" },
		{ (int *)&at->at_file_tun, "tun_file", "tun" },
		{ (int *)&at->at_file_index, "tun_file", "queue_index" },
		{ (int *)&at->at_file_ring, "tun_file", "tx_ring" },
		{ (int *)&at->at_file_socket, "tun_file", "socket" },
		{ (int *)&at->at_producer, "ptr_ring", "producer" },
		{ (int *)&at->at_head, "ptr_ring", "consumer_head" },
		{ (int *)&at->at_size, "ptr_ring", "size" },
		{ (int *)&at->at_slots, "ptr_ring", "queue" },
	};

	at->at_priv = private_offset(types);
	return find_places(types, "tun", place, sizeof(place) / sizeof(place[0])) &&
	       at->at_priv >= 0;
}

static bool find_vhost(struct rings_bpf__rodata *at, struct bpf_types *types)
{
	const struct place place[] = {
		{ (int *)&at->at_vqs, "vhost_net", "vqs" },
		{ (int *)&at->at_vq_avail, "vhost_virtqueue", "avail" },
		{ (int *)&at->at_vq_last, "vhost_virtqueue", "last_avail_idx" },
		{ (int *)&at->at_vq_socket, "vhost_virtqueue", "private_data" },
	};
	int vq = bpf_offset(types, "vhost_net", "vhost_net_virtqueue", "vq");

	if (vq < 0 || !find_places(types, "vhost_net", place, sizeof(place) / sizeof(place[0])))
		return false;
	at->at_vqs += vq;
	return true;
}

static int start(
	struct rings_programs *rings, struct bpf_types *types, uint32_t full, struct err *err)
{
	struct rings_bpf *bpf = rings->bpf = rings_bpf__open();
	bool told = bpf_tracepoint_args(types, NULL, "kfree_skb") >= 3;

	if (!bpf)
		return err_set(err, -errno, "cannot open the counters of dropped packets: %s",
			strerror(errno));
	rings->knows_tun = find_tun(bpf->rodata, types);
	rings->knows_vhost = rings->knows_tun && find_vhost(bpf->rodata, types);
	if (!rings->knows_tun)
		rings->watch = WATCH_NONE;
	bpf->rodata->full_reason = full;
	bpf_program__set_autoload(bpf->progs.drop_with_reason, told);
	bpf_program__set_autoload(bpf->progs.drop, !told);
	bpf_program__set_autoload(bpf->progs.sent_to_tap, rings->watch == WATCH_TAPS);
	bpf_program__set_autoload(bpf->progs.sent_to_any, rings->watch == WATCH_ALL);
	bpf_program__set_autoattach(bpf->progs.rings_files, false);
	bpf_program__set_autoattach(bpf->progs.rings_now, false);
	return bpf_start(bpf->skeleton, "the counters of dropped packets", err);
}

/*
 * The programs for functions of a module need its types, which are for who has CAP_SYS_ADMIN, and
 * some kernels let nobody watch functions: then every packet of the host is seen to pass.
 */
int rings_load(
	struct rings_programs *rings, struct bpf_types *types, uint32_t full, struct err *err)
{
	int code = -ENOENT;

	for (enum watch watch = bpf_function_args(types, "tun", "tun_net_xmit") > 0 ? WATCH_TAPS
									       : WATCH_ALL;
		code < 0 && watch <= WATCH_NONE; watch++) {
		rings_bpf__destroy(rings->bpf);
		rings->watch = watch;
		code = start(rings, types, full, err);
	}
	return code;
}
