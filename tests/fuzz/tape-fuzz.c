// SPDX-License-Identifier: GPL-2.0-or-later
/* Recordings of any bytes: all that can be read is whole, and the rest has a sentence. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "probes/recordfile.h"
#include "probes/recordindex.h"
#include "probes/tape.h"
#include "probes/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* libFuzzer's inputs have 4 KiB unless a corpus has larger ones. */
enum { SEED_MOST = 4096, LINES_MOST = 64 << 10, SEED_SNAPSHOTS = 4 };

/* One sentence of ours, which no terminal obeys. */
static void check_error(int rc, const struct err *err)
{
	if (rc != err->code || !err->text[0])
		abort();
	for (const char *s = err->text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
}

static void check_spans(struct spans *spans)
{
	size_t n;
	const struct span *span = spans_get(spans, &n);

	if (n > SPANS_MOST)
		abort();
	for (size_t i = 1; i < n; i++)
		if (span[i].begin_s < span[i - 1].begin_s)
			abort();
}

/* Forwards, as it is played, and backwards: the same can be read. */
static void read_all(struct tape *tape)
{
	struct snapshot *snap = snapshot_new();
	const size_t n = tape_count(tape);
	bool *good = calloc(n ? n : 1, sizeof(*good));

	for (size_t k = 0; k < 2 * n; k++) {
		const size_t i = k < n ? k : 2 * n - 1 - k;
		struct err err = { 0 };
		const int rc = tape_read(tape, i, snap, &err);

		if (rc < 0)
			check_error(rc, &err);
		if (k < n)
			good[i] = rc == 0;
		else if (good[i] != (rc == 0))
			abort();
		(void)tape_time_s(tape, i);
	}
	free(good);
	snapshot_free(snap);
}

static void play(const char *path)
{
	static const atomic_bool never;
	struct tape *tape = NULL;
	struct err err = { 0 };
	int rc = tape_open(path, &tape, &err);

	if (rc < 0) {
		check_error(rc, &err);
		return;
	}
	rc = tape_index(tape, &never, &err);
	if (rc < 0)
		check_error(rc, &err);
	check_spans(tape_spans(tape));
	if (tape_count(tape) < 1000)
		read_all(tape);
	tape_close(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int fd = memfd_create("tape", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	play(path);
	close(fd);
	return 0;
}

/* A real recording to begin with, for random bytes are none. */

static void make(struct snapshot *snap, unsigned i)
{
	snapshot_clear(snap);
	snap->parallax = SNAPSHOT_VERSION;
	snap->time_s = 1000 + i;
	snap->interval_s = 1;
	snap->host.name = arena_printf(&snap->arena, "host-%u", i);
	snap->n_finding = i > 0 && i < 3;
	snap->finding = arena_array(&snap->arena, 1, sizeof(*snap->finding));
	snap->finding[0] = (struct finding){
		.pane = "steal", .rule = "steal-hidden", .vm_key = "k", .vm = "a", .since_s = 1001
	};
}

static size_t record(uint8_t *out, size_t most)
{
	char dir[] = "/tmp/parallax-fuzz-XXXXXX", path[64];
	struct snapshot *snap = snapshot_new();
	struct record_file *file;
	ssize_t got;
	FILE *in;

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/tape", dir);
	if (record_file_create(path, &file, NULL) < 0)
		abort();
	for (unsigned i = 0; i < SEED_SNAPSHOTS; i++) {
		make(snap, i);
		if (record_file_add(file, snap, NULL) < 0)
			abort();
	}
	if (record_file_close(file, NULL) < 0)
		abort();
	snapshot_free(snap);
	in = fopen(path, "r");
	got = in ? (ssize_t)fread(out, 1, most, in) : -1;
	if (got <= 0 || (size_t)got == most)
		abort();
	fclose(in);
	unlink(path);
	rmdir(dir);
	return (size_t)got;
}

/* Two of them, as if one had been appended. */
static size_t seed_recording(uint8_t *data, size_t max)
{
	static uint8_t seed[SEED_MOST];
	static size_t len;

	if (!len)
		len = record(seed, sizeof(seed) / 2);
	if (2 * len > max)
		return 0;
	memcpy(data, seed, len);
	memcpy(data + len, seed, len);
	return 2 * len;
}

/* Lines without frames, whose checksums would keep most changes out. */
static size_t seed_lines(uint8_t *data, size_t max)
{
	static uint8_t packed[SEED_MOST], lines[LINES_MOST];
	static size_t got;

	if (!got && seed_recording(packed, sizeof(packed)))
		got = ZSTD_decompress(lines, sizeof(lines), packed,
			ZSTD_findFrameCompressedSize(packed, sizeof(packed)));
	if (ZSTD_isError(got))
		abort();
	memcpy(data, lines, got < max ? got : max);
	return got < max ? got : max;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t len = 0;

	if (seed % 16 == 0)
		len = seed_recording(data, max);
	else if (seed % 16 == 1)
		len = seed_lines(data, max);
	return LLVMFuzzerMutate(data, len ? len : size, max);
}
