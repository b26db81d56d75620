/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_KEYMAP_H
#define PARALLAX_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "keymaps/actions.h"

/*
 * Keys are code points; those without one are numbered above Unicode. Modifiers are bits.
 * term.c translates from the terminal into these, and nothing else knows about terminals.
 */
enum {
	KEY_SPECIAL = 0x200000,
	KEYM_UP,
	KEYM_DOWN,
	KEYM_LEFT,
	KEYM_RIGHT,
	KEYM_PAGE_UP,
	KEYM_PAGE_DOWN,
	KEYM_HOME,
	KEYM_END,
	KEYM_INSERT,
	KEYM_DELETE,
	KEYM_BACKSPACE,
	KEYM_ENTER,
	KEYM_ESCAPE,
	KEYM_TAB,
	KEYM_BACK_TAB,
	KEYM_F1, /* ... up to F12 */
	KEYM_F12 = KEYM_F1 + 11,
	KEYM_RESIZE, /* not a key: the window has another size */
	KEYM_CTRL = 0x1000000,
	KEYM_ALT = 0x2000000
};

/* "q", "C-l", "M-v", "Space", "PgUp", "F1", "U+05D0"; 0 when text is no key. */
unsigned key_parse(const char *text);
/* The same back, into buf; returns buf. A letter that no screen can show is U+05D0. */
const char *key_format(unsigned key, char *buf, size_t size);
/* For where nobody knows which letters can be shown: all but ASCII is U+00E4. */
const char *key_format_ascii(unsigned key, char *buf, size_t size);

struct keymap;

struct keymap *keymap_new(void);
void keymap_free(struct keymap *map); /* accepts NULL */

/*
 * Lines `bind WHERE KEY ACTION`: WHERE is a pane's name, a page's ("vm", "findings", "help")
 * or "global". Blank lines and those that begin with # are skipped. A bad line is reported
 * and skipped, the others count. report may be NULL; returns the number of bad lines.
 */
typedef void keymap_report(void *arg, const char *sentence);
int keymap_load_text(
	struct keymap *map, const char *text, const char *file, keymap_report *report, void *arg);
/* The same from a file: -errno when it cannot be read (reported, too). */
int keymap_load_file(struct keymap *map, const char *path, keymap_report *report, void *arg);
/* "default", "vi", "emacs": compiled in. NULL: no such map. */
const char *keymap_builtin(const char *name);
extern const char *const keymap_builtin_names[]; /* ended by NULL */

/*
 * Where a key is pressed: what is on screen, and in which way, as "replay" is one. What has no
 * binding in the first is looked for in the second, then in "global".
 */
struct keymap_place {
	const char *where, *mode; /* mode: NULL, it is the usual one */
};

/* The binding there, else ACTION_NONE. */
enum action keymap_action(const struct keymap *map, struct keymap_place place, unsigned key);

/* All keys that now do action there: how many, at most max. */
size_t keymap_keys(const struct keymap *map, struct keymap_place place, enum action action,
	unsigned *keys, size_t max);

/* Which names WHERE may have; the caller's array ended by NULL outlives the map. */
void keymap_set_places(struct keymap *map, const char *const *places);

#endif
