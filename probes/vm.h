/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VM_H
#define PARALLAX_VM_H

#include <stdint.h>

/*
 * Words that samples and snapshots share. The names that the JSON form and the screen use for
 * them are in schema.c; a value that is not known is the first of its kind.
 */
#define UNKNOWN_U64 UINT64_MAX

enum source_state {
	SOURCE_UNAVAILABLE, /* cannot be had here, or not now: the reason says why */
	SOURCE_OFF,	    /* the operator has not asked for it */
	SOURCE_STALE,	    /* there are values, but older than they should be */
	SOURCE_OK
};

enum vm_accel { ACCEL_UNKNOWN, ACCEL_KVM, ACCEL_TCG };

enum steal_clock {
	STEAL_CLOCK_UNKNOWN,
	STEAL_CLOCK_NONE,  /* the VM offers none: TCG, or kvm-steal-time=off */
	STEAL_CLOCK_OFFERED, /* the guest may use it; whether it does is not known */
	STEAL_CLOCK_OFF,     /* the guest has not turned it on */
	STEAL_CLOCK_ON
};

enum vm_state {
	VM_UNKNOWN,
	VM_RUNNING,
	VM_BLOCKED,
	VM_PAUSED,
	VM_SHUTDOWN, /* shutting down */
	VM_CRASHED,
	VM_SUSPENDED, /* by the guest's power management */
	VM_STOPPED    /* its process is stopped (SIGSTOP, a debugger) */
};

enum verdict {
	VERDICT_UNKNOWN, /* a side is missing */
	VERDICT_BLIND,	 /* the guest has no instrument for it */
	VERDICT_AGREE,
	VERDICT_HIDDEN, /* the host sees trouble, the guest does not */
	VERDICT_PHANTOM /* the guest reports trouble that the host does not see */
};

enum severity { SEVERITY_NONE, SEVERITY_INFO, SEVERITY_WATCH, SEVERITY_WARN, SEVERITY_CRITICAL };

#endif
