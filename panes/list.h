/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line a pane, in the order of their tabs. Only panes.c includes this. */
PANE(steal)
PANE(numa)
PANE(queues)
PANE(io)
PANE(memory)
PANE(pinning)
PANE(thp)
