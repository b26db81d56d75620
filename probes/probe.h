/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PROBE_H
#define PARALLAX_PROBE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "probes/clock.h"
#include "probes/err.h"
#include "probes/roster.h"
#include "probes/sample.h"
#include "probes/sysroot.h"

/* What the operator may change while probes run; written by main, read by any thread. */
struct probe_control {
	atomic_bool ask_guests;	  /* the agent probe may make calls */
	atomic_uint interval_ms;  /* between refreshes */
	atomic_int focus_pid;	  /* the VM to look at closely; 0: none */
	atomic_int exits_pid;	  /* the same if it has exits to count */
};

/* Outlives every probe. */
struct probe_env {
	const struct sysroot *root;
	const struct clock *clock;
	const char *uri; /* libvirt's; NULL: its default for this user */
	const struct probe_control *control;
	struct roster *roster; /* the VMs that procvm found last; NULL: nobody says */
	int wake_fd; /* eventfd of a slow probe's own thread: write to be sampled at once; else -1 */
};

/*
 * One source of numbers. open may fail: the section is then unavailable with err's sentence as
 * its reason, and open is tried again every few seconds. sample fills its own section and
 * status[section] and touches nothing else; it may read sections of probes before it in
 * list.h when both are fast. It returns 0, or a negative errno when the probe must be closed
 * and opened again. Values of libraries are copied: no libvirt or libbpf type leaves a probe.
 */
struct probe {
	const char *name;    /* as in "sources" of the JSON form */
	const char *summary; /* what it reads, for ? and the manual */
	enum section section;
	bool slow;	     /* may block: gets a thread of its own */
	bool slow_open;	     /* fast, but for open: that happens beside, and takes its time */
	unsigned period_ms;  /* a slow probe's shortest interval; 0: every refresh */
	int (*open)(const struct probe_env *env, void **state, struct err *err);
	int (*sample)(void *state, struct sample *out);
	void (*attend)(void *state); /* control changed: act now, not at the next sample; or NULL */
	void (*close)(void *state); /* accepts NULL; bounded in time even when a call hangs */
};

/* Every probe there is, by section. */
extern const struct probe *const probes[SECTION_COUNT];

#endif
