// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pagelook.h"

#include <errno.h>
#include <numaif.h>
#include <stdbool.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_SWAPPED (1ull << 62)
#define PAGEMAP_PFN	((1ull << 55) - 1)
#define FLAGS_HUGETLB	(1ull << 17)
#define FLAGS_KSM	(1ull << 21)
#define FLAGS_THP	(1ull << 22)
#define FLAGS_ZERO	(1ull << 24)

/*
 * Some pages are there and the kernel does not say where: those that NUMA balancing has marked, to
 * see who needs them (6.1 to 6.4), and huge pages of 1 GiB (before 6.0). Of these pagemap has the
 * number, and that tells the node. Once some were seen, each page that is said to be nowhere is
 * looked up there, until there are none any more.
 */
enum { HIDDEN_MANY = 8, HIDDEN_MOST = 64 };

void pagelook_open(struct pagelook *look, const struct sysroot *root)
{
	*look = (struct pagelook){ .root = root };
	look->flags_fd = sysroot_open_file(root, "proc/kpageflags");
}

void pagelook_close(struct pagelook *look)
{
	if (look->flags_fd >= 0)
		close(look->flags_fd);
	look->flags_fd = -1;
}

/* Both files are arrays of 64 bits. False: not this one. */
static bool read_entry(int fd, uint64_t index, uint64_t *entry)
{
	return fd >= 0 &&
	       pread(fd, entry, sizeof(*entry), (off_t)(index * sizeof(*entry))) == sizeof(*entry);
}

/* One page, as far as it was looked at. */
struct page {
	bool known; /* entry is */
	bool has_flags;
	uint64_t entry, flags;
};

/* Its number is 0 without the right to know it. */
static void read_flags(struct pagelook *look, struct page *page)
{
	look->denied = !(page->entry & PAGEMAP_PFN);
	page->has_flags = !look->denied &&
			  read_entry(look->flags_fd, page->entry & PAGEMAP_PFN, &page->flags);
}

static bool is_present(const struct page *page)
{
	return page->known && page->entry & PAGEMAP_PRESENT;
}

static bool is_zero(const struct page *page)
{
	return page->has_flags && page->flags & FLAGS_ZERO;
}

/*
 * The kernel's answer is a node; -ENOENT: not there; -EFAULT: the page of zeroes, which has no
 * node, or, before 6.12 or so, not there either, as far as the kernel says.
 */
static bool is_answer(int answer)
{
	return answer >= 0 || answer == -ENOENT || answer == -EFAULT;
}

/* Where it is, though the kernel said that it is nowhere. */
static void count_hidden(struct pagelook *look, const struct page *page, struct pages_count *out)
{
	uint64_t number = page->entry & PAGEMAP_PFN;
	int node = ZONES_UNKNOWN;

	if (number && look->zones.n == 0)
		zones_read(&look->zones, look->root);
	if (number)
		node = zones_node(&look->zones, number);
	look->hidden += look->hidden < HIDDEN_MOST;
	look->seen_hidden = true;
	if (node >= 0 && node < PAGES_NODES)
		out->node[node]++;
	out->kind[PAGES_UNTOLD] += node == ZONES_UNKNOWN;
}

static void count_closely(const struct page *page, bool there, struct pages_count *out)
{
	out->kind[PAGES_LOOKED]++;
	out->kind[PAGES_SWAPPED] += !there && page->entry & PAGEMAP_SWAPPED;
	out->kind[PAGES_ZERO] += !there && is_zero(page);
	if (!there || !page->has_flags)
		return;
	out->kind[PAGES_FLAGGED]++;
	out->kind[PAGES_HUGE] += (page->flags & (FLAGS_THP | FLAGS_HUGETLB)) != 0;
	out->kind[PAGES_KSM] += (page->flags & FLAGS_KSM) != 0;
}

static void look_at(struct pagelook *look, int pagemap, uint64_t index, int answer, bool closely,
	struct pages_count *out)
{
	struct page page = { .known = false };
	bool hidden;

	if (!is_answer(answer))
		return;
	if (closely || (answer < 0 && look->hidden >= HIDDEN_MANY))
		page.known = read_entry(pagemap, index, &page.entry);
	if (is_present(&page))
		read_flags(look, &page);
	hidden = answer < 0 && is_present(&page) && !is_zero(&page);
	out->kind[PAGES_ASKED]++;
	out->kind[answer >= 0 || hidden ? PAGES_PRESENT : PAGES_ABSENT]++;
	if (answer >= 0 && answer < PAGES_NODES)
		out->node[answer]++;
	if (hidden)
		count_hidden(look, &page, out);
	if (closely && page.known)
		count_closely(&page, answer >= 0 || hidden, out);
}

int pagelook_at(struct pagelook *look, pid_t pid, void **address, size_t n, struct pages_count *out)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	int answer[PAGELOOK_MOST], pagemap;

	*out = (struct pages_count){ 0 };
	look->seen_hidden = false;
	if (move_pages(pid, n, address, NULL, answer, 0) < 0)
		return -errno;
	pagemap = sysroot_open_file(look->root, "proc/%d/pagemap", (int)pid);
	for (size_t i = 0; i < n; i++)
		look_at(look, pagemap, (uintptr_t)address[i] / page_bytes, answer[i],
			i % PAGELOOK_FLAGS_EACH == 0, out);
	if (pagemap >= 0)
		close(pagemap);
	look->hidden -= !look->seen_hidden && look->hidden;
	return 0;
}
