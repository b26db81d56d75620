/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QUEUES_H
#define PARALLAX_QUEUES_H

#include "panes/pane.h"

/*
 * The parts of the queues pane, each in a file of its own; queues.c puts them together. A row is a
 * network device.
 */

/*
 * queues_trouble.c: how bad it is. One packet in a thousand that is lost slows a long TCP connection
 * down, one in a hundred ruins it. A ring that was nearly full, and a queue near to what one carries,
 * lose packets with the next burst. Unknown is none.
 */
static const double LOST_LEAST_PER_S = 1, LOST_WARN_PCT = 0.1, LOST_CRITICAL_PCT = 1;
static const double RING_WATCH_PCT = 90, LIMIT_WATCH_PCT = 80, LIMIT_WARN_PCT = 95;
/* Its datapath waits for a CPU so long while there is something to move. */
static const double WAIT_WATCH_PCT = 20, WAIT_WARN_PCT = 50, WAIT_LEAST_PACKETS_PER_S = 100;
/* A guest that knows of a tenth of what is lost does know of it. */
static const double KNOWS_SHARE = 0.1;
/*
 * A guest's own drops: it counts frames of protocols that it does not speak, too, and every network has
 * some of these.
 */
static const double GUEST_DROPS_PER_S = 10, GUEST_DROPS_PCT = 0.1;
/* A link that is used less looks idle. */
static const double LINK_IDLE_PCT = 50;
static const double RESENT_WATCH_PCT = 1, RESENT_LEAST_PER_S = 10;
static const double GUEST_OLD_NIC_S = 15;

/*
 * What the host lost of it on its way, in both directions: dropped at the device and by its queueing
 * discipline, but for what a filter was meant to take away. NAN unknown.
 */
double queues_lost_per_s(const struct nic *nic);
/* The same in per cent of all packets that were to go that way. */
double queues_lost_pct(const struct nic *nic);
enum severity queues_lost_trouble(const struct nic *nic);
enum severity queues_limit_trouble(const struct nic *nic);
enum severity queues_ring_trouble(const struct nic *nic);
enum severity queues_wait_trouble(const struct nic *nic);
/* The worst of all of these. */
enum severity queues_trouble(const struct nic *nic);
/* The device that a VM is judged by: the worst; NULL: it has none. */
const struct nic *queues_worst_nic(const struct vm *vm);
/* Nothing of it can be seen from here, for a reason that will not pass. */
bool queues_is_unseen(const struct nic *nic);
/* The guest told of this device, and lately. */
bool queues_guest_is_known(const struct nic *nic);
/* TCP segments that the guest sent again, in per cent of all; NAN unknown. */
double queues_resent_pct(const struct network *network);
bool queues_resends(const struct network *network);

/* queues_words.c: words that table, findings and page share; NULL: there is no cause, no reason. */
const char *queues_cause_words(enum nic_cause cause);
const char *queues_datapath_words(enum nic_datapath datapath);

extern const struct table queues_table;
extern const struct explanation queues_explanation[];
void queues_judge(struct snapshot *snap, struct judge *judge);
/* queues_report.c: the findings of one device, and of all of a VM's together. */
void queues_report(struct snapshot *snap, const struct vm *vm, const struct nic *nic,
	struct judge *judge);
void queues_report_vm(struct snapshot *snap, const struct vm *vm, struct judge *judge);
/* queues_page.c: its section on the VM page. */
void queues_detail(const struct vm_view *view, struct page *page);
size_t queues_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena);

#endif
