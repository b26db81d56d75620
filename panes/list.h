/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line a pane, in the order of the keys 1 to 7. Only panes.c includes this. */
PANE(steal)
