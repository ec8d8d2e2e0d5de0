// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps the newest text in one of two places that are written alternately. */
#include "watch/exposition.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A text with an even number is in the first place, one with an odd number in the second. As long
 * as `number` does not change, its place is not written.
 */
struct exposition_page {
	uint64_t number;
	struct {
		uint64_t until_ns;
		uint64_t length[NR_METRICS_FORMATS];
	} places[2];
};

#define HEAD_BYTES 4096
#define PLACE_BYTES ((size_t)EXPOSITION_MAX_BYTES * NR_METRICS_FORMATS)
#define PAGE_BYTES (HEAD_BYTES + 2 * PLACE_BYTES)

static char *text_of(const struct exposition_page *page, uint64_t number, int format)
{
	return (char *)page + HEAD_BYTES + (number & 1) * PLACE_BYTES +
	       (size_t)format * EXPOSITION_MAX_BYTES;
}

static void *map(int fd, int protection)
{
	void *page = mmap(NULL, PAGE_BYTES, protection, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

int exposition_open(struct exposition *ret, struct err *e)
{
	int fd = memfd_create("boundby-metrics", MFD_CLOEXEC | MFD_ALLOW_SEALING), error;

	memset(ret, 0, sizeof(*ret));
	if (fd >= 0 && !ftruncate(fd, PAGE_BYTES)) {
		ret->write = map(fd, PROT_READ | PROT_WRITE);
		/* after this (Linux 5.1) no other mapping can ever be made one to write to */
		fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
		if (ret->write && !madvise(ret->write, PAGE_BYTES, MADV_DONTFORK))
			ret->read = map(fd, PROT_READ);
	}
	error = errno;
	if (fd >= 0)
		close(fd);
	if (ret->read)
		return 0;
	exposition_close(ret);
	return err_set(e, ERR_FAILED, "cannot share memory with the metrics server: %s",
		       strerror(error));
}

void exposition_close(struct exposition *exposition)
{
	if (exposition->write)
		munmap(exposition->write, PAGE_BYTES);
	if (exposition->read)
		munmap((void *)exposition->read, PAGE_BYTES);
	memset(exposition, 0, sizeof(*exposition));
}

int exposition_put(struct exposition *exposition, const char *const text[NR_METRICS_FORMATS],
		   uint64_t until_ns)
{
	struct exposition_page *page = exposition->write;
	uint64_t next = page->number + 1;
	size_t length[NR_METRICS_FORMATS];
	int i;

	for (i = 0; i < NR_METRICS_FORMATS; i++) {
		length[i] = strlen(text[i]);
		if (length[i] > EXPOSITION_MAX_BYTES)
			return -1;
	}
	/* that the one before took its place is seen before its own place is written to */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < NR_METRICS_FORMATS; i++) {
		memcpy(text_of(page, next, i), text[i], length[i]);
		page->places[next & 1].length[i] = length[i];
	}
	page->places[next & 1].until_ns = until_ns;
	__atomic_store_n(&page->number, next, __ATOMIC_SEQ_CST);
	return 0;
}

void exposition_look(const struct exposition *exposition, struct exposition_view *ret)
{
	const struct exposition_page *page = exposition->read;
	int i;

	ret->number = __atomic_load_n(&page->number, __ATOMIC_ACQUIRE);
	ret->until_ns = page->places[ret->number & 1].until_ns;
	for (i = 0; i < NR_METRICS_FORMATS; i++) {
		uint64_t length = page->places[ret->number & 1].length[i];

		ret->text[i] = text_of(page, ret->number, i);
		/* read while it is written it may be anything */
		ret->length[i] = length <= EXPOSITION_MAX_BYTES ? length : 0;
	}
}

bool exposition_holds(const struct exposition *exposition, const struct exposition_view *view)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&exposition->read->number, __ATOMIC_RELAXED) == view->number;
}
