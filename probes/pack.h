/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PACK_H
#define PARALLAX_PACK_H

#include "probes/snapshot.h"

/*
 * Snapshots as few bytes, for memory: each as what differs from the one before, value by value,
 * by the tables of schema.h. Nothing is lost: what comes out writes the same JSON as what went
 * in. A packer and an unpacker remember the newest one; both start from nothing known. The bytes
 * never leave the process, so the unpacker trusts them.
 *
 * An object is its changed values, each as a varint of how many it skips, plus one, and the
 * value; then 0; then its lists, each as a varint of the count and the items. A double is a
 * varint of how many millionths it grew by; what is no whole number of them has its 8 bytes. A
 * string is its number among those seen so far, and the first time its text.
 */
struct pack_bytes {
	unsigned char *data; /* freed by the owner */
	size_t len, size;
};

struct packer;

struct packer *packer_new(void);
void packer_free(struct packer *packer); /* accepts NULL */
/* The next one is packed as the first: an unpacker may start there. */
void packer_restart(struct packer *packer);
/* Append what snap changed. */
void packer_add(struct packer *packer, const struct snapshot *snap, struct pack_bytes *out);

struct unpacker;

struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *unpacker); /* accepts NULL */
void unpacker_restart(struct unpacker *unpacker);
/* Take in what one packer_add appended. */
void unpacker_take(struct unpacker *unpacker, const unsigned char *data, size_t len);
/* The newest one taken in. */
void unpacker_get(const struct unpacker *unpacker, struct snapshot *out);

#endif
