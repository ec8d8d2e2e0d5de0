// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * long_trace FILE HOURS THREADS: writes a recording of HOURS hours in one-second windows, as a busy
 * pool would produce it: 100 waits a second in each thread, at random times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "trace/quantize.h"
#include "trace/recorder/writer.h"

#define SECOND 1000000000ULL
#define BEGIN (1000 * SECOND)

static uint64_t seed = 88172645463325252ULL;

static uint64_t chance(uint64_t most)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % most;
}

static struct trace_writer *writer;

static struct quantizer coarse;
static struct record *records; /* of the current snapshot */
static size_t record_count, record_capacity;

static void out_of_memory(int error)
{
	if (!error)
		return;
	fprintf(stderr, "long_trace: out of memory\n");
	exit(1);
}

static void put(const struct record *record)
{
	out_of_memory(
		vec_reserve((void **)&records, &record_capacity, record_count, sizeof(*records)));
	records[record_count++] = *record;
}

/* As the live source would hand it on. */
static void put_snapshot(void)
{
	size_t i;

	out_of_memory(quantize_snapshot(&coarse, records, record_count));
	for (i = 0; i < record_count; i++)
		out_of_memory(trace_writer_put(writer, &records[i]));
	record_count = 0;
}

static void begin(void)
{
	struct record record = { .kind = RECORD_CAPTURE };

	record.capture.start_realtime_ns = 1700000000 * SECOND;
	record.capture.stall_ns = SECOND / 100;
	record.capture.switch_same_ns = 600;
	record.capture.switch_other_ns = 650;
	record.capture.cpus = 2;
	record.capture.throttle_known = true;
	snprintf(record.capture.kernel, sizeof(record.capture.kernel), "6.1.0");
	snprintf(record.capture.arch, sizeof(record.capture.arch), "x86_64");
	out_of_memory(trace_writer_put(writer, &record));
	quantize_begin(&coarse, &record.capture);
}

/* One second of a thread that waits on the network 100 times. */
static void live_on(struct record_thread *thread, uint64_t to_ns)
{
	uint64_t cpu = 5000000 + chance(500000), ready = 800000 + chance(400000);
	uint64_t waits = 97 + chance(7);

	thread->state_ns[STATE_ON_CPU] += cpu;
	thread->state_ns[STATE_RUNNABLE_WAKEUP] += ready;
	thread->state_ns[STATE_NETWORK] += to_ns - thread->end_ns - cpu - ready;
	thread->state_count[STATE_ON_CPU] += waits;
	thread->state_count[STATE_RUNNABLE_WAKEUP] += waits;
	thread->state_count[STATE_NETWORK] += waits;
	thread->voluntary += waits;
	thread->in_same_process += waits / 2;
	thread->in_idle += waits - waits / 2;
	thread->migrations += chance(5);
	thread->state = STATE_NETWORK;
	thread->end_ns = to_ns;
	thread->entered_ns = to_ns - chance(10000000) - 1;
}

static void put_thread(const struct record_thread *thread)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread = *thread;
	put(&record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_WAKER;
	record.waker.thread_id = thread->id;
	record.waker.state = STATE_NETWORK;
	record.waker.count = thread->state_count[STATE_NETWORK];
	record.waker.ns = thread->state_ns[STATE_NETWORK] - (thread->end_ns - thread->entered_ns);
	put(&record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_HISTOGRAM;
	record.histogram.thread_id = thread->id;
	record.histogram.state = STATE_NETWORK;
	record.histogram.count[22] = (uint32_t)(thread->voluntary / 3);
	record.histogram.count[23] = (uint32_t)(thread->voluntary - thread->voluntary / 3);
	put(&record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_WAIT;
	record.wait.open = true;
	record.wait.pid = thread->pid;
	record.wait.tid = thread->tid;
	record.wait.process_start_ns = thread->process_start_ns;
	record.wait.state = STATE_NETWORK;
	record.wait.object = OBJECT_TCP_CONNECTED;
	record.wait.ns = record.wait.max_ns = thread->end_ns - thread->entered_ns;
	snprintf(record.wait.call_name, sizeof(record.wait.call_name), "recvfrom");
	put(&record);
}

static void put_rest(const struct record_thread *threads, size_t count)
{
	struct record record = { .kind = RECORD_WAIT };
	size_t i;

	record.wait.pid = threads[0].pid;
	record.wait.process_start_ns = threads[0].process_start_ns;
	record.wait.state = STATE_NETWORK;
	record.wait.object = OBJECT_TCP_CONNECTED;
	snprintf(record.wait.call_name, sizeof(record.wait.call_name), "recvfrom");
	for (i = 0; i < count; i++) {
		record.wait.count += threads[i].state_count[STATE_NETWORK];
		record.wait.ns += threads[i].state_ns[STATE_NETWORK];
	}
	put(&record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_PROCESS;
	record.process.pid = threads[0].pid;
	record.process.start_ns = threads[0].process_start_ns;
	record.process.rss_bytes = 100000000 + chance(100) * 4096;
	record.process.threads = count;
	snprintf(record.process.comm, sizeof(record.process.comm), "server");
	put(&record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_LOSS;
	put(&record);
	record.kind = RECORD_OVERHEAD;
	record.overhead.reader_cpu_ns = threads[0].end_ns / 300;
	record.overhead.reader_rss_bytes = 16000000;
	put(&record);
}

int main(int argc, char **argv)
{
	size_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0, i;
	uint64_t windows = argc == 4 ? strtoul(argv[2], NULL, 10) * 3600 : 0, window;
	struct record_thread *threads = calloc(count + 1, sizeof(*threads));
	struct record record;
	struct err e = { 0 };

	if (!count || !windows || !threads || trace_writer_open(argv[1], &writer, &e)) {
		fprintf(stderr, "long_trace: FILE HOURS THREADS; %s\n", e.text);
		return 1;
	}
	begin();
	for (i = 0; i < count; i++) {
		threads[i].id = i + 1;
		threads[i].pid = 4242;
		threads[i].tid = 4242 + (uint32_t)i;
		threads[i].process_start_ns = 7;
		threads[i].start_ns = threads[i].end_ns = BEGIN - 100 * SECOND;
		snprintf(threads[i].comm, sizeof(threads[i].comm), "worker-%u",
			 (unsigned int)(i % 1000));
	}
	for (window = 0; window <= windows; window++) {
		memset(&record, 0, sizeof(record));
		record.kind = RECORD_SNAPSHOT;
		record.snapshot.at_ns = BEGIN + window * SECOND;
		record.snapshot.last = window == windows;
		put(&record);
		for (i = 0; i < count; i++) {
			live_on(&threads[i], record.snapshot.at_ns);
			put_thread(&threads[i]);
		}
		put_rest(threads, count);
		memset(&record, 0, sizeof(record));
		record.kind = RECORD_BOUNDARY;
		record.boundary.at_ns = BEGIN + window * SECOND;
		put(&record);
		put_snapshot();
	}
	if (trace_writer_close(writer, &e)) {
		fprintf(stderr, "long_trace: %s\n", e.text);
		return 1;
	}
	quantize_free(&coarse);
	free(records);
	free(threads);
	return 0;
}
