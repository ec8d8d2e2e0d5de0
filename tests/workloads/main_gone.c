// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Its main thread has ended, two others live: each computes, holding a mutex for which the other
 * waits meanwhile: a turn and its pause are shorter than two turns.
 * Truth: /proc shows the process as a zombie of three threads; two of them have time.
 */
#include "workload.h"

#define TURN_NS (10 * MS)

static pthread_mutex_t gone_lock = PTHREAD_MUTEX_INITIALIZER;

/* The state of the main thread, as /proc says. */
static char main_state(void)
{
	char path[64], text[512];
	ssize_t length;
	char *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		die(path);
	close(fd);
	text[length] = '\0';
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : '?';
}

__attribute__((noinline)) static void gone_hold(void)
{
	pthread_mutex_lock(&gone_lock);
	spin_ns(TURN_NS);
	pthread_mutex_unlock(&gone_lock);
	sleep_ns(TURN_NS / 4);
}

static void *wait_in_turns(void *reports)
{
	while (reports && main_state() != 'Z')
		sleep_ns(MS);
	if (reports)
		ready();
	while (running())
		gone_hold();
	workload_end(0);
	return NULL;
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	start_thread(wait_in_turns, NULL);
	start_thread(wait_in_turns, argv);
	pthread_exit(NULL);
}
