// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of a thread: what it did when, by the kernel's clocks of that thread. */
#include "player.h"

static const char *const state_names[] = {
#define STATE(name) #name
	SYNTH_STATES
#undef STATE
};

static __thread struct log_record *log_now; /* the stretch that has not ended */
static __thread struct log_record *log_end;
static __thread int log_schedstat = -1;

static uint64_t runnable_ns(void)
{
	char text[80] = "";
	unsigned long long run, wait;

	if (pread(log_schedstat, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%llu %llu", &run, &wait) != 2)
		die("schedstat");
	return wait;
}

static const char *log_directory;
static int log_process;

void log_begin(const char *directory, int process)
{
	log_directory = directory;
	log_process = process;
}

void log_open(int number, const char *name)
{
	char path[300];
	struct log_file *file;
	int fd;
	size_t i;

	snprintf(path, sizeof(path), "%s/%d.%d", log_directory, log_process, number);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*file)))
		die(path);
	file = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		die(path);
	close(fd);
	fd = snprintf(file->head, sizeof(file->head), "%d %d %s", getpid(), gettid(), name);
	for (i = 0; i < NR_STATES; i++)
		fd += snprintf(file->head + fd, sizeof(file->head) - (size_t)fd, " %s",
			       state_names[i]);
	pthread_setname_np(pthread_self(), name);
	log_schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	log_now = file->records;
	log_end = file->records + LOG_RECORDS - 1;
	log_now->cpu_ns = thread_cpu_ns();
	log_now->runnable_ns = runnable_ns();
	log_now->begin_ns = now_ns();
}

/*
 * Ends the stretch and begins the next, in this state. An open record has the clocks at its begin,
 * one that ended the difference.
 */
void log_enter(enum synth_state state, int operation)
{
	struct log_record *next = log_now + 1;

	if (next == log_end) {
		errno = ENOSPC;
		die("log");
	}
	next->state = (uint16_t)state;
	next->operation = (uint16_t)operation;
	next->runnable_ns = runnable_ns();
	next->cpu_ns = thread_cpu_ns();
	next->begin_ns = now_ns();
	log_now->runnable_ns = next->runnable_ns - log_now->runnable_ns;
	log_now->cpu_ns = next->cpu_ns - log_now->cpu_ns;
	__atomic_store_n(&log_now->end_ns, next->begin_ns, __ATOMIC_RELEASE);
	log_now = next;
}
