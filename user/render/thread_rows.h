/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which threads of a process have a row of their own: the least important share one row per name.
 * The rows still sum to the process.
 */
#ifndef BOUNDBY_RENDER_THREAD_ROWS_H
#define BOUNDBY_RENDER_THREAD_ROWS_H

#include "render/report.h"

/* Zeroed before use, freed by thread_rows_free. */
struct thread_rows {
	const struct thread_model **rows; /* those of the process, then the shared ones */
	size_t count;
	struct shared_row {
		struct thread_model sum;
		const struct thread_model *only; /* its only thread; NULL: several */
	} * shared;
	size_t shared_count;
};

/*
 * Chooses by options->threads_most and threads_least. 0 or -ENOMEM. The rows are valid as long as the
 * process is.
 */
int thread_rows_choose(const struct report *report, const struct process_model *process,
		       const struct render_options *options, struct thread_rows *ret);
void thread_rows_free(struct thread_rows *rows);

#endif
