/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_XMLWALK_H
#define PARALLAX_XMLWALK_H

#include <stdbool.h>
#include <stdint.h>

struct _xmlNode; /* libxml2's: its header needs flags of its own */

/* Elements of a document that somebody else wrote. A node may always be NULL: it has nothing. */

/* The next element of that name after node, itself included; NULL: none. */
struct _xmlNode *xml_named(struct _xmlNode *node, const char *name);
/* The first child of that name. */
struct _xmlNode *xml_child(struct _xmlNode *node, const char *name);
bool xml_attribute_is(struct _xmlNode *node, const char *name, const char *value);
/* A whole decimal number; UNKNOWN_U64 for anything else. */
uint64_t xml_attribute_number(struct _xmlNode *node, const char *name);
uint64_t xml_content_number(struct _xmlNode *node);

#endif
