// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/unzstd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "probes/arena.h"
#include "probes/err.h"

enum { IN_BYTES = 128 << 10 };

struct unzstd {
	int fd;
	bool is_file;
	uint64_t at, end; /* of a file: the next byte to be read, and the first not to be */
	ZSTD_DCtx *zstd;
	char *in;
	size_t used, filled; /* of in */
	bool frame_ended, at_eof;
	bool full;   /* the last read was: the decompressor may hold more */
	bool broken; /* what follows cannot be known */
};

static struct unzstd *new_of(int fd, bool is_file)
{
	struct unzstd *unzstd = xcalloc(1, sizeof(*unzstd));

	unzstd->fd = fd;
	unzstd->is_file = is_file;
	unzstd->in = xcalloc(IN_BYTES, 1);
	unzstd->zstd = ZSTD_createDCtx();
	if (!unzstd->zstd)
		die("out of memory for the decompressor");
	ZSTD_DCtx_setParameter(unzstd->zstd, ZSTD_d_windowLogMax, UNZSTD_WINDOW_LOG);
	return unzstd;
}

struct unzstd *unzstd_pipe(int fd)
{
	return new_of(fd, false);
}

struct unzstd *unzstd_file(int fd)
{
	return new_of(fd, true);
}

void unzstd_give(struct unzstd *unzstd, const char *data, size_t len)
{
	memcpy(unzstd->in, data, len);
	unzstd->filled = len;
}

void unzstd_free(struct unzstd *unzstd)
{
	if (!unzstd)
		return;
	ZSTD_freeDCtx(unzstd->zstd);
	free(unzstd->in);
	free(unzstd);
}

void unzstd_seek(struct unzstd *unzstd, uint64_t at, uint64_t end)
{
	ZSTD_DCtx_reset(unzstd->zstd, ZSTD_reset_session_only);
	unzstd->at = at;
	unzstd->end = end;
	unzstd->used = unzstd->filled = 0;
	unzstd->frame_ended = unzstd->at_eof = unzstd->full = unzstd->broken = false;
}

uint64_t unzstd_tell(const struct unzstd *unzstd, bool *whole)
{
	*whole = unzstd->frame_ended;
	return unzstd->at - (unzstd->filled - unzstd->used);
}

/* More input, where it is wanted. Returns 0 or a negative errno; at_eof when there is none. */
static int refill(struct unzstd *unzstd)
{
	size_t want = IN_BYTES;
	ssize_t got;

	if (unzstd->used < unzstd->filled || unzstd->at_eof || unzstd->full)
		return 0;
	if (unzstd->is_file && unzstd->end - unzstd->at < want)
		want = (size_t)(unzstd->end - unzstd->at);
	do
		got = unzstd->is_file ? pread(unzstd->fd, unzstd->in, want, (off_t)unzstd->at)
				      : read(unzstd->fd, unzstd->in, want);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	unzstd->at += (uint64_t)got;
	unzstd->used = 0;
	unzstd->filled = (size_t)got;
	unzstd->at_eof = got == 0;
	return 0;
}

ssize_t unzstd_read(void *arg, char *buf, size_t size)
{
	struct unzstd *unzstd = arg;
	ZSTD_outBuffer out = { buf, size, 0 };

	if (unzstd->broken)
		return -EBADMSG;
	while (out.pos == 0 && !(unzstd->is_file && unzstd->frame_ended)) {
		ZSTD_inBuffer in;
		size_t left;
		const int rc = refill(unzstd);

		if (rc < 0)
			return rc;
		in = (ZSTD_inBuffer){ unzstd->in, unzstd->filled, unzstd->used };
		left = ZSTD_decompressStream(unzstd->zstd, &out, &in);
		unzstd->broken = ZSTD_isError(left);
		if (unzstd->broken)
			return out.pos ? (ssize_t)out.pos : -EBADMSG;
		unzstd->used = in.pos;
		unzstd->frame_ended = left == 0;
		unzstd->full = out.pos == out.size;
		if (unzstd->at_eof && out.pos == 0)
			break; /* what the decompressor still held is out, too */
	}
	return (ssize_t)out.pos;
}

bool unzstd_begins(const char *data, size_t len)
{
	static const char magic[] = "\x28\xb5\x2f\xfd";
	/* Skippable frames: 0x184d2a50 to 5f, little endian. */
	static const char skippable[] = "\x2a\x4d\x18";

	if (len < UNZSTD_MAGIC_BYTES)
		return false;
	return memcmp(data, magic, 4) == 0 ||
	       ((data[0] & 0xf0) == 0x50 && memcmp(data + 1, skippable, 3) == 0);
}
