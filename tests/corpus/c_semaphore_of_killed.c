// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes take turns by a shared semaphore; the one that had it was killed. */
#include <semaphore.h>
#include <signal.h>

#include "lib/corpus.h"

static __attribute__((noinline)) void take_turn(sem_t *turn)
{
	sem_wait(turn);
}

int main(int argc, char **argv)
{
	sem_t *turn = mmap(NULL, sizeof(*turn), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);
	pid_t first;

	corpus_begin(argc, argv);
	if (turn == MAP_FAILED || sem_init(turn, 1, 1))
		die("sem_init");
	first = fork_child();
	if (!first) {
		take_turn(turn);
		raise(SIGKILL);
	}
	waitpid(first, NULL, 0);
	if (!fork_child())
		take_turn(turn);
	ready();
	take_turn(turn);
	return 0;
}
