// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens a software clock event for each CPU. */
#include "collect/bpf/cpu_clock.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Returns the descriptor, or negative errno. */
static int start_one(int program, int cpu, __u64 period_ns)
{
	struct perf_event_attr attribute = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attribute),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
		.exclude_idle = 1,
	};
	int error, fd = (int)syscall(SYS_perf_event_open, &attribute, (pid_t)-1, cpu, -1,
				     PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* without a link: it takes a second descriptor, and both end with the process */
	if (!ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) && !ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int cpu_clock_start(struct cpu_clock *clock, int program, int cpus, __u64 period_ns)
{
	int cpu, fd;

	clock->fds = calloc((size_t)cpus, sizeof(*clock->fds));
	if (!clock->fds)
		return -ENOMEM;
	for (cpu = 0; cpu < cpus; cpu++) {
		fd = start_one(program, cpu, period_ns);
		if (fd == -ENODEV) /* it is offline */
			continue;
		if (fd < 0) {
			/* samples of some CPUs alone would tell a wrong tale */
			cpu_clock_stop(clock);
			return fd;
		}
		clock->fds[clock->count++] = fd;
	}
	return 0;
}

void cpu_clock_stop(struct cpu_clock *clock)
{
	int i;

	for (i = 0; i < clock->count; i++)
		close(clock->fds[i]);
	free(clock->fds);
	memset(clock, 0, sizeof(*clock));
}
