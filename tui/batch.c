// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "panes/screen.h"
#include "tui/output.h"
#include "tui/localtime.h"

enum { UNLIMITED_COLS = 240, FINDING_EXTRA_COLS = 40, TABLE_EXTRA_ROWS = 16, NAME_EXTRA_COLS = 32 };

struct batch {
	const struct options *options;
	struct table_state table;
	struct run_state run;
	struct arena arena;
	int cols; /* of the terminal or COLUMNS; 0: as many as it takes */
	bool ascii, begun;
};

static int wanted_cols(void)
{
	const char *text = getenv("COLUMNS");
	const long cols = text ? strtol(text, NULL, 10) : 0;
	struct winsize size;

	if (cols > 0 && cols <= 10000)
		return (int)cols;
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return size.ws_col;
	return 0;
}

/* Without blank rows at the end. */
static int write_canvas(const struct batch *batch, const struct canvas *canvas, FILE *stream)
{
	const size_t size = (size_t)canvas->cols * 4 + 1;
	char *line = xcalloc(size, 1);
	int row, rc = 0, rows = canvas->rows;

	while (rows && !canvas_row_text(canvas, rows - 1, batch->ascii, line, size))
		rows--;
	for (row = 0; row < rows && !rc; row++) {
		canvas_row_text(canvas, row, batch->ascii, line, size);
		if (fprintf(stream, "%s\n", line) < 0)
			rc = -errno;
	}
	free(line);
	return rc;
}

/* Header and findings; findings take the columns that they need. */
static int write_head(struct batch *batch, const struct snapshot *snap, int cols, FILE *stream)
{
	struct findings_state state = { 0 };
	struct canvas header, findings;
	int rc, text_cols = cols;
	size_t i;

	for (i = 0; i < snap->n_finding && !batch->cols; i++) {
		const int width = canvas_width(snap->finding[i].text) + FINDING_EXTRA_COLS;

		text_cols = width > text_cols ? width : text_cols;
	}
	canvas_init(&header, 2, cols);
	header_draw(snap, &batch->run, &header);
	rc = write_canvas(batch, &header, stream);
	canvas_release(&header);
	canvas_init(&findings, snap->n_finding ? (int)snap->n_finding : 1, text_cols);
	findings_draw(snap, &state, false, &findings);
	if (!rc)
		rc = write_canvas(batch, &findings, stream);
	canvas_release(&findings);
	return rc;
}

/* What the pane says of the whole host. */
static int write_pane_head(struct batch *batch, const struct snapshot *snap, int cols, FILE *stream)
{
	const struct pane *pane = batch->options->pane;
	struct page page;
	int rc;

	if (!pane->head)
		return 0;
	page_init(&page, cols);
	pane->head(snap, &page);
	rc = write_canvas(batch, &page.canvas, stream);
	page_release(&page);
	return rc;
}

static int write_table(struct batch *batch, const struct snapshot *snap, int cols, FILE *stream)
{
	const struct table *table = batch->options->pane->table;
	struct canvas canvas;
	struct row *rows;
	const size_t n_rows = table_rows(table, snap, NULL, &batch->table, &batch->arena, &rows);
	int rc = write_pane_head(batch, snap, cols, stream);

	if (rc)
		return rc;
	canvas_init(&canvas, (int)n_rows + TABLE_EXTRA_ROWS, cols);
	table_draw(table, &batch->table, rows, n_rows, false, &canvas);
	rc = write_canvas(batch, &canvas, stream);
	canvas_release(&canvas);
	return rc;
}

static int write_block(void *arg, const struct snapshot *snap, FILE *stream)
{
	struct batch *batch = arg;
	const struct table *table = batch->options->pane->table;
	int rc, cols = batch->cols;

	arena_clear(&batch->arena);
	batch->run.utc_offset_s = localtime_offset_s(snap);
	if (!cols)
		cols = NAME_EXTRA_COLS +
		       table_fit(table, UNLIMITED_COLS,
			       arena_array(&batch->arena, table->n_column, sizeof(bool)));
	if (batch->begun && fputc('\n', stream) == EOF)
		return -errno;
	batch->begun = true;
	rc = write_head(batch, snap, cols, stream);
	return rc ? rc : write_table(batch, snap, cols, stream);
}

int batch_run(const struct session *session)
{
	const struct options *options = session->options;
	struct batch batch = { .options = options, .cols = wanted_cols() };
	int status;

	batch.ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	batch.run.interval_ms = options->interval_ms;
	batch.run.replay = feed_is_replay(session->feed);
	batch.run.asking = options->ask == ASK_ON;
	table_reset(options->pane->table, &batch.table);
	if (options->sort_column >= 0)
		batch.table.sort_column = (size_t)options->sort_column;
	status = output_run(session, write_block, &batch);
	table_release(&batch.table);
	arena_release(&batch.arena);
	return status;
}
