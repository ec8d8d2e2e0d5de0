// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks are copied from sleeping threads, which may wake meanwhile: a second pass over the threads drops
 * those that did.
 */
#include "collect/waits/long_waits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/reader/asks.h"
#include "collect/runtimes/interpreters.h"

#define ENDS_MAX 64 /* distinct pipes and sockets whose other end is searched for */
#define LOOKS_MAX 4096 /* threads that are considered */
#define BACKLOGS_MAX 4096 /* sockets of one reading */

struct long_wait {
	struct wait_look look;
	struct stack_event *stack;
	bool lasts; /* it was still in that wait after the stack was copied */
	bool end_sought; /* the other end of what it writes to or reads */
	__u32 other_pid;
	bool other_many;
	char other_comm[WIRE_COMM_LEN];
};

struct reading {
	struct long_wait *waits;
	size_t count, most;
	__u64 ends[ENDS_MAX];
	size_t end_count;
};

/* Waits that prove something come before those that are only shown. */
static bool is_first(const struct wait_look *look)
{
	return look->writes || look->state == STATE_LOCK;
}

static int on_look(void *arg, const void *row)
{
	struct reading *reading = arg;
	struct wait_look look;
	size_t i;

	memcpy(&look, row, sizeof(look));
	if (reading->count < reading->most) {
		reading->waits[reading->count++].look = look;
		return 0;
	}
	for (i = 0; i < reading->count && is_first(&look); i++)
		if (!is_first(&reading->waits[i].look)) {
			reading->waits[i].look = look;
			break;
		}
	return 0;
}

static int on_again(void *arg, const void *row)
{
	struct reading *reading = arg;
	struct wait_look look;
	size_t i;

	memcpy(&look, row, sizeof(look));
	for (i = 0; i < reading->count; i++)
		if (reading->waits[i].look.id == look.id)
			reading->waits[i].lasts = reading->waits[i].look.entered_ns ==
						  look.entered_ns;
	return 0;
}

/* The stack as the kernel side would have copied it at the end of the wait. */
static void copy_stack(struct stack_reader *reader, struct long_wait *wait)
{
	const struct wait_look *look = &wait->look;
	const struct runtime_layout *layout = interpreters_layout(
		reader->interpreters, reader->processes, look->tgid, look->process_start_ns);
	struct stack_event *event = calloc(1, sizeof(*event));
	struct reader_wait_stack_answer answer;
	size_t at = look->stack % WIRE_STACK_PAGE;

	wait->stack = event;
	if (!event)
		return;
	ask_wait_stack(reader->helper, look, layout, &answer);
	event->process_start_ns = look->process_start_ns;
	event->tgid = look->tgid;
	event->tid = look->tid;
	memcpy(event->registers, look->registers, sizeof(event->registers));
	event->start = look->stack;
	event->size = answer.size < sizeof(event->bytes) - at ? answer.size :
								(__u32)(sizeof(event->bytes) - at);
	memcpy(event->bytes + at, answer.bytes, event->size);
	event->frame_count = answer.frame_count;
	event->frame_flags = answer.frame_flags;
	event->frames = answer.frames;
}

static void want_end(struct reading *reading, struct long_wait *wait)
{
	__u64 end = wait->look.other_end;
	size_t i;

	for (i = 0; i < reading->end_count && reading->ends[i] != end; i++)
		;
	if (end && i == reading->end_count && i < ENDS_MAX)
		reading->ends[reading->end_count++] = end;
	wait->end_sought = end && i < reading->end_count;
}

/* Those of writers first, as they prove more. */
static void want_ends(struct reading *reading)
{
	size_t i;

	for (i = 0; i < reading->count; i++)
		if (reading->waits[i].look.writes)
			want_end(reading, &reading->waits[i]);
	for (i = 0; i < reading->count; i++)
		if (!reading->waits[i].look.writes)
			want_end(reading, &reading->waits[i]);
}

/* Of several that could read, one that is not the writer itself. */
static bool is_other_reader(const struct long_wait *wait, const struct file_look *file)
{
	return file->flags & FILE_READS && (!wait->other_pid || wait->other_pid == wait->look.tgid);
}

/* Those that could write, but the reader itself; one outside of the PID namespace has no number. */
static bool is_other_writer(struct long_wait *wait, const struct file_look *file)
{
	if (!(file->flags & FILE_WRITES) || file->tgid == wait->look.tgid)
		return false;
	wait->other_many |= !file->tgid || (wait->other_pid && wait->other_pid != file->tgid);
	return !wait->other_pid;
}

static int on_end(void *arg, const void *row)
{
	struct reading *reading = arg;
	struct file_look file;
	size_t i;

	memcpy(&file, row, sizeof(file));
	for (i = 0; i < reading->count && file.end; i++) {
		struct long_wait *wait = &reading->waits[i];

		if (wait->look.other_end != file.end ||
		    !(wait->look.writes ? is_other_reader(wait, &file) :
					  is_other_writer(wait, &file)))
			continue;
		wait->other_pid = file.tgid;
		memcpy(wait->other_comm, file.comm, sizeof(wait->other_comm));
	}
	return 0;
}

static int queue_frames(const struct long_wait *wait, const char *line, struct record_queue *queue)
{
	struct record record = { .kind = RECORD_LONG_WAIT_FRAME };
	struct record_long_wait_frame *frame = &record.long_wait_frame;
	char file[RECORD_FILE_LEN];
	int error = 0;

	frame->thread_id = wait->look.id;
	for (; !error && frame->number < RECORD_MAX_FRAMES; frame->number++) {
		if (!stack_text_next(&line, frame->text, file))
			break;
		error = record_queue_put(queue, &record);
	}
	return error;
}

/* Its standard input, which no other process can write to. A pipe for its own signals is no standard input. */
static bool is_own_input(const struct long_wait *wait)
{
	return wait->end_sought && !wait->look.writes && !wait->look.argument[0] &&
	       !wait->other_pid && !wait->other_many;
}

/*
 * Can only a thread of the process end this wait? At a futex, without a timeout (a pointer, the fourth
 * argument of all its calls), and at a word that no other process has mapped.
 */
static bool is_internal(struct stack_reader *reader, const struct long_wait *wait, uint64_t now_ns)
{
	const struct wait_look *look = &wait->look;
	struct stack_address word;

	if (is_own_input(wait))
		return true;
	if (look->site.object != OBJECT_FUTEX || look->argument[3])
		return false;
	return !look->futex.shared ||
	       (stack_address_read(reader, look->tgid, look->process_start_ns, look->futex.word,
				   now_ns, &word) &&
		!word.inode);
}

static int queue_wait(struct stack_reader *reader, const struct long_wait *wait, uint64_t now_ns,
		      struct record_queue *queue)
{
	const struct wait_look *look = &wait->look;
	struct record record = { .kind = RECORD_LONG_WAIT };
	struct record_long_wait *to = &record.long_wait;
	struct stack_text text = { 0 };
	int error;

	if (wait->stack)
		stack_read(reader, wait->stack, !look->compat, now_ns, &text);
	to->thread_id = look->id;
	to->process_start_ns = look->process_start_ns;
	to->since_ns = look->entered_ns;
	to->pid = look->tgid;
	to->tid = look->tid;
	to->other_known = wait->end_sought;
	to->other_pid = wait->other_pid;
	to->other_many = wait->other_many;
	memcpy(to->other_comm, wait->other_comm, sizeof(to->other_comm) - 1);
	memcpy(to->where, text.where, sizeof(to->where) - 1);
	to->internal = is_internal(reader, wait, now_ns);
	to->library = text.library == 1;
	memcpy(to->runner, text.runner, sizeof(to->runner) - 1);
	error = record_queue_put(queue, &record);
	return error ? error : queue_frames(wait, text.frames, queue);
}

int long_waits_read(struct bpf_session *session, struct stack_reader *reader, uint64_t from_ns,
		    size_t most, uint64_t now_ns, struct record_queue *queue)
{
	struct reading reading = { .most = most < LOOKS_MAX ? most : LOOKS_MAX };
	int error;
	size_t i;

	reading.waits = calloc(reading.most + 1, sizeof(*reading.waits));
	if (!reading.waits)
		return -ENOMEM;
	error = bpf_session_look(session, from_ns, on_look, &reading);
	for (i = 0; i < reading.count && !error; i++)
		copy_stack(reader, &reading.waits[i]);
	want_ends(&reading);
	if (!error && reading.count)
		error = bpf_session_look(session, from_ns, on_again, &reading);
	if (!error && reading.end_count)
		error = bpf_session_look_files(session, reading.ends, reading.end_count, on_end,
					       &reading);
	for (i = 0; i < reading.count; i++) {
		if (!error && reading.waits[i].lasts)
			error = queue_wait(reader, &reading.waits[i], now_ns, queue);
		free(reading.waits[i].stack);
	}
	free(reading.waits);
	return error;
}

struct backlogs {
	struct record_queue *queue;
	size_t count;
};

static int on_file(void *arg, const void *row)
{
	struct backlogs *backlogs = arg;
	struct record record = { .kind = RECORD_BACKLOG };
	struct file_look file;

	memcpy(&file, row, sizeof(file));
	if (file.end || backlogs->count++ >= BACKLOGS_MAX)
		return 0;
	record.backlog = (struct record_backlog){
		.process_start_ns = file.process_start_ns,
		.inode = file.inode,
		.pid = file.tgid,
		.object = file.object,
		.pending = file.pending,
		.taken = file.taken,
		.port = file.port,
		.waited = file.flags & FILE_WAITED,
		.shared = file.flags & FILE_SHARED,
	};
	return record_queue_put(backlogs->queue, &record);
}

int backlogs_read(struct bpf_session *session, struct record_queue *queue)
{
	struct backlogs backlogs = { .queue = queue };

	return bpf_session_look_files(session, NULL, 0, on_file, &backlogs);
}
