// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account_thieves.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

enum { BATCH = 512, IDLE_ROUNDS = 60 };

/* A pair of who waited and who ran. */
struct pair {
	struct account_thief_key key;
	uint64_t ran_ns;
	char name[16];
	unsigned idle_rounds; /* since it last grew; then it makes room */
};

struct thieves {
	const struct sysroot *root;
	int fd;
	struct pair *pair, *next; /* by key */
	size_t n_pair, n_next, cap_pair, cap_next;
};

struct thieves *thieves_new(const struct sysroot *root, int map_fd)
{
	struct thieves *thieves = xcalloc(1, sizeof(*thieves));

	thieves->root = root;
	thieves->fd = map_fd;
	return thieves;
}

void thieves_free(struct thieves *thieves)
{
	if (!thieves)
		return;
	free(thieves->pair);
	free(thieves->next);
	free(thieves);
}

static int by_key(const void *a, const void *b)
{
	const struct account_thief_key *x = &((const struct pair *)a)->key;
	const struct account_thief_key *y = &((const struct pair *)b)->key;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	if (x->tgid != y->tgid) /* as pid_t, in which a sample has them */
		return (pid_t)x->tgid < (pid_t)y->tgid ? -1 : 1;
	return (x->vcpu > y->vcpu) - (x->vcpu < y->vcpu);
}

static void add_batch(struct thieves *thieves, const struct account_thief_key *key,
	const struct account_thief *value, size_t n)
{
	if (thieves->n_next + n > thieves->cap_next) {
		thieves->cap_next = 2 * (thieves->n_next + n);
		thieves->next =
			xrealloc_array(thieves->next, thieves->cap_next, sizeof(*thieves->next));
	}
	for (size_t i = 0; i < n; i++) {
		struct pair *pair = &thieves->next[thieves->n_next++];

		*pair = (struct pair){ .key = key[i], .ran_ns = value[i].ran_ns };
		memcpy(pair->name, value[i].comm, sizeof(pair->name));
	}
}

static int read_map(struct thieves *thieves)
{
	struct account_thief_key key[BATCH];
	struct account_thief value[BATCH];
	__u32 token, n;
	void *from = NULL;
	int code;

	thieves->n_next = 0;
	do {
		n = BATCH;
		code = bpf_map_lookup_batch(thieves->fd, from, &token, key, value, &n, NULL);
		if (code < 0 && errno != ENOENT) /* which says that these are the last */
			return -errno;
		add_batch(thieves, key, value, n);
		from = &token;
	} while (code == 0);
	if (thieves->n_next)
		qsort(thieves->next, thieves->n_next, sizeof(*thieves->next), by_key);
	return 0;
}

/* The process has a better name than the thread that ran first, while it lives. */
static void name_pair(const struct thieves *thieves, struct pair *pair)
{
	char name[64];
	ssize_t len;

	if (pair->key.tgid == 0 || pair->key.tgid == ACCOUNT_QUOTA)
		return;
	len = sysroot_read_record(
		thieves->root, name, sizeof(name), "proc/%u/comm", (unsigned)pair->key.tgid);
	if (len <= 0)
		return;
	name[strcspn(name, "\n")] = '\0';
	memset(pair->name, 0, sizeof(pair->name));
	memcpy(pair->name, name, strnlen(name, sizeof(pair->name) - 1));
}

/* Carry over what is known of each pair, drop those that have rested long. */
static void merge(struct thieves *thieves)
{
	size_t old = 0, kept = 0;

	for (size_t i = 0; i < thieves->n_next; i++) {
		struct pair pair = thieves->next[i];

		while (old < thieves->n_pair && by_key(&thieves->pair[old], &pair) < 0)
			old++;
		if (old < thieves->n_pair && by_key(&thieves->pair[old], &pair) == 0) {
			const struct pair *last = &thieves->pair[old];

			memcpy(pair.name, last->name, sizeof(pair.name));
			pair.idle_rounds = pair.ran_ns == last->ran_ns ? last->idle_rounds + 1 : 0;
		} else {
			name_pair(thieves, &pair);
		}
		if (pair.idle_rounds > IDLE_ROUNDS)
			bpf_map_delete_elem(thieves->fd, &pair.key);
		else
			thieves->next[kept++] = pair;
	}
	thieves->n_next = kept;
}

static void swap_tables(struct thieves *thieves)
{
	struct pair *pair = thieves->pair;
	size_t cap = thieves->cap_pair;

	thieves->pair = thieves->next;
	thieves->n_pair = thieves->n_next;
	thieves->cap_pair = thieves->cap_next;
	thieves->next = pair;
	thieves->cap_next = cap;
}

int thieves_read(struct thieves *thieves, struct arena *arena, struct account_share **share,
	size_t *count)
{
	int code = read_map(thieves);

	*count = 0;
	if (code < 0)
		return code;
	merge(thieves);
	swap_tables(thieves);
	*share = arena_array(arena, thieves->n_pair, sizeof(**share));
	for (size_t i = 0; i < thieves->n_pair; i++) {
		const struct pair *pair = &thieves->pair[i];
		size_t len = strnlen(pair->name, sizeof(pair->name));

		(*share)[(*count)++] = (struct account_share){
			.vm = (pid_t)pair->key.vm,
			.pid = (pid_t)pair->key.tgid,
			.vcpu = pair->key.vcpu,
			.name = pair->key.tgid
					? text_clean(arena, pair->name, len, TEXT_NAME_MAX)
					: NULL,
			.ran_ns_total = pair->ran_ns,
		};
	}
	return 0;
}
