// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints metrics as OpenMetrics 1.0, or in the older plain format. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "render/metrics/metrics_parts.h"

/*
 * Classes are a gauge of 0 and 1, not OpenMetrics's stateset: that would have to name its label
 * like the family, and the plain format does not have it; {class="..."} is what users of
 * Prometheus know from other exporters, and the same query works for both formats.
 */
enum family_type { COUNTER, GAUGE, HISTOGRAM, INFO };

struct writer;

struct family {
	const char *name; /* without _total or _info */
	enum family_type type;
	const char *unit; /* the end of the name, NULL none */
	const char *help;
	/* one of these: of each name, or of the watch as a whole */
	void (*put_name)(struct writer *writer, const struct metrics_name *name);
	void (*put_whole)(struct writer *writer);
	bool of_threads;
};

struct writer {
	const struct metrics *metrics;
	enum metrics_format format;
	FILE *out;
	const struct family *family;
	bool begun; /* its head is printed: one without a sample is left out */
};

/* ---- lines ----------------------------------------------------------------------------------- */
/* The older format knows no families: their lines bear the names of the samples. */
static void begin(struct writer *writer)
{
	static const char *const types[] = { "counter", "gauge", "histogram", "info" };
	const struct family *family = writer->family;
	bool plain = writer->format == METRICS_PLAIN;
	const char *type = plain && family->type == INFO ? "gauge" : types[family->type];
	const char *suffix = !plain		     ? "" :
			     family->type == COUNTER ? "_total" :
			     family->type == INFO    ? "_info" :
						       "";

	writer->begun = true;
	fprintf(writer->out, "# HELP %s%s %s\n", family->name, suffix, family->help);
	fprintf(writer->out, "# TYPE %s%s %s\n", family->name, suffix, type);
	if (!plain && family->unit)
		fprintf(writer->out, "# UNIT %s %s\n", family->name, family->unit);
}

static void put_label(struct writer *writer, char before, const char *label, const char *value)
{
	fprintf(writer->out, "%c%s=\"", before, label);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', writer->out);
		fputc(*value, writer->out);
	}
	fputc('"', writer->out);
}

/* A sample up to its value. name, label: NULL none. */
static void put_sample(struct writer *writer, const char *suffix, const struct metrics_name *name,
		       const char *label, const char *value)
{
	char before = '{';

	if (!writer->begun)
		begin(writer);
	fprintf(writer->out, "%s%s", writer->family->name, suffix);
	if (name) {
		put_label(writer, before, "process", name->key.process);
		before = ',';
		if (name->key.label[0])
			put_label(writer, before, metrics_label_name(writer->metrics->config.label),
				  name->key.label);
		if (name->key.thread[0])
			put_label(writer, before, "thread", name->key.thread);
	}
	if (label) {
		put_label(writer, before, label, value);
		before = ',';
	}
	if (before == ',')
		fputc('}', writer->out);
	fputc(' ', writer->out);
}

static void put_count(struct writer *writer, const char *suffix, const struct metrics_name *name,
		      const char *label, const char *value, uint64_t count)
{
	put_sample(writer, suffix, name, label, value);
	fprintf(writer->out, "%" PRIu64 "\n", count);
}

/* Nanoseconds are nine digits: exact, where a sum of doubles would drift. */
static void put_time(struct writer *writer, const char *suffix, const struct metrics_name *name,
		     const char *label, const char *value, const struct metrics_time *time)
{
	put_sample(writer, suffix, name, label, value);
	fprintf(writer->out, "%" PRIu64 ".%09" PRIu32 "\n", time->s, time->ns);
}

static void put_gauge(struct writer *writer, const struct metrics_name *name, double value)
{
	if (isnan(value))
		return;
	put_sample(writer, "", name, NULL, NULL);
	fprintf(writer->out, "%.9g\n", value);
}

static void put_known(struct writer *writer, const struct metrics_name *name, uint64_t value)
{
	if (value != RECORD_UNKNOWN)
		put_count(writer, "", name, NULL, NULL, value);
}

static void put_ns(struct writer *writer, uint64_t ns)
{
	struct metrics_time time = { 0 };

	metrics_time_add(&time, ns);
	put_time(writer, "", NULL, NULL, NULL, &time);
}

/* ---- of each name ---------------------------------------------------------------------------- */
static void put_states(struct writer *writer, const struct metrics_name *name)
{
	int i;

	for (i = 0; i < NR_STATES; i++)
		put_time(writer, "_total", name, "state", state_name((uint32_t)i),
			 &name->sums.state[i]);
}

static void put_throttled(struct writer *writer, const struct metrics_name *name)
{
	if (!name->now.throttled_unknown)
		put_time(writer, "_total", name, NULL, NULL, &name->sums.throttled);
}

static void put_switches(struct writer *writer, const struct metrics_name *name)
{
	put_count(writer, "_total", name, "kind", "voluntary", name->sums.voluntary);
	put_count(writer, "_total", name, "kind", "involuntary", name->sums.involuntary);
}

static void put_migrations(struct writer *writer, const struct metrics_name *name)
{
	put_count(writer, "_total", name, NULL, NULL, name->sums.migrations);
}

static void put_contention(struct writer *writer, const struct metrics_name *name)
{
	put_gauge(writer, name, name->now.contention);
}

static void put_starvation(struct writer *writer, const struct metrics_name *name)
{
	put_gauge(writer, name, name->now.starvation);
}

static void put_ratio(struct writer *writer, const struct metrics_name *name)
{
	put_gauge(writer, name, name->now.ratio);
}

static void put_cores(struct writer *writer, const struct metrics_name *name)
{
	put_gauge(writer, name, name->now.busy_cores);
}

static void put_class(struct writer *writer, const struct metrics_name *name)
{
	int i;

	for (i = 0; i < NR_VERDICTS && name->now.class >= 0; i++)
		put_count(writer, "", name, "class", verdict_class_name((enum verdict_class)i),
			  i == name->now.class);
}

static void put_processes(struct writer *writer, const struct metrics_name *name)
{
	put_known(writer, name, name->now.processes);
}

static void put_threads(struct writer *writer, const struct metrics_name *name)
{
	put_known(writer, name, name->now.threads);
}

static void put_resident(struct writer *writer, const struct metrics_name *name)
{
	put_known(writer, name, name->now.resident_bytes);
}

static void put_lags(struct writer *writer, const struct metrics_name *name)
{
	static const char *const bounds[METRICS_BOUNDS + 1] = {
		"0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1",
		"0.2",	 "0.5",	  "1.0",   "2.0",  "5.0",  "+Inf",
	};
	uint64_t count = 0;
	int i;

	if (!name->sums.has_loop || name->now.lags_unknown)
		return;
	for (i = 0; i <= METRICS_BOUNDS; i++) {
		count += name->sums.lags[i];
		put_count(writer, "_bucket", name, "le", bounds[i], count);
	}
	put_count(writer, "_count", name, NULL, NULL, count);
	put_time(writer, "_sum", name, NULL, NULL, &name->sums.busy);
}

static void put_stalls(struct writer *writer, const struct metrics_name *name)
{
	int i;

	for (i = 0; i < NR_STALL_CAUSES && name->sums.has_loop; i++)
		put_count(writer, "_total", name, "cause", stall_cause_name((uint32_t)i),
			  name->sums.stalls[i]);
}

static void put_stalled(struct writer *writer, const struct metrics_name *name)
{
	if (name->sums.has_loop)
		put_time(writer, "_total", name, NULL, NULL, &name->sums.stalled);
}

/* ---- of the watch ---------------------------------------------------------------------------- */
/* "0.1.0+g12ab34c" is version and revision; of a tagged version there is no revision to say. */
static void put_build(struct writer *writer)
{
	const char *version = writer->metrics->version, *revision = strstr(version, "+g");
	char release[64];

	snprintf(release, sizeof(release), "%.*s",
		 (int)(revision ? revision - version : (ptrdiff_t)strlen(version)), version);
	begin(writer);
	fprintf(writer->out, "%s_info", writer->family->name);
	put_label(writer, '{', "version", release);
	put_label(writer, ',', "revision", revision ? revision + strlen("+g") : "");
	fputs("} 1\n", writer->out);
}

static void put_windows(struct writer *writer)
{
	put_count(writer, "_total", NULL, NULL, NULL, writer->metrics->watch.windows);
}

static void put_window(struct writer *writer)
{
	put_ns(writer, writer->metrics->window_ns);
}

static void put_window_end(struct writer *writer)
{
	put_ns(writer, writer->metrics->end_realtime_ns);
}

static void put_bpf(struct writer *writer)
{
	if (writer->metrics->bpf_run_known)
		put_time(writer, "_total", NULL, NULL, NULL, &writer->metrics->bpf_run);
}

static void put_reader(struct writer *writer)
{
	if (writer->metrics->reader_cpu_known)
		put_time(writer, "_total", NULL, NULL, NULL, &writer->metrics->reader_cpu);
}

static void put_overhead(struct writer *writer)
{
	put_gauge(writer, NULL, writer->metrics->watch.overhead_ratio);
}

static void put_budget(struct writer *writer)
{
	if (writer->metrics->watch.budget_ratio > 0)
		put_gauge(writer, NULL, writer->metrics->watch.budget_ratio);
}

static void put_detail(struct writer *writer)
{
	const struct metrics_watch *watch = &writer->metrics->watch;

	put_count(writer, "", NULL, "detail", "stacks", watch->keeps_stacks);
	put_count(writer, "", NULL, "detail", "wakers", watch->keeps_wakers);
	put_count(writer, "", NULL, "detail", "histograms", watch->keeps_histograms);
	put_count(writer, "", NULL, "detail", "continuous", watch->continuous);
}

static void put_lost(struct writer *writer)
{
	int i;

	for (i = 0; i < NR_LOSSES; i++)
		put_count(writer, "_total", NULL, "cause", loss_name((uint32_t)i),
			  writer->metrics->lost[i]);
}

static void put_watched_processes(struct writer *writer)
{
	put_known(writer, NULL, writer->metrics->watched_processes);
}

static void put_watched_threads(struct writer *writer)
{
	put_known(writer, NULL, writer->metrics->watched_threads);
}

static void put_self_resident(struct writer *writer)
{
	put_known(writer, NULL, writer->metrics->watch.self_resident_bytes);
}

static void put_bursts(struct writer *writer)
{
	put_count(writer, "_total", NULL, NULL, NULL, writer->metrics->watch.bursts);
}

static void put_triggers(struct writer *writer)
{
	const struct metrics_watch *watch = &writer->metrics->watch;

	put_count(writer, "_total", NULL, "reason", "class", watch->triggers_class);
	put_count(writer, "_total", NULL, "reason", "stall", watch->triggers_stall);
	put_count(writer, "_total", NULL, "reason", "signal", watch->triggers_signal);
	put_count(writer, "_total", NULL, "reason", "request", watch->triggers_request);
}

/* ---- families -------------------------------------------------------------------------------- */
#define WHOLE(name, type, unit, help, put)               \
	{                                                \
		name, type, unit, help, NULL, put, false \
	}
#define NAMED(name, type, unit, help, put)               \
	{                                                \
		name, type, unit, help, put, NULL, false \
	}

static const struct family families[] = {
	WHOLE("boundby_build", INFO, NULL, "Version of boundby.", put_build),
	NAMED("boundby_thread_seconds", COUNTER, "seconds",
	      "Time of all threads of the processes of this name, by state.", put_states),
	{ "boundby_thread_state_seconds", COUNTER, "seconds",
	  "Time of the threads of this name, without the number at its end, by state.", put_states,
	  NULL, true },
	NAMED("boundby_throttled_seconds", COUNTER, "seconds",
	      "Part of the runnable time during which the CPU quota was used up.", put_throttled),
	NAMED("boundby_switches", COUNTER, NULL, "Context switches away from its threads.",
	      put_switches),
	NAMED("boundby_migrations", COUNTER, NULL, "Moves of its threads to another CPU.",
	      put_migrations),
	NAMED("boundby_contention_ratio", GAUGE, "ratio",
	      "Part of the work in the last window that was waiting for locks.", put_contention),
	NAMED("boundby_starvation_ratio", GAUGE, "ratio",
	      "Part of the work in the last window that was waiting for a CPU.", put_starvation),
	NAMED("boundby_cpu_ratio", GAUGE, "ratio",
	      "Computing, as part of computing and I/O, in the last window.", put_ratio),
	NAMED("boundby_busy_cores", GAUGE, NULL, "CPUs used on average in the last window.",
	      put_cores),
	NAMED("boundby_class", GAUGE, NULL,
	      "What it was bound by in the last window: 1 for that class, 0 for the others.",
	      put_class),
	NAMED("boundby_processes", GAUGE, NULL, "Processes of this name.", put_processes),
	NAMED("boundby_threads", GAUGE, NULL, "Threads of the processes of this name.",
	      put_threads),
	NAMED("boundby_resident_bytes", GAUGE, "bytes",
	      "Resident memory of the processes of this name.", put_resident),
	NAMED("boundby_loop_lag_seconds", HISTOGRAM, "seconds",
	      "Iterations of event loops, from the return of their wait to the next entry.",
	      put_lags),
	NAMED("boundby_loop_stalls", COUNTER, NULL, "Iterations of event loops that were too long.",
	      put_stalls),
	NAMED("boundby_loop_stalled_seconds", COUNTER, "seconds",
	      "Time that event loops were blocked.", put_stalled),
	WHOLE("boundby_windows", COUNTER, NULL, "Windows that were judged.", put_windows),
	WHOLE("boundby_window_seconds", GAUGE, "seconds", "Length of the last window.", put_window),
	WHOLE("boundby_window_end_timestamp_seconds", GAUGE, "seconds",
	      "When the last window ended, since 1970.", put_window_end),
	WHOLE("boundby_overhead_bpf_seconds", COUNTER, "seconds",
	      "CPU time of the programs in the kernel.", put_bpf),
	WHOLE("boundby_overhead_reader_seconds", COUNTER, "seconds", "CPU time of boundby itself.",
	      put_reader),
	WHOLE("boundby_overhead_ratio", GAUGE, "ratio",
	      "What watching cost in the last window, as part of one core.", put_overhead),
	WHOLE("boundby_budget_ratio", GAUGE, "ratio",
	      "What watching may cost, as part of one core.", put_budget),
	WHOLE("boundby_detail_level", GAUGE, NULL,
	      "Detail that is collected: 1, or 0 when it was dropped to stay within the budget.",
	      put_detail),
	WHOLE("boundby_lost_events", COUNTER, NULL, "What could not be seen or kept, by cause.",
	      put_lost),
	WHOLE("boundby_watched_processes", GAUGE, NULL, "Processes that are watched.",
	      put_watched_processes),
	WHOLE("boundby_watched_threads", GAUGE, NULL, "Threads that are watched.",
	      put_watched_threads),
	WHOLE("boundby_self_resident_bytes", GAUGE, "bytes", "Resident memory of boundby itself.",
	      put_self_resident),
	WHOLE("boundby_bursts", COUNTER, NULL, "Bursts of system call tracing.", put_bursts),
	WHOLE("boundby_triggers", COUNTER, NULL,
	      "Times that the flight recorder's detail was written out, by what asked for it.",
	      put_triggers),
};

static void put_family(struct writer *writer)
{
	const struct family *family = writer->family;
	const struct metrics_table *table = family->of_threads ? &writer->metrics->threads :
								 &writer->metrics->processes;
	size_t i;

	if (family->put_whole) {
		family->put_whole(writer);
		return;
	}
	for (i = 0; i < 2 * table->max; i++)
		if (table->names[i].used && table->names[i].shown)
			family->put_name(writer, &table->names[i]);
	if (table->has_other)
		family->put_name(writer, &table->other);
}

int metrics_write(const struct metrics *metrics, enum metrics_format format, FILE *out)
{
	struct writer writer = { .metrics = metrics, .format = format, .out = out };
	size_t i;

	/* before the first window nothing is known */
	for (i = 0; i < sizeof(families) / sizeof(families[0]) && metrics->added; i++) {
		writer.family = &families[i];
		writer.begun = false;
		put_family(&writer);
	}
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", out);
	return fflush(out) || ferror(out) ? -1 : 0;
}

int metrics_text(const struct metrics *metrics, enum metrics_format format, char **ret)
{
	size_t length;
	FILE *out = open_memstream(ret, &length);
	int failed;

	if (!out)
		return -ENOMEM;
	failed = metrics_write(metrics, format, out);
	if (fclose(out) || failed) {
		free(*ret);
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}
