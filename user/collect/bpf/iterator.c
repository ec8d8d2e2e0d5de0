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

int iterator_run(int link, bpf_found_thread *found, void *arg)
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
		used = found ? take_samples(buffer, filled, found, arg, &result) : filled;
		memmove(buffer, buffer + used, filled - used);
		filled -= used;
	} while (got && !result);
	free(buffer);
	close(fd);
	return result;
}
