// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives threads; hands a software clock of each to the kernel, and takes it back when it ends. */
#include "collect/samplers.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/vec.h"

#define SAMPLERS_MAX 256 /* loops that are sampled: each is a descriptor */

int samplers_add(struct samplers *samplers, const struct bpf_program *program, __u32 tid, __u64 id,
		 __u64 period_ns)
{
	struct perf_event_attr attribute = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attribute),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
	};
	struct bpf_link *link;
	int fd;

	if (samplers->count == SAMPLERS_MAX)
		return -ENOSPC;
	if (vec_reserve((void **)&samplers->list, &samplers->capacity, samplers->count,
			sizeof(*samplers->list)))
		return -ENOMEM;
	fd = (int)syscall(SYS_perf_event_open, &attribute, (pid_t)tid, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(program, fd);
	if (!link) {
		close(fd);
		return -errno;
	}
	samplers->list[samplers->count++] = (struct sampler){ link, id };
	return 0;
}

void samplers_end(struct samplers *samplers, __u64 id)
{
	size_t i;

	for (i = 0; i < samplers->count && samplers->list[i].id != id; i++)
		;
	if (i == samplers->count)
		return;
	bpf_link__destroy(samplers->list[i].link);
	samplers->list[i] = samplers->list[--samplers->count];
}

void samplers_free(struct samplers *samplers)
{
	size_t i;

	for (i = 0; i < samplers->count; i++)
		bpf_link__destroy(samplers->list[i].link);
	free(samplers->list);
	memset(samplers, 0, sizeof(*samplers));
}
