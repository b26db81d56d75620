// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account_thieves.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/account.h"
#include "probes/text.h"

enum { BATCH = 512 };

static int by_key(const void *a, const void *b)
{
	const struct account_share *x = a, *y = b;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->vcpu - y->vcpu;
}

static struct account_share share_of(const struct account_thief_key *key,
	const struct account_thief *thief, struct arena *arena)
{
	size_t len = strnlen(thief->comm, sizeof(thief->comm));

	return (struct account_share){
		.vm = (pid_t)key->vm,
		.pid = (pid_t)key->tgid,
		.vcpu = key->vcpu,
		.name = len ? text_clean(arena, thief->comm, len, TEXT_NAME_MAX) : NULL,
		.ran_ns = thief->ran_ns,
	};
}

int thieves_take(int map_fd, struct arena *arena, struct account_share **share, size_t *count,
	bool *full)
{
	struct account_thief_key key[BATCH];
	struct account_thief value[BATCH];
	size_t have = 0, n_share = 0;
	struct account_share *all = NULL;
	void *from = NULL;
	__u32 token, n;
	int code, err;

	do {
		n = BATCH;
		code = bpf_map_lookup_and_delete_batch(
			map_fd, from, &token, key, value, &n, NULL);
		err = errno;
		if (code < 0 && err != ENOENT) /* which says that these are the last */
			return -err;
		if (n_share + n > have) {
			struct account_share *more;

			have = 2 * (n_share + n);
			more = arena_array(arena, have, sizeof(*more));
			if (n_share)
				memcpy(more, all, n_share * sizeof(*more));
			all = more;
		}
		for (__u32 i = 0; i < n; i++)
			all[n_share++] = share_of(&key[i], &value[i], arena);
		from = &token;
	} while (code == 0);
	if (n_share)
		qsort(all, n_share, sizeof(*all), by_key);
	*full = n_share >= ACCOUNT_THIEVES - ACCOUNT_THIEVES / 16; /* that of some CPU */
	*share = all;
	*count = n_share;
	return 0;
}
