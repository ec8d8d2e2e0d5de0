/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report from hand-made records. For tests of what is printed from one. */
#ifndef BOUNDBY_TESTS_REPORT_BED_H
#define BOUNDBY_TESTS_REPORT_BED_H

#include "model/model.h"
#include "pipeline.h"

#define S 1000000000ULL
#define BEGIN (100 * S)
#define MAX_RECORDS 128

/* Plays its records. */
struct fake_source {
	struct source source; /* first */
	struct record records[MAX_RECORDS];
	size_t count, at;
	int failure; /* exit code of an error at the end, 0: plain end */
};

struct bed {
	struct fake_source fake;
	struct verdict_settings settings;
	struct render_options options;
	enum verdict_class class;
	struct err e;
	char *text; /* what was printed */
	size_t length;
	/* exports: single off-CPU stretches to have been seen, in the order of their ends */
	const struct interval_model *intervals;
	size_t interval_count;
	/* ... and what the reports' models had, all windows together */
	struct ledger time;
	uint64_t stall_ns, lock_ns;
};

/* Process 7 "server", 10 s: 2 s on the CPU, 8 s on tcp 127.0.0.1:5432. Its thread is record 4. */
int bed_setup(void **state);
int bed_teardown(void **state);

struct record *bed_add(struct bed *bed, enum record_kind kind);
void bed_add_boundary(struct bed *bed, uint64_t at_ns);
/* A thread that lives throughout: on_cpu_ns of the window on the CPU, the rest on the network. */
struct record_thread *bed_add_thread(struct bed *bed, uint32_t pid, uint32_t tid, const char *comm,
				     uint64_t end_ns, uint64_t on_cpu_ns);
/* Of process 7 on tcp 127.0.0.1:5432. */
void bed_add_wait(struct bed *bed, uint64_t ns);
/* The tail of each snapshot, as both sources give it. */
void bed_add_quality(struct bed *bed, uint64_t reader_cpu_ns);
/* Thread 7 is an event loop, and has this stall. */
void bed_add_loop(struct bed *bed);
struct record_stall *bed_add_stall(struct bed *bed, uint64_t begin_ns, uint64_t end_ns, bool open);
void bed_add_stall_frame(struct bed *bed, uint64_t begin_ns, uint32_t number, const char *text);

typedef int (*bed_render)(const struct report *, const struct render_options *, FILE *);

/* Runs the pipeline over what is left of the records. Gives its result. */
int bed_run(struct bed *bed, bed_render render, bool each_interval, FILE *out);

/* Exports all records from the first on into text. Fails the test when the export does. */
void bed_export(struct bed *bed, const char *format);
/* The same into a file; gives -1 when one of the steps failed. */
int bed_export_into(struct bed *bed, const char *format, FILE *out);

#endif
