// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * screen [--size 80x24] [--term NAME] [--env K=V] [--limit S] -- PROGRAM ARGS...
 * Runs a program on a pty, keeps its screen with libvterm, and obeys commands on stdin, one a
 * line. Waits for conditions with a limit, never for a time.
 *
 *	keys TEXT        type: C escapes, <Enter> <Esc> <Up> <PgDn> <F1> ...
 *	wait TEXT        until a row holds it; wait-not TEXT: until none does
 *	time-key KEYS TEXT   type, print the ms until TEXT is there
 *	elapsed          print the ms from the start to the end of the last wait
 *	show             print the rows; show-attrs: the attributes of each
 *	size WxH         another window; signal NAME; pid
 *	bytes            print how many came since the last time; raw FILE: save all
 *	modes            print alternate screen, cursor, canonical, echo
 *	quiet MS         until nothing came for so long
 *	wait-exit        print "exit N" or "signal N"
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

static struct {
	int rows, cols, master, slave;
	pid_t child;
	bool eof, ended, altscreen, cursor;
	int status;
	VTerm *vt;
	VTermScreen *screen;
	double start_ms, limit_ms, waited_ms;
	char *raw;
	size_t raw_len, raw_cap, raw_told;
} s = { .rows = 24, .cols = 80, .limit_ms = 30000, .cursor = true };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void print_row(FILE *out, int row)
{
	char text[4096];
	size_t len = vterm_screen_get_text(s.screen, text, sizeof(text) - 1,
		(VTermRect){ .start_row = row, .end_row = row + 1, .start_col = 0, .end_col = s.cols });

	while (len && text[len - 1] == ' ')
		len--;
	fprintf(out, "%.*s\n", (int)len, text);
}

static void leave(int status)
{
	if (s.child > 0 && !s.ended) {
		kill(-s.child, SIGKILL);
		kill(s.child, SIGKILL);
	}
	exit(status);
}

static void fail(const char *what, const char *detail)
{
	fprintf(stderr, "screen: %s %s\n", what, detail);
	for (int row = 0; row < s.rows; row++)
		print_row(stderr, row);
	leave(1);
}

static int on_prop(VTermProp prop, VTermValue *value, void *arg)
{
	(void)arg;
	if (prop == VTERM_PROP_ALTSCREEN)
		s.altscreen = value->boolean;
	if (prop == VTERM_PROP_CURSORVISIBLE)
		s.cursor = value->boolean;
	return 1;
}

static void keep_raw(const char *bytes, size_t len)
{
	if (s.raw_len + len > s.raw_cap) {
		s.raw_cap = 2 * (s.raw_len + len);
		s.raw = realloc(s.raw, s.raw_cap);
	}
	memcpy(s.raw + s.raw_len, bytes, len);
	s.raw_len += len;
}

static void answer(void)
{
	char bytes[256];
	size_t len = vterm_output_read(s.vt, bytes, sizeof(bytes));

	if (len && write(s.master, bytes, len) < 0)
		s.eof = true;
}

/* Take what the program says, for at most wait_ms; true when something came. */
static bool pump(double wait_ms)
{
	struct pollfd pfd = { .fd = s.master, .events = POLLIN };
	char bytes[65536];
	ssize_t n;

	if (s.eof)
		return false;
	if (poll(&pfd, 1, wait_ms > 0 ? (int)wait_ms + 1 : 0) <= 0)
		return false;
	n = read(s.master, bytes, sizeof(bytes));
	if (n <= 0) {
		s.eof = true;
		return false;
	}
	keep_raw(bytes, (size_t)n);
	vterm_input_write(s.vt, bytes, (size_t)n);
	vterm_screen_flush_damage(s.screen);
	answer();
	return true;
}

static double left_ms(void)
{
	return s.start_ms + s.limit_ms - now_ms();
}

static bool on_screen(const char *text)
{
	for (int row = 0; row < s.rows; row++) {
		char line[4096];
		size_t len = vterm_screen_get_text(s.screen, line, sizeof(line) - 1,
			(VTermRect){ .start_row = row,
				.end_row = row + 1,
				.start_col = 0,
				.end_col = s.cols });

		line[len] = '\0';
		if (strstr(line, text))
			return true;
	}
	return false;
}

static void wait_for(const char *text, bool there)
{
	while (pump(0))
		;
	while (on_screen(text) != there) {
		if (left_ms() <= 0)
			fail(there ? "never came:" : "never went:", text);
		if (s.eof)
			fail(there ? "the program ended before it showed:" :
				     "the program ended and still showed:",
				text);
		pump(left_ms());
	}
	s.waited_ms = now_ms() - s.start_ms;
}

/* Keys */

static const struct {
	const char *name, *bytes;
} keys[] = {
	{ "Up", "\033OA" }, { "Down", "\033OB" }, { "Right", "\033OC" }, { "Left", "\033OD" },
	{ "Home", "\033OH" }, { "End", "\033OF" }, { "PgUp", "\033[5~" }, { "PgDn", "\033[6~" },
	{ "Enter", "\r" }, { "Esc", "\033" }, { "Tab", "\t" }, { "BackTab", "\033[Z" },
	{ "Space", " " }, { "Backspace", "\177" }, { "Insert", "\033[2~" }, { "Delete", "\033[3~" },
	{ "F1", "\033OP" }, { "F4", "\033OS" }, { "F5", "\033[15~" }, { "F6", "\033[17~" },
	{ "F10", "\033[21~" },
};

static size_t escape(const char *text, char *out)
{
	char *end;

	switch (text[1]) {
	case 'e':
		*out = '\033';
		return 2;
	case 'n':
		*out = '\n';
		return 2;
	case 'r':
		*out = '\r';
		return 2;
	case 't':
		*out = '\t';
		return 2;
	case 'x':
		*out = (char)strtol((char[]){ text[2], text[2] ? text[3] : 0, 0 }, &end, 16);
		return 4;
	}
	*out = text[1];
	return 2;
}

static size_t named(const char *text, const char **bytes)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].name);

		if (strncmp(text + 1, keys[i].name, len) == 0 && text[1 + len] == '>') {
			*bytes = keys[i].bytes;
			return len + 2;
		}
	}
	return 0;
}

static void type(const char *text)
{
	char bytes[1024];
	size_t len = 0;

	while (*text && len + 16 < sizeof(bytes)) {
		const char *sequence = NULL;
		size_t used = *text == '<' ? named(text, &sequence) : 0;

		if (used) {
			len += (size_t)sprintf(bytes + len, "%s", sequence);
			text += used;
		} else if (*text == '\\' && text[1]) {
			text += escape(text, &bytes[len++]);
		} else {
			bytes[len++] = *text++;
		}
	}
	if (write(s.master, bytes, len) != (ssize_t)len)
		fail("cannot type:", strerror(errno));
}

static void time_key(char *argument)
{
	char *text = strchr(argument, ' ');
	double begin_ms;

	if (!text)
		fail("time-key needs KEYS TEXT, has:", argument);
	*text++ = '\0';
	while (pump(0))
		;
	begin_ms = now_ms();
	type(argument);
	if (on_screen(text)) {
		if (!pump(left_ms()))
			fail("no answer to key:", argument);
	} else {
		wait_for(text, true);
	}
	printf("%.1f\n", now_ms() - begin_ms);
}

/* What is printed */

static void show_attrs(int row)
{
	uint64_t last = UINT64_MAX;

	for (int col = 0; col < s.cols; col++) {
		VTermScreenCell cell;
		uint64_t look;

		vterm_screen_get_cell(s.screen, (VTermPos){ .row = row, .col = col }, &cell);
		look = (uint64_t)cell.attrs.bold | (uint64_t)cell.attrs.reverse << 1 |
		       (uint64_t)(cell.attrs.underline != 0) << 2 |
		       (uint64_t)!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) << 3 |
		       (uint64_t)(VTERM_COLOR_IS_INDEXED(&cell.fg) ? cell.fg.indexed.idx : 0) << 8;
		if (look == last)
			continue;
		printf("%s%d:%s%s%s", col ? " " : "", col, look & 1 ? "b" : "", look & 2 ? "r" : "",
			look & 4 ? "u" : "");
		if (look & 8)
			printf("%d", (int)(look >> 8));
		last = look;
	}
	putchar('\n');
}

static void show_modes(void)
{
	struct termios modes;

	while (pump(0))
		;
	if (tcgetattr(s.slave, &modes) < 0)
		fail("cannot read modes:", strerror(errno));
	printf("screen %s cursor %s canonical %s echo %s\n", s.altscreen ? "alternate" : "normal",
		s.cursor ? "shown" : "hidden", modes.c_lflag & ICANON ? "on" : "off",
		modes.c_lflag & ECHO ? "on" : "off");
}

static void save_raw(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(s.raw, 1, s.raw_len, file) != s.raw_len || fclose(file))
		fail("cannot write", path);
}

static void set_size(const char *size)
{
	struct winsize window = { 0 };

	if (sscanf(size, "%dx%d", &s.cols, &s.rows) != 2)
		fail("no size:", size);
	window.ws_row = (unsigned short)s.rows;
	window.ws_col = (unsigned short)s.cols;
	if (s.vt)
		vterm_set_size(s.vt, s.rows, s.cols);
	if (s.child)
		ioctl(s.master, TIOCSWINSZ, &window);
}

static void send_signal(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = { { "TERM", SIGTERM }, { "HUP", SIGHUP }, { "INT", SIGINT },
		{ "SEGV", SIGSEGV }, { "ABRT", SIGABRT }, { "TSTP", SIGTSTP }, { "CONT", SIGCONT },
		{ "STOP", SIGSTOP }, { "KILL", SIGKILL }, { "BUS", SIGBUS }, { "QUIT", SIGQUIT } };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcmp(name, signals[i].name) == 0) {
			kill(s.child, signals[i].number);
			return;
		}
	fail("unknown signal", name);
}

static void wait_exit(void)
{
	while (waitpid(s.child, &s.status, WNOHANG) == 0) {
		if (left_ms() <= 0)
			fail("the program does not", "end");
		pump(10);
	}
	s.ended = true;
	while (pump(0))
		;
	if (WIFSIGNALED(s.status))
		printf("signal %d\n", WTERMSIG(s.status));
	else
		printf("exit %d\n", WEXITSTATUS(s.status));
}

static void quiet(double ms)
{
	while (pump(ms))
		if (left_ms() <= 0)
			fail("never quiet", "");
}

static void obey(char *line)
{
	char *argument = strchr(line, ' ');

	if (argument)
		*argument++ = '\0';
	else
		argument = line + strlen(line);
	if (strcmp(line, "keys") == 0)
		type(argument);
	else if (strcmp(line, "wait") == 0)
		wait_for(argument, true);
	else if (strcmp(line, "wait-not") == 0)
		wait_for(argument, false);
	else if (strcmp(line, "time-key") == 0)
		time_key(argument);
	else if (strcmp(line, "elapsed") == 0)
		printf("%.1f\n", s.waited_ms);
	else if (strcmp(line, "show") == 0)
		for (int row = 0; row < s.rows; row++)
			print_row(stdout, row);
	else if (strcmp(line, "show-attrs") == 0)
		for (int row = 0; row < s.rows; row++)
			show_attrs(row);
	else if (strcmp(line, "size") == 0)
		set_size(argument);
	else if (strcmp(line, "signal") == 0)
		send_signal(argument);
	else if (strcmp(line, "pid") == 0)
		printf("%d\n", (int)s.child);
	else if (strcmp(line, "raw") == 0)
		save_raw(argument);
	else if (strcmp(line, "modes") == 0)
		show_modes();
	else if (strcmp(line, "quiet") == 0)
		quiet(atof(argument));
	else if (strcmp(line, "wait-exit") == 0)
		wait_exit();
	else if (strcmp(line, "bytes") == 0) {
		while (pump(0))
			;
		printf("%zu\n", s.raw_len - s.raw_told);
		s.raw_told = s.raw_len;
	} else if (*line && *line != '#')
		fail("unknown command", line);
	fflush(stdout);
}

/* Start */

static void child_environment(const char *term, char *const *extra)
{
	static const char *const unset[] = { "COLUMNS", "LINES", "NO_COLOR", "XDG_CONFIG_HOME",
		"LANGUAGE", "LC_CTYPE" };

	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		unsetenv(unset[i]);
	setenv("TERM", term, 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	setenv("HOME", "/proc/nonexistent", 1); /* libvirt makes what it can */
	for (; *extra; extra++) {
		if (strchr(*extra, '='))
			putenv(*extra);
		else
			unsetenv(*extra);
	}
}

static void start(const char *term, char *const *extra, char **argv)
{
	struct winsize window = { .ws_row = (unsigned short)s.rows,
		.ws_col = (unsigned short)s.cols };

	if (openpty(&s.master, &s.slave, NULL, NULL, &window) < 0)
		fail("cannot open a pty:", strerror(errno));
	fcntl(s.master, F_SETFD, FD_CLOEXEC);
	s.start_ms = now_ms();
	s.child = fork();
	if (s.child == 0) {
		setsid();
		ioctl(s.slave, TIOCSCTTY, 0);
		for (int fd = 0; fd < 3; fd++)
			dup2(s.slave, fd);
		if (s.slave > 2)
			close(s.slave);
		child_environment(term, extra);
		execvp(argv[0], argv);
		fprintf(stderr, "screen: cannot run %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
}

static void start_vterm(void)
{
	static const VTermScreenCallbacks callbacks = { .settermprop = on_prop };

	s.vt = vterm_new(s.rows, s.cols);
	vterm_set_utf8(s.vt, 1);
	s.screen = vterm_obtain_screen(s.vt);
	vterm_screen_set_callbacks(s.screen, &callbacks, NULL);
	vterm_screen_enable_altscreen(s.screen, 1);
	vterm_screen_reset(s.screen, 1);
}

/* Commands come when they come; meanwhile the program is listened to. */
static void run_script(void)
{
	char line[4096];
	size_t len = 0;

	for (;;) {
		struct pollfd pfd[] = { { .fd = 0, .events = POLLIN },
			{ .fd = s.eof ? -1 : s.master, .events = POLLIN } };

		if (left_ms() <= 0)
			fail("the limit is over, waiting for a", "command");
		poll(pfd, 2, (int)left_ms() + 1);
		if (pfd[1].revents)
			pump(0);
		if (!pfd[0].revents)
			continue;
		if (read(0, &line[len], 1) != 1)
			return;
		if (line[len] == '\n' || len + 2 == sizeof(line)) {
			line[len] = '\0';
			obey(line);
			len = 0;
		} else {
			len++;
		}
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "size", required_argument, NULL, 's' },
		{ "term", required_argument, NULL, 't' }, { "env", required_argument, NULL, 'e' },
		{ "limit", required_argument, NULL, 'l' }, { 0 } };
	const char *term = "xterm-256color";
	char *extra[32] = { 0 };
	size_t n_extra = 0;

	for (int opt; (opt = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		if (opt == 's')
			set_size(optarg);
		else if (opt == 't')
			term = optarg;
		else if (opt == 'e' && n_extra < 31)
			extra[n_extra++] = optarg;
		else if (opt == 'l')
			s.limit_ms = atof(optarg) * 1e3;
		else
			return 2;
	}
	if (optind == argc)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	start(term, extra, argv + optind);
	start_vterm();
	run_script();
	leave(0);
}
