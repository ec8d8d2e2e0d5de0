/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What metrics are made of: sums by name, and which names are shown. Private to metrics*.c. */
#ifndef BOUNDBY_RENDER_METRICS_METRICS_PARTS_H
#define BOUNDBY_RENDER_METRICS_METRICS_PARTS_H

#include "lib/index.h"
#include "render/metrics/metrics.h"

/* Nanoseconds alone would wrap after 584 years of one thread: after 3 weeks of 10,000. */
struct metrics_time {
	uint64_t s;
	uint32_t ns;
};

#define METRICS_BOUNDS 12 /* of the lag histogram, without +Inf */
extern const uint64_t metrics_bounds_ns[METRICS_BOUNDS];

/* What only grows. */
struct metrics_sums {
	struct metrics_time state[NR_STATES];
	struct metrics_time throttled;
	uint64_t voluntary, involuntary, migrations;
	bool has_loop; /* one of its threads was an event loop in some window: the rest is of these */
	uint64_t lags[METRICS_BOUNDS + 1]; /* iterations, each at the least bound above it */
	struct metrics_time busy; /* of these iterations */
	uint64_t stalls[NR_STALL_CAUSES]; /* that ended */
	struct metrics_time stalled; /* with those that go on */
};

/* What is of the last window alone. */
struct metrics_now {
	uint64_t processes, threads; /* that live at its end */
	uint64_t resident_bytes; /* of those processes; RECORD_UNKNOWN */
	double busy_cores;
	double contention, starvation, ratio; /* NAN: cannot be formed */
	int class; /* enum verdict_class, -1 none */
	bool throttled_unknown,
		lags_unknown; /* the sum is not that of all windows: not shown now */
};

#define METRICS_OTHER "other"

/* What tells one series from another: printable. */
struct metrics_key {
	char process[RECORD_COMM_LEN], thread[RECORD_COMM_LEN]; /* thread "": of all */
	char label[RECORD_LABEL_LEN]; /* as the configuration chooses; "" none */
};

/* What one name did in the window. */
struct metrics_group {
	struct metrics_key key;
	size_t members; /* processes */
	uint64_t work_ns; /* to compare names by */
	struct signals signals; /* of its processes together */
	struct metrics_sums sums;
	struct metrics_now now;
	size_t name; /* its place in the table, SIZE_MAX none */
};

struct metrics_candidate {
	uint64_t work_ns;
	size_t group;
};

struct metrics_groups {
	struct metrics_group *items;
	size_t count, capacity;
	struct metrics_candidate *candidates; /* room for as many */
	size_t candidate_capacity;
	struct index index;
};

/* A name that is shown, or was. */
struct metrics_name {
	bool used, shown;
	struct metrics_key key;
	uint64_t rank_ns; /* its work; that of each window before counts half of the one after it */
	uint64_t seen,
		shown_last; /* number of the last window that it had a part in, was shown in */
	size_t group; /* in this window, SIZE_MAX none */
	struct metrics_sums sums;
	struct metrics_now now;
};

struct metrics_table {
	struct metrics_name *names; /* 2 * max: as many that are shown as that were */
	size_t max;
	bool has_other;
	struct metrics_name other;
};

struct metrics {
	struct metrics_config config;
	struct metrics_table processes, threads;
	uint64_t added; /* windows */
	char version[32];
	struct metrics_watch watch; /* of the last window; without version */
	uint64_t window_ns, end_realtime_ns;
	uint64_t watched_processes, watched_threads;
	uint64_t lost[NR_LOSSES];
	struct metrics_time bpf_run, reader_cpu;
	bool bpf_run_known, reader_cpu_known; /* in the last window */
};

void metrics_time_add(struct metrics_time *to, uint64_t ns);

/* The group of these names, made if it is not there; NULL: no memory. */
struct metrics_group *metrics_group_of(struct metrics_groups *groups,
				       const struct metrics_key *key);
void metrics_groups_free(struct metrics_groups *groups);

int metrics_table_new(struct metrics_table *table, size_t max, const char *other_thread);
void metrics_table_free(struct metrics_table *table);
/* Decides which names are shown, and adds the groups of the window of this number. */
void metrics_table_add(struct metrics_table *table, struct metrics_groups *groups, uint64_t number);

#endif
