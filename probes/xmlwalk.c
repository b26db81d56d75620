// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/xmlwalk.h"

#include <errno.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "probes/vm.h"

xmlNodePtr xml_named(xmlNodePtr node, const char *name)
{
	for (; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
			return node;
	return NULL;
}

xmlNodePtr xml_child(xmlNodePtr node, const char *name)
{
	return node ? xml_named(node->children, name) : NULL;
}

bool xml_attribute_is(xmlNodePtr node, const char *name, const char *value)
{
	xmlChar *text = node ? xmlGetNoNsProp(node, (const xmlChar *)name) : NULL;
	bool same = text && strcmp((const char *)text, value) == 0;

	xmlFree(text);
	return same;
}

/* Frees text. */
static uint64_t number(xmlChar *text)
{
	uint64_t value = UNKNOWN_U64;
	char *end;

	if (text) {
		const char *s = (const char *)text + strspn((const char *)text, " \t\r\n");

		errno = 0;
		value = strtoull(s, &end, 10);
		end += strspn(end, " \t\r\n");
		if (*s < '0' || *s > '9' || *end || errno)
			value = UNKNOWN_U64;
	}
	xmlFree(text);
	return value;
}

uint64_t xml_attribute_number(xmlNodePtr node, const char *name)
{
	return node ? number(xmlGetNoNsProp(node, (const xmlChar *)name)) : UNKNOWN_U64;
}

uint64_t xml_content_number(xmlNodePtr node)
{
	return node ? number(xmlNodeGetContent(node)) : UNKNOWN_U64;
}
