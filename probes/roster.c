// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/roster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct roster {
	pthread_mutex_t lock;
	struct roster_vm *vm;
	size_t n, cap;
};

struct roster *roster_new(void)
{
	struct roster *roster = xcalloc(1, sizeof(*roster));

	pthread_mutex_init(&roster->lock, NULL);
	return roster;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	pthread_mutex_destroy(&roster->lock);
	free(roster->vm);
	free(roster);
}

void roster_put(struct roster *roster, const struct procvm_sample *procvm)
{
	pthread_mutex_lock(&roster->lock);
	roster->vm = xgrow(roster->vm, procvm->n_vm, &roster->cap, sizeof(*roster->vm));
	roster->n = procvm->n_vm;
	for (size_t i = 0; i < procvm->n_vm; i++)
		roster->vm[i] = (struct roster_vm){
			.pid = procvm->vm[i].pid,
			.start_ticks = procvm->vm[i].start_ticks,
		};
	pthread_mutex_unlock(&roster->lock);
}

size_t roster_get(struct roster *roster, struct arena *arena, struct roster_vm **vms)
{
	size_t n;

	*vms = NULL;
	if (!roster)
		return 0;
	pthread_mutex_lock(&roster->lock);
	n = roster->n;
	*vms = arena_array(arena, n, sizeof(**vms));
	if (n)
		memcpy(*vms, roster->vm, n * sizeof(**vms));
	pthread_mutex_unlock(&roster->lock);
	return n;
}
