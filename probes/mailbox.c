// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int mailbox_init(struct mailbox *box, bool wake)
{
	box->letter = NULL;
	box->eventfd = -1;
	if (wake) {
		box->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (box->eventfd < 0)
			return -errno;
	}
	return -pthread_mutex_init(&box->lock, NULL);
}

void *mailbox_put(struct mailbox *box, void *letter)
{
	const uint64_t one = 1;
	void *old;

	pthread_mutex_lock(&box->lock);
	old = box->letter;
	box->letter = letter;
	/* A full counter (EAGAIN) is readable already, so there is nothing to do about it. */
	if (box->eventfd >= 0 && write(box->eventfd, &one, sizeof(one)) < 0)
		errno = 0;
	pthread_mutex_unlock(&box->lock);
	return old;
}

void *mailbox_take(struct mailbox *box)
{
	uint64_t count;
	void *letter;

	pthread_mutex_lock(&box->lock);
	letter = box->letter;
	box->letter = NULL;
	if (box->eventfd >= 0 && read(box->eventfd, &count, sizeof(count)) < 0)
		errno = 0;
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
