// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/judge.h"
#include "panes/bykey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probes/schema.h"

enum { WINDOW = 3, NEEDED = 2, WINDOW_BITS = (1 << WINDOW) - 1 };

/* One condition: whether it held lately, and what it said when it last did. */
struct condition {
	struct bykey_item item;
	unsigned past; /* a bit a snapshot, the newest lowest */
	bool lasting, seen;
	double since_s, reading_s; /* reading_s: of what was pushed last */
	bool is_finding;
	struct finding last;	      /* strings owned */
	enum severity lately[WINDOW]; /* newest first */
};

struct judge {
	struct bykey known;
	struct windows *windows;
	struct memtrends *memtrends;
	struct pauses *pauses;
	struct latencies *latencies;
	struct losses *losses;
	struct arena scratch;
	struct snapshot *snap; /* between begin and end */
};

struct judge *judge_new(void)
{
	struct judge *judge = xcalloc(1, sizeof(*judge));

	judge->windows = windows_new();
	judge->memtrends = memtrends_new();
	judge->pauses = pauses_new();
	judge->latencies = latencies_new();
	judge->losses = losses_new();
	return judge;
}

static void own(const char **to, const char *text)
{
	free((char *)*to);
	*to = text ? xstrdup(text) : NULL;
}

static void condition_say(struct condition *condition, const struct finding *finding)
{
	struct finding *last = &condition->last;

	own(&last->pane, finding->pane);
	own(&last->rule, finding->rule);
	own(&last->vm, finding->vm);
	own(&last->vm_key, finding->vm_key);
	own(&last->subject, finding->subject);
	own(&last->text, finding->text);
	last->verdict = finding->verdict;
	condition->lately[0] = finding->severity;
}

static bool condition_forget(void *item, void *arg)
{
	static const struct finding nothing;
	struct condition *condition = item;

	(void)arg;
	condition_say(condition, &nothing);
	return false;
}

void judge_free(struct judge *judge)
{
	if (!judge)
		return;
	bykey_sweep(&judge->known, condition_forget, NULL);
	bykey_release(&judge->known);
	windows_free(judge->windows);
	memtrends_free(judge->memtrends);
	pauses_free(judge->pauses);
	latencies_free(judge->latencies);
	losses_free(judge->losses);
	arena_release(&judge->scratch);
	free(judge);
}

void judge_begin(struct judge *judge, struct snapshot *snap)
{
	judge->snap = snap;
	judge_note(judge, snap);
}

void judge_note(struct judge *judge, const struct snapshot *snap)
{
	windows_add(judge->windows, snap);
	memtrends_add(judge->memtrends, snap);
	pauses_add(judge->pauses, snap);
	latencies_add(judge->latencies, snap);
}

const struct windows *judge_windows(const struct judge *judge)
{
	return judge->windows;
}

const struct memtrends *judge_memtrends(const struct judge *judge)
{
	return judge->memtrends;
}

const struct pauses *judge_pauses(const struct judge *judge)
{
	return judge->pauses;
}

struct losses *judge_losses(struct judge *judge)
{
	return judge->losses;
}

struct latencies *judge_latencies(const struct judge *judge)
{
	return judge->latencies;
}

/* Snapshots date the same reading a little differently, and two are much farther apart. */
static const double SAME_READING_S = 0.5;

static bool is_repeated(struct condition *condition, double reading_s)
{
	bool repeated = condition->past && fabs(reading_s - condition->reading_s) < SAME_READING_S;

	if (!repeated)
		condition->reading_s = reading_s;
	return repeated;
}

/* Push one snapshot's answer: it takes 2 of the last 3 to begin, and 2 of 3 to end. */
static void condition_push(struct condition *condition, bool holds, double now_s)
{
	unsigned before = condition->past << 1 & WINDOW_BITS;
	int held;

	if (holds && !before && !condition->lasting)
		condition->since_s = now_s;
	condition->past = before | holds;
	held = __builtin_popcount(condition->past);
	condition->lasting = held >= (condition->lasting ? WINDOW - NEEDED + 1 : NEEDED);
}

/* What names a condition. The separator cannot occur: text from outside has no control characters. */
static const char *key_of(struct judge *judge, const char *kind, const struct finding *of)
{
	const char *part[] = { kind, of->pane, of->rule, of->vm_key, of->subject };
	size_t len = 0;
	char *key, *at;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		len += (part[i] ? strlen(part[i]) : 0) + 1;
	arena_clear(&judge->scratch);
	key = at = arena_alloc(&judge->scratch, len);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		at = part[i] ? stpcpy(at, part[i]) : at;
		*at++ = '\x1f';
	}
	at[-1] = '\0';
	return key;
}

static struct condition *condition_get(
	struct judge *judge, const char *kind, const struct finding *of)
{
	return bykey_get(&judge->known, key_of(judge, kind, of), sizeof(struct condition));
}

static void condition_shift(struct condition *condition)
{
	memmove(condition->lately + 1, condition->lately,
		sizeof(condition->lately) - sizeof(condition->lately[0]));
	condition->lately[0] = SEVERITY_NONE;
}

void judge_report(struct judge *judge, const struct finding *finding, double reading_s)
{
	struct condition *condition = condition_get(judge, "report", finding);

	if (condition->seen)
		return;
	condition->seen = condition->is_finding = true;
	if (is_repeated(condition, reading_s)) {
		condition_say(condition, finding);
		return;
	}
	condition_shift(condition);
	condition_say(condition, finding);
	condition_push(condition, true, judge->snap->time_s);
}

void judge_report_vm(struct judge *judge, const struct vm *vm, const struct finding *finding,
	double reading_s)
{
	struct finding of_vm = *finding;

	of_vm.vm = vm->name ? vm->name : "-";
	of_vm.vm_key = vm->key;
	judge_report(judge, &of_vm, reading_s);
}

const char judge_not_asked[] = "guest not asked; ask the guests to compare";
const char judge_guest_is_old[] = "the guest's last answer is too old to compare";
const char judge_guest_told_once[] =
	"a rate of the guest needs two of its readings, and there is one";

const char *judge_halted(struct snapshot *snap, const struct vm *vm)
{
	return arena_printf(&snap->arena, "the VM is %s", words_vm_state[vm->state]);
}

bool judge_guest_is_asked(const struct vm *vm)
{
	const struct source *agent = vm_source(vm, "agent");

	return !agent || agent->state != SOURCE_OFF;
}

const char *judge_no_rates(const struct snapshot *snap)
{
	return isnan(snap->interval_s) ? "a rate needs two readings, and this is the first" : NULL;
}

bool judge_lasting_of(struct judge *judge, const struct finding *of, bool holds, double reading_s)
{
	struct condition *condition =
		holds ? condition_get(judge, "lasting", of)
		      : bykey_find(&judge->known, key_of(judge, "lasting", of));

	if (!condition)
		return false; /* of most VMs most never held */
	if (!condition->seen && !is_repeated(condition, reading_s))
		condition_push(condition, holds, judge->snap->time_s);
	condition->seen = true;
	return condition->lasting;
}

bool judge_lasting(
	struct judge *judge, const char *rule, const char *vm_key, bool holds, double reading_s)
{
	const struct finding of = { .rule = rule, .vm_key = vm_key };

	return judge_lasting_of(judge, &of, holds, reading_s);
}

static void snapshot_add(struct snapshot *snap, const struct condition *condition)
{
	struct finding *out = &snap->finding[snap->n_finding++];
	const struct finding *last = &condition->last;

	*out = (struct finding){
		.pane = arena_strdup(&snap->arena, last->pane),
		.rule = arena_strdup(&snap->arena, last->rule),
		.vm = arena_strdup(&snap->arena, last->vm),
		.vm_key = arena_strdup(&snap->arena, last->vm_key),
		.subject = arena_strdup(&snap->arena, last->subject),
		.verdict = last->verdict,
		.text = arena_strdup(&snap->arena, last->text),
		.since_s = condition->since_s,
	};
	/* Rises at once and falls late, or a value on a threshold would reorder the list. */
	for (size_t i = 0; i < WINDOW; i++)
		if (condition->lately[i] > out->severity)
			out->severity = condition->lately[i];
}

/* After a snapshot: count what was not reported as not holding, and keep what still matters. */
static bool condition_end(void *item, void *arg)
{
	struct condition *condition = item;
	struct snapshot *snap = arg;
	const struct finding *last = &condition->last;
	bool seen = condition->seen;

	condition->seen = false;
	if (!condition->is_finding)
		return seen && (condition->past || condition->lasting);
	if (!seen) {
		condition_shift(condition);
		condition_push(condition, false, snap->time_s);
	}
	if (!seen && last->vm_key && !snapshot_vm(snap, last->vm_key))
		condition->past = condition->lasting = 0; /* the VM is gone, and its troubles */
	if (condition->lasting)
		snapshot_add(snap, condition);
	return condition->past || condition->lasting || condition_forget(condition, NULL);
}

static int text_order(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int worst_first(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	int order;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->since_s != b->since_s)
		return a->since_s < b->since_s ? -1 : 1;
	order = text_order(a->vm, b->vm);
	order = order ? order : text_order(a->vm_key, b->vm_key);
	order = order ? order : text_order(a->rule, b->rule);
	return order ? order : text_order(a->subject, b->subject);
}

void judge_end(struct judge *judge)
{
	struct snapshot *snap = judge->snap;

	snap->finding = arena_array(&snap->arena, judge->known.n_item, sizeof(struct finding));
	snap->n_finding = 0;
	bykey_sweep(&judge->known, condition_end, snap);
	if (snap->n_finding)
		qsort(snap->finding, snap->n_finding, sizeof(struct finding), worst_first);
	judge->snap = NULL;
}
