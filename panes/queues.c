// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

#include <math.h>

#include "panes/format.h"
#include "panes/style.h"

static const char *delivered_words(const struct nic *nic, struct arena *arena)
{
	char rx[FORMAT_SIZE], lost[FORMAT_SIZE], pct[FORMAT_SIZE];

	if (queues_is_unseen(nic))
		return "not seen from this host";
	if (isnan(nic->guest_rx_packets_per_s))
		return "-";
	if (queues_lost_per_s(nic) > 0)
		return arena_printf(arena, "%s packets/s; %s/s lost, %s%%",
			format_per_s(rx, nic->guest_rx_packets_per_s),
			format_per_s(lost, queues_lost_per_s(nic)),
			format_pct(pct, queues_lost_pct(nic)));
	return arena_printf(
		arena, "%s packets/s, none lost", format_per_s(rx, nic->guest_rx_packets_per_s));
}

size_t queues_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	size_t n = 0;

	for (size_t i = 0; i < vm->n_nic && n < max && n < 2; i++) {
		const struct nic *nic = &vm->nic[i];
		const char *delivered = delivered_words(nic, arena);

		out[n++] = (struct promise){
			.promised = arena_printf(
				arena, "every packet of %s", nic->name ? nic->name : "-"),
			.delivered = delivered,
			.style = severity_style(queues_lost_trouble(nic),
				isnan(queues_lost_per_s(nic)) ? STYLE_DIM : STYLE_HOST),
			.series = i == 0 ? SERIES_LOST : SERIES_NONE,
		};
	}
	return n;
}

static struct opinion queues_opinion(const struct row *row)
{
	const struct nic *nic = row->item ? row->item : queues_worst_nic(row->vm);

	if (!nic)
		return (struct opinion){ VERDICT_UNKNOWN, "it has no network device that is known" };
	return (struct opinion){ nic->verdict, nic->verdict_reason };
}

/* What all of them together are given and lose. */
static void queues_head(const struct snapshot *snap, struct page *page)
{
	double rx = NAN, tx = NAN, lost = NAN;
	char in[FORMAT_SIZE], out[FORMAT_SIZE], gone[FORMAT_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < snap->n_vm; i++)
		for (size_t k = 0; k < snap->vm[i].n_nic; k++, n++) {
			const struct nic *nic = &snap->vm[i].nic[k];

			rx = isnan(rx) ? nic->guest_rx_packets_per_s
				       : rx + fmax(nic->guest_rx_packets_per_s, 0);
			tx = isnan(tx) ? nic->guest_tx_packets_per_s
				       : tx + fmax(nic->guest_tx_packets_per_s, 0);
			lost = isnan(lost) ? queues_lost_per_s(nic)
					   : lost + fmax(queues_lost_per_s(nic), 0);
		}
	page_printf(page, 0, STYLE_DIM,
		"%zu devices: guests receive %s/s and send %s/s; the host drops %s/s", n,
		format_per_s(in, rx), format_per_s(out, tx), format_per_s(gone, lost));
}

const struct pane pane_queues = {
	.name = "queues",
	.title = "queues",
	.select = ACTION_PANE_3,
	.in_grid = true,
	.summary = "What the host drops of each VM's packets and why, how full its rings are and who "
		   "moves its packets, beside what the guest knows to be lost.",
	.table = &queues_table,
	.explanation = queues_explanation,
	.judge = queues_judge,
	.opinion = queues_opinion,
	.head = queues_head,
	.promises = queues_promises,
	.detail = queues_detail,
};
