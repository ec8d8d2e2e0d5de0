// SPDX-License-Identifier: GPL-2.0-or-later
/* Reassembles whole samples from what a BPF iterator writes, in pieces of any size. */
#include "collect/bpf/iterator.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ITERATOR_BUFFER (128 * 1024) /* holds the largest sample with all that follows it */
#define HISTOGRAM_BITS ((1u << NR_STATES) - (1u << WIRE_FIRST_WAIT))

/* Hands the whole samples of a buffer on. Returns the bytes used; *result: what found() said. */
static size_t take_samples(const char *buffer, size_t filled, bpf_found_thread *found, void *arg,
			   int *result)
{
	struct wait_histogram waits[WIRE_WAIT_STATES];
	struct thread_sample sample;
	struct loop_sample loop;
	size_t used = 0, size, loop_size;

	while (filled - used >= sizeof(sample) && !*result) {
		memcpy(&sample, buffer + used, sizeof(sample));
		sample.histograms &= HISTOGRAM_BITS;
		size = (size_t)__builtin_popcount(sample.histograms) * sizeof(*waits);
		loop_size = sample.loops ? sizeof(loop) : 0;
		if (filled - used < sizeof(sample) + size + loop_size)
			break;
		used += sizeof(sample);
		memcpy(waits, buffer + used, size);
		memcpy(&loop, buffer + used + size, loop_size);
		used += size + loop_size;
		*result = found(arg, &sample, waits, sample.loops ? &loop : NULL);
	}
	return used;
}

/* Whole rows of a fixed size. The same as above. */
static size_t take_rows(const char *buffer, size_t filled, size_t size, iterator_found *found,
			void *arg, int *result)
{
	size_t used;

	for (used = 0; filled - used >= size && !*result; used += size)
		*result = found(arg, buffer + used);
	return used;
}

/* What is read is samples of threads, where found_thread is there; rows of row_size, where found is. */
struct reading {
	bpf_found_thread *found_thread;
	iterator_found *found;
	size_t row_size;
	void *arg;
};

static size_t take(const struct reading *reading, const char *buffer, size_t filled, int *result)
{
	if (reading->found_thread)
		return take_samples(buffer, filled, reading->found_thread, reading->arg, result);
	if (reading->found)
		return take_rows(buffer, filled, reading->row_size, reading->found, reading->arg,
				 result);
	return filled;
}

static int run(int link, const struct reading *reading)
{
	size_t filled = 0, used;
	char *buffer;
	ssize_t got;
	int fd, result = 0;

	fd = bpf_iter_create(link);
	if (fd < 0)
		return -errno;
	buffer = malloc(ITERATOR_BUFFER);
	if (!buffer) {
		close(fd);
		return -ENOMEM;
	}
	do {
		got = read(fd, buffer + filled, ITERATOR_BUFFER - filled);
		if (got < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			result = -errno;
			break;
		}
		filled += (size_t)got;
		used = take(reading, buffer, filled, &result);
		memmove(buffer, buffer + used, filled - used);
		filled -= used;
	} while (got && !result);
	free(buffer);
	close(fd);
	return result;
}

int iterator_run(int link, bpf_found_thread *found, void *arg)
{
	return run(link, &(struct reading){ .found_thread = found, .arg = arg });
}

int iterator_rows(int link, size_t size, iterator_found *found, void *arg)
{
	return run(link, &(struct reading){ .found = found, .row_size = size, .arg = arg });
}
