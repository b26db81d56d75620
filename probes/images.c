// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "probes/imagefiles.h"
#include "probes/imageplaces.h"
#include "probes/procfs.h"
#include "probes/qemu_devices.h"
#include "probes/workers.h"

/*
 * Each VM is looked at by a worker of its own, for a dead server or disk may keep that one waiting
 * for ever. VMs take turns: of CPU time all of them together get SHARE_NS a second, saved up to
 * SAVED_NS, and who took more is paid for by all, up to DEBT_NS; new ones, FIRSTS a round, come at
 * once. A file in the page cache costs as much as it has pages there, so one VM rests RESTS times
 * as long as its turn took. To find its files again costs ten times that, and is due the less often
 * the more VMs there are.
 */
enum { PERIOD_MS = 1000, WAIT_MS = 100, STUCK_MS = 2000, RESTS = 1000, FIRSTS = 16 };
enum { CMDLINE_MOST = 1024 * 1024 };
static const int64_t SHARE_NS = 300000, SAVED_NS = 5000000, DEBT_NS = 6000000, LEAST_NS = 20000,
		     SCAN_COST_NS = 200000;
static const uint64_t SCAN_LEAST_NS = 20000000000, SCAN_EACH_NS = 1000000000,
		      REST_LEAST_NS = 900000000;

struct image_job {
	struct job job;
	const struct sysroot *root;
	pid_t pid;
	uint64_t start_ticks;
	bool in_flight, seen;
	uint64_t due_ns, scanned_ns; /* 0: never */
	uint64_t at_ns, took_ns;     /* of the last one that came back */
	int64_t cost_ns,
		ask_ns;	    /* thought to be spent by the one that runs; by one without a scan */
	int code, ask_code; /* how it ended */
	struct imagefiles files; /* only read while it is in flight */
	/* Of the one that runs: */
	bool scan;
	struct devset *told; /* by its command line, parsed once */
	bool told_known;
	struct imagefiles next;
	struct image_cache *cache; /* of each of the files then */
	size_t cap_cache;
	uint64_t spent_ns;
	int next_code, next_ask_code;
};

struct images {
	const struct probe_env *env;
	struct workers *workers;
	struct image_job **job; /* by pid; also of those that ended while in flight */
	size_t n, cap, next;
	struct imageplaces places;
	int64_t saved_ns;
	uint64_t last_ns;
	struct arena scratch;
};

static int images_open(const struct probe_env *env, void **state, struct err *err)
{
	struct images *images = xcalloc(1, sizeof(*images));

	(void)err;
	images->env = env;
	images->workers = workers_new("image-files", STUCK_MS);
	images->places.root = env->root;
	images->saved_ns = SAVED_NS;
	images->last_ns = clock_mono_ns(env->clock);
	*state = images;
	return 0;
}

/* The process of that number, and not a later one. */
static bool is_there(const struct image_job *job)
{
	struct procfs_stat stat;
	char text[1024];

	return sysroot_read_record(job->root, text, sizeof(text), "proc/%d/stat", (int)job->pid) >
		       0 &&
	       procfs_stat(text, &stat) && stat.start_ticks == job->start_ticks &&
	       stat.state != 'Z';
}

static void read_told(struct image_job *job)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len = sysroot_slurp(
		job->root, &text, &size, CMDLINE_MOST, "proc/%d/cmdline", (int)job->pid);

	if (len > 0)
		job->told = qemu_devices(text, (size_t)len);
	job->told_known = len > 0;
	free(text);
}

/* On a worker's thread: touches nothing but the job, and of its files it only reads. */
static void job_run(struct job *arg)
{
	struct image_job *job = (struct image_job *)arg;
	const uint64_t begin_ns = clock_cpu_ns();
	const struct imagefiles *files = &job->files;

	job->next_code = job->next_ask_code = 0;
	if (job->scan) {
		if (!job->told_known)
			read_told(job);
		job->next_code =
			imagefiles_scan(job->root, job->pid, job->told, &job->files, &job->next);
		files = &job->next;
	}
	job->cache = xgrow(job->cache, files->n, &job->cap_cache, sizeof(*job->cache));
	if (job->next_code == 0)
		job->next_ask_code = imagefiles_ask(job->root, job->pid, files, job->cache);
	if (!is_there(job))
		job->next_code = -ESRCH;
	job->spent_ns = clock_cpu_ns() - begin_ns;
}

static void job_discard(struct job *arg)
{
	struct image_job *job = (struct image_job *)arg;

	imagefiles_release(&job->files);
	imagefiles_release(&job->next);
	devset_drop(job->told);
	free(job->cache);
	free(job);
}

static struct image_job *job_new(const struct images *images, const struct roster_vm *vm)
{
	struct image_job *job = xcalloc(1, sizeof(*job));

	job->job.run = job_run;
	job->job.discard = job_discard;
	job->root = images->env->root;
	job->pid = vm->pid;
	job->start_ticks = vm->start_ticks;
	job->seen = true;
	job->ask_ns = LEAST_NS;
	return job;
}

static int by_pid(const void *a, const void *b)
{
	const struct image_job *x = *(struct image_job *const *)a;
	const struct image_job *y = *(struct image_job *const *)b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Those of the roster; who has ended goes once nothing of it is in flight. Both are by pid. */
static void follow_roster(struct images *images)
{
	struct roster_vm *vm;
	size_t n = roster_get(images->env->roster, &images->scratch, &vm), known = images->n;
	size_t at = 0, kept = 0;

	for (size_t i = 0; i < known; i++)
		images->job[i]->seen = false;
	for (size_t i = 0; i < n; i++) {
		while (at < known && images->job[at]->pid < vm[i].pid)
			at++;
		while (at < known && images->job[at]->pid == vm[i].pid &&
			images->job[at]->start_ticks != vm[i].start_ticks)
			at++;
		if (at < known && images->job[at]->pid == vm[i].pid) {
			images->job[at]->seen = true;
			continue;
		}
		images->job = xgrow(images->job, images->n + 1, &images->cap, sizeof(*images->job));
		images->job[images->n++] = job_new(images, &vm[i]);
	}
	for (size_t i = 0; i < images->n; i++) {
		if (images->job[i]->seen || images->job[i]->in_flight)
			images->job[kept++] = images->job[i];
		else
			job_discard(&images->job[i]->job);
	}
	images->n = kept;
	if (kept)
		qsort(images->job, kept, sizeof(*images->job), by_pid);
	arena_clear(&images->scratch);
}

static uint64_t scan_ns(const struct images *images)
{
	return SCAN_LEAST_NS + images->n * SCAN_EACH_NS;
}

/* False: it is not its turn. */
static bool submit(struct images *images, struct image_job *job, uint64_t now_ns)
{
	if (job->in_flight || !job->seen || now_ns < job->due_ns)
		return false;
	job->scan =
		job->scanned_ns == 0 || job->code < 0 || now_ns - job->scanned_ns > scan_ns(images);
	job->in_flight = true;
	job->cost_ns = job->scan ? SCAN_COST_NS : job->ask_ns;
	images->saved_ns -= job->cost_ns;
	workers_submit(images->workers, &job->job);
	return true;
}

/* The one that is looked at closely, new ones, and of the others as many as there is time for. */
static void submit_due(struct images *images, uint64_t now_ns)
{
	pid_t focus = images->env->control ? atomic_load(&images->env->control->focus_pid) : 0;
	size_t tried = 0, firsts = 0;

	for (size_t i = 0; i < images->n; i++) {
		struct image_job *job = images->job[i];

		if (job->pid == focus)
			submit(images, job, now_ns);
		else if (job->at_ns == 0 && firsts < FIRSTS)
			firsts += submit(images, job, now_ns);
	}
	for (; tried < images->n && images->saved_ns > 0; tried++)
		submit(images, images->job[(images->next + tried) % images->n], now_ns);
	images->next += tried;
}

static void save_time(struct images *images, uint64_t now_ns)
{
	images->saved_ns += (int64_t)(now_ns - images->last_ns) * SHARE_NS / 1000000000;
	images->last_ns = now_ns;
	if (images->saved_ns > SAVED_NS)
		images->saved_ns = SAVED_NS;
	if (images->saved_ns < -DEBT_NS)
		images->saved_ns = -DEBT_NS;
}

/* What was known of a file stays with it. */
static void take_scan(struct images *images, struct image_job *job, uint64_t now_ns)
{
	for (size_t i = 0; i < job->next.n; i++) {
		struct imagefile *file = &job->next.file[i];
		const struct imagefile *known = imagefiles_same(&job->files, file);

		if (known)
			file->cache = known->cache;
	}
	imageplaces_find(&images->places, &job->next, now_ns);
	imagefiles_forget_mounts(&job->next);
	imagefiles_release(&job->files);
	job->files = job->next;
	job->next = (struct imagefiles){ 0 };
	job->scanned_ns = now_ns;
}

static void take_cache(struct image_job *job, uint64_t now_ns)
{
	for (size_t i = 0; i < job->files.n; i++) {
		struct imagefile *file = &job->files.file[i];

		if (job->cache[i].dirty_bytes == UNKNOWN_U64)
			continue;
		file->before = file->cache;
		file->cache = job->cache[i];
		file->cache.at_ns = now_ns;
	}
}

static bool has_to_ask(const struct imagefiles *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (imagefiles_is_asked(&files->file[i]))
			return true;
	return false;
}

/* When it is worth another turn: without files to ask for, not before they are looked for again. */
static uint64_t due_ns(const struct images *images, const struct image_job *job, uint64_t now_ns)
{
	uint64_t rest_ns = (uint64_t)job->ask_ns * RESTS;

	if (job->code == 0 && job->scanned_ns && !has_to_ask(&job->files))
		return job->scanned_ns + scan_ns(images);
	return now_ns + (rest_ns > REST_LEAST_NS ? rest_ns : REST_LEAST_NS);
}

static void take(struct images *images, struct image_job *job, uint64_t now_ns)
{
	images->saved_ns -= (int64_t)job->spent_ns - job->cost_ns;
	job->in_flight = false;
	job->code = job->next_code;
	job->ask_code = job->next_ask_code;
	job->took_ns = job->spent_ns;
	job->at_ns = now_ns;
	if (!job->scan)
		job->ask_ns = (int64_t)job->spent_ns;
	if (job->code == 0 && job->scan)
		take_scan(images, job, now_ns);
	imagefiles_release(&job->next);
	if (job->code == 0 && job->ask_code == 0)
		take_cache(job, now_ns);
	else if (job->ask_code == -ESTALE || job->ask_code == -EBADF)
		job->scanned_ns = 0; /* its files are others by now */
	job->due_ns = due_ns(images, job, now_ns);
}

static void collect(struct images *images)
{
	struct job *job;

	workers_wait(images->workers, WAIT_MS);
	while ((job = workers_collect(images->workers)))
		take(images, (struct image_job *)job, clock_mono_ns(images->env->clock));
}

static const char *reason_of(struct arena *arena, int code)
{
	switch (code) {
	case -EACCES:
	case -EPERM:
		return "its files may not be seen; run as root or grant CAP_SYS_PTRACE";
	case -ESRCH:
	case -ENOENT:
		return "its process has ended";
	}
	return arena_printf(arena, "cannot look at its files: %s", strerror(-code));
}

static const char *ask_reason(struct arena *arena, int code)
{
	switch (code) {
	case 0:
	case -ESTALE:
	case -EBADF:
		return NULL;
	case -ENOSYS:
		return "this kernel does not tell what of a file is cached (cachestat, Linux 6.5)";
	case -ENOTSUP:
		return "only a running kernel tells what is cached, not a captured tree";
	case -EPERM:
		return "what is cached may not be asked; run as root or grant CAP_SYS_PTRACE and "
		       "CAP_FOWNER";
	}
	return arena_printf(arena, "cannot ask what is cached: %s", strerror(-code));
}

static void fill_status(struct images *images, const struct image_job *job, struct arena *arena,
	struct status *status)
{
	uint64_t busy_ns = job->in_flight ? workers_busy_ns(images->workers, &job->job) : 0;

	*status = (struct status){ .at_ns = job->at_ns, .cost_ns = job->took_ns };
	if (busy_ns > STUCK_MS * 1000000ull)
		status->reason = arena_printf(arena,
			"its files or its disk hang: no answer for %.0f s", (double)busy_ns / 1e9);
	else if (job->at_ns == 0)
		status->reason = "its files have not had their turn yet";
	else if (job->code < 0)
		status->reason = reason_of(arena, job->code);
	status->state = !status->reason	       ? SOURCE_OK
			: job->scanned_ns == 0 ? SOURCE_UNAVAILABLE
					       : SOURCE_STALE;
}

static void fill_file(const struct image_job *job, const struct imagefile *from,
	struct arena *arena, struct image_file *to)
{
	uint64_t access = from->flags & O_ACCMODE;

	*to = (struct image_file){
		.path = arena_strdup(arena, from->path),
		.named = arena_strdup(arena, from->named),
		.dev = from->dev,
		.inode = from->block ? 0 : from->inode,
		.writable = access == O_RDWR,
		.direct = from->flags & O_DIRECT,
		.deleted = from->deleted,
		.has_header = from->has_header,
		.backing = arena_strdup(arena, from->backing),
		.backing_format = arena_strdup(arena, from->backing_format),
		.place = imageplaces_copy(from->place, arena),
		.cache = from->cache,
		.before = from->before,
	};
	if (from->unasked)
		to->cache_reason = from->unasked;
	else if (from->cache.at_ns == 0)
		to->cache_reason = ask_reason(arena, job->ask_code);
}

static void fill_vm(struct images *images, const struct image_job *job, struct arena *arena,
	struct image_vm *out)
{
	const struct imagefiles *files = &job->files;

	*out = (struct image_vm){ .pid = job->pid, .start_ticks = job->start_ticks };
	fill_status(images, job, arena, &out->status);
	out->file = arena_array(arena, files->n, sizeof(*out->file));
	out->n_file = files->n;
	for (size_t i = 0; i < files->n; i++)
		fill_file(job, &files->file[i], arena, &out->file[i]);
	out->limit = arena_array(arena, files->n_limit, sizeof(*out->limit));
	out->n_limit = files->n_limit;
	for (size_t i = 0; i < files->n_limit; i++)
		out->limit[i] = (struct image_limit){ files->limit[i].dev,
			arena_strdup(arena, files->limit[i].words) };
}

/* Its VM may be seen again while it is in flight. */
static void keep_places(const struct image_job *job)
{
	for (size_t i = 0; i < job->files.n; i++)
		imageplaces_use(job->files.file[i].place);
}

static void fill_section(struct images *images, struct sample *out)
{
	struct images_sample *section = &out->images;

	imageplaces_unuse(&images->places);
	section->vm = arena_array(&out->arena, images->n, sizeof(*section->vm));
	for (size_t i = 0; i < images->n; i++) {
		if (images->job[i]->seen)
			fill_vm(images, images->job[i], &out->arena, &section->vm[section->n_vm++]);
		else
			keep_places(images->job[i]);
	}
	imageplaces_sweep(&images->places);
}

static int images_sample(void *state, struct sample *out)
{
	struct images *images = state;
	struct status *status = &out->status[SECTION_IMAGES];
	const uint64_t begin_ns = clock_mono_ns(images->env->clock);

	follow_roster(images);
	save_time(images, begin_ns);
	submit_due(images, begin_ns);
	collect(images);
	fill_section(images, out);
	status->state = SOURCE_OK;
	status->at_ns = begin_ns;
	status->cost_ns = clock_mono_ns(images->env->clock) - begin_ns;
	return 0;
}

static void images_close(void *state)
{
	struct images *images = state;

	if (!images)
		return;
	/* What is in flight belongs to the workers, who discard it. */
	for (size_t i = 0; i < images->n; i++)
		if (!images->job[i]->in_flight)
			job_discard(&images->job[i]->job);
	workers_free(images->workers);
	imageplaces_release(&images->places);
	arena_release(&images->scratch);
	free(images->job);
	free(images);
}

const struct probe probe_images = {
	.name = "images",
	.summary =
		"the image files of VMs, what they are on, and what of them is dirty in the page "
		"cache; a few VMs a turn",
	.section = SECTION_IMAGES,
	.slow = true,
	.period_ms = PERIOD_MS,
	.open = images_open,
	.sample = images_sample,
	.close = images_close,
};
