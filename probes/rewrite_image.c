// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rewrite.h"

#include <stdint.h>
#include <string.h>

#include "probes/forms.h"

/* "pool/web of ceph1:6789 and 2 more" */
static void put_remote(struct rewrite *out, const char *image, size_t len, size_t of)
{
	const char *more;
	size_t server;

	rewrite_alias(out, ALIAS_DISK, image, of);
	rewrite_text(out, " of ");
	image += of + strlen(" of ");
	len -= of + strlen(" of ");
	more = form_find(image, len, " and ");
	server = more ? (size_t)(more - image) : len;
	rewrite_server(out, image, server);
	rewrite_put(out, image + server, len - server);
}

void rewrite_image(struct rewrite *out, const char *image, size_t len)
{
	const char *of = form_find(image, len, " of ");

	if (len && image[0] == '/')
		rewrite_path(out, image, len);
	else if (rewrite_address(out, image, len))
		return;
	else if (of)
		put_remote(out, image, len, (size_t)(of - image));
	else if (form_image_suffix(image, len))
		rewrite_path(out, image, len);
	else
		rewrite_alias(out, ALIAS_DISK, image, len);
}

/* "ext4 on /srv": what follows is of us. */
static size_t mount_end(const char *text, size_t len)
{
	static const char *const suffix[] = { ", network: no local request layer",
		", in the host's memory" };

	for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++)
		if (form_ends(text, len, suffix[i]))
			return len - strlen(suffix[i]);
	return len;
}

/* "dm-3: LVM vg0-srv", "dm-1: partition of sda", "loop0: /srv/x.img", "sda: a model". */
static void put_device(struct rewrite *out, const char *text, size_t len)
{
	static const char *const kinds[] = { "LVM ", "encrypted ", "multipath ", "dmraid ",
		"partition of ", "partition ", "VDO ", "Stratis ", "device mapper " };
	size_t name = (size_t)(form_find(text, len, ": ") - text);

	rewrite_alias(out, ALIAS_DISK, text, name);
	rewrite_put(out, ": ", 2);
	text += name + 2;
	len -= name + 2;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (form_begins(text, len, kinds[i])) {
			size_t n = strlen(kinds[i]);

			rewrite_put(out, text, n);
			rewrite_alias(out, ALIAS_DISK, text + n, len - n);
			return;
		}
	if (len && text[0] == '/')
		rewrite_path(out, text, len);
	else
		rewrite_sentence(out, text, len);
}

static size_t first_word(const char *text, size_t len)
{
	const char *blank = memchr(text, ' ', len);

	return blank ? (size_t)(blank - text) : len;
}

/* "qcow2 /srv/web.qcow2, deleted" */
static void put_image_line(struct rewrite *out, const char *text, size_t len)
{
	static const char deleted[] = ", deleted";
	size_t format = first_word(text, len), end = len;

	if (form_ends(text, len, deleted))
		end -= strlen(deleted);
	if (text[0] != '/' && format < end && form_is_format(text, format)) {
		rewrite_put(out, text, format + 1);
		text += format + 1;
		end -= format + 1;
		len -= format + 1;
	}
	if (end == strlen("an image that is not named") &&
		memcmp(text, "an image that is not named", end) == 0)
		rewrite_put(out, text, end);
	else
		rewrite_image(out, text, end);
	rewrite_put(out, text + end, len - end);
}

static void put_mount(struct rewrite *out, const char *text, size_t len)
{
	size_t on = (size_t)(form_find(text, len, " on /") - text) + strlen(" on ");
	size_t end = mount_end(text, len);

	rewrite_put(out, text, on);
	if (end > on)
		rewrite_directory(out, text + on, end - on);
	rewrite_put(out, text + end, len - end);
}

void rewrite_layer(struct rewrite *out, const char *layer, size_t len)
{
	static const char backed[] = "backed by ";
	size_t indent = 0, word;

	while (indent < len && layer[indent] == ' ')
		indent++;
	rewrite_put(out, layer, indent);
	layer += indent;
	len -= indent;
	if (form_begins(layer, len, backed)) {
		rewrite_put(out, layer, strlen(backed));
		put_image_line(out, layer + strlen(backed), len - strlen(backed));
		return;
	}
	word = first_word(layer, len);
	if (word > 1 && layer[word - 1] == ':' && word < len && !memchr(layer, '/', word)) {
		put_device(out, layer, len);
	} else if (form_begins(layer + word, len - word, " on /")) {
		put_mount(out, layer, len);
	} else if (form_begins(layer + word, len - word, "  ")) { /* "vda  virtio disk, ..." */
		rewrite_alias(out, ALIAS_DISK, layer, word);
		rewrite_put(out, layer + word, len - word);
	} else if (word && layer[word - 1] == ',') { /* "rbd, network: ..." */
		rewrite_put(out, layer, len);
	} else if (len) {
		put_image_line(out, layer, len);
	}
}
