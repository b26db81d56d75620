// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/reel.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "probes/pack.h"

/* Level 1 halves what packing leaves, for a third of its time; more levels gain little. */
enum { LEVEL = 1, RAW_MOST = 4 << 20, COARSEST = 1000, JUMP_S = 60 };

/* Some snapshots one after the other; the first needs none before it. */
struct piece {
	size_t first; /* its number */
	double time_s[REEL_PIECE];
	uint32_t end[REEL_PIECE]; /* where each ends, once unpacked */
	unsigned count;
	unsigned char *data;
	size_t len;	    /* of data */
	size_t size;	    /* what data holds once decompressed */
	bool is_compressed; /* the newest is not, until it is full; then data is */
};

struct reel {
	pthread_mutex_t lock;
	size_t bytes_most, bytes; /* of the pieces but the newest */
	struct piece **piece;	  /* oldest first; the last is the newest */
	size_t n_piece, cap_piece;
	size_t end; /* the number of the next snapshot */
	/* Of the thread that adds. */
	struct packer *packer;
	struct pack_bytes packed; /* of the newest piece */
	ZSTD_CCtx *zstd;
	unsigned keep_one_in, skipped;
	double last_s; /* of the newest that was offered */
};

struct reel *reel_new(size_t bytes_most)
{
	struct reel *reel = xcalloc(1, sizeof(*reel));

	pthread_mutex_init(&reel->lock, NULL);
	reel->bytes_most = bytes_most;
	reel->packer = packer_new();
	reel->zstd = ZSTD_createCCtx();
	if (!reel->zstd)
		die("out of memory for the compressor");
	reel->keep_one_in = 1;
	reel->last_s = NAN;
	return reel;
}

static void piece_free(struct piece *piece)
{
	if (piece->is_compressed)
		free(piece->data);
	free(piece);
}

void reel_free(struct reel *reel)
{
	if (!reel)
		return;
	for (size_t i = 0; i < reel->n_piece; i++)
		piece_free(reel->piece[i]);
	free(reel->piece);
	packer_free(reel->packer);
	free(reel->packed.data);
	ZSTD_freeCCtx(reel->zstd);
	pthread_mutex_destroy(&reel->lock);
	free(reel);
}

static size_t cost_of(const struct piece *piece)
{
	return sizeof(*piece) + piece->len;
}

static struct piece *newest(const struct reel *reel)
{
	return reel->n_piece ? reel->piece[reel->n_piece - 1] : NULL;
}

static size_t end_of(const struct piece *piece)
{
	return piece->count ? piece->end[piece->count - 1] : 0;
}

/* Adding. */

static void drop_oldest(struct reel *reel)
{
	reel->bytes -= cost_of(reel->piece[0]);
	piece_free(reel->piece[0]);
	memmove(reel->piece, reel->piece + 1, --reel->n_piece * sizeof(reel->piece[0]));
}

/* The newest stays, whatever it takes. */
static void make_room(struct reel *reel, double now_s)
{
	while (reel->n_piece > 1) {
		const struct piece *oldest = reel->piece[0];

		if (reel->bytes <= reel->bytes_most &&
			!(now_s - oldest->time_s[oldest->count - 1] > REEL_SPAN_S))
			return;
		drop_oldest(reel);
	}
}

/* From one that is kept to the next, without the steps of a clock that is set. NAN: unknown. */
static double step_of(const struct reel *reel, const struct piece *piece)
{
	double sum_s = 0;
	unsigned n = 0;

	for (unsigned i = 1; i < piece->count; i++) {
		const double step_s = piece->time_s[i] - piece->time_s[i - 1];

		if (step_s > 0 && step_s < (double)JUMP_S * reel->keep_one_in) {
			sum_s += step_s;
			n++;
		}
	}
	return n ? sum_s / n : NAN;
}

/* One in so many that as much as there was in the newest fits for the whole span. */
static unsigned coarseness(const struct reel *reel, const struct piece *piece)
{
	const double each_s = step_of(reel, piece) / reel->keep_one_in;
	const double each = (double)cost_of(piece) / piece->count;
	const double wanted = REEL_SPAN_S / each_s * each / (double)reel->bytes_most;

	if (isnan(wanted))
		return reel->keep_one_in;
	return (unsigned)fmin(fmax(ceil(wanted), 1), COARSEST);
}

/* The newest is full. */
static void close_piece(struct reel *reel)
{
	struct piece *piece = newest(reel);
	const size_t size = ZSTD_compressBound(reel->packed.len);
	unsigned char *data = xcalloc(size, 1);
	const size_t len = ZSTD_compressCCtx(
		reel->zstd, data, size, reel->packed.data, reel->packed.len, LEVEL);

	if (ZSTD_isError(len))
		die("cannot compress the last minutes: %s", ZSTD_getErrorName(len));
	pthread_mutex_lock(&reel->lock);
	piece->data = xrealloc_array(data, len, 1);
	piece->size = reel->packed.len;
	piece->len = len;
	piece->is_compressed = true;
	reel->bytes += cost_of(piece);
	reel->keep_one_in = coarseness(reel, piece);
	pthread_mutex_unlock(&reel->lock);
	reel->packed.len = 0;
}

static struct piece *open_piece(struct reel *reel)
{
	struct piece *piece = xcalloc(1, sizeof(*piece));

	packer_restart(reel->packer);
	piece->first = reel->end;
	pthread_mutex_lock(&reel->lock);
	reel->piece = xgrow(reel->piece, reel->n_piece + 1, &reel->cap_piece, sizeof(*reel->piece));
	reel->piece[reel->n_piece++] = piece;
	pthread_mutex_unlock(&reel->lock);
	return piece;
}

static bool is_wanted(struct reel *reel, const struct snapshot *snap)
{
	/* A clock that was set back, or far ahead: the first after that is kept. */
	const bool in_order = snap->time_s > reel->last_s && snap->time_s - reel->last_s < JUMP_S;

	reel->last_s = snap->time_s;
	if (in_order && ++reel->skipped < reel->keep_one_in)
		return false;
	reel->skipped = 0;
	return true;
}

bool reel_add(struct reel *reel, const struct snapshot *snap)
{
	struct piece *piece = newest(reel);

	if (!is_wanted(reel, snap))
		return false;
	if (piece && !piece->is_compressed &&
		(piece->count == REEL_PIECE || end_of(piece) > RAW_MOST))
		close_piece(reel);
	if (!piece || piece->is_compressed)
		piece = open_piece(reel);
	pthread_mutex_lock(&reel->lock);
	packer_add(reel->packer, snap, &reel->packed);
	piece->time_s[piece->count] = snap->time_s;
	piece->end[piece->count++] = (uint32_t)reel->packed.len;
	reel->end++;
	make_room(reel, snap->time_s);
	pthread_mutex_unlock(&reel->lock);
	return true;
}

unsigned reel_coarseness(struct reel *reel)
{
	unsigned one_in;

	pthread_mutex_lock(&reel->lock);
	one_in = reel->keep_one_in;
	pthread_mutex_unlock(&reel->lock);
	return one_in;
}

size_t reel_bytes(struct reel *reel)
{
	size_t bytes;

	pthread_mutex_lock(&reel->lock);
	bytes = reel->bytes + reel->packed.size + sizeof(struct piece);
	pthread_mutex_unlock(&reel->lock);
	return bytes;
}

/* Reading. */

void reel_range(struct reel *reel, size_t *first, size_t *end)
{
	pthread_mutex_lock(&reel->lock);
	*first = reel->n_piece ? reel->piece[0]->first : reel->end;
	*end = reel->end;
	pthread_mutex_unlock(&reel->lock);
}

/* The piece that has number i; NULL: none has. */
static struct piece *piece_of(const struct reel *reel, size_t i)
{
	size_t low = 0, high = reel->n_piece;

	while (low < high) {
		const size_t mid = (low + high) / 2;
		struct piece *piece = reel->piece[mid];

		if (i < piece->first)
			high = mid;
		else if (i >= piece->first + piece->count)
			low = mid + 1;
		else
			return piece;
	}
	return NULL;
}

double reel_time_s(struct reel *reel, size_t i)
{
	const struct piece *piece;
	double time_s;

	pthread_mutex_lock(&reel->lock);
	piece = piece_of(reel, i);
	time_s = piece ? piece->time_s[i - piece->first] : NAN;
	pthread_mutex_unlock(&reel->lock);
	return time_s;
}

bool reel_span(struct reel *reel, double *from_s, double *to_s)
{
	*from_s = *to_s = NAN;
	pthread_mutex_lock(&reel->lock);
	for (size_t i = 0; i < reel->n_piece; i++)
		for (unsigned k = 0; k < reel->piece[i]->count; k++) {
			*from_s = fmin(*from_s, reel->piece[i]->time_s[k]);
			*to_s = fmax(*to_s, reel->piece[i]->time_s[k]);
		}
	pthread_mutex_unlock(&reel->lock);
	return !isnan(*from_s);
}

struct reel_reader {
	struct reel *reel;
	struct unpacker *unpacker;
	size_t piece, next; /* number of the first of the piece that is read, and of the next */
	bool has_piece;
	unsigned char *raw; /* of that piece: so much of it is here */
	size_t len, size;
	uint32_t end[REEL_PIECE];
	unsigned char *packed; /* a copy to decompress */
	size_t packed_len, packed_size;
};

struct reel_reader *reel_reader_new(struct reel *reel)
{
	struct reel_reader *reader = xcalloc(1, sizeof(*reader));

	reader->reel = reel;
	reader->unpacker = unpacker_new();
	return reader;
}

void reel_reader_free(struct reel_reader *reader)
{
	if (!reader)
		return;
	unpacker_free(reader->unpacker);
	free(reader->raw);
	free(reader->packed);
	free(reader);
}

static void begin_piece(struct reel_reader *reader, const struct piece *piece)
{
	reader->piece = reader->next = piece->first;
	reader->has_piece = true;
	reader->len = 0;
	unpacker_restart(reader->unpacker);
}

/* Copy what is missing to read number i, under the reel's lock. Returns the size to decompress to.
 */
static size_t copy_piece(struct reel_reader *reader, const struct piece *piece, size_t i)
{
	const struct reel *reel = reader->reel;
	const size_t end = piece->end[i - piece->first];

	if (!reader->has_piece || reader->piece != piece->first || reader->next > i)
		begin_piece(reader, piece);
	memcpy(reader->end, piece->end, piece->count * sizeof(piece->end[0]));
	if (reader->len >= end)
		return 0;
	if (piece->is_compressed) {
		reader->packed = xgrow(reader->packed, piece->len, &reader->packed_size, 1);
		memcpy(reader->packed, piece->data, piece->len);
		reader->packed_len = piece->len;
		return piece->size;
	}
	reader->raw = xgrow(reader->raw, end, &reader->size, 1);
	memcpy(reader->raw + reader->len, reel->packed.data + reader->len, end - reader->len);
	reader->len = end;
	return 0;
}

static void decompress(struct reel_reader *reader, size_t size)
{
	size_t got;

	reader->raw = xgrow(reader->raw, size, &reader->size, 1);
	got = ZSTD_decompress(reader->raw, size, reader->packed, reader->packed_len);
	if (got != size)
		die("the last minutes cannot be decompressed");
	reader->len = size;
}

int reel_read(struct reel_reader *reader, size_t i, struct snapshot *snap, struct err *err)
{
	const struct piece *piece;
	size_t size = 0;

	pthread_mutex_lock(&reader->reel->lock);
	piece = piece_of(reader->reel, i);
	if (piece)
		size = copy_piece(reader, piece, i);
	pthread_mutex_unlock(&reader->reel->lock);
	if (!piece)
		return err_set(err, -ENOENT, "that moment is no longer in memory");
	if (size)
		decompress(reader, size);
	for (; reader->next <= i; reader->next++) {
		const size_t at = reader->next - reader->piece;
		const size_t from = at ? reader->end[at - 1] : 0;

		unpacker_take(reader->unpacker, reader->raw + from, reader->end[at] - from);
	}
	unpacker_get(reader->unpacker, snap);
	return 0;
}
