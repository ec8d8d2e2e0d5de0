/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named signals of a target, a process or a thread: what verdict and findings are decided by. */
#ifndef BOUNDBY_ANALYSIS_SIGNALS_H
#define BOUNDBY_ANALYSIS_SIGNALS_H

#include "analysis/stuck/stuck.h"
#include "model/model.h"

/* Named signals of contract section 5. NAN: cannot be formed (0/0). */
struct signals {
	double window_s, work_s, io_s, on_cpu_s, runnable_s, rest_s, wall_s, unobserved_s;
	double lock_s, gil_s; /* lock_s: both */
	double gil_span_s; /* for so long threads that take the GIL were at work; 0 not known */
	double inner_s; /* waits for monitored threads doing work: part of rest_s */
	double ratio, contention, starvation, cores, work_share; /* work_share: work / window */
	double throttled_s; /* NAN not measured */
	double cpu_saturation; /* cores used by the target / CPUs */
	double demand; /* threads that run or are ready, on average */
	double switch_share; /* cost of switches / CPU time; NAN not measured */
	double stalled; /* share of the window in which the most blocked loop was blocked */
	double stalls; /* of that loop */
	double longest_stall_s; /* its part inside the window; 0 without a stall */
	bool has_loop;
	bool loop_returned; /* that loop returned to its wait in the window */
	bool loop_of_two; /* it polls two descriptors only */
	double same_process_switch_share; /* of the switch-ins on a busy CPU, those after its own process */
	double stuck; /* proofs of analysis/stuck/stuck.h ... */
	enum stuck_kind stuck_kind; /* ... the kind of the first ... */
	double stuck_count; /* ... and its threads, connections or bytes */
	bool stuck_apart; /* of processes of a whole host: what these wait for is rest, not work */
	double queued; /* connections that wait at a listener, at the start and the end */
	bool unexplained; /* a wait of the whole window is not surely one for work */
	bool awaits_work; /* a thread waits for work from outside, or moves */
	bool tries; /* threads wait by sleeping and trying again */
	double unattributed_s; /* what could not be classified: part of wall_s */
};

/* Signals of the whole target (process NULL) or of one process. */
void signals_compute(const struct model *model, const struct process_model *process,
		     struct signals *ret);
/* Adds the times, and what is alike for processes and for windows; signals_derive() is to follow. */
void signals_add_times(const struct signals *one, struct signals *sum);
/* Adds those of another process of the same window to the sum; a sum begins as those of its first. */
void signals_add(const struct model *model, const struct signals *one, struct signals *sum);
/* Signals of one thread, or of those that share its row. */
void signals_of_thread(const struct model *model, const struct process_model *process,
		       const struct thread_model *thread, struct signals *ret);
/* Forms ratios and shares from the sums of seconds. cpus: online. */
void signals_derive(struct signals *ret, double cpus);

#endif
