/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the BPF iterators over all threads. */
#ifndef BOUNDBY_COLLECT_BPF_ITERATOR_H
#define BOUNDBY_COLLECT_BPF_ITERATOR_H

#include <stddef.h>

#include "wire.h"

/*
 * waits: one for each bit of sample->histograms, lowest first; loop: NULL when the thread can be
 * none. Not 0 ends the reading.
 */
typedef int bpf_found_thread(void *arg, const struct thread_sample *sample,
			     const struct wait_histogram *waits, const struct loop_sample *loop);

/*
 * Runs the iterator of this link to its end, handing what it writes to found (NULL: it writes
 * nothing). 0, what found() said, or negative errno.
 */
int iterator_run(int link, bpf_found_thread *found, void *arg);

/* A row of an iterator whose rows are all of one size. Not 0 ends the reading. */
typedef int iterator_found(void *arg, const void *row);

/* The same of rows of `size` bytes. */
int iterator_rows(int link, size_t size, iterator_found *found, void *arg);

#endif
