/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VIRTEVENTS_H
#define PARALLAX_VIRTEVENTS_H

#include <libvirt/libvirt.h>
#include <stddef.h>

/*
 * Which domains had an event, noted on libvirt's own thread for the probe to look at when it
 * comes to it. Drivers without events never note anything.
 */
struct virt_events;

/* Listens for these VIR_DOMAIN_EVENT_IDs and rings wake_fd (-1: not) at each of them. */
struct virt_events *virt_events_new(
	virConnectPtr conn, int wake_fd, const int *events, size_t n_events);
/* Calls note for each domain that had one since the last time. */
void virt_events_take(
	struct virt_events *events, void (*note)(void *arg, const char *uuid), void *arg);
/* Before the connection is closed. Accepts NULL. */
void virt_events_free(struct virt_events *events, virConnectPtr conn);

#endif
