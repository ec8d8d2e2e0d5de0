/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that ended, kept until a snapshot has delivered their final records; records of a sample. */
#ifndef BOUNDBY_COLLECT_EXITS_H
#define BOUNDBY_COLLECT_EXITS_H

#include "collect/record_queue.h"
#include "wire.h"

/* Zeroed before use, freed by exits_free. */
struct exits {
	struct thread_exit_event *events; /* not yet delivered as final */
	size_t count, capacity;
	uint64_t last_ns; /* when the last of all ended, 0 none has */
	struct late_record *records; /* what else is known of threads that ended, until then */
	size_t record_count, record_capacity;
	uint64_t taken_ns; /* boundary of the newest snapshot, 0 none yet */
	size_t queued; /* threads, since the last snapshot */
	uint64_t dropped, dropped_ns; /* threads beyond EXITS_MAX, and their time */
};

/*
 * Between two snapshots: all that ended are kept until the window is read, so the number is
 * bounded however many a host makes. More than 6,000 a second for ten seconds.
 */
#define EXITS_MAX 65536

/* Keeps one; beyond EXITS_MAX it is counted as dropped. 0 or -ENOMEM. */
int exits_keep(struct exits *exits, const struct thread_exit_event *event);

/*
 * Keeps a record of a thread that ended at end_ns: what came a little after the first boundary must
 * not be taken for what the thread had done by then. 0 or -ENOMEM, also when there are too many.
 */
int exits_keep_record(struct exits *exits, uint64_t end_ns, const struct record *record);

/*
 * Keeps the histogram of a state of a thread that ended: as of the boundary of the snapshot that is being
 * taken, if that came before the end, and as of the end. As exits_keep_record.
 */
int exits_keep_histogram(struct exits *exits, const struct histogram_event *event);

/*
 * Queues the threads that exited: final if before the snapshot, else as of the snapshot, and final
 * in the next one. first: the snapshot opens the window. Returns how many could not be queued.
 */
size_t exits_take(struct exits *exits, uint64_t at_ns, bool first, struct record_queue *queue);

/*
 * Between snapshots, when no boundary is set: queues all that exited, final, in order of arrival.
 * Returns how many could not be queued.
 */
size_t exits_take_early(struct exits *exits, struct record_queue *queue);

/* A snapshot was delivered: resets the limit for the next window. */
void exits_begin(struct exits *exits);

void exits_free(struct exits *exits);

/* Adds the wakers of a thread, or its histograms, as of now. 0 or -ENOMEM. */
int sample_add_wakers(const struct thread_sample *sample, struct record_queue *queue);
int sample_add_histograms(const struct thread_sample *sample, const struct wait_histogram *waits,
			  struct record_queue *queue);

#endif
