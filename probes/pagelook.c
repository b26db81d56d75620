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

/*
 * Kernels before 6.0 do not tell the node of huge pages of 1 GiB: then their answer is that there
 * is none, and pagemap has it. A few such may have come in between the two questions.
 */
enum { HIDDEN_MANY = 8 };

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

/* Its number is 0 without the right to know it. */
static void count_flags(struct pagelook *look, uint64_t entry, struct pages_count *out)
{
	uint64_t flags;

	look->denied = !(entry & PAGEMAP_PFN);
	if (look->denied || !read_entry(look->flags_fd, entry & PAGEMAP_PFN, &flags))
		return;
	out->kind[PAGES_FLAGGED]++;
	out->kind[PAGES_HUGE] += (flags & (FLAGS_THP | FLAGS_HUGETLB)) != 0;
	out->kind[PAGES_KSM] += (flags & FLAGS_KSM) != 0;
}

/*
 * The kernel's answer is a node; -ENOENT: not there; -EFAULT: the page of zeroes, which has no
 * node, or, before 6.12 or so, not there either.
 */
static bool is_answer(int answer)
{
	return answer >= 0 || answer == -ENOENT || answer == -EFAULT;
}

static bool may_be_hidden(const struct pagelook *look, int answer)
{
	return answer == -ENOENT && look->hidden >= HIDDEN_MANY;
}

static void count_closely(
	struct pagelook *look, int answer, uint64_t entry, struct pages_count *out)
{
	bool present = entry & PAGEMAP_PRESENT;

	out->kind[PAGES_LOOKED]++;
	out->kind[PAGES_SWAPPED] += answer < 0 && entry & PAGEMAP_SWAPPED;
	out->kind[PAGES_ZERO] += answer == -EFAULT && present;
	look->hidden += answer == -ENOENT && present;
	if (present && answer != -EFAULT)
		count_flags(look, entry, out);
}

static void look_at(struct pagelook *look, int pagemap, uint64_t page, int answer, bool closely,
	struct pages_count *out)
{
	bool hidden = may_be_hidden(look, answer), known;
	uint64_t entry = 0;

	if (!is_answer(answer))
		return;
	known = (closely || hidden) && read_entry(pagemap, page, &entry);
	hidden &= known && entry & PAGEMAP_PRESENT;
	out->kind[PAGES_ASKED]++;
	out->kind[answer >= 0 || hidden ? PAGES_PRESENT : PAGES_ABSENT]++;
	out->kind[PAGES_UNTOLD] += hidden;
	if (answer >= 0 && answer < PAGES_NODES)
		out->node[answer]++;
	if (closely && known)
		count_closely(look, answer, entry, out);
}

int pagelook_at(struct pagelook *look, pid_t pid, void **address, size_t n, struct pages_count *out)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	int answer[PAGELOOK_MOST], pagemap;

	*out = (struct pages_count){ 0 };
	if (look->hidden < HIDDEN_MANY)
		look->hidden = 0;
	if (move_pages(pid, n, address, NULL, answer, 0) < 0)
		return -errno;
	pagemap = sysroot_open_file(look->root, "proc/%d/pagemap", (int)pid);
	for (size_t i = 0; i < n; i++)
		look_at(look, pagemap, (uintptr_t)address[i] / page_bytes, answer[i],
			i % PAGELOOK_FLAGS_EACH == 0, out);
	if (pagemap >= 0)
		close(pagemap);
	return 0;
}
