/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VIRT_H
#define PARALLAX_VIRT_H

#include <libvirt/libvirt.h>
#include <stdbool.h>
#include <sys/types.h>

#include "probes/arena.h"
#include "probes/err.h"
#include "probes/sysroot.h"

/*
 * What the probes that speak to libvirt share. Each has a connection of its own, so that a call
 * that hangs in one does not use up the few requests that the daemon allows a client.
 */

/*
 * uri NULL: libvirt's default. Keepalive is on: when the daemon stops answering, calls that
 * wait for it fail after some seconds. Opening itself cannot be bounded, and may hang as long as
 * the daemon does. Returns 0 or a negative errno with a sentence.
 */
int virt_open(virConnectPtr *conn, const char *uri, bool read_write, struct err *err);
/* Accepts NULL. */
void virt_close(virConnectPtr conn);

/* The last error of this thread, cleaned, as "WHAT: libvirt's words". */
char *virt_reason(struct arena *arena, const char *what);
/* Is the connection lost, so that it must be opened again? */
bool virt_is_lost(virConnectPtr conn);

/*
 * The process of a domain, from libvirt's pid file; 0 when there is none to be trusted: another
 * machine's URI, another driver, a name that is no file name.
 */
pid_t virt_pid(const struct sysroot *root, virConnectPtr conn, const char *domain);

/* Is its process stopped by a signal or a debugger? False when that cannot be known. */
bool virt_is_stopped(const struct sysroot *root, virConnectPtr conn, virDomainPtr domain);

/* The active domains, each to be freed; *count of them. NULL with the error left in libvirt. */
virDomainPtr *virt_active(virConnectPtr conn, size_t *count);
void virt_free_domains(virDomainPtr *domains, size_t count);

#endif
