// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/text.h"
#include "probes/arena.h"

#include <stdint.h>
#include <string.h>

size_t text_utf8_next(const char *bytes, size_t len, unsigned *cp)
{
	const unsigned char *s = (const unsigned char *)bytes;
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need;

	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len < need)
		return 0;
	*cp = s[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[need] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return need;
}

size_t text_utf8_put(unsigned cp, char out[4])
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	out[0] = (char)(lead[n] | cp);
	return n;
}

bool text_printable(unsigned cp)
{
	/*
	 * Our own list rather than iswprint: it must not depend on the locale, and must leave
	 * out what moves other text about (bidi, joiners, combining marks) or has no glyph.
	 */
	static const struct {
		unsigned first, last;
	} refused[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x00a0 }, { 0x00ad, 0x00ad }, { 0x0300, 0x036f },
		{ 0x0483, 0x0489 }, { 0x0590, 0x08ff }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x2000, 0x200f },
		{ 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x20d0, 0x20ff }, { 0x3000, 0x3000 },
		{ 0x3164, 0x3164 }, { 0xd800, 0xf8ff }, { 0xfb1d, 0xfdff }, { 0xfe00, 0xfe0f },
		{ 0xfe20, 0xfe2f }, { 0xfe70, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xffff },
		{ 0x10800, 0x10fff }, { 0x1e800, 0x1eeff }, { 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (cp >= refused[i].first && cp <= refused[i].last)
			return false;
	return true;
}

/* How many characters of ASCII that may be shown it begins with: mostly all. */
static size_t plain(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] >= ' ' && bytes[n] <= '~')
		n++;
	return n;
}

char *text_clean(struct arena *arena, const char *bytes, size_t len, size_t max)
{
	char *out = arena_alloc(arena, (len < max ? len : max) + 1);
	size_t used = plain(bytes, len < max ? len : max);

	memcpy(out, bytes, used);
	for (size_t i = used; i < len;) {
		unsigned cp = 0;
		size_t n = text_utf8_next(bytes + i, len - i, &cp);
		bool show = n && text_printable(cp);

		if (used + (show ? n : 1) > max)
			break;
		if (show)
			memcpy(out + used, bytes + i, n);
		else
			out[used] = '?';
		used += show ? n : 1;
		i += n ? n : 1;
	}
	out[used] = '\0';
	return out;
}

size_t text_distance(const char *a, const char *b)
{
	size_t row[64], len = strlen(b);

	if (len >= sizeof(row) / sizeof(row[0]))
		return SIZE_MAX;
	for (size_t k = 0; k <= len; k++)
		row[k] = k;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 1; k <= len; k++) {
			size_t best = diagonal + (a[i] != b[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[len];
}
