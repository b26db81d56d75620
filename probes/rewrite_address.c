// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rewrite.h"

#include <stdint.h>
#include <string.h>

#include "probes/forms.h"

/* A host is known by its name with and without its domain. */
static void put_host(struct rewrite *out, const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	const char *known = alias_known(out->aliases, ALIAS_HOST, name, len);

	if (!known && dot && !form_is_ipv4(name, len))
		known = alias_known(out->aliases, ALIAS_HOST, name, (size_t)(dot - name));
	if (known)
		rewrite_text(out, known);
	else
		rewrite_alias(out, ALIAS_ADDRESS, name, len);
}

void rewrite_server(struct rewrite *out, const char *name, size_t len)
{
	const char *at = memrchr(name, '@', len);
	size_t port;

	if (at) {
		rewrite_alias(out, ALIAS_USER, name, (size_t)(at - name));
		rewrite_put(out, "@", 1);
		len -= (size_t)(at + 1 - name);
		name = at + 1;
	}
	port = form_is_ipv6(name, len) ? len : form_port(name, len);
	if (port > 1 && name[0] == '[' && name[port - 1] == ']') {
		rewrite_put(out, "[", 1);
		put_host(out, name + 1, port - 2);
		rewrite_put(out, "]", 1);
	} else if (port) {
		put_host(out, name, port);
	}
	rewrite_put(out, name + port, len - port);
}

/* scheme://user@server:port/path; what follows a "?" is left out, for files and keys are there. */
static void put_uri(struct rewrite *out, const char *uri, size_t len)
{
	const char *server = form_find(uri, len, "://") + strlen("://");
	size_t scheme = (size_t)(server - uri), n = 0, path;

	len -= scheme;
	while (n < len && server[n] != '/' && server[n] != '?' && server[n] != '#')
		n++;
	for (path = n; path < len && server[path] != '?' && server[path] != '#';)
		path++;
	rewrite_put(out, uri, scheme);
	if (n)
		rewrite_server(out, server, n);
	server += n;
	path -= n;
	if (path <= 1 || (path == 7 && memcmp(server, "/system", 7) == 0) ||
		(path == 8 && memcmp(server, "/session", 8) == 0))
		rewrite_put(out, server, path);
	else
		rewrite_path(out, server, path);
}

/* server:/export of NFS, and Ceph's "mon1:6789,mon2:6789:/". */
static void put_export(struct rewrite *out, const char *text, size_t len)
{
	size_t server = (size_t)(form_find(text, len, ":/") - text);

	rewrite_server(out, text, server);
	rewrite_put(out, ":", 1);
	rewrite_path(out, text + server + 1, len - server - 1);
}

static bool is_uri(const char *text, size_t len)
{
	const char *at = form_find(text, len, "://");

	for (; at && at > text; at--)
		if (strchr(" /\"'", at[-1]))
			return false;
	return at != NULL && len > 0 && text[0] != ':';
}

static bool is_export(const char *text, size_t len)
{
	const char *at = form_find(text, len, ":/");

	return at && at > text && !memchr(text, '/', (size_t)(at - text));
}

/* With the port, the length of the net or the zone behind it. */
static bool put_address(struct rewrite *out, const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t n = slash ? (size_t)(slash - text) : len, port;

	if (slash && !form_is_number(slash + 1, len - n - 1))
		return false;
	port = form_is_ipv6(text, n) ? n : form_port(text, n);
	if (!form_is_ipv6(text, port) && !form_is_ipv4(text, port) && !form_is_host(text, port) &&
		alias_kind_of(text, port) != ALIAS_ADDRESS)
		return false;
	put_host(out, text, port);
	rewrite_put(out, text + port, len - port);
	return true;
}

bool rewrite_address(struct rewrite *out, const char *text, size_t len)
{
	if (is_uri(text, len))
		put_uri(out, text, len);
	else if (is_export(text, len))
		put_export(out, text, len);
	else
		return false;
	return true;
}

static bool put_plain(struct rewrite *out, enum alias_kind kind, const char *text, size_t len)
{
	rewrite_alias(out, kind, text, len);
	return true;
}

/* user@server, not what a template service has in the middle of its name. */
static bool is_account(const char *text, size_t len)
{
	const char *at = memchr(text, '@', len);

	return at && at > text && at + 1 < text + len && !memchr(text, '/', len);
}

/* Most words of a sentence have nothing that joins the parts of a name. */
static bool is_joined(const char *token, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (token[i]) {
		case '/':
		case ':':
		case '.':
		case '@':
		case '-':
			return true;
		}
	return false;
}

bool rewrite_token(struct rewrite *out, const char *token, size_t len)
{
	enum alias_kind ours;

	if (!is_joined(token, len))
		return false;
	ours = alias_kind_of(token, len);
	if (ours != ALIAS_KINDS)
		return put_plain(out, ours, token, len);
	if (form_is_uuid(token, len))
		return put_plain(out, ALIAS_UUID, token, len);
	if (form_is_mac(token, len))
		return put_plain(out, ALIAS_MAC, token, len);
	if (form_is_wwn(token, len))
		return put_plain(out, ALIAS_DEVICE, token, len);
	if (is_uri(token, len))
		put_uri(out, token, len);
	else if (len > 1 && token[0] == '/')
		rewrite_path(out, token, len);
	else if (form_find(token, len, ".scope") || form_find(token, len, ".slice"))
		rewrite_cgroup(out, token, len);
	else if (is_export(token, len))
		put_export(out, token, len);
	else if (is_account(token, len))
		rewrite_server(out, token, len);
	else if (form_image_suffix(token, len))
		rewrite_path(out, token, len);
	else
		return put_address(out, token, len);
	return true;
}
