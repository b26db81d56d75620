/*
 * I/O as a VMM does it, by whichever engine, with a stamp before and after each call: a second
 * source for those who measure it from outside. System calls only, no library.
 */
#ifndef PARALLAX_LAB_IO_H
#define PARALLAX_LAB_IO_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum io_engine { IO_AIO, IO_URING, IO_THREADS };
enum io_op { IO_READ, IO_WRITE, IO_FLUSH };

enum { IO_AREA = 16 << 20 }; /* of the file that is used */

/* One thread of it: one call at a time. */
struct io {
	enum io_engine engine;
	int fd;
	size_t bytes;
	char *buf;
	uint64_t turn, seed;
	aio_context_t aio;
	int ring;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	_Atomic unsigned *sq_tail, *cq_head, *cq_tail;
	unsigned *sq_array;
	unsigned sq_mask, cq_mask;
};

static inline uint64_t io_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void *io_map(int fd, size_t size, off_t at)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);

	if (map == MAP_FAILED)
		err(1, "mmap of io_uring");
	return map;
}

static inline void io_ring_open(struct io *io)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	io->ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (io->ring < 0)
		err(77, "io_uring_setup");
	sq = io_map(io->ring, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	cq = io_map(io->ring, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	io->sqe = io_map(io->ring, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	io->cqe = (void *)(cq + p.cq_off.cqes);
	io->sq_tail = (void *)(sq + p.sq_off.tail);
	io->sq_array = (void *)(sq + p.sq_off.array);
	io->sq_mask = p.sq_entries - 1;
	io->cq_head = (void *)(cq + p.cq_off.head);
	io->cq_tail = (void *)(cq + p.cq_off.tail);
	io->cq_mask = p.cq_entries - 1;
}

static inline void io_open(struct io *io, enum io_engine engine, const char *path, int flags)
{
	*io = (struct io){ .engine = engine, .bytes = 4096, .seed = 1 };
	io->fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	if (io->fd < 0)
		err(1, "%s", path);
	if (posix_memalign((void **)&io->buf, 4096, 1 << 20))
		err(1, "memory");
	memset(io->buf, 'x', 1 << 20);
	if (engine == IO_AIO && syscall(SYS_io_setup, 4, &io->aio) < 0)
		err(77, "io_setup");
	if (engine == IO_URING)
		io_ring_open(io);
}

static inline void io_close(struct io *io)
{
	if (io->engine == IO_AIO)
		syscall(SYS_io_destroy, io->aio);
	if (io->engine == IO_URING)
		close(io->ring);
	close(io->fd);
	free(io->buf);
}

static inline ssize_t io_by_aio(struct io *io, enum io_op op, off_t at)
{
	static const unsigned code[] = { IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_FDSYNC };
	struct iocb call = { .aio_fildes = (unsigned)io->fd,
		.aio_lio_opcode = (unsigned short)code[op],
		.aio_buf = op == IO_FLUSH ? 0 : (uintptr_t)io->buf,
		.aio_nbytes = op == IO_FLUSH ? 0 : io->bytes,
		.aio_offset = op == IO_FLUSH ? 0 : at },
		    *calls = &call;
	struct io_event event;

	if (syscall(SYS_io_submit, io->aio, 1, &calls) != 1)
		return -errno;
	while (syscall(SYS_io_getevents, io->aio, 1, 1, &event, NULL) != 1)
		if (errno != EINTR)
			return -errno;
	return (ssize_t)event.res;
}

static inline ssize_t io_by_uring(struct io *io, enum io_op op, off_t at)
{
	static const unsigned char code[] = { IORING_OP_READ, IORING_OP_WRITE, IORING_OP_FSYNC };
	unsigned tail = *io->sq_tail, head = *io->cq_head, i = tail & io->sq_mask;
	ssize_t result;

	io->sqe[i] = (struct io_uring_sqe){ .opcode = code[op], .fd = io->fd };
	if (op == IO_FLUSH) {
		io->sqe[i].fsync_flags = IORING_FSYNC_DATASYNC;
	} else {
		io->sqe[i].addr = (uintptr_t)io->buf;
		io->sqe[i].len = (unsigned)io->bytes;
		io->sqe[i].off = (unsigned long long)at;
	}
	io->sq_array[i] = i;
	*io->sq_tail = tail + 1;
	if (syscall(SYS_io_uring_enter, io->ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 &&
		errno != EINTR)
		return -errno;
	while (*io->cq_tail == head)
		syscall(SYS_io_uring_enter, io->ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	result = io->cqe[head & io->cq_mask].res;
	*io->cq_head = head + 1;
	return result;
}

static inline ssize_t io_by_thread(struct io *io, enum io_op op, off_t at)
{
	struct iovec part[2] = { { io->buf, 512 }, { io->buf + 512, io->bytes - 512 } };
	bool whole = ++io->turn % 2; /* QEMU does either, by how many pieces there are */

	switch (op) {
	case IO_READ:
		return whole ? pread(io->fd, io->buf, io->bytes, at) : preadv(io->fd, part, 2, at);
	case IO_WRITE:
		return whole ? pwrite(io->fd, io->buf, io->bytes, at)
			     : pwritev(io->fd, part, 2, at);
	case IO_FLUSH:
		break;
	}
	return fdatasync(io->fd);
}

/* One call somewhere in the file; how long it took, in ns. */
static inline uint64_t io_one(struct io *io, enum io_op op)
{
	off_t at;
	uint64_t begin;
	ssize_t n;

	io->seed = io->seed * 6364136223846793005u + 1442695040888963407u;
	at = (off_t)((io->seed >> 33) % (IO_AREA / io->bytes) * io->bytes);
	begin = io_now_ns();
	n = io->engine == IO_AIO     ? io_by_aio(io, op, at)
	    : io->engine == IO_URING ? io_by_uring(io, op, at)
				     : io_by_thread(io, op, at);
	if (n != (op == IO_FLUSH ? 0 : (ssize_t)io->bytes))
		errx(1, "a call has ended with %zd", n);
	return io_now_ns() - begin;
}

/* A file of IO_AREA that has all of its blocks. */
static inline void io_make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *block = calloc(1, 1 << 20);

	if (fd < 0 || !block)
		err(1, "%s", path);
	for (int i = 0; i < IO_AREA >> 20; i++)
		if (write(fd, block, 1 << 20) != 1 << 20)
			err(1, "%s", path);
	if (fsync(fd) < 0)
		err(1, "%s", path);
	free(block);
	close(fd);
}

#endif
