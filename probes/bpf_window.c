// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/bpf_window.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* So much more at a time: each piece is a mapping of its own. */
enum { PIECE_BYTES = 256 * 1024 };

static size_t rounded(size_t bytes, size_t to)
{
	return (bytes + to - 1) / to * to;
}

int bpf_window_open(struct bpf_window *window, const struct bpf_map *map)
{
	*window = (struct bpf_window){ .element = bpf_map__value_size(map),
		.count = bpf_map__max_entries(map),
		.fd = bpf_map__fd(map) };
	/* Elements of an array are whole words. */
	window->element = rounded(window->element, sizeof(long long));
	window->bytes =
		rounded(window->element * window->count, (size_t)sysconf(_SC_PAGESIZE));
	window->base = mmap(NULL, window->bytes, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (window->base != MAP_FAILED)
		return 0;
	window->base = NULL;
	return -errno;
}

bool bpf_window_reach(struct bpf_window *window, size_t element)
{
	size_t need = (element + 1) * window->element, more;

	if (!window->base || element >= window->count)
		return false;
	if (need <= window->mapped)
		return true;
	more = rounded(need - window->mapped, PIECE_BYTES);
	if (more > window->bytes - window->mapped)
		more = window->bytes - window->mapped;
	if (mmap((char *)window->base + window->mapped, more, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, window->fd, (off_t)window->mapped) == MAP_FAILED)
		return false;
	window->mapped += more;
	return true;
}

void bpf_window_close(struct bpf_window *window)
{
	if (window->base)
		munmap(window->base, window->bytes);
	*window = (struct bpf_window){ .fd = -1 };
}
