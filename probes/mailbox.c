// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/mailbox.h"
#include "probes/thread.h"

#include <unistd.h>

int mailbox_init(struct mailbox *box, bool wake)
{
	box->letter = NULL;
	box->eventfd = -1;
	if (wake) {
		box->eventfd = bell_open();
		if (box->eventfd < 0)
			return box->eventfd;
	}
	return -pthread_mutex_init(&box->lock, NULL);
}

void *mailbox_put(struct mailbox *box, void *letter)
{
	void *old;

	pthread_mutex_lock(&box->lock);
	old = box->letter;
	box->letter = letter;
	if (box->eventfd >= 0)
		bell_ring(box->eventfd);
	pthread_mutex_unlock(&box->lock);
	return old;
}

void *mailbox_take(struct mailbox *box)
{
	void *letter;

	pthread_mutex_lock(&box->lock);
	letter = box->letter;
	box->letter = NULL;
	if (box->eventfd >= 0)
		bell_wait(box->eventfd, 0);
	pthread_mutex_unlock(&box->lock);
	return letter;
}

void *mailbox_release(struct mailbox *box)
{
	void *letter = box->letter;

	if (box->eventfd >= 0)
		close(box->eventfd);
	pthread_mutex_destroy(&box->lock);
	box->letter = NULL;
	box->eventfd = -1;
	return letter;
}
