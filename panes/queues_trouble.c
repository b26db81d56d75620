// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

#include <math.h>
#include <string.h>

#include "panes/style.h"

static double known(double value)
{
	return isnan(value) ? 0 : value;
}

/*
 * A filter of the tap's that the operator or the guest has set takes away what nobody wants, and
 * the device counts it as dropped; what netfilter drops it does not count.
 */
static bool is_filtered(const char *reason)
{
	return reason && (strcmp(reason, "filter") == 0 || strcmp(reason, "tap filter") == 0);
}

static double filtered_per_s(const struct nic *nic)
{
	double sum = 0;

	for (size_t i = 0; i < nic->n_nic_drop; i++)
		if (is_filtered(nic->nic_drop[i].reason))
			sum += known(nic->nic_drop[i].per_s);
	return sum;
}

double queues_lost_per_s(const struct nic *nic)
{
	double rx = nic->guest_rx_dropped_by_host_per_s, tx = nic->guest_tx_dropped_by_host_per_s;

	if (isnan(rx) && isnan(tx) && isnan(nic->qdisc_dropped_per_s))
		return NAN;
	return fmax(known(rx) + known(tx) - filtered_per_s(nic), 0) +
	       known(nic->qdisc_dropped_per_s);
}

double queues_lost_pct(const struct nic *nic)
{
	double lost = queues_lost_per_s(nic);
	double moved = known(nic->guest_rx_packets_per_s);

	/* What is lost from the guest is a share of what it sends. */
	if (known(nic->guest_tx_dropped_by_host_per_s) > lost / 2)
		moved = known(nic->guest_tx_packets_per_s);
	return lost + moved > 0 ? 100 * lost / (lost + moved) : NAN;
}

enum severity queues_lost_trouble(const struct nic *nic)
{
	double pct = queues_lost_pct(nic);

	if (!(queues_lost_per_s(nic) >= LOST_LEAST_PER_S))
		return SEVERITY_NONE;
	return pct >= LOST_CRITICAL_PCT ? SEVERITY_CRITICAL
	       : pct >= LOST_WARN_PCT   ? SEVERITY_WARN
				        : SEVERITY_WATCH;
}

enum severity queues_limit_trouble(const struct nic *nic)
{
	return nic->queue_limit_pct >= LIMIT_WARN_PCT	 ? SEVERITY_WARN
	       : nic->queue_limit_pct >= LIMIT_WATCH_PCT ? SEVERITY_WATCH
							 : SEVERITY_NONE;
}

enum severity queues_ring_trouble(const struct nic *nic)
{
	return nic->ring_high_pct >= RING_WATCH_PCT ? SEVERITY_WATCH : SEVERITY_NONE;
}

enum severity queues_wait_trouble(const struct nic *nic)
{
	double packets = known(nic->guest_rx_packets_per_s) + known(nic->guest_tx_packets_per_s);

	if (!(packets >= WAIT_LEAST_PACKETS_PER_S))
		return SEVERITY_NONE;
	return nic->datapath_wait_pct >= WAIT_WARN_PCT	  ? SEVERITY_WARN
	       : nic->datapath_wait_pct >= WAIT_WATCH_PCT ? SEVERITY_WATCH
							  : SEVERITY_NONE;
}

enum severity queues_trouble(const struct nic *nic)
{
	return severity_worse(severity_worse(queues_lost_trouble(nic), queues_limit_trouble(nic)),
		severity_worse(queues_ring_trouble(nic), queues_wait_trouble(nic)));
}

const struct nic *queues_worst_nic(const struct vm *vm)
{
	const struct nic *worst = NULL;

	for (size_t i = 0; i < vm->n_nic; i++) {
		const struct nic *nic = &vm->nic[i];

		if (!worst || queues_trouble(nic) > queues_trouble(worst) ||
			(queues_trouble(nic) == queues_trouble(worst) &&
				nic->verdict > worst->verdict))
			worst = nic;
	}
	return worst;
}

bool queues_is_unseen(const struct nic *nic)
{
	return nic->unseen && isnan(nic->guest_rx_packets_per_s);
}

bool queues_guest_is_known(const struct nic *nic)
{
	return !isnan(nic->guest_drop_per_s) && !(nic->guest_age_s > GUEST_OLD_NIC_S);
}

double queues_resent_pct(const struct network *network)
{
	if (!(network->guest_sent_per_s > 0) || network->guest_age_s > GUEST_OLD_NIC_S)
		return NAN;
	return 100 * network->guest_retransmits_per_s / network->guest_sent_per_s;
}

bool queues_resends(const struct network *network)
{
	return queues_resent_pct(network) >= RESENT_WATCH_PCT &&
	       network->guest_retransmits_per_s >= RESENT_LEAST_PER_S;
}
