/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_MAILBOX_H
#define PARALLAX_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

/*
 * One place, newest wins: the only way data crosses from one thread to another. Putting never
 * blocks; a letter that nobody took is handed back to be freed or used again. Reading ends wake
 * through eventfd, which polls readable while a letter waits.
 */
struct mailbox {
	pthread_mutex_t lock;
	void *letter;
	int eventfd; /* -1 when nobody polls */
};

/* Returns 0 or a negative errno. wake: make an eventfd. */
int mailbox_init(struct mailbox *box, bool wake);
/* Both return what was in the box and give its ownership to the caller; NULL when empty. */
void *mailbox_put(struct mailbox *box, void *letter);
void *mailbox_take(struct mailbox *box);
/* Hands back a letter still inside. */
void *mailbox_release(struct mailbox *box);

#endif
