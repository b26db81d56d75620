/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QGA_H
#define PARALLAX_QGA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/err.h"
#include "probes/guestdev.h"
#include "probes/sample.h"

/*
 * Answers of the QEMU guest agent, which may be anything: whoever is root in the guest writes
 * them. Pure parsers: NUL-ended JSON in, values out; 0, or a negative errno with a sentence that
 * names the command and what is wrong with its answer, free of the guest's own characters.
 */
enum { QGA_REPLY_MAX = 1024 * 1024, QGA_CPUS_MAX = 4096, QGA_FILE_MAX = 256 * 1024 };

/* guest-info: what this agent offers and has not disabled. */
struct qga_info {
	bool cpustats, diskstats, interfaces, file;
};

int qga_info(const char *reply, struct qga_info *out, struct err *err);

/* guest-get-cpustats. *cpu is allocated, by id, and the caller's to free. */
int qga_cpustats(const char *reply, struct guest_cpu **cpu, size_t *n, struct err *err);

/*
 * guest-network-get-interfaces: those with an address of their own; guest-get-diskstats: what may be
 * a disk of the VM. *nic and *disk are allocated and the caller's to free; the names are made of
 * letters, digits and a few signs that are harmless anywhere, and are followed by nothing else.
 */
int qga_interfaces(const char *reply, struct guest_nic **nic, size_t *n, struct err *err);
int qga_diskstats(const char *reply, struct guest_disk **disk, size_t *n, struct err *err);
/* The same of the text of the guest's /proc/diskstats. */
int qga_proc_diskstats(const char *text, struct guest_disk **disk, size_t *n, struct err *err);

/* guest-file-open. */
int qga_handle(const char *reply, int64_t *handle, struct err *err);

/* guest-file-read: appended to text, which holds *len of QGA_FILE_MAX + 1 bytes, and NUL-ended. */
int qga_read(const char *reply, char *text, size_t *len, bool *eof, struct err *err);

/* /proc/stat of the guest, whose ticks are 1/100 s in every Linux. As qga_cpustats. */
int qga_proc_stat(const char *text, struct guest_cpu **cpu, size_t *n, struct err *err);

#endif
