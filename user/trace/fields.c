// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of what a file contains: kinds and their fields by name. */
#include "trace/fields.h"

#include "lib/index.h"

#define ELEMENTS(member) (sizeof(member) / sizeof((member)[0]))
#define ONE_(type, label, member, coding)                                                    \
	{                                                                                    \
		label, offsetof(struct type, member), 1, sizeof(((struct type *)0)->member), \
			TRACE_##coding,                                                      \
	}
#define ONE(type, member, coding) ONE_(type, #member, member, coding)
#define MANY(type, member, coding)                                                            \
	{                                                                                     \
#member, offsetof(struct type, member), ELEMENTS(((struct type *)0)->member), \
			sizeof(((struct type *)0)->member[0]), TRACE_##coding,                \
	}
#define TEXT(type, member) MANY(type, member, TEXT)

static const struct field capture_fields[] = {
	ONE(record_capture, start_realtime_ns, VALUE),
	ONE(record_capture, interval_ns, VALUE),
	ONE(record_capture, stall_ns, VALUE),
	ONE(record_capture, switch_same_ns, VALUE),
	ONE(record_capture, switch_other_ns, VALUE),
	ONE(record_capture, depth, VALUE),
	ONE(record_capture, cpus, VALUE),
	TEXT(record_capture, tool_version),
	TEXT(record_capture, kernel),
	TEXT(record_capture, arch),
	ONE(record_capture, throttle_known, VALUE),
	ONE(record_capture, follow_children, VALUE),
	ONE(record_capture, left_out, VALUE),
	ONE(record_capture, sees_loops, VALUE),
	ONE(record_capture, whole_host, VALUE),
};

static const struct field host_fields[] = {
	TEXT(record_host, host),	   TEXT(record_host, boot_id),
	TEXT(record_host, hooks),	   ONE(record_host, opened_ns, VALUE),
	ONE(record_host, recorder, VALUE),
};

static const struct field setting_fields[] = {
	TEXT(record_setting, name),
	ONE(record_setting, value, VALUE),
};

static const struct field process_fields[] = {
	ONE(record_process, start_ns, KEY),
	ONE(record_process, born_ns, VALUE),
	ONE(record_process, exited_ns, VALUE),
	ONE(record_process, rss_bytes, VALUE),
	ONE(record_process, shared_bytes, VALUE),
	ONE(record_process, writable_bytes, VALUE),
	ONE(record_process, threads, VALUE),
	ONE(record_process, descriptors, VALUE),
	ONE(record_process, zombies, VALUE),
	ONE(record_process, event_sets, VALUE),
	ONE(record_process, pending, VALUE),
	ONE(record_process, pid, KEY),
	ONE(record_process, ppid, VALUE),
	ONE(record_process, execs, VALUE),
	TEXT(record_process, comm),
	TEXT(record_process, exe),
	TEXT(record_process, label.unit),
	TEXT(record_process, label.container),
	TEXT(record_process, label.pod),
	TEXT(record_process, label.script),
	TEXT(record_process, runtime),
	TEXT(record_process, runtime_version),
	ONE(record_process, young, VALUE),
	ONE(record_process, no_frames, VALUE),
	ONE(record_process, frameworks, VALUE),
	ONE(record_process, tracer_pid, VALUE),
	TEXT(record_process, tracer_comm),
	ONE(record_process, cpus_allowed, VALUE),
	ONE(record_process, cpu_mask, VALUE),
	ONE(record_process, cpu_quota, VALUE),
	ONE(record_process, memory_limit, VALUE),
	ONE(record_process, memory_usage, VALUE),
	ONE(record_process, memory_failures, VALUE),
	ONE(record_process, swap_bytes, VALUE),
	ONE(record_process, file_lock_pid, VALUE),
	TEXT(record_process, file_lock_comm),
};

/* What changes most comes first: a mask with no high bits is short. */
static const struct field thread_fields[] = {
	ONE(record_thread, id, KEY),
	ONE(record_thread, state, VALUE),
	MANY(record_thread, state_ns, SUM),
	ONE(record_thread, entered_ns, TIME),
	MANY(record_thread, state_count, SUM),
	ONE(record_thread, voluntary, SUM),
	ONE(record_thread, in_idle, SUM),
	ONE(record_thread, in_other_process, SUM),
	ONE(record_thread, in_same_process, SUM),
	ONE(record_thread, migrations, SUM),
	ONE(record_thread, involuntary, SUM),
	ONE(record_thread, throttled_ns, SUM),
	ONE(record_thread, end_ns, NOW),
	ONE(record_thread, process_start_ns, VALUE),
	ONE(record_thread, start_ns, VALUE),
	ONE(record_thread, pid, VALUE),
	ONE(record_thread, ppid, VALUE),
	ONE(record_thread, tid, VALUE),
	ONE(record_thread, born, VALUE),
	ONE(record_thread, exited, VALUE),
	ONE(record_thread, compat, VALUE),
	TEXT(record_thread, comm),
};

static const struct field wait_fields[] = {
	ONE(record_wait, process_start_ns, KEY),
	ONE(record_wait, count, SUM),
	ONE(record_wait, ns, SUM),
	ONE(record_wait, max_ns, VALUE),
	ONE(record_wait, pid, KEY),
	ONE(record_wait, state, KEY),
	ONE(record_wait, object, KEY),
	ONE(record_wait, device, KEY),
	ONE(record_wait, call, KEY),
	ONE(record_wait, family, KEY),
	ONE(record_wait, peer_port, KEY),
	MANY(record_wait, peer_addr, KEY),
	TEXT(record_wait, call_name),
	TEXT(record_wait, file_system),
};

/* A thread waits at one place at a time. */
static const struct field open_wait_fields[] = {
	ONE(record_wait, process_start_ns, KEY),
	ONE(record_wait, count, VALUE),
	ONE(record_wait, pid, KEY),
	ONE(record_wait, tid, KEY),
	ONE(record_wait, ns, AGE),
	ONE(record_wait, max_ns, AGE),
	ONE(record_wait, state, VALUE),
	ONE(record_wait, object, VALUE),
	ONE(record_wait, device, VALUE),
	ONE(record_wait, call, VALUE),
	ONE(record_wait, family, VALUE),
	ONE(record_wait, peer_port, VALUE),
	MANY(record_wait, peer_addr, VALUE),
	ONE(record_wait, open, VALUE),
	TEXT(record_wait, call_name),
	TEXT(record_wait, file_system),
};

static const struct field call_fields[] = {
	ONE(record_call, process_start_ns, KEY),
	ONE(record_call, count, SUM),
	ONE(record_call, ns, SUM),
	ONE(record_call, pid, KEY),
	ONE(record_call, call, KEY),
	TEXT(record_call, call_name),
};

static const struct field lock_fields[] = {
	ONE(record_lock, process_start_ns, KEY),
	ONE(record_lock, address, KEY),
	ONE(record_lock, count, SUM),
	ONE(record_lock, ns, SUM),
	ONE(record_lock, max_ns, VALUE),
	ONE(record_lock, released, SUM),
	ONE(record_lock, handed, SUM),
	ONE(record_lock, pid, KEY),
	ONE(record_lock, tid, KEY),
	ONE(record_lock, kind, KEY),
	ONE(record_lock, role, KEY),
	ONE(record_lock, shared, KEY),
	MANY(record_lock, histogram, SUM),
};

static const struct field open_lock_fields[] = {
	ONE(record_lock, process_start_ns, KEY),
	ONE(record_lock, address, VALUE),
	ONE(record_lock, count, VALUE),
	ONE(record_lock, released, VALUE),
	ONE(record_lock, handed, VALUE),
	ONE(record_lock, pid, KEY),
	ONE(record_lock, tid, KEY),
	ONE(record_lock, ns, AGE),
	ONE(record_lock, max_ns, AGE),
	ONE(record_lock, kind, VALUE),
	ONE(record_lock, role, VALUE),
	ONE(record_lock, holder, VALUE),
	ONE(record_lock, open, VALUE),
	ONE(record_lock, stray, VALUE),
	MANY(record_lock, histogram, VALUE),
};

static const struct field lock_place_fields[] = {
	ONE(record_lock_place, process_start_ns, KEY),
	ONE(record_lock_place, address, KEY),
	ONE(record_lock_place, device, VALUE),
	ONE(record_lock_place, inode, VALUE),
	ONE(record_lock_place, offset, VALUE),
	ONE(record_lock_place, pid, KEY),
	TEXT(record_lock_place, symbol),
	TEXT(record_lock_place, where),
};

static const struct field lock_frame_fields[] = {
	ONE(record_lock_frame, process_start_ns, KEY),
	ONE(record_lock_frame, address, KEY),
	ONE(record_lock_frame, pid, KEY),
	ONE(record_lock_frame, number, KEY),
	TEXT(record_lock_frame, text),
};

static const struct field place_frame_fields[] = {
	ONE(record_place_frame, id, KEY),
	ONE(record_place_frame, caller, VALUE),
	TEXT(record_place_frame, text),
	TEXT(record_place_frame, file),
};

static const struct field place_fields[] = {
	ONE(record_place, samples, SUM),
	ONE(record_place, ns, SUM),
	ONE(record_place, process_start_ns, KEY),
	ONE(record_place, frame, KEY),
	ONE(record_place, address, KEY),
	ONE(record_place, pid, KEY),
	ONE(record_place, state, KEY),
	ONE(record_place, object, KEY),
	ONE(record_place, device, KEY),
	ONE(record_place, call, KEY),
	ONE(record_place, family, KEY),
	ONE(record_place, peer_port, KEY),
	MANY(record_place, peer_addr, KEY),
	TEXT(record_place, call_name),
	TEXT(record_place, where),
};

static const struct field long_wait_fields[] = {
	ONE(record_long_wait, thread_id, KEY),
	ONE(record_long_wait, process_start_ns, VALUE),
	ONE(record_long_wait, since_ns, TIME),
	ONE(record_long_wait, pid, VALUE),
	ONE(record_long_wait, tid, VALUE),
	ONE(record_long_wait, other_pid, VALUE),
	ONE(record_long_wait, other_known, VALUE),
	ONE(record_long_wait, other_many, VALUE),
	TEXT(record_long_wait, other_comm),
	TEXT(record_long_wait, where),
	ONE(record_long_wait, internal, VALUE),
	ONE(record_long_wait, library, VALUE),
	TEXT(record_long_wait, runner),
};

static const struct field long_wait_frame_fields[] = {
	ONE(record_long_wait_frame, thread_id, KEY),
	ONE(record_long_wait_frame, number, KEY),
	TEXT(record_long_wait_frame, text),
};

static const struct field neighbour_fields[] = {
	ONE(record_neighbour, process_start_ns, KEY),
	ONE(record_neighbour, pid, KEY),
	ONE(record_neighbour, cpu_ns, VALUE),
	TEXT(record_neighbour, comm),
	TEXT(record_neighbour, label),
};

static const struct field backlog_fields[] = {
	ONE(record_backlog, process_start_ns, KEY),
	ONE(record_backlog, inode, KEY),
	ONE(record_backlog, pid, KEY),
	ONE(record_backlog, object, VALUE),
	ONE(record_backlog, pending, VALUE),
	ONE(record_backlog, taken, VALUE),
	ONE(record_backlog, port, VALUE),
	ONE(record_backlog, waited, VALUE),
	ONE(record_backlog, shared, VALUE),
};

static const struct field waker_fields[] = {
	ONE(record_waker, thread_id, KEY), ONE(record_waker, count, SUM),
	ONE(record_waker, ns, SUM),	   ONE(record_waker, pid, KEY),
	ONE(record_waker, tid, KEY),	   ONE(record_waker, state, KEY),
};

static const struct field histogram_fields[] = {
	ONE(record_histogram, thread_id, KEY),
	ONE(record_histogram, state, KEY),
	MANY(record_histogram, count, SUM),
};

static const struct field loop_fields[] = {
	ONE(record_loop, thread_id, KEY),
	ONE(record_loop, process_start_ns, VALUE),
	ONE(record_loop, waits, SUM),
	ONE(record_loop, slept, SUM),
	ONE(record_loop, timed, SUM),
	ONE(record_loop, uneven, SUM),
	ONE(record_loop, patient, SUM),
	ONE(record_loop, delivered, SUM),
	ONE(record_loop, several, SUM),
	ONE(record_loop, iterations, SUM),
	ONE(record_loop, busy_ns, SUM),
	ONE(record_loop, max_ns, VALUE),
	ONE(record_loop, stalls, SUM),
	ONE(record_loop, stalled_ns, SUM),
	ONE(record_loop, stalls_unsent, SUM),
	MANY(record_loop, cause_count, SUM),
	MANY(record_loop, cause_ns, SUM),
	ONE(record_loop, open_ns, TIME),
	MANY(record_loop, parts_ns, VALUE),
	ONE(record_loop, pid, VALUE),
	ONE(record_loop, tid, VALUE),
	ONE(record_loop, kind, VALUE),
	ONE(record_loop, descriptor, VALUE),
	ONE(record_loop, members, VALUE),
	ONE(record_loop, sockets, VALUE),
	ONE(record_loop, room, VALUE),
	ONE(record_loop, waiting, VALUE),
	ONE(record_loop, burst_stalls, SUM),
	ONE(record_loop, burst_stalled_ns, SUM),
	ONE(record_loop, unserved, SUM),
	ONE(record_loop, burst_open_ns, VALUE),
	ONE(record_loop, unlinked, SUM),
};

static const struct field lag_fields[] = {
	ONE(record_lag, thread_id, KEY),
	MANY(record_lag, count, SUM),
};

#define BLOCK(member, coding) ONE_(record_stall, "block." #member, block.member, coding)
#define BLOCK_TEXT(member)                                                                 \
	{                                                                                  \
		"block." #member, offsetof(struct record_stall, block.member),             \
			ELEMENTS(((struct record_stall *)0)->block.member), 1, TRACE_TEXT, \
	}

static const struct field stall_fields[] = {
	ONE(record_stall, thread_id, VALUE),
	ONE(record_stall, begin_ns, TIME),
	ONE(record_stall, end_ns, TIME),
	MANY(record_stall, parts_ns, VALUE),
	ONE(record_stall, timed_ns, VALUE),
	ONE(record_stall, block_ns, VALUE),
	BLOCK(process_start_ns, VALUE),
	BLOCK(count, VALUE),
	BLOCK(ns, VALUE),
	BLOCK(max_ns, VALUE),
	BLOCK(pid, VALUE),
	BLOCK(tid, VALUE),
	BLOCK(state, VALUE),
	BLOCK(object, VALUE),
	BLOCK(device, VALUE),
	BLOCK(call, VALUE),
	BLOCK(family, VALUE),
	BLOCK(peer_port, VALUE),
	{ "block.peer_addr", offsetof(struct record_stall, block.peer_addr), 16, 1, TRACE_VALUE },
	BLOCK(open, VALUE),
	BLOCK_TEXT(call_name),
	BLOCK_TEXT(file_system),
	ONE(record_stall, tid, VALUE),
	ONE(record_stall, samples, VALUE),
	ONE(record_stall, open, VALUE),
	TEXT(record_stall, where),
};

static const struct field stall_frame_fields[] = {
	ONE(record_stall_frame, thread_id, VALUE),
	ONE(record_stall_frame, begin_ns, TIME),
	ONE(record_stall_frame, number, VALUE),
	TEXT(record_stall_frame, text),
};

static const struct field interval_fields[] = {
	ONE(record_interval, thread_id, VALUE), ONE(record_interval, begin_ns, TIME),
	ONE(record_interval, end_ns, TIME),	ONE(record_interval, pid, VALUE),
	ONE(record_interval, tid, VALUE),	ONE(record_interval, state, VALUE),
	ONE(record_interval, object, VALUE),	ONE(record_interval, waker_pid, VALUE),
	ONE(record_interval, waker_tid, VALUE), TEXT(record_interval, call_name),
};

static const struct field loss_fields[] = {
	MANY(record_loss, count, SUM),	       ONE(record_loss, recovered, SUM),
	ONE(record_loss, lock_dropped, SUM),   ONE(record_loss, lock_dropped_ns, SUM),
	ONE(record_loss, stacks_dropped, SUM), ONE(record_loss, intervals_dropped, SUM),
	ONE(record_loss, hidden_ns, SUM),      ONE(record_loss, names_lost, SUM),
	ONE(record_loss, places_refused, SUM), MANY(record_loss, places_refused_ns, SUM),
};

static const struct field overhead_fields[] = {
	ONE(record_overhead, bpf_run_ns, SUM),	  ONE(record_overhead, bpf_runs, SUM),
	ONE(record_overhead, reader_cpu_ns, SUM), ONE(record_overhead, reader_rss_bytes, VALUE),
	ONE(record_overhead, attach_ns, VALUE),	  ONE(record_overhead, read_ns, VALUE),
	ONE(record_overhead, bursts, SUM),	  ONE(record_overhead, burst_ns, SUM),
	MANY(record_overhead, given_up_ns, SUM),
};

static const struct field clock_fields[] = {
	ONE(record_clock, realtime_ns, VALUE),
};

#define ROW(name, type, kind, flags, fields)                                                   \
	{                                                                                      \
		name, kind, flags, false, false, sizeof(struct type), fields, ELEMENTS(fields) \
	}
#define SUM_ROW(name, type, kind, flags, fields)                                              \
	{                                                                                     \
		name, kind, flags, false, true, sizeof(struct type), fields, ELEMENTS(fields) \
	}
#define SLOW_ROW(name, type, kind, fields)                                               \
	{                                                                                \
		name, kind, 0, true, true, sizeof(struct type), fields, ELEMENTS(fields) \
	}

#define ONCE TRACE_KIND_ONCE
#define CLOSES TRACE_KIND_CLOSES
#define STEADY TRACE_KIND_STEADY
#define RETURNS TRACE_KIND_RETURNS

const struct row_kind row_kinds[NR_ROW_KINDS] = {
	[ROW_CAPTURE] = ROW("capture", record_capture, RECORD_CAPTURE, ONCE, capture_fields),
	[ROW_HOST] = ROW("host", record_host, RECORD_HOST, ONCE, host_fields),
	[ROW_SETTING] = ROW("setting", record_setting, RECORD_SETTING, ONCE, setting_fields),
	[ROW_PROCESS] = ROW("process", record_process, RECORD_PROCESS, 0, process_fields),
	[ROW_THREAD] = ROW("thread", record_thread, RECORD_THREAD, CLOSES | STEADY, thread_fields),
	[ROW_WAIT] = SUM_ROW("wait", record_wait, RECORD_WAIT, 0, wait_fields),
	[ROW_OPEN_WAIT] = ROW("open_wait", record_wait, RECORD_WAIT, RETURNS, open_wait_fields),
	[ROW_CALL] = SUM_ROW("call", record_call, RECORD_CALL, 0, call_fields),
	[ROW_LOCK] = SUM_ROW("lock", record_lock, RECORD_LOCK, 0, lock_fields),
	[ROW_OPEN_LOCK] = ROW("open_lock", record_lock, RECORD_LOCK, RETURNS, open_lock_fields),
	[ROW_LOCK_PLACE] =
		ROW("lock_place", record_lock_place, RECORD_LOCK_PLACE, 0, lock_place_fields),
	[ROW_LOCK_FRAME] =
		ROW("lock_frame", record_lock_frame, RECORD_LOCK_FRAME, 0, lock_frame_fields),
	[ROW_PLACE_FRAME] = SUM_ROW("place_frame", record_place_frame, RECORD_PLACE_FRAME, 0,
				    place_frame_fields),
	[ROW_PLACE] = SUM_ROW("place", record_place, RECORD_PLACE, 0, place_fields),
	[ROW_LONG_WAIT] = ROW("long_wait", record_long_wait, RECORD_LONG_WAIT, 0, long_wait_fields),
	[ROW_LONG_WAIT_FRAME] = ROW("long_wait_frame", record_long_wait_frame,
				    RECORD_LONG_WAIT_FRAME, 0, long_wait_frame_fields),
	[ROW_BACKLOG] = ROW("backlog", record_backlog, RECORD_BACKLOG, 0, backlog_fields),
	[ROW_NEIGHBOUR] = ROW("neighbour", record_neighbour, RECORD_NEIGHBOUR, 0, neighbour_fields),
	[ROW_WAKER] = SUM_ROW("waker", record_waker, RECORD_WAKER, STEADY, waker_fields),
	[ROW_HISTOGRAM] =
		SLOW_ROW("histogram", record_histogram, RECORD_HISTOGRAM, histogram_fields),
	[ROW_LOOP] = ROW("loop", record_loop, RECORD_LOOP, 0, loop_fields),
	[ROW_LAG] = SLOW_ROW("lag", record_lag, RECORD_LAG, lag_fields),
	[ROW_STALL] = ROW("stall", record_stall, RECORD_STALL, ONCE, stall_fields),
	[ROW_STALL_FRAME] = ROW("stall_frame", record_stall_frame, RECORD_STALL_FRAME, ONCE,
				stall_frame_fields),
	[ROW_INTERVAL] = ROW("interval", record_interval, RECORD_INTERVAL, ONCE, interval_fields),
	[ROW_LOSS] = ROW("loss", record_loss, RECORD_LOSS, 0, loss_fields),
	[ROW_OVERHEAD] = ROW("overhead", record_overhead, RECORD_OVERHEAD, 0, overhead_fields),
	[ROW_CLOCK] = ROW("clock", record_clock, RECORD_CLOCK, 0, clock_fields),
};

int row_of_record(const struct record *record)
{
	int i;

	if (record->kind == RECORD_WAIT && record->wait.open)
		return ROW_OPEN_WAIT;
	if (record->kind == RECORD_LOCK && record->lock.open)
		return ROW_OPEN_LOCK;
	for (i = 0; i < NR_ROW_KINDS; i++)
		if (row_kinds[i].kind == record->kind)
			return i;
	return -1;
}

uint64_t row_key(const struct row_kind *kind, const void *payload)
{
	const struct field *field;
	uint64_t key = 0;
	size_t i;

	for (i = 0; i < kind->field_count; i++) {
		field = &kind->fields[i];
		if (field->coding == TRACE_KEY)
			key = index_hash((const uint8_t *)payload + field->offset,
					 (size_t)field->width * field->count, key);
	}
	return key;
}
