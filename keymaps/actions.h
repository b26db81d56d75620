/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACTIONS_H
#define PARALLAX_ACTIONS_H

/*
 * Everything a key can do: ACTION(identifier, "name", GROUP, "help"). The name is what keymap
 * files bind, the group orders the help page; help, manual and parser all read this list.
 */
#define ACTION_LIST(ACTION)                                                                        \
	ACTION(UP, "up", MOVE, "one row up")                                                       \
	ACTION(DOWN, "down", MOVE, "one row down")                                                 \
	ACTION(PAGE_UP, "page-up", MOVE, "one page up")                                            \
	ACTION(PAGE_DOWN, "page-down", MOVE, "one page down")                                      \
	ACTION(HOME, "home", MOVE, "first row")                                                    \
	ACTION(END, "end", MOVE, "last row")                                                       \
	ACTION(LEFT, "left", MOVE, "one column left")                                              \
	ACTION(RIGHT, "right", MOVE, "one column right")                                           \
	ACTION(OPEN, "open", MOVE, "open the selected VM, or explain the selected finding")        \
	ACTION(CLOSE, "close", MOVE,                                                               \
		"back; on the main screen, clear the filter, then go back to the grid")            \
	ACTION(NEXT_FINDING, "next-finding", MOVE, "select the next finding")                      \
	ACTION(PREV_FINDING, "previous-finding", MOVE, "select the finding before")                \
	ACTION(NEXT_PANE, "next-pane", VIEW, "next pane")                                          \
	ACTION(PREV_PANE, "previous-pane", VIEW, "previous pane")                                  \
	ACTION(PANE_1, "pane-1", VIEW, "the steal pane")                                               \
	ACTION(PANE_2, "pane-2", VIEW, "the NUMA pane")                                              \
	ACTION(PANE_3, "pane-3", VIEW, "the queues pane")                                               \
	ACTION(PANE_4, "pane-4", VIEW, "the IO pane")                                              \
	ACTION(PANE_5, "pane-5", VIEW, "the memory pane")                                               \
	ACTION(PANE_6, "pane-6", VIEW, "the pinning pane")                                               \
	ACTION(PANE_7, "pane-7", VIEW, "the THP pane")                                             \
	ACTION(ZOOM, "zoom", VIEW, "large screens: one pane instead of the grid, and back")        \
	ACTION(FILTER, "filter", VIEW, "show only VMs whose name contains a text or matches a glob") \
	ACTION(SORT, "sort", VIEW, "sort by the selected column; again: the other way round")      \
	ACTION(REVERSE, "reverse", VIEW, "reverse the order")                                      \
	ACTION(EXPLAIN, "explain", VIEW, "where the selected number comes from")                   \
	ACTION(GUEST_EYES, "guest-eyes", VIEW,                                                     \
		"guest's eyes: cover all that the host measures, or uncover it")                   \
	ACTION(HELP, "help", VIEW, "this help")                                                    \
	ACTION(STEP_BACK, "step-back", TIME, "one snapshot back, also out of the live ones")         \
	ACTION(STEP_FORWARD, "step-forward", TIME, "one snapshot on")                              \
	ACTION(JUMP_BACK, "jump-back", TIME, "a minute back")                                      \
	ACTION(JUMP_FORWARD, "jump-forward", TIME, "a minute on")                                  \
	ACTION(FINDING_BACK, "finding-back", TIME, "to where the finding before began")            \
	ACTION(FINDING_FORWARD, "finding-forward", TIME, "to where the next finding began")        \
	ACTION(GO_TO_TIME, "go-to-time", TIME, "to a time that is asked for: 14:02:10, -5m, 30%")   \
	ACTION(NEWEST, "newest", TIME, "to the newest: live again, or the end of a recording")     \
	ACTION(TIME_LINE, "time-line", TIME, "when findings began and ended")                      \
	ACTION(WRITE, "write", TIME, "write the last minutes to a file")                           \
	ACTION(LESSON_NEXT, "lesson-next", LESSON, "the rest of a text, the answer, the next step")    \
	ACTION(LESSON_BACK, "lesson-back", LESSON, "up in the text, the step before")              \
	ACTION(LESSON_AGAIN, "lesson-again", LESSON, "this step once more")                        \
	ACTION(PAUSE, "pause", RUN, "hold the screen, or let it go on")                            \
	ACTION(SLOWER, "slower", RUN, "longer interval; a recording plays slower")                 \
	ACTION(FASTER, "faster", RUN, "shorter interval; a recording plays faster")                \
	ACTION(REFRESH, "refresh", RUN, "measure and draw again now")                              \
	ACTION(ASK_GUESTS, "ask-guests", RUN, "ask the guests through their agents, or stop asking") \
	ACTION(SUSPEND, "suspend", RUN, "stop; fg goes on")                                        \
	ACTION(QUIT, "quit", RUN, "leave parallax")

enum action_group { GROUP_MOVE, GROUP_VIEW, GROUP_TIME, GROUP_LESSON, GROUP_RUN, GROUP_COUNT };

#define ACTION(id, name, group, help) ACTION_##id,
enum action { ACTION_NONE, ACTION_LIST(ACTION) ACTION_COUNT };
#undef ACTION

struct action_info {
	const char *name, *help;
	enum action_group group;
};

/* By enum action; ACTION_NONE is "none", which unbinds. */
extern const struct action_info action_info[ACTION_COUNT];

#endif
