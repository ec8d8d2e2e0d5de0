// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes in two functions, in a third that lets the kernel compute in read, and in a fourth that
 * makes short calls. Argument: MiB that a round reads on average (8). Truth: the thread's own CPU clock
 * around each call of them, summed by name.
 */
#include "workload.h"

#define CHUNK 20000

static volatile uint64_t sink;

/* Computes without any call. times: in units of some 10 us. */
#define COMPUTE(times)                                                    \
	do {                                                              \
		uint64_t left_ = (times)*CHUNK, value_ = left_;           \
                                                                          \
		while (left_--)                                           \
			value_ = value_ * 6364136223846793005ULL + left_; \
		sink = value_;                                            \
	} while (0)

__attribute__((noinline)) static void sieve(unsigned int times)
{
	COMPUTE(times);
}

__attribute__((noinline)) static void mix(unsigned int times)
{
	COMPUTE(times);
}

__attribute__((noinline)) static void read_zeros(unsigned int times)
{
	static char zeros[1 << 20];
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	while (times--)
		if (read(fd, zeros, sizeof(zeros)) != (ssize_t)sizeof(zeros))
			die("read");
}

__attribute__((noinline)) static void ask_parent(unsigned int times)
{
	unsigned int i;

	for (i = 0; i < times * 100; i++)
		getppid();
}

/* Lengths differ from call to call, so that no clock can keep step with them. */
static unsigned int about(unsigned int times)
{
	return times / 2 + (unsigned int)rand() % (times + 1);
}

static void run(void (*part)(unsigned int), uint64_t *sum, unsigned int times)
{
	uint64_t before = thread_cpu_ns();

	part(about(times));
	truth_add(sum, thread_cpu_ns() - before);
}

int main(int argc, char **argv)
{
	unsigned int mib = argc > 2 ? (unsigned int)atoi(argv[2]) : 8;
	uint64_t *sums[4];

	workload_begin(argc, argv);
	sums[0] = truth("sieve");
	sums[1] = truth("mix");
	sums[2] = truth("read_zeros");
	sums[3] = truth("ask_parent");
	ready();
	while (running()) {
		run(sieve, sums[0], 40);
		run(mix, sums[1], 20);
		run(read_zeros, sums[2], mib);
		run(ask_parent, sums[3], 8);
	}
	truths_print();
	return 0;
}
