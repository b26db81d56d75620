// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "panes/lessonbox.h"
#include "probes/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* One file's worth of mistakes, none of which a terminal would obey. */
static void check(void *arg, const char *sentence)
{
	int *mistakes = arg;
	size_t left = strlen(sentence);

	if (++*mistakes > LESSON_MISTAKES + 1)
		abort();
	while (left) {
		unsigned cp = 0;
		const size_t n = text_utf8_next(sentence, left, &cp);

		if (!n || !text_printable(cp))
			abort();
		sentence += n;
		left -= n;
	}
}

static void check_step(const struct lesson_step *step)
{
	if (!step->title || (!step->say && !step->ask && !step->trap && !step->check) ||
		!step->ask != !step->answer || step->cover & ~(unsigned)LESSON_COVER_ALL ||
		(step->from.base == step->until.base && step->until.offset_s < step->from.offset_s))
		abort();
}

/* From the first step to the last, on a panel of a size that the file chooses. */
static void play(const struct lesson *lesson, size_t size)
{
	struct lesson_play play;
	struct canvas canvas;

	canvas_init(&canvas, (int)(size % 19), (int)(size % 83));
	lesson_play_begin(&play, lesson);
	lessonbox_draw(&play, size % 2, &canvas);
	while (lesson_play_act(&play, LESSON_NEXT) != LESSON_DONE)
		lessonbox_draw(&play, size % 2, &canvas);
	canvas_release(&canvas);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int mistakes = 0;
	struct lesson *lesson =
		lesson_parse((const char *)data, size, "fuzz", NULL, check, &mistakes);

	if (!lesson != (mistakes > 0))
		abort();
	for (size_t i = 0; lesson && i < lesson->n_step; i++)
		check_step(&lesson->step[i]);
	if (lesson)
		play(lesson, size);
	lesson_free(lesson);
	return 0;
}

/* A seed of its own, for without the first line nothing else is read. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static const char text[] =
		"lesson fuzz\ntitle T\nmode M\nrecording R\nfinding r v\nsummary S\n"
		"step A\n at finding +1m2s\n play until end -1s\n cover host gap\n pane p\n select "
		"v\n"
		" open finding\n say\n  x\n\n  $ y\n  z\n ask q\n answer a\n trap t\n check $ c\n"
		"step B\n at 1.5s\n play 20s\n cover none\n open nothing\n say x\n";

	if (seed % 64 == 0 && max >= sizeof(text)) {
		memcpy(data, text, sizeof(text));
		size = sizeof(text) - 1;
	}
	return LLVMFuzzerMutate(data, size, max);
}
