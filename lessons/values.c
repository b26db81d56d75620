// SPDX-License-Identifier: GPL-2.0-or-later
#include "lessons/values.h"

#include <string.h>

enum { DIGITS = 6 }; /* before the point and behind it: more is no time of a recording */

/* Its own: strtod knows inf, hexadecimal and the decimal comma of a locale. Returns the rest. */
static const char *read_number(const char *text, double *number)
{
	const size_t whole = strspn(text, "0123456789");
	const char *at = text + whole;
	double value = 0, unit = 1;
	size_t part = 0;

	if (*at == '.')
		part = strspn(at + 1, "0123456789");
	if (!whole || whole > DIGITS || part > DIGITS || (*at == '.' && !part))
		return NULL;
	for (at = text; at < text + whole; at++)
		value = 10 * value + (*at - '0');
	for (at += part > 0; part; part--)
		value += (unit /= 10) * (*at++ - '0');
	*number = value;
	return at;
}

bool lesson_read_time(const char *text, double *seconds)
{
	double sum, rest = 0;
	const char *at = read_number(text, &sum);

	if (at && *at == 'm') {
		sum *= 60;
		at = at[1] ? read_number(at + 1, &rest) : "s";
	}
	if (!at || strcmp(at, "s") || sum + rest > LESSON_TIME_S)
		return false;
	*seconds = sum + rest;
	return true;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " ");
}

/* What may follow a word: nothing, or a sign of allowed and a time. */
static bool read_offset(const char *text, const char *allowed, double *offset)
{
	const char sign = *text;
	double seconds;

	if (!sign) {
		*offset = 0;
		return true;
	}
	if (!strchr(allowed, sign) || !lesson_read_time(skip_blanks(text + 1), &seconds))
		return false;
	*offset = sign == '-' ? -seconds : seconds;
	return true;
}

/* Text behind word, which ends there; NULL: it begins otherwise. */
static const char *behind(const char *text, const char *word)
{
	const size_t len = strlen(word);

	if (strncmp(text, word, len) || (text[len] && !strchr(" +-", text[len])))
		return NULL;
	return skip_blanks(text + len);
}

bool lesson_read_moment(const char *text, struct lesson_moment *moment)
{
	static const struct {
		const char *word, *signs;
		enum lesson_base base;
	} bases[] = {
		{ "start", "+", LESSON_FROM_START },
		{ "finding", "+-", LESSON_FROM_FINDING },
		{ "end", "-", LESSON_FROM_END },
	};
	struct lesson_moment read = { .base = LESSON_FROM_START };
	bool right = lesson_read_time(text, &read.offset_s);

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]) && !right; i++) {
		const char *rest = behind(text, bases[i].word);

		read.base = bases[i].base;
		right = rest && read_offset(rest, bases[i].signs, &read.offset_s);
	}
	if (right)
		*moment = read;
	return right;
}

bool lesson_read_play(
	const char *text, const struct lesson_moment *from, struct lesson_moment *until)
{
	const char *moment = behind(text, "until");
	double seconds;

	if (moment)
		return lesson_read_moment(moment, until);
	if (!lesson_read_time(text, &seconds))
		return false;
	*until = (struct lesson_moment){ from->base, from->offset_s + seconds };
	return true;
}

static bool read_cover_word(const char *word, size_t len, unsigned *cover)
{
	static const struct {
		const char *word;
		unsigned cover;
	} words[] = {
		{ "host", LESSON_COVER_HOST },
		{ "gap", LESSON_COVER_GAP },
		{ "findings", LESSON_COVER_FINDINGS },
		{ "header", LESSON_COVER_HEADER },
		{ "pages", LESSON_COVER_PAGES },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == len && !memcmp(words[i].word, word, len)) {
			*cover |= words[i].cover;
			return true;
		}
	}
	return false;
}

bool lesson_read_cover(const char *text, unsigned *cover)
{
	unsigned read = 0;
	const bool all = !strcmp(text, "all");

	if (all || !strcmp(text, "none")) {
		*cover = all ? LESSON_COVER_ALL : 0;
		return true;
	}
	for (size_t len; *text; text = skip_blanks(text + len)) {
		len = strcspn(text, " ");
		if (!read_cover_word(text, len, &read))
			return false;
	}
	*cover = read;
	return true;
}

bool lesson_read_open(const char *text, enum lesson_open *open, const char **at)
{
	static const char *const words[] = { [LESSON_OPEN_NOTHING] = "nothing",
		[LESSON_OPEN_VM] = "vm",
		[LESSON_OPEN_FINDING] = "finding" };
	const size_t len = strcspn(text, " ");
	const char *rest = skip_blanks(text + len);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) != len || memcmp(text, words[i], len))
			continue;
		if (i == LESSON_OPEN_NOTHING && *rest)
			return false;
		*open = (enum lesson_open)i;
		*at = *rest ? rest : NULL;
		return true;
	}
	return false;
}

bool lesson_is_name(const char *text)
{
	const size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && !text[len] && text[0] != '-';
}
