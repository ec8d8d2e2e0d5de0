// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes the runtime settings of a live source while it runs: knobs PID WINDOW_MS STEP... takes
 * one step per snapshot (pause, go, burst, detail=N, or -) and prints one JSON object for each,
 * with the sums from the records. The tests check the sums that each setting promises.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/source_live.h"

#define BURST_NS 200000000ULL

struct sums {
	struct json_object *threads, *stalls, *loops, *overhead, *lost;
	int64_t waits[NR_STATES], wait_ns[NR_STATES], open_ns[NR_STATES];
	int64_t wakers, histogram, calls;
};

static void put(struct json_object *to, const char *name, uint64_t value)
{
	json_object_object_add(to, name, json_object_new_int64((int64_t)value));
}

static struct json_object *put_array(struct json_object *to, const char *name)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(to, name, list);
	return list;
}

static void put_all(struct json_object *to, const char *name, const uint64_t *values, size_t count)
{
	struct json_object *list = put_array(to, name);
	size_t i;

	for (i = 0; i < count; i++)
		json_object_array_add(list, json_object_new_int64((int64_t)values[i]));
}

static struct json_object *row_of(struct json_object *list)
{
	struct json_object *row = json_object_new_object();

	json_object_array_add(list, row);
	return row;
}

static void add_thread(struct sums *sums, const struct record_thread *thread)
{
	struct json_object *row = row_of(sums->threads);

	put(row, "id", thread->id);
	put(row, "pid", thread->pid);
	put(row, "tid", thread->tid);
	put(row, "start", thread->start_ns);
	put(row, "end", thread->end_ns);
	put(row, "state", thread->state);
	put(row, "exited", thread->exited);
	put(row, "voluntary", thread->voluntary);
	put_all(row, "ns", thread->state_ns, NR_STATES);
	put_all(row, "count", thread->state_count, NR_STATES);
}

static void add_stall(struct sums *sums, const struct record_stall *stall)
{
	struct json_object *row = row_of(sums->stalls);

	put(row, "tid", stall->tid);
	put(row, "begin", stall->begin_ns);
	put(row, "end", stall->end_ns);
	put(row, "cause", record_stall_cause(stall));
	put(row, "open", stall->open);
	put(row, "samples", stall->samples);
	json_object_object_add(row, "where", json_object_new_string(stall->where));
}

static void add_loop(struct sums *sums, const struct record_loop *loop)
{
	struct json_object *row = row_of(sums->loops);

	put(row, "tid", loop->tid);
	put(row, "waits", loop->waits);
	put(row, "iterations", loop->iterations);
	put(row, "stalls", loop->stalls);
	put(row, "stalled", loop->stalled_ns);
}

static void add_overhead(struct sums *sums, const struct record_overhead *overhead)
{
	put(sums->overhead, "bpf_run_ns", overhead->bpf_run_ns);
	put(sums->overhead, "read_ns", overhead->read_ns);
	put(sums->overhead, "bursts", overhead->bursts);
	put(sums->overhead, "burst_ns", overhead->burst_ns);
	put_all(sums->overhead, "given_up", overhead->given_up_ns, NR_DETAILS);
}

static void begin(struct sums *sums, struct json_object **root)
{
	memset(sums, 0, sizeof(*sums));
	*root = json_object_new_object();
	sums->threads = put_array(*root, "threads");
	sums->stalls = put_array(*root, "stalls");
	sums->loops = put_array(*root, "loops");
	sums->overhead = json_object_new_object();
	json_object_object_add(*root, "overhead", sums->overhead);
}

static void end(struct sums *sums, struct json_object *root, uint64_t at_ns)
{
	put(root, "at", at_ns);
	put_all(root, "waits", (const uint64_t *)sums->waits, NR_STATES);
	put_all(root, "wait_ns", (const uint64_t *)sums->wait_ns, NR_STATES);
	put_all(root, "open_ns", (const uint64_t *)sums->open_ns, NR_STATES);
	put(root, "wakers", (uint64_t)sums->wakers);
	put(root, "histogram", (uint64_t)sums->histogram);
	put(root, "calls", (uint64_t)sums->calls);
}

static void add(struct sums *sums, struct json_object *root, const struct record *record)
{
	const struct record_wait *wait = &record->wait;
	size_t i;

	switch (record->kind) {
	case RECORD_CAPTURE:
		put(root, "sees_loops", record->capture.sees_loops);
		break;
	case RECORD_THREAD:
		add_thread(sums, &record->thread);
		break;
	case RECORD_WAIT:
		if (wait->open) {
			sums->open_ns[wait->state] += (int64_t)wait->ns;
		} else {
			sums->waits[wait->state] += (int64_t)wait->count;
			sums->wait_ns[wait->state] += (int64_t)wait->ns;
		}
		break;
	case RECORD_WAKER:
		sums->wakers += (int64_t)record->waker.count;
		break;
	case RECORD_HISTOGRAM:
		for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
			sums->histogram += record->histogram.count[i];
		break;
	case RECORD_CALL:
		sums->calls++;
		break;
	case RECORD_STALL:
		add_stall(sums, &record->stall);
		break;
	case RECORD_LOOP:
		add_loop(sums, &record->loop);
		break;
	case RECORD_LOSS:
		put_all(root, "lost", record->loss.count, NR_LOSSES);
		put(root, "hidden", record->loss.hidden_ns);
		put(root, "recovered", record->loss.recovered);
		break;
	case RECORD_OVERHEAD:
		add_overhead(sums, &record->overhead);
		break;
	default:
		break;
	}
}

static int turn(struct source *source, const char *step)
{
	if (!strcmp(step, "pause"))
		return source_live_pause(source, true);
	if (!strcmp(step, "go"))
		return source_live_pause(source, false);
	if (!strcmp(step, "burst"))
		return source_live_burst(source, BURST_NS);
	if (!strncmp(step, "detail=", 7))
		source_live_detail(source, (uint32_t)atoi(step + 7));
	return 0;
}

static int watch(struct source *source, char **steps, struct err *e)
{
	struct json_object *root;
	struct record record;
	struct sums sums;
	bool last = false;
	int result;

	begin(&sums, &root);
	while ((result = source->ops->next(source, &record, e)) > 0) {
		add(&sums, root, &record);
		if (record.kind != RECORD_BOUNDARY)
			continue;
		end(&sums, root, record.boundary.at_ns);
		if (*steps) {
			json_object_object_add(root, "step", json_object_new_string(*steps));
			put(root, "result", (uint64_t)(int64_t)turn(source, *steps++));
		}
		printf("%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN));
		fflush(stdout);
		json_object_put(root);
		if (!*steps && last)
			return 0;
		last = !*steps;
		begin(&sums, &root);
	}
	json_object_put(root);
	return result;
}

int main(int argc, char **argv)
{
	struct live_config config = { .pid_count = 1,
				      .follow_children = true,
				      .depth = DEPTH_SCHED,
				      .stall_ns = 10000000,
				      .bursts = true };
	struct source *source;
	struct err e = { 0 };
	pid_t pid;

	if (argc < 4) {
		fprintf(stderr, "usage: %s PID WINDOW_MS STEP...\n", argv[0]);
		return 2;
	}
	pid = atoi(argv[1]);
	config.pids = &pid;
	if (getenv("KNOBS_THREADS_MAX"))
		config.threads_max = (uint32_t)atoi(getenv("KNOBS_THREADS_MAX"));
	config.window_ns = config.interval_ns = strtoull(argv[2], NULL, 10) * 1000000;
	if (source_live_open(&config, &source, &e) || watch(source, argv + 3, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	source->ops->close(source);
	return 0;
}
