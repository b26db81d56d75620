/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_FORMS_H
#define PARALLAX_FORMS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What pieces of text look like, for those who must find names, addresses and paths in a
 * sentence. All take time linear in the length.
 */

bool form_begins(const char *text, size_t len, const char *with);
bool form_ends(const char *text, size_t len, const char *with);
/* Where what is in text; NULL: nowhere. */
const char *form_find(const char *text, size_t len, const char *what);

/* A word ends behind text[0..at), begins at text[at]: "web" is no word of "web-03" or "web.lan". */
bool form_word_ends(const char *text, size_t len, size_t at);
bool form_word_begins(const char *text, size_t at);
/* Between the tokens of a sentence: blanks, quotes, brackets, commas and the like. */
bool form_is_between(char c);

/* Of all the len bytes. */
bool form_is_uuid(const char *text, size_t len);
bool form_is_mac(const char *text, size_t len);
bool form_is_ipv6(const char *text, size_t len);
bool form_is_ipv4(const char *text, size_t len);
bool form_is_number(const char *text, size_t len);
/* "kvm2.example.com": of domains that are known, since sysctls have dots, too. */
bool form_is_host(const char *text, size_t len);
/* An iSCSI, NVMe or fibre channel name: iqn., nqn., eui., naa., wwn-. */
bool form_is_wwn(const char *text, size_t len);

/* Where text[0..len) goes on with ":" and a port; len when it does not. */
size_t form_port(const char *text, size_t len);
/* The length of what a name of a disk image ends with, ".qcow2"; 0: with nothing known. */
size_t form_image_suffix(const char *text, size_t len);
/* "qcow2", as the VMM calls the format of an image. */
bool form_is_format(const char *text, size_t len);

/*
 * An ordinary word of the sentences of this program. A VM of that name is not looked for in
 * them: "a", "host", "node".
 */
bool form_is_our_word(const char *text, size_t len);

#endif
