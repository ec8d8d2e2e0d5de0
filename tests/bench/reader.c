// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the helper that reads targets costs: reader PID COUNT reads the stack of a sleeping process that
 * often, and prints start, first stack and the fastest of the later ones in us, and its memory in bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "collect/reader/asks.h"
#include "lib/clock.h"

#if defined(__aarch64__)
#define STACK_POINTER 31
#define PROGRAM_COUNTER 32
#else
#define STACK_POINTER 7
#define PROGRAM_COUNTER 16
#endif

/* Stack pointer and program counter are the last two words of /proc/PID/syscall; it is asleep. */
static bool copy_stack(pid_t pid, struct stack_event *event)
{
	char path[64], line[512], *at;
	struct iovec to, from;
	FILE *file;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return false;
	fclose(file);
	at = strrchr(line, ' ');
	if (!at)
		return false;
	event->registers[PROGRAM_COUNTER] = strtoull(at, NULL, 0);
	*at = '\0';
	at = strrchr(line, ' ');
	if (!at)
		return false;
	event->registers[STACK_POINTER] = strtoull(at, NULL, 0);
	event->start = event->registers[STACK_POINTER];
	to.iov_base = event->bytes + event->start % WIRE_STACK_PAGE;
	to.iov_len = sizeof(event->bytes) - event->start % WIRE_STACK_PAGE;
	from = (struct iovec){ (void *)(uintptr_t)event->start, to.iov_len };
	got = process_vm_readv(pid, &to, 1, &from, 1, 0);
	event->size = got > 0 ? (__u32)got : 0;
	event->tgid = event->tid = (__u32)pid;
	return got > 0;
}

/* us that one stack takes; negative: it has no name. */
static double read_stack(struct reader *reader, const struct stack_event *event)
{
	static struct stack_text text;
	uint64_t begun = clock_ns(CLOCK_MONOTONIC);

	if (!ask_stack(reader, event, true, NULL, begun, &text) || !text.frames[0])
		return -1;
	return (double)(clock_ns(CLOCK_MONOTONIC) - begun) / 1e3;
}

int main(int argc, char **argv)
{
	static struct stack_event event;
	uint64_t begun = clock_ns(CLOCK_MONOTONIC);
	struct reader *reader;
	double start, first, us, best = 1e12;
	struct err e = { 0 };
	int i;

	if (argc != 3 || reader_start(NULL, &reader, &e)) {
		fprintf(stderr, "reader: %s\n", e.text);
		return 2;
	}
	start = (double)(clock_ns(CLOCK_MONOTONIC) - begun) / 1e3;
	if (!copy_stack(atoi(argv[1]), &event))
		return 2;
	first = read_stack(reader, &event);
	for (i = 0; i < atoi(argv[2]); i++) {
		us = read_stack(reader, &event);
		if (us < 0)
			return 1;
		best = us < best ? us : best;
	}
	printf("%.0f %.0f %.0f %llu\n", start, first, best,
	       (unsigned long long)reader_rss_bytes(reader));
	reader_stop(reader);
	return first < 0;
}
