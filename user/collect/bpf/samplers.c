// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens a software clock event for each sampled thread, and closes it when the thread ends. */
#include "collect/bpf/samplers.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/vec.h"

#define SAMPLERS_MAX 256 /* loops that are sampled: each takes an fd */

int samplers_add(struct samplers *samplers, __u32 tid, __u64 id)
{
	if (samplers->count == SAMPLERS_MAX)
		return -ENOSPC;
	if (vec_reserve((void **)&samplers->list, &samplers->capacity, samplers->count,
			sizeof(*samplers->list)))
		return -ENOMEM;
	samplers->list[samplers->count++] = (struct sampler){ .id = id, .tid = tid };
	return 0;
}

static int start(struct sampler *sampler, const struct bpf_program *program, __u64 period_ns)
{
	struct perf_event_attr attribute = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attribute),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
	};
	int fd;

	fd = (int)syscall(SYS_perf_event_open, &attribute, (pid_t)sampler->tid, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	sampler->link = bpf_program__attach_perf_event(program, fd);
	if (!sampler->link) {
		close(fd);
		return -errno;
	}
	return 0;
}

int samplers_start(struct samplers *samplers, const struct bpf_program *program, __u64 period_ns)
{
	size_t i, kept = 0;
	int error, result = 0;

	for (i = 0; i < samplers->count; i++) {
		error = samplers->list[i].link ? 0 : start(&samplers->list[i], program, period_ns);
		if (error == -ESRCH)
			continue;
		if (error)
			result = error;
		samplers->list[kept++] = samplers->list[i];
	}
	samplers->count = kept;
	return result;
}

void samplers_stop(struct samplers *samplers)
{
	size_t i;

	for (i = 0; i < samplers->count; i++) {
		bpf_link__destroy(samplers->list[i].link);
		samplers->list[i].link = NULL;
	}
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
	samplers_stop(samplers);
	free(samplers->list);
	memset(samplers, 0, sizeof(*samplers));
}
