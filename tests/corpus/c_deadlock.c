// SPDX-License-Identifier: GPL-2.0-or-later
/* Two threads transfer between two accounts in opposite directions, and have taken both locks crosswise. */
#include "lib/corpus.h"

static pthread_mutex_t accounts[2] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };
static uint64_t *done;

static void *transfer(void *argument)
{
	int from = argument != NULL;

	pthread_mutex_lock(&accounts[from]);
	usleep(100000);
	pthread_mutex_lock(&accounts[!from]);
	truth_add(done, 1);
	return NULL;
}

int main(int argc, char **argv)
{
	corpus_begin(argc, argv);
	done = truth("done");
	start_thread(transfer, NULL);
	start_thread(transfer, &done);
	usleep(300000);
	ready();
	for (;;)
		pause();
}
