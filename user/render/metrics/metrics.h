/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics for Prometheus: from the report of each window to sums since the watch began and the
 * gauges of the last window, as text.
 */
#ifndef BOUNDBY_RENDER_METRICS_METRICS_H
#define BOUNDBY_RENDER_METRICS_METRICS_H

#include <stdio.h>

#include "render/report.h"

struct metrics;

/* What processes have series of their own by, besides their name. */
enum metrics_label {
	METRICS_LABEL_UNIT,
	METRICS_LABEL_CONTAINER,
	METRICS_LABEL_SCRIPT,
	NR_METRICS_LABELS,
	METRICS_LABEL_NONE = NR_METRICS_LABELS,
};

/* Name of the label, NULL beyond the last. */
const char *metrics_label_name(size_t label);

struct metrics_config {
	size_t max_processes; /* names shown one by one, at least 1; the rest are process="other" */
	bool per_thread; /* also by the name of threads; as many pairs of names at most */
	enum metrics_label label;
};

/* Of the watch itself; counts since it began. */
struct metrics_watch {
	const char *version;
	double budget_ratio; /* of one core; 0: there is none */
	double overhead_ratio; /* of one core in this window; NAN unknown */
	bool keeps_stacks, keeps_wakers, keeps_histograms, continuous; /* false: given up */
	uint64_t bursts;
	uint64_t triggers_class, triggers_stall, triggers_signal, triggers_request;
	uint64_t windows;
	uint64_t self_resident_bytes; /* RECORD_UNKNOWN */
};

/* 0 with *ret, which metrics_free() ends; or -ENOMEM, or -EINVAL: no name may be shown. */
int metrics_new(const struct metrics_config *config, struct metrics **ret);
void metrics_free(struct metrics *metrics);

/*
 * Adds a window: report->model is of that window alone. Borrows both until it returns.
 * 0, or -ENOMEM with the sums as they were.
 */
int metrics_add(struct metrics *metrics, const struct report *report,
		const struct metrics_watch *watch);

enum metrics_format {
	METRICS_OPENMETRICS, /* OpenMetrics 1.0, ends with "# EOF" */
	METRICS_PLAIN, /* Prometheus's text format 0.0.4; the only one that node_exporter reads */
	NR_METRICS_FORMATS,
};

/* Prints what is known so far. 0, or -1 when writing failed (errno set). */
int metrics_write(const struct metrics *metrics, enum metrics_format format, FILE *out);
/* The same as a string that the caller frees. 0, or -ENOMEM. */
int metrics_text(const struct metrics *metrics, enum metrics_format format, char **ret);

#endif
