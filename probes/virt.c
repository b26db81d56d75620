// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/virt.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "probes/procfs.h"
#include "probes/text.h"
#include "probes/thread.h"

/* A daemon that says nothing for interval times count seconds is gone. */
enum { KEEPALIVE_S = 2, KEEPALIVE_COUNT = 2 };

static pthread_once_t events_once = PTHREAD_ONCE_INIT;
static bool events_run;

/* libvirt prints errors to stderr by itself; that is the terminal. */
static void say_nothing(void *arg, virErrorPtr error)
{
	(void)arg;
	(void)error;
}

/*
 * Keepalive and events need libvirt's loop, which is one for the process and cannot be taken
 * down again: its thread lives until the end.
 */
static void *events_main(void *arg)
{
	(void)arg;
	while (virEventRunDefaultImpl() == 0)
		;
	return NULL;
}

static void events_start(void)
{
	pthread_t thread;

	virSetErrorFunc(NULL, say_nothing);
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
		return;
	events_run = thread_start(&thread, "libvirt-events", events_main, NULL) == 0;
	if (events_run)
		pthread_detach(thread);
}

int virt_open(virConnectPtr *conn, const char *uri, bool read_write, struct err *err)
{
	struct arena arena = { 0 };

	pthread_once(&events_once, events_start);
	*conn = read_write ? virConnectOpen(uri) : virConnectOpenReadOnly(uri);
	if (!*conn) {
		err_set(err, -ECONNREFUSED, "%s; is libvirtd running, and may you use it?",
			virt_reason(&arena, arena_printf(&arena, "cannot connect to libvirt%s%s",
						    uri ? " at " : "", uri ? uri : "")));
		arena_release(&arena);
		return -ECONNREFUSED;
	}
	/* Drivers without a daemon have no keepalive and need none. */
	if (events_run)
		virConnectSetKeepAlive(*conn, KEEPALIVE_S, KEEPALIVE_COUNT);
	return 0;
}

void virt_close(virConnectPtr conn)
{
	if (conn)
		virConnectClose(conn);
}

char *virt_reason(struct arena *arena, const char *what)
{
	const virError *error = virGetLastError();
	const char *words = error && error->message ? error->message : "unknown error";
	char *text = arena_printf(arena, "%s: %s", what, words);

	return text_clean(arena, text, strlen(text), TEXT_REASON_MAX);
}

bool virt_is_lost(virConnectPtr conn)
{
	return virConnectIsAlive(conn) != 1;
}

/* "qemu:///system", as libvirt itself writes it once connected. */
static bool is_local_system(virConnectPtr conn)
{
	char *uri = virConnectGetURI(conn);
	bool local = uri && strcmp(uri, "qemu:///system") == 0;

	free(uri);
	return local;
}

pid_t virt_pid(const struct sysroot *root, virConnectPtr conn, const char *domain)
{
	uint64_t pid;

	if (!domain || domain[0] == '.' || strchr(domain, '/') || !is_local_system(conn))
		return 0;
	if (sysroot_read_u64(root, &pid, "run/libvirt/qemu/%s.pid", domain) < 0)
		return 0;
	return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

bool virt_is_stopped(const struct sysroot *root, virConnectPtr conn, virDomainPtr domain)
{
	pid_t pid = virt_pid(root, conn, virDomainGetName(domain));
	struct procfs_stat stat;
	char buf[1024];

	if (pid == 0 || sysroot_read_record(root, buf, sizeof(buf), "proc/%d/stat", (int)pid) < 0 ||
		!procfs_stat(buf, &stat))
		return false;
	return stat.state == 'T' || stat.state == 't';
}

virDomainPtr *virt_active(virConnectPtr conn, size_t *count)
{
	virDomainPtr *domains = NULL;
	int n = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);

	*count = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : domains;
}

void virt_free_domains(virDomainPtr *domains, size_t count)
{
	for (size_t i = 0; i < count; i++)
		virDomainFree(domains[i]);
	free(domains);
}
