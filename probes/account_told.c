// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account_told.h"

#include <errno.h>
#include <sys/uio.h>

#include "probes/vm.h"

enum { AT_ONCE = 256 };

/* From first on: how many were read before one failed. */
static ssize_t read_some(pid_t pid, const uint64_t *address, uint64_t *ns, size_t n)
{
	struct iovec local = { .iov_base = ns, .iov_len = n * sizeof(*ns) };
	struct iovec remote[AT_ONCE];
	ssize_t len;

	for (size_t i = 0; i < n; i++)
		remote[i] = (struct iovec){
			.iov_base = (void *)(uintptr_t)address[i], /* NOLINT: not our memory */
			.iov_len = sizeof(*ns),
		};
	len = process_vm_readv(pid, &local, 1, remote, n, 0);
	return len < 0 ? -errno : len / (ssize_t)sizeof(*ns);
}

int told_read(pid_t pid, const uint64_t *address, uint64_t *ns, size_t n)
{
	for (size_t done = 0; done < n;) {
		size_t some = n - done < AT_ONCE ? n - done : AT_ONCE;
		ssize_t got = read_some(pid, address + done, ns + done, some);

		if (got < 0 && got != -EFAULT)
			return (int)got;
		done += got > 0 ? (size_t)got : 0;
		if (done < n && (got < (ssize_t)some))
			ns[done++] = UNKNOWN_U64; /* this one is not there */
	}
	return 0;
}
