// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader takes a lock for reading, and once more in what it calls; between the two a writer asked
 * for it, and this lock prefers writers. Advised: the reader takes it once.
 */
#include "lib/corpus.h"

static pthread_rwlock_t tree;
static uint64_t *done;

static void *read_tree(void *once)
{
	for (;;) {
		pthread_rwlock_rdlock(&tree);
		sleep_ns(2 * MS);
		if (!once) {
			pthread_rwlock_rdlock(&tree);
			pthread_rwlock_unlock(&tree);
		}
		pthread_rwlock_unlock(&tree);
		truth_add(done, 1);
	}
	return NULL;
}

static void *write_tree(void *unused)
{
	for (;;) {
		sleep_ns(MS);
		pthread_rwlock_wrlock(&tree);
		pthread_rwlock_unlock(&tree);
	}
	return unused;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&tree, &attributes);
	done = truth("done");
	start_thread(read_tree, advised ? &tree : NULL);
	start_thread(write_tree, NULL);
	ready();
	sleep_to_end();
	return 0;
}
