/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ALIASES_H
#define PARALLAX_ALIASES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Names and what is put in their place: "web-03" is vm-1 for as long as it is seen. Numbers are
 * given in the order in which names are met and never twice. What everybody has, such as
 * "kswapd0", "sda" or "vnet5", stays as it is. For one thread.
 */
enum alias_kind { /* where a word of a sentence may be several, the first of these counts */
	ALIAS_VM,
	ALIAS_HOST,
	ALIAS_UUID,
	ALIAS_MAC,
	ALIAS_NIC,
	ALIAS_BRIDGE,
	ALIAS_DISK,
	ALIAS_DEVICE,
	ALIAS_ADDRESS,
	ALIAS_PROCESS,
	ALIAS_SERIAL,
	ALIAS_USER,
	ALIAS_GROUP,
	ALIAS_PATH,
	ALIAS_FILE,
	ALIAS_TITLE,
	ALIAS_KINDS
};

struct aliases;

struct aliases *aliases_new(void);
void aliases_free(struct aliases *aliases); /* accepts NULL */

/*
 * A new snapshot begins. Names are forgotten when there are more than some ten thousand, those
 * first that have not been met for the longest; those of the last snapshot never.
 */
void aliases_next(struct aliases *aliases);
/* How many names are kept. */
size_t aliases_count(const struct aliases *aliases);

/* All results are valid until the next aliases_next. */

/* What stands for name: name itself when that stays. */
const char *alias_of(struct aliases *aliases, enum alias_kind kind, const char *name, size_t len);
/* The same, NULL when that name has not been met. */
const char *alias_known(
	struct aliases *aliases, enum alias_kind kind, const char *name, size_t len);
/* ... of any kind, and of those that do not stay. */
const char *alias_any(struct aliases *aliases, const char *name, size_t len);
/* ... that are looked for in sentences. */
const char *alias_word(struct aliases *aliases, const char *name, size_t len);
/* Such a name stays. */
bool alias_is_common(
	const struct aliases *aliases, enum alias_kind kind, const char *name, size_t len);
/* From now on name means what other, of the same kind, does. */
void alias_also(struct aliases *aliases, enum alias_kind kind, const char *name, size_t len,
	const char *other, size_t other_len);
/*
 * The longest of the known names, of any kind, that text begins with and that is a word of it;
 * none of those that stay, or that an ordinary sentence may hold by chance. Returns its length,
 * 0: there is none.
 */
size_t alias_match(struct aliases *aliases, const char *text, size_t len, const char **alias);
/* The kind of which "vm-12" is a name that we might have given; ALIAS_KINDS: of none. */
enum alias_kind alias_kind_of(const char *text, size_t len);

#endif
