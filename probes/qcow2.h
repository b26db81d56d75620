/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QCOW2_H
#define PARALLAX_QCOW2_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the header of a qcow2 image says of its backing file. Only for images that the definition
 * calls qcow2: the bytes of a raw one are its guest's, who could name any file of the host there.
 */
enum { QCOW2_HEADER_BYTES = 4096, QCOW2_NAME_BYTES = 1024 };

struct qcow2_backing {
	char name[QCOW2_NAME_BYTES]; /* as it is written; "": there is none */
	char format[16];	     /* "": not told */
};

/* The first bytes of an image. False: they are no header, and nothing is known. */
bool qcow2_parse(const unsigned char *bytes, size_t len, struct qcow2_backing *out);

#endif
