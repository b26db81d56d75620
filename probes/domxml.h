/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DOMXML_H
#define PARALLAX_DOMXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

struct devset;
struct pin;

/*
 * What a domain's definition promises. The text is libvirt's, but names, titles and metadata in
 * it are chosen by others: sizes are limited, nothing is loaded, entities are not expanded.
 */
struct domxml {
	char title[512]; /* raw, to be cleaned; "" none */
	enum vm_accel accel;
	enum steal_clock steal_clock;
	uint64_t vcpus, vcpus_max, mem_bytes, mem_max_bytes; /* UNKNOWN_U64 when not told */
	uint64_t nodes; /* NUMA nodes that the guest sees; UNKNOWN_U64 when not told */
	bool has_agent, has_balloon;
	uint64_t balloon_period_s; /* 0: none */
	struct pin *pin;	   /* by kind, then id; to be released */
	size_t n_pin, cap_pin;
	bool pins_cut; /* there are more pins than are kept: none is */
	struct devset *devices; /* to be released */
	bool pins_automatic; /* <vcpu placement='auto'>: numad chose, and only libvirt knows what */
};

enum { DOMXML_MAX_BYTES = 4 * 1024 * 1024, DOMXML_MAX_PINS = 8192 };

/* Returns 0, -EFBIG or -EINVAL; out is all unknown then. What it held before is not released. */
int domxml_parse(struct domxml *out, const char *xml, size_t len);
void domxml_release(struct domxml *out); /* accepts a zeroed one */

#endif
