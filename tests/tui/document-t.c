// SPDX-License-Identifier: GPL-2.0-or-later
/* Text and Markdown of one document; names that would be markup. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/document.h"

typedef void fill_with(struct document *document, const char *name);

static void check(
	enum document_form form, bool ascii, fill_with *fill, const char *name, const char *wanted)
{
	char *text = NULL;
	size_t size;
	struct document document = { .form = form, .ascii = ascii };

	document.stream = open_memstream(&text, &size);
	assert_non_null(document.stream);
	fill(&document, name);
	assert_int_equal(document_finish(&document), 0);
	fclose(document.stream);
	assert_string_equal(text, wanted);
	free(text);
}

static void fill_table(struct document *document, const char *name)
{
	static const struct document_column column[] = { { "VM", 8 }, { "n", 3 } };
	const char *const cell[] = { name, "1" };

	document_table(document, column, 2);
	document_row(document, cell);
	document_end_table(document);
}

static void fill_item(struct document *document, const char *name)
{
	document_item(document, "VM", name);
	document_end_list(document);
}

static void fill_canvas(struct document *document, const char *name)
{
	struct canvas canvas;

	canvas_init(&canvas, 4, 20);
	canvas_text(&canvas, 1, 10, -1, STYLE_NORMAL, name);
	document_canvas(document, &canvas);
	canvas_release(&canvas);
}

static void fill_title(struct document *document, const char *name)
{
	document_title(document, 2, name);
}

static void tables_of_text_are_aligned(void **state)
{
	(void)state;
	check(DOCUMENT_TEXT, false, fill_table, "web-03",
		"VM       n\n"
		"web-03   1\n\n");
	check(DOCUMENT_TEXT, false, fill_table, "a name that is long",
		"VM       n\n"
		"a name ~ 1\n\n");
	check(DOCUMENT_TEXT, false, fill_table, "a|b`c`",
		"VM       n\n"
		"a|b`c`   1\n\n");
}

static void hostile_names_are_no_markup(void **state)
{
	(void)state;
	check(DOCUMENT_MARKDOWN, false, fill_table, "a|b|`c` <b>",
		"| VM | n |\n"
		"| --- | --- |\n"
		"| a\\|b\\|\\`c\\` \\<b\\> | 1 |\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_item, "# x\n*y* [z](w) ![i](j) \\|",
		"- **VM:** \\# x?\\*y\\* \\[z\\](w) !\\[i\\](j) \\\\\\|\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_title, "# _web_ & ~co~",
		"## \\# \\_web\\_ \\& \\~co\\~\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_item, "http://evil www.evil at 10:20",
		"- **VM:** http\\://evil www\\.evil at 10:20\n\n");
	check(DOCUMENT_MARKDOWN, false, document_text, "- 1. x", "\\- 1. x\n\n");
	check(DOCUMENT_MARKDOWN, false, document_text, "12. x", "12\\. x\n\n");
	check(DOCUMENT_MARKDOWN, false, document_text, "web-03 = 1.5", "web-03 = 1.5\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_item, NULL, "- **VM:** -\n\n");
}

static void no_name_ends_a_fence(void **state)
{
	(void)state;
	check(DOCUMENT_TEXT, false, fill_canvas, "```", "\n          ```\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_canvas, "web", "```\n\n          web\n```\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_canvas, "``` x ````",
		"`````\n\n          ``` x ````\n`````\n\n");
	check(DOCUMENT_MARKDOWN, false, fill_canvas, "", "");
}

static void ascii_is_kept_to(void **state)
{
	(void)state;
	check(DOCUMENT_MARKDOWN, true, fill_item, "w\xc3\xbc \xe2\x94\x82 \xff",
		"- **VM:** w? \\| ?\n\n"); /* what stands for a line is markup here */
	check(DOCUMENT_TEXT, true, fill_title, "w\xc3\xbc", "w?\n--\n\n");
	check(DOCUMENT_TEXT, false, fill_title, "w\xc3\xbc", "w\xc3\xbc\n\xe2\x94\x80\xe2\x94\x80\n\n");
}

static void items_of_text_are_broken_between_words(void **state)
{
	(void)state;
	check(DOCUMENT_TEXT, false, fill_item,
		"one two three four five six seven eight nine ten eleven twelve thirteen",
		"  VM            one two three four five six seven eight nine ten eleven twelve\n"
		"                thirteen\n\n");
}

static void a_full_disk_is_told(void **state)
{
	struct document document = { .stream = fopen("/dev/full", "w") };

	(void)state;
	assert_non_null(document.stream);
	fill_title(&document, "x");
	assert_int_equal(document_finish(&document), -ENOSPC);
	fclose(document.stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_text_are_aligned),
		cmocka_unit_test(hostile_names_are_no_markup),
		cmocka_unit_test(no_name_ends_a_fence),
		cmocka_unit_test(ascii_is_kept_to),
		cmocka_unit_test(items_of_text_are_broken_between_words),
		cmocka_unit_test(a_full_disk_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
