// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/devices.h"
#include "probes/pagelook.h"
#include "probes/procfs.h"
#include "probes/ram.h"
#include "probes/text.h"

/*
 * VMs take turns: so many pages a second for all of them together, however large they are, and what
 * was not used in the last seconds. A process's list of mappings costs as much as hundreds of
 * pages, so it is kept until the process has grown or shrunk.
 */
enum {
	PERIOD_MS = 1000,
	PAGES_A_S = 512,
	SAVED_MOST_S = 8,
	LEAST_A_VM = 64,
	MAPS_MOST = 16 * 1024 * 1024,
	GROWN_TO_RAM = 16, /* a sixteenth of its memory more or less */
	LOST_MOST = 4,	   /* readings after which the time between two is MAPS_MOST_NS */
};
static const uint64_t MAPS_LEAST_NS = 10000000000, MAPS_MOST_NS = 600000000000;

struct place {
	pid_t pid;
	uint64_t start_ticks;
	struct ram ram;
	uint64_t ram_ns, ram_vsize_bytes; /* when its mappings were read, and its size then */
	uint64_t tried_ns;		  /* when that was tried last */
	int maps_code;			  /* how it ended */
	unsigned lost; /* none of its pages was there, after so many readings of its mappings */
	uint64_t vsize_bytes;		  /* its size now */
	struct pagewindow window;
	struct device *device; /* DEVICES_MOST of them, or NULL: it has none */
	size_t n_device;
	uint64_t at_ns, cost_ns;
	int code; /* of the last look */
};

struct pages {
	const struct probe_env *env;
	struct pagelook look;
	struct place *place; /* by pid */
	size_t n;
	pid_t last; /* who had a turn last */
	uint64_t last_ns;
	uint64_t seed, page_bytes;
	char *maps;
	size_t maps_cap;
};

static int pages_open(const struct probe_env *env, void **state, struct err *err)
{
	struct pages *pages;

	if (!env->root->live)
		return err_set(err, -ENOTSUP,
			"where pages are, only a running kernel tells: not that of a captured "
			"tree");
	pages = xcalloc(1, sizeof(*pages));
	pages->env = env;
	pages->last_ns = clock_mono_ns(env->clock);
	pages->seed = pages->last_ns | 1;
	pages->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	pagelook_open(&pages->look, env->root);
	*state = pages;
	return 0;
}

static void place_release(struct place *place)
{
	ram_release(&place->ram);
	free(place->device);
}

static bool is_same_vm(const struct place *place, const struct roster_vm *vm)
{
	return place->pid == vm->pid && place->start_ticks == vm->start_ticks;
}

static bool is_same_roster(const struct pages *pages, const struct roster_vm *vm, size_t n)
{
	size_t same = 0;

	while (same < n && same < pages->n && is_same_vm(&pages->place[same], &vm[same]))
		same++;
	return same == n && same == pages->n;
}

/* Those of the roster that were there before stay as they are. Both are by pid. */
static void follow_roster(struct pages *pages, const struct roster_vm *vm, size_t n)
{
	struct place *place;
	size_t old = 0;

	if (is_same_roster(pages, vm, n))
		return;
	place = xcalloc(n + 1, sizeof(*place));

	for (size_t i = 0; i < n; i++) {
		while (old < pages->n && pages->place[old].pid < vm[i].pid)
			place_release(&pages->place[old++]);
		if (old < pages->n && is_same_vm(&pages->place[old], &vm[i]))
			place[i] = pages->place[old++];
		else
			place[i] = (struct place){ .pid = vm[i].pid,
				.start_ticks = vm[i].start_ticks };
	}
	while (old < pages->n)
		place_release(&pages->place[old++]);
	free(pages->place);
	pages->place = place;
	pages->n = n;
}

/* False: it has ended, and its number may be another's. If it is there, it was so all the time. */
static bool is_there(const struct pages *pages, struct place *place)
{
	struct procfs_stat stat;
	char text[1024];

	if (sysroot_read_record(
		    pages->env->root, text, sizeof(text), "proc/%d/stat", (int)place->pid) < 0 ||
		!procfs_stat(text, &stat) || stat.start_ticks != place->start_ticks ||
		stat.state == 'Z')
		return false;
	place->vsize_bytes = stat.vsize_bytes;
	return true;
}

static bool is_due(const struct place *place, uint64_t now_ns)
{
	uint64_t age_ns = now_ns - place->tried_ns, now = place->vsize_bytes;
	uint64_t then = place->ram_vsize_bytes, change = now > then ? now - then : then - now;

	if (place->tried_ns == 0 || age_ns > MAPS_MOST_NS)
		return true;
	if (place->maps_code < 0) /* to find that there are too many of them costs most of all */
		return place->maps_code != -EFBIG;
	if (change > place->ram.bytes / GROWN_TO_RAM)
		return age_ns > MAPS_LEAST_NS;
	/* A guest that has touched nothing yet is as it was each time: more and more seldom. */
	return place->lost && age_ns > MAPS_LEAST_NS << 2 * (place->lost - 1);
}

static void find_devices(struct pages *pages, struct place *place)
{
	free(place->device);
	place->device = NULL;
	place->n_device = 0;
	if (!devices_likely(pages->maps))
		return;
	place->device = xcalloc(DEVICES_MOST, sizeof(*place->device));
	place->n_device = devices_find(pages->env->root, place->pid, place->device);
}

static int find_ram(struct pages *pages, struct place *place, uint64_t now_ns)
{
	uint64_t before = place->ram.bytes;
	ssize_t len;

	if (!is_due(place, now_ns))
		return place->maps_code;
	place->tried_ns = now_ns;
	len = sysroot_slurp(pages->env->root, &pages->maps, &pages->maps_cap, MAPS_MOST,
		"proc/%d/maps", (int)place->pid);
	place->maps_code = len < 0 ? (int)len : 0;
	if (place->maps_code < 0)
		return place->maps_code;
	ram_parse(&place->ram, pages->maps);
	find_devices(pages, place);
	place->ram_ns = now_ns;
	place->ram_vsize_bytes = place->vsize_bytes;
	if (before != place->ram.bytes)
		place->window.n = 0; /* shares of another whole */
	return 0;
}

static int look(struct pages *pages, struct place *place, size_t n, uint64_t now_ns,
	struct pages_count *count)
{
	void *address[PAGELOOK_MOST];
	int code = find_ram(pages, place, now_ns);

	if (code < 0)
		return code;
	n = ram_draw(&place->ram, &pages->seed, pages->page_bytes, address, n);
	if (n == 0)
		return -ENODATA;
	code = pagelook_at(&pages->look, place->pid, address, n, count);
	if (code < 0 || count->kind[PAGES_PRESENT])
		place->lost = 0;
	else if (place->lost < LOST_MOST && (!place->lost || place->tried_ns == now_ns))
		place->lost++;
	return code;
}

/* What was taken for its memory was not: a process is found before it has all that it will have. */
static bool had_just_begun(const struct place *place)
{
	return place->ram_ns && place->vsize_bytes > place->ram_vsize_bytes + place->ram.bytes;
}

static void forget_ram(struct place *place)
{
	place->tried_ns = place->ram_ns = 0;
	place->window.n = 0;
}

static void turn(struct pages *pages, struct place *place, size_t n)
{
	uint64_t begin_ns = clock_mono_ns(pages->env->clock);
	struct pages_count count;

	place->code = place->ram_ns || is_there(pages, place) ? 0 : -ESRCH;
	if (place->code == 0)
		place->code = look(pages, place, n, begin_ns, &count);
	if (!is_there(pages, place))
		place->code = -ESRCH;
	if (had_just_begun(place))
		forget_ram(place);
	else if (place->code == 0)
		pagewindow_add(&place->window, &count, begin_ns);
	place->at_ns = begin_ns;
	place->cost_ns = clock_mono_ns(pages->env->clock) - begin_ns;
}

/* The first after pid, round and round. */
static size_t place_after(const struct pages *pages, pid_t pid)
{
	for (size_t i = 0; i < pages->n; i++)
		if (pages->place[i].pid > pid)
			return i;
	return 0;
}

static size_t pages_due(struct pages *pages)
{
	uint64_t now_ns = clock_mono_ns(pages->env->clock);
	uint64_t saved_ms = (now_ns - pages->last_ns) / 1000000 + PERIOD_MS / 4;
	size_t seconds = (size_t)(saved_ms / 1000);

	pages->last_ns = now_ns;
	seconds = seconds < 1 ? 1 : seconds > SAVED_MOST_S ? SAVED_MOST_S : seconds;
	return seconds * PAGES_A_S;
}

/* The one that is looked at closely has a turn of its own each time. */
static void take_turns(struct pages *pages)
{
	pid_t focus = atomic_load(&pages->env->control->focus_pid);
	size_t due = pages_due(pages), each = pages->n ? due / pages->n : 0;
	size_t next = place_after(pages, pages->last);

	each = each > PAGELOOK_MOST ? PAGELOOK_MOST : each < LEAST_A_VM ? LEAST_A_VM : each;
	for (size_t i = 0; i < pages->n && i < due / each; i++) {
		struct place *place = &pages->place[(next + i) % pages->n];

		pages->last = place->pid;
		if (place->pid != focus)
			turn(pages, place, each);
	}
	for (size_t i = 0; i < pages->n; i++)
		if (pages->place[i].pid == focus)
			turn(pages, &pages->place[i], PAGELOOK_MOST);
}

static const char *reason_of(struct arena *arena, int code)
{
	switch (code) {
	case -EPERM:
	case -EACCES:
		return "where the pages of others' processes are may not be asked; run as root or "
		       "grant CAP_SYS_PTRACE";
	case -ENOSYS:
		return "this kernel is built without NUMA and does not tell where pages are";
	case -ESRCH:
	case -ENOENT:
		return "its process has ended";
	case -ENODATA:
		return "no mapping of its process looks like a guest's memory";
	}
	return arena_printf(arena, "cannot ask where its pages are: %s", strerror(-code));
}

static void fill_status(const struct pages *pages, const struct place *place,
	const struct pages_count *count, struct arena *arena, struct status *status)
{
	*status = (struct status){
		.state = SOURCE_OK, .at_ns = place->at_ns, .cost_ns = place->cost_ns
	};
	if (place->at_ns && place->code == 0 && count->kind[PAGES_ASKED]) {
		if (pages->look.flags_fd < 0 || pages->look.denied)
			status->reason = "which pages are huge or merged may not be read; run as "
					 "root or grant CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH";
		return;
	}
	status->state = SOURCE_UNAVAILABLE;
	status->reason = place->code ? reason_of(arena, place->code)
				     : "its pages have not had their turn yet";
}

static void fill_devices(const struct place *place, struct arena *arena, struct pages_vm *vm)
{
	vm->n_device = place->n_device;
	vm->device = arena_array(arena, vm->n_device, sizeof(*vm->device));
	for (size_t i = 0; i < vm->n_device; i++)
		vm->device[i] = (struct pages_device){
			.name = text_clean(arena, place->device[i].name,
				strlen(place->device[i].name), TEXT_NAME_MAX),
			.node = place->device[i].node,
		};
}

static void fill_section(const struct pages *pages, struct sample *out)
{
	struct pages_sample *section = &out->pages;

	section->vm = arena_array(&out->arena, pages->n, sizeof(*section->vm));
	section->n_vm = pages->n;
	for (size_t i = 0; i < pages->n; i++) {
		const struct place *place = &pages->place[i];
		struct pages_vm *vm = &section->vm[i];
		uint64_t since_ns = pagewindow_sum(&place->window, &vm->count);

		vm->pid = place->pid;
		vm->start_ticks = place->start_ticks;
		vm->ram_bytes = place->ram_ns ? place->ram.bytes : UNKNOWN_U64;
		vm->window_ns = since_ns ? place->at_ns - since_ns : 0;
		fill_devices(place, &out->arena, vm);
		fill_status(pages, place, &vm->count, &out->arena, &vm->status);
	}
}

static int pages_sample(void *state, struct sample *out)
{
	struct pages *pages = state;
	struct roster_vm *vm;
	size_t n = roster_get(pages->env->roster, &out->arena, &vm);

	follow_roster(pages, vm, n);
	take_turns(pages);
	fill_section(pages, out);
	return 0;
}

static void pages_close(void *state)
{
	struct pages *pages = state;

	if (!pages)
		return;
	for (size_t i = 0; i < pages->n; i++)
		place_release(&pages->place[i]);
	pagelook_close(&pages->look);
	free(pages->place);
	free(pages->maps);
	free(pages);
}

const struct probe probe_pages = {
	.name = "pages",
	.summary = "where the memory of VMs lies, by random samples of its pages (move_pages, "
		   "pagemap)",
	.section = SECTION_PAGES,
	.slow = true,
	.period_ms = PERIOD_MS,
	.open = pages_open,
	.sample = pages_sample,
	.close = pages_close,
};
