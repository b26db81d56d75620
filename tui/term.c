// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "keymaps/keymap.h"
#include "probes/arena.h"
#include "tui/input.h"
#include "tui/palette.h"
#include "tui/restore.h"

/*
 * Curses writes into a file in memory and never touches the terminal: its own writes would
 * block on a terminal that stopped reading, and signals with them. We own modes, reading and
 * sending; curses knows the terminal's language and finds the shortest way to the next screen.
 */
static struct {
	int tty; /* our own open file, so that O_NONBLOCK is not the shell's problem */
	int drawn;
	FILE *drawn_file;
	SCREEN *screen;
	struct termios saved, raw;
	bool ascii;
	int colours;
	bool cursor_shown;
	struct canvas shown; /* what curses was last told */
	char *pending;
	size_t pending_len, pending_sent, pending_size;
	char leave[256]; /* what gives the screen back */
	size_t leave_len;
	bool taken;
} term = { .tty = -1, .drawn = -1 };

/* Sending. */

bool term_busy(void)
{
	return term.pending_sent < term.pending_len;
}

int term_flush(void)
{
	while (term.pending_sent < term.pending_len) {
		const ssize_t n = write(term.tty, term.pending + term.pending_sent,
			term.pending_len - term.pending_sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		term.pending_sent += (size_t)n;
		restore_note_torn(term_busy());
	}
	term.pending_len = term.pending_sent = 0;
	return 0;
}

/* What curses wrote joins what is to be sent. */
static void collect(void)
{
	const off_t len = lseek(term.drawn, 0, SEEK_CUR);

	if (len <= 0)
		return;
	if (term.pending_len + (size_t)len > term.pending_size) {
		term.pending_size = term.pending_len + (size_t)len;
		term.pending = xrealloc_array(term.pending, term.pending_size, 1);
	}
	if (pread(term.drawn, term.pending + term.pending_len, (size_t)len, 0) != len)
		die("cannot read back the screen from memory: %s", strerror(errno));
	term.pending_len += (size_t)len;
	if (ftruncate(term.drawn, 0) || lseek(term.drawn, 0, SEEK_SET))
		die("cannot empty the screen in memory: %s", strerror(errno));
}

/* Send all of it, if the terminal takes it within a quarter of a second. */
static void flush_patiently(void)
{
	struct pollfd poll_fd = { .fd = term.tty, .events = POLLOUT };
	int tries;

	for (tries = 0; tries < 25 && !term_flush() && term_busy(); tries++)
		poll(&poll_fd, 1, 10);
}

/* Opening. */

static int check_environment(bool input_is_data, struct err *err)
{
	const char *name = getenv("TERM");
	const bool has_input = input_is_data || isatty(STDIN_FILENO);

	if (!has_input || !isatty(STDOUT_FILENO))
		return err_set(err, -ENOTTY,
			"cannot open the terminal: standard %s is not a terminal; use -b or --json",
			has_input ? "output" : "input");
	if (!name || !*name)
		return err_set(err, -EINVAL,
			"cannot open the terminal: TERM is not set; set it, or use -b or --json");
	return 0;
}

static int open_tty(void)
{
	const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	const char *name = ttyname(STDOUT_FILENO);
	const int fd = name ? open(name, flags) : -1;

	/* After su the device may be another user's, and a container may not see it at all. */
	if (fd < 0 && tcgetsid(STDOUT_FILENO) == getsid(0))
		return open(ctermid(NULL), flags);
	return fd;
}

static void take(void)
{
	term.taken = true;
	restore_arm(true);
	term.raw = term.saved;
	cfmakeraw(&term.raw);
	/* The interrupt key stays a signal: a way out that no keymap can lose. */
	term.raw.c_lflag |= ISIG;
	term.raw.c_cc[VQUIT] = term.raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	term.raw.c_cc[VMIN] = 1;
	term.raw.c_cc[VTIME] = 0;
	tcsetattr(term.tty, TCSANOW, &term.raw);
}

/* Giving back. */

static int leave_put(int byte)
{
	if (term.leave_len < sizeof(term.leave))
		term.leave[term.leave_len++] = (char)byte;
	return byte;
}

static void prepare_restore(void)
{
	const char *const capabilities[] = { exit_attribute_mode, orig_pair, keypad_local,
		exit_ca_mode, cursor_normal };
	size_t i;

	term.leave_len = 0;
	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		if (capabilities[i])
			tputs(capabilities[i], 1, leave_put);
	}
	leave_put('\r');
	if (!exit_ca_mode)
		leave_put('\n');
	restore_prepare(term.tty, term.leave, term.leave_len, &term.saved);
}

static int check_description(struct err *err)
{
	const char *name = getenv("TERM");
	int rc = 0, known;

	if (setupterm(NULL, term.drawn, &known) == ERR)
		return err_set(err, -EINVAL,
			"cannot open the terminal: TERM=%s is unknown; set another, or use -b or "
			"--json",
			name);
	if (!cursor_address)
		rc = err_set(err, -EINVAL,
			"cannot open the terminal: TERM=%s has no cursor; set another, or use -b "
			"or --json",
			name);
	del_curterm(cur_term);
	return rc;
}

static int open_curses(struct err *err)
{
	int rc;

	term.drawn = memfd_create("screen", MFD_CLOEXEC);
	term.drawn_file = term.drawn < 0 ? NULL : fdopen(term.drawn, "w");
	if (!term.drawn_file)
		return err_set(err, -errno, "cannot make a screen in memory: %s", strerror(errno));
	rc = check_description(err);
	if (rc)
		return rc;
	term.screen = newterm(NULL, term.drawn_file, stdin);
	return term.screen ? 0 : err_set(err, -EINVAL, "cannot open the terminal");
}

static void choose_colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	uint8_t style;

	term.colours = 0;
	if ((no_color && *no_color) || !has_colors() || start_color() == ERR)
		return;
	term.colours = COLORS >= 256 ? 256 : COLORS >= 8 ? 8 : 0;
	if (use_default_colors() == ERR)
		assume_default_colors(COLOR_WHITE, COLOR_BLACK);
	for (style = 0; style < STYLE_COUNT; style++)
		init_pair(style + 1, palette_look(style, term.colours).colour, -1);
}

static void set_up_curses(void)
{
	raw();
	noecho();
	nonl();
	typeahead(-1);
	keypad(stdscr, TRUE);
	leaveok(stdscr, FALSE);
	choose_colours();
	curs_set(0);
	term.cursor_shown = false;
}

int term_open(bool ascii, bool input_is_data, struct err *err)
{
	const int rc = check_environment(input_is_data, err);

	if (rc)
		return rc;
	term.ascii = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	term.tty = open_tty();
	if (term.tty < 0 || tcgetattr(term.tty, &term.saved)) {
		err_set(err, -errno, "cannot open the terminal: %s; use -b or --json",
			strerror(errno));
		term_close();
		return err->code;
	}
	if (open_curses(err)) {
		term_close();
		return err->code;
	}
	prepare_restore();
	take();
	set_up_curses();
	term_resize();
	return 0;
}

static int put_drawn(int c)
{
	const char byte = (char)c;

	return write(term.drawn, &byte, 1) == 1 ? c : EOF;
}

static void leave_screen(void)
{
	endwin();
	/*
	 * Some terminals bring back with the screen whether the cursor is seen, as it was when
	 * curses last saved where it stands.
	 */
	if (cursor_normal)
		tputs(cursor_normal, 1, put_drawn);
	/* Where the screen stays, what follows begins on a line of its own. */
	if (!exit_ca_mode && write(term.drawn, "\n", 1) != 1)
		die("cannot write the screen in memory: %s", strerror(errno));
	collect();
	flush_patiently();
	if (restore_in_foreground(term.tty))
		tcsetattr(term.tty, TCSANOW, &term.saved);
	term.taken = false;
	restore_arm(false);
}

void term_close(void)
{
	if (term.taken)
		leave_screen();
	if (term.screen)
		delscreen(term.screen);
	term.screen = NULL;
	if (term.drawn_file)
		fclose(term.drawn_file);
	term.drawn_file = NULL;
	term.drawn = -1;
	if (term.tty >= 0)
		close(term.tty);
	term.tty = -1;
	canvas_release(&term.shown);
	free(term.pending);
	term.pending = NULL;
	term.pending_len = term.pending_sent = term.pending_size = 0;
}

int term_fd(void)
{
	return term.tty;
}

/* Drawing. */

void term_size(int *rows, int *cols)
{
	*rows = LINES;
	*cols = COLS;
}

void term_repaint(void)
{
	clearok(curscr, TRUE);
}

/*
 * curses takes its memory for a terminal of the size in terminfo, and said so to the real one:
 * below row 24 that would neither scroll nor delete characters.
 */
static void scroll_all(void)
{
	if (change_scroll_region)
		tputs(tparm(change_scroll_region, 0, LINES - 1), 1, put_drawn);
}

void term_resize(void)
{
	struct winsize size = { 0 };

	/* A serial line does not know its size: then the environment and terminfo count. */
	if (!ioctl(term.tty, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	erase();
	canvas_release(&term.shown);
	canvas_init(&term.shown, LINES, COLS);
	canvas_clear(&term.shown);
	scroll_all();
	term_repaint();
}

/*
 * The terminal's own colours have a pair, too: to reach pair 0 curses resets all attributes,
 * which takes more bytes. Blanks have none, so that lines are cleared rather than overwritten.
 */
static short pair_of(const struct cell *cell, const struct look *look)
{
	if (!term.colours || (cell->cp == ' ' && cell->style == STYLE_NORMAL))
		return 0;
	return look->colour < 0 ? STYLE_NORMAL + 1 : (cell->style & STYLE_MEANING) + 1;
}

static cchar_t curses_cell(const struct cell *cell, bool wide)
{
	static const attr_t attribute[] = { A_BOLD, A_DIM, A_UNDERLINE, A_REVERSE };
	const struct look look = palette_look(cell->style, term.colours);
	const uint32_t cp = term.ascii ? canvas_ascii(cell->cp) : cell->cp;
	wchar_t text[2] = { (wchar_t)cp, 0 };
	attr_t attributes = A_NORMAL;
	cchar_t out;
	size_t i;

	/* Where the canvas and the locale disagree on a width, the row must not shift. */
	if ((term.ascii && cp > '~') || wcwidth(text[0]) != (wide ? 2 : 1))
		text[0] = '?';
	for (i = 0; i < sizeof(attribute) / sizeof(attribute[0]); i++)
		if (look.flags & (1u << i))
			attributes |= attribute[i];
	setcchar(&out, text, attributes, pair_of(cell, &look), NULL);
	return out;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->cp == b->cp && a->style == b->style;
}

static void put_row(struct canvas *canvas, int row)
{
	struct cell *now = canvas->cell + (size_t)row * (size_t)canvas->stride;
	struct cell *before = term.shown.cell + (size_t)row * (size_t)term.shown.stride;
	int col;

	palette_save_changes(now, canvas->cols, term.colours);
	for (col = 0; col < canvas->cols; col++) {
		const bool wide = col + 1 < canvas->cols && !now[col + 1].cp;
		cchar_t out;

		if (same_cell(&now[col], &before[col]) &&
			same_cell(&now[col + wide], &before[col + wide]))
			continue;
		if (!now[col].cp)
			continue;
		out = curses_cell(&now[col], wide);
		mvadd_wchnstr(row, col, &out, 1);
	}
	memcpy(before, now, (size_t)canvas->cols * sizeof(*now));
}

int term_draw(struct canvas *canvas, int row, int col)
{
	int i;

	if (!term.taken)
		return 0;
	if (term_busy())
		return -EAGAIN;
	if (canvas->rows != term.shown.rows || canvas->cols != term.shown.cols)
		return 0;
	for (i = 0; i < canvas->rows; i++)
		put_row(canvas, i);
	if (term.cursor_shown != (row >= 0)) {
		term.cursor_shown = row >= 0;
		curs_set(term.cursor_shown);
	}
	move(row >= 0 ? row : 0, row >= 0 && col < COLS ? col : 0);
	wnoutrefresh(stdscr);
	doupdate();
	collect();
	return term_flush();
}

/* Keys. */

int term_read(char *buf, size_t size)
{
	ssize_t n;

	/* A read in the background would stop the process, which is about to end. */
	if (!term.taken)
		return -EAGAIN;
	n = read(term.tty, buf, size);
	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	return n ? -errno : -EIO;
}

int term_lookup(const char *sequence)
{
	static const struct {
		int curses;
		unsigned key;
	} keys[] = { { KEY_UP, KEYM_UP }, { KEY_DOWN, KEYM_DOWN }, { KEY_LEFT, KEYM_LEFT },
		{ KEY_RIGHT, KEYM_RIGHT }, { KEY_PPAGE, KEYM_PAGE_UP },
		{ KEY_NPAGE, KEYM_PAGE_DOWN }, { KEY_HOME, KEYM_HOME }, { KEY_END, KEYM_END },
		{ KEY_IC, KEYM_INSERT }, { KEY_DC, KEYM_DELETE }, { KEY_BACKSPACE, KEYM_BACKSPACE },
		{ KEY_ENTER, KEYM_ENTER }, { KEY_BTAB, KEYM_BACK_TAB } };
	const int code = key_defined(sequence);
	size_t i;

	if (code <= 0)
		return code ? INPUT_PREFIX : INPUT_NO_KEY;
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return (int)KEYM_F1 + code - KEY_F(1);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].curses == code)
			return (int)keys[i].key;
	return INPUT_UNUSED;
}

/* Stopping and going on. */

static void take_screen(void)
{
	take();
	/* The window may have changed meanwhile, whose signal the shell got. */
	term_resize();
	doupdate();
	keypad(stdscr, TRUE);
	curs_set(term.cursor_shown);
	collect();
	term_flush();
}

/*
 * Is the process about to be ended? A shell that kills a stopped job continues it first, so the
 * signal may come a moment later. It is left to the loop.
 */
static bool end_comes(void)
{
	const struct timespec moment = { .tv_nsec = 200 * 1000 * 1000 };
	sigset_t ends;
	int sig;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sig = sigtimedwait(&ends, NULL, &moment);
	return sig > 0 && !kill(getpid(), sig);
}

/* Stop by SIGTSTP. Returns false when nothing continued us: nobody could, so we did not stop. */
static bool stop(bool job)
{
	const struct timespec at_once = { 0 };
	sigset_t tstp, cont, mask;

	sigemptyset(&tstp);
	sigaddset(&tstp, SIGTSTP);
	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	signal(SIGTSTP, SIG_DFL);
	kill(job ? 0 : getpid(), SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &tstp, &mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return sigtimedwait(&cont, NULL, &at_once) == SIGCONT;
}

/*
 * Whoever goes on in the background (bg, or kill of a stopped job) must leave the terminal to
 * the shell: it stops again, or ends. Returns whether the terminal may be taken.
 */
static bool stop_until_foreground(bool job)
{
	while (stop(job)) {
		if (restore_in_foreground(term.tty))
			return true;
		if (end_comes())
			return false;
		job = false;
	}
	return restore_in_foreground(term.tty);
}

void term_suspend(bool job)
{
	struct sigaction old;

	if (sigaction(SIGTSTP, NULL, &old) || old.sa_handler == SIG_IGN)
		return;
	leave_screen();
	if (stop_until_foreground(job))
		take_screen();
}

void term_resume(void)
{
	if (!restore_in_foreground(term.tty) && !stop_until_foreground(false))
		return;
	endwin();
	collect();
	take_screen();
}
