// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

#include <math.h>

#include "panes/format.h"
#include "panes/spark.h"
#include "panes/style.h"
#include "probes/schema.h"

enum { INDENT = 2, QUEUES_SHOWN = 16, BAR_COLS = 20 };

static void add_kind(const struct nic *nic, struct page *page)
{
	char queues[FORMAT_SIZE];
	const char *kind = words_nic_kind[nic->kind], *name = nic->name ? nic->name : "-";
	const int row = page->row;

	page_printf(page, INDENT, STYLE_NORMAL, "%s  %s%s%s%s%s%s", name, kind[0] ? kind : "-",
		nic->model ? "  " : "", nic->model ? nic->model : "", nic->bridge ? "  on " : "",
		nic->bridge ? nic->bridge : "", nic->mac ? "" : "  address not known");
	canvas_mark(&page->canvas, row, INDENT, canvas_width(name), STYLE_OPEN);
	if (nic->mac)
		page_printf(page, INDENT + 2, STYLE_DIM, "%s%s%s", nic->mac,
			nic->guest_name ? ", in the guest " : "",
			nic->guest_name ? nic->guest_name : "");
	if (nic->unseen)
		page_text(page, INDENT + 2, STYLE_WATCH, nic->unseen);
	if (queues_is_unseen(nic))
		return;
	page_printf(page, INDENT + 2, STYLE_DIM, "%s queues, moved by %s",
		format_count(queues, nic->queues), queues_datapath_words(nic->datapath));
}

static void add_rates(const struct nic *nic, struct page *page)
{
	char rx[FORMAT_SIZE], tx[FORMAT_SIZE], rxb[FORMAT_SIZE], txb[FORMAT_SIZE];
	char rxd[FORMAT_SIZE], txd[FORMAT_SIZE];

	page_printf(page, INDENT + 2, STYLE_HOST,
		"guest receives %s/s, %s/s; host drops %s/s before it",
		format_per_s(rx, nic->guest_rx_packets_per_s),
		format_rate(rxb, nic->guest_rx_bytes_per_s),
		format_per_s(rxd, nic->guest_rx_dropped_by_host_per_s));
	page_printf(page, INDENT + 2, STYLE_HOST, "guest sends %s/s, %s/s; host drops %s/s of that",
		format_per_s(tx, nic->guest_tx_packets_per_s),
		format_rate(txb, nic->guest_tx_bytes_per_s),
		format_per_s(txd, nic->guest_tx_dropped_by_host_per_s));
}

static void add_drops(const struct nic *nic, struct page *page)
{
	char rate[FORMAT_SIZE];

	for (size_t i = 0; i < nic->n_nic_drop; i++)
		page_printf(page, INDENT + 4, STYLE_NORMAL, "%s/s %s",
			format_per_s(rate, nic->nic_drop[i].per_s),
			nic->nic_drop[i].reason ? nic->nic_drop[i].reason : "-");
	if (queues_cause_words(nic->cause))
		page_printf(page, INDENT + 4, STYLE_WATCH, "its ring is full: %s",
			queues_cause_words(nic->cause));
	else if (nic->cause_reason)
		page_printf(page, INDENT + 4, STYLE_DIM, "why its ring is full: not known, %s",
			nic->cause_reason);
}

static void add_queue(const struct nic_queue *queue, struct page *page)
{
	char rate[FORMAT_SIZE], drop[FORMAT_SIZE], high[FORMAT_SIZE], size[FORMAT_SIZE];
	int row = page_row(page), col;

	col = canvas_printf(&page->canvas, row, INDENT + 4, STYLE_NORMAL,
		"queue %-3llu %4s/s  dropped %4s/s  ring of %s: %3s%% at most ",
		(unsigned long long)queue->id, format_per_s(rate, queue->rx_packets_per_s),
		format_per_s(drop, queue->rx_dropped_per_s),
		format_count(size, queue->ring_size), format_pct(high, queue->ring_high_pct));
	bar_draw(&page->canvas, row, INDENT + 4 + col, BAR_COLS, STYLE_HOST, queue->ring_high_pct,
		100);
}

static void add_queues(const struct nic *nic, struct page *page)
{
	size_t shown = nic->n_nic_queue < QUEUES_SHOWN ? nic->n_nic_queue : QUEUES_SHOWN;

	for (size_t i = 0; i < shown; i++)
		add_queue(&nic->nic_queue[i], page);
	if (shown < nic->n_nic_queue)
		page_printf(page, INDENT + 4, STYLE_DIM, "and %zu more", nic->n_nic_queue - shown);
}

static void add_datapath(const struct nic *nic, struct page *page)
{
	char run[FORMAT_SIZE], wait[FORMAT_SIZE], backlog[FORMAT_SIZE], drops[FORMAT_SIZE];

	if (nic->datapath_tid != UNKNOWN_U64)
		page_printf(page, INDENT + 2,
			severity_style(queues_wait_trouble(nic), STYLE_HOST),
			"its datapath, thread %llu: runs %s%%, waits for a CPU %s%%",
			(unsigned long long)nic->datapath_tid,
			format_pct(run, nic->datapath_run_pct),
			format_pct(wait, nic->datapath_wait_pct));
	if (nic->qdisc)
		page_printf(page, INDENT + 2, STYLE_HOST, "qdisc %s: %s packets wait, drops %s/s",
			nic->qdisc, format_count(backlog, nic->qdisc_backlog_packets),
			format_per_s(drops, nic->qdisc_dropped_per_s));
}

static void add_guest(const struct nic *nic, struct page *page)
{
	char rx[FORMAT_SIZE], tx[FORMAT_SIZE], drops[FORMAT_SIZE], link[FORMAT_SIZE];

	if (!nic->guest_source) {
		page_printf(page, INDENT + 2, STYLE_DIM | STYLE_OPEN, "guest: not known%s%s",
			nic->guest_reason ? ", " : "", nic->guest_reason ? nic->guest_reason : "");
		return;
	}
	page_printf(page, INDENT + 2, STYLE_GUEST,
		"guest: received %s/s, sent %s/s, lost %s/s; link %s%%",
		format_per_s(rx, nic->guest_rx_seen_per_s),
		format_per_s(tx, nic->guest_tx_seen_per_s),
		format_per_s(drops, nic->guest_drop_per_s), format_pct(link, nic->guest_link_pct));
}

static void add_network(const struct vm *vm, struct page *page)
{
	const struct network *network = &vm->network;
	char irq[FORMAT_SIZE], over[FORMAT_SIZE], sent[FORMAT_SIZE], again[FORMAT_SIZE];
	char soft[FORMAT_SIZE];

	if (!isnan(network->irq_per_s))
		page_printf(page, INDENT, STYLE_HOST, "interrupts of all devices: %s/s, in %s",
			format_per_s(irq, network->irq_per_s),
			format_age(over, network->irq_interval_s));
	if (network->guest_source)
		page_printf(page, INDENT, STYLE_GUEST,
			"guest: %s/s TCP segments, %s/s of them again; backlog drops %s/s",
			format_per_s(sent, network->guest_sent_per_s),
			format_per_s(again, network->guest_retransmits_per_s),
			format_per_s(soft, network->guest_softnet_drops_per_s));
}

void queues_detail(const struct vm_view *view, struct page *page)
{
	const struct vm *vm = view->vm;

	page_heading(page, "network devices");
	if (vm->n_nic == 0) {
		const struct source *source = vm_source(vm, "nics");

		page_printf(page, INDENT, STYLE_DIM, "none is known%s%s",
			source && source->reason ? ": " : "",
			source && source->reason ? source->reason : "");
	}
	for (size_t i = 0; i < vm->n_nic; i++) {
		const struct nic *nic = &vm->nic[i];

		add_kind(nic, page);
		if (!queues_is_unseen(nic)) {
			add_rates(nic, page);
			add_drops(nic, page);
			add_queues(nic, page);
			add_datapath(nic, page);
		}
		add_guest(nic, page);
	}
	add_network(vm, page);
	page_blank(page);
}
