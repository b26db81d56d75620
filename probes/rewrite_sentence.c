// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rewrite.h"

#include <stdint.h>
#include <string.h>

#include "probes/forms.h"

/* To the first of these characters; len: there is none. */
static size_t until(const char *text, size_t len, const char *stop)
{
	size_t n = 0;

	while (n < len && !strchr(stop, text[n]))
		n++;
	return n;
}

/* Where the token that text begins with may end: quoted paths hold blanks, URIs hold commas. */
static size_t token_length(const char *text, size_t len, char before)
{
	const char quote[] = { before, '\0' };
	size_t n = 0;

	if (text[0] == '/' && (before == '"' || before == '\'')) {
		n = until(text, len, quote);
		if (n < len)
			return n;
	}
	for (n = 0; n < len && !form_is_between(text[n]);)
		n++;
	return form_find(text, n, "://") ? until(text, len, " \t\"'<>)") : n;
}

/* What ends a sentence, or a part of one, is no part of a name. */
static size_t trimmed(const char *text, size_t len)
{
	while (len > 1 && strchr(".:!?", text[len - 1]) &&
		!(text[len - 1] == ':' && form_is_ipv6(text, len)))
		len--;
	return len;
}

/* Returns how much of text was written in other words, 0: none. */
static size_t put_token(struct rewrite *out, const char *text, size_t len, char before)
{
	size_t n = trimmed(text, token_length(text, len, before)), known;
	const char *alias;

	known = alias_match(out->aliases, text, len, &alias);
	if (known < n && rewrite_token(out, text, n))
		return n;
	if (known)
		rewrite_text(out, alias);
	return known;
}

static size_t put_known(struct rewrite *out, const char *text, size_t len)
{
	const char *alias;
	size_t known = alias_match(out->aliases, text, len, &alias);

	if (known)
		rewrite_text(out, alias);
	return known;
}

/* text[at..) is written; returns where to go on. */
static size_t put_from(struct rewrite *out, const char *text, size_t len, size_t at)
{
	size_t n = 0;

	if (!form_is_between(text[at]) && (at == 0 || form_is_between(text[at - 1])))
		n = put_token(out, text + at, len - at, at ? text[at - 1] : '\0');
	else if (form_word_begins(text, at))
		n = put_known(out, text + at, len - at);
	if (n)
		return at + n;
	rewrite_put(out, text + at, 1);
	return at + 1;
}

void rewrite_sentence(struct rewrite *out, const char *text, size_t len)
{
	for (size_t at = 0; at < len;)
		at = put_from(out, text, len, at);
}

/* Where the rules of panes put names: behind these words, up to what ends() finds. */
static const struct cue {
	const char *before, *between;
	enum alias_kind kind; /* of one that is not known */
} cues[] = {
	{ "% to ", NULL, ALIAS_PROCESS },
	{ "% of them: ", ", ", ALIAS_PROCESS },
	{ "% of it: ", ", ", ALIAS_PROCESS },
	{ "; gone: ", ", ", ALIAS_VM },
	{ " its core: ", " with ", ALIAS_VM },
	{ " their cores: ", " with ", ALIAS_VM },
};

static size_t names_end(const char *text, size_t len)
{
	static const char *const ends[] = { "; its quota ", ", and has not ended", ", CPU " };
	const char *more = NULL;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *end = form_find(text, len, ends[i]);

		if (end)
			len = (size_t)(end - text);
	}
	for (const char *at = text; (at = form_find(at, len - (size_t)(at - text), " and ")); at++)
		more = at;
	if (more && len > 5 && memcmp(text + len - 5, " more", 5) == 0 &&
		form_is_number(more + 5, len - 5 - (size_t)(more + 5 - text)))
		len = (size_t)(more - text);
	return len;
}

static void put_name(struct rewrite *out, const struct cue *cue, const char *name, size_t len)
{
	static const char process[] = "process ", own[] = "its own ";
	const char *known;

	if (len > strlen(process) && memcmp(name, process, strlen(process)) == 0) {
		rewrite_put(out, name, strlen(process));
		rewrite_alias(out, ALIAS_PROCESS, name + strlen(process), len - strlen(process));
		return;
	}
	if (len > strlen(own) && memcmp(name, own, strlen(own)) == 0) {
		rewrite_put(out, name, len);
		return;
	}
	known = alias_any(out->aliases, name, len);
	if (known)
		rewrite_text(out, known);
	else
		rewrite_alias(out, cue->kind, name, len);
}

/* A name that is known may hold what is between names. */
static size_t name_length(
	const struct rewrite *out, const struct cue *cue, const char *text, size_t len)
{
	const char *alias, *end = cue->between ? form_find(text, len, cue->between) : NULL;
	size_t n = end ? (size_t)(end - text) : len;
	size_t known = alias_match(out->aliases, text, len, &alias);

	return known > n ? known : n;
}

static void put_names(struct rewrite *out, const struct cue *cue, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = name_length(out, cue, text + at, len - at);
		size_t between = cue->between ? strlen(cue->between) : 0;

		put_name(out, cue, text + at, n);
		at += n;
		if (between > len - at)
			between = len - at;
		rewrite_put(out, text + at, between);
		at += between;
	}
}

/* The first cue in text; NULL: there is none. */
static const struct cue *first_cue(const char *text, size_t len, size_t *at)
{
	const struct cue *first = NULL;

	for (size_t i = 0; i < sizeof(cues) / sizeof(cues[0]); i++) {
		const char *found = form_find(text, len, cues[i].before);

		if (found && (!first || (size_t)(found - text) < *at)) {
			first = &cues[i];
			*at = (size_t)(found - text);
		}
	}
	return first;
}

void rewrite_finding(struct rewrite *out, const char *text, size_t len)
{
	size_t at = 0, end;
	const struct cue *cue = first_cue(text, len, &at);

	if (!cue) {
		rewrite_sentence(out, text, len);
		return;
	}
	at += strlen(cue->before);
	rewrite_sentence(out, text, at);
	end = at + names_end(text + at, len - at);
	put_names(out, cue, text + at, end - at);
	rewrite_sentence(out, text + end, len - end);
}
