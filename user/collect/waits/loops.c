// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks arrive before the end of their stall, and many belong to iterations that never become one.
 * They are held until the stall is known; the one that explains it best is read, a few stalls at a
 * time.
 */
#include "collect/waits/loops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/procfs/event_sets.h"
#include "collect/reader/protocol.h"
#include "collect/translate.h"
#include "lib/vec.h"

#define STACKS_MAX 256 /* held: 4 MiB */
#define STALLS_MAX 2048 /* not yet delivered */
#define ATTENDED_MAX 64 /* threads of a process that wait at sets */
#define MEMBERS_MANY (READER_MEMBERS_MAX + 1) /* of a set, not counted */

struct held_stall {
	struct record record;
	struct stack_text *text; /* NULL: not read yet, or none */
	bool read;
};

/* ---- facts of the set ------------------------------------------------------------------------ */
/* Counts what an epoll set holds; one of very many is taken for many sockets, and not read again. */
static void count_members(struct reader *reader, uint64_t process_start_ns,
			  struct loop_facts *facts)
{
	const struct reader_event_set question = { .process = { .pid = facts->pid,
								.start_ns = process_start_ns },
						   .fd = facts->descriptor };
	struct reader_event_set_answer set;
	int error;

	if (facts->members == MEMBERS_MANY)
		return;
	error = event_set_members(reader, &question, &set);
	if (error && error != -E2BIG)
		return;
	facts->members = error ? MEMBERS_MANY : set.members;
	facts->sockets = error ? MEMBERS_MANY : set.sockets ? set.sockets : set.timers;
}

static struct loop_facts *facts_of(struct loops *loops, uint64_t thread_id, uint32_t pid,
				   uint64_t at_ns)
{
	size_t position = index_find(&loops->fact_index, thread_id);
	struct loop_facts *facts;

	if (position != INDEX_NONE) {
		loops->facts[position].used_ns = at_ns;
		return &loops->facts[position];
	}
	if (vec_reserve((void **)&loops->facts, &loops->fact_capacity, loops->fact_count,
			sizeof(*facts)) ||
	    index_add(&loops->fact_index, thread_id, loops->fact_count))
		return NULL;
	facts = &loops->facts[loops->fact_count++];
	*facts = (struct loop_facts){ thread_id, pid, 0, UINT32_MAX, 0, at_ns };
	return facts;
}

void loops_found(struct loops *loops, const struct thread_event *event, struct bpf_session *session)
{
	if (!facts_of(loops, event->id, event->tgid, event->header.at_ns) ||
	    bpf_session_sample_thread(session, event->tid, event->id))
		loops->dropped++;
}

/* ---- stacks and stalls ----------------------------------------------------------------------- */
void loops_stack(struct loops *loops, const struct stack_event *event)
{
	if (!loops->stacks)
		loops->stacks = malloc(STACKS_MAX * sizeof(*loops->stacks));
	if (!loops->stacks) {
		loops->dropped++;
		return;
	}
	if (loops->stack_count == STACKS_MAX) {
		/* the older half: nearly all are of iterations that were no stalls */
		loops->stack_count -= STACKS_MAX / 2;
		memmove(loops->stacks, loops->stacks + STACKS_MAX / 2,
			loops->stack_count * sizeof(*loops->stacks));
	}
	loops->stacks[loops->stack_count++] = *event;
}

void loops_stall(struct loops *loops, const struct stall_event *event,
		 struct file_systems *file_systems)
{
	struct record_wait *block;
	struct held_stall *stall;

	if (loops->stall_count == STALLS_MAX ||
	    vec_reserve((void **)&loops->stalls, &loops->stall_capacity, loops->stall_count,
			sizeof(*stall))) {
		loops->dropped++;
		return;
	}
	stall = &loops->stalls[loops->stall_count++];
	memset(stall, 0, sizeof(*stall));
	translate_stall(event, &stall->record);
	block = &stall->record.stall.block;
	if (block->device)
		snprintf(block->file_system, sizeof(block->file_system), "%s",
			 file_systems_type(file_systems, block->device, block->pid));
}

/* Taken while it lasted: of its iteration, or of the part of that which a burst saw. */
static bool belongs(const struct stack_event *stack, const struct record_stall *stall, uint32_t why)
{
	return stack->id == stall->thread_id && stack->iteration_ns <= stall->begin_ns &&
	       stack->header.at_ns >= stall->begin_ns && stack->header.at_ns <= stall->end_ns &&
	       stack->why & why;
}

/* Of waits the longest; it is exact. */
static const struct stack_event *longest_wait(const struct loops *loops,
					      const struct record_stall *stall)
{
	const struct stack_event *found = NULL;
	size_t i;

	for (i = 0; i < loops->stack_count; i++)
		if (belongs(&loops->stacks[i], stall, STACK_BLOCK) &&
		    (!found || loops->stacks[i].block_ns > found->block_ns))
			found = &loops->stacks[i];
	return found;
}

/*
 * Of samples one at the place where most are, by the interpreter's own frames; where there are
 * none, the one in the middle.
 */
static const struct stack_event *typical_sample(struct loops *loops, struct record_stall *stall,
						struct stack_reader *reader, uint64_t now)
{
	char where[8][RECORD_PLACE_LEN];
	const struct stack_event *samples[8];
	struct stack_text text;
	size_t count = 0, i, j, votes, most = 0, best;

	for (i = 0; i < loops->stack_count; i++) {
		if (!belongs(&loops->stacks[i], stall, STACK_CPU))
			continue;
		stall->samples++;
		if (count == 8)
			continue;
		samples[count] = &loops->stacks[i];
		stack_read(reader, samples[count], false, now, &text);
		memcpy(where[count++], text.where, sizeof(text.where));
	}
	if (!count)
		return NULL;
	for (best = count / 2, i = 0; i < count; i++) {
		for (votes = 0, j = 0; where[i][0] && j < count; j++)
			votes += !strcmp(where[i], where[j]);
		if (votes > most) {
			most = votes;
			best = i;
		}
	}
	return samples[best];
}

/* Reads the stack that explains the stall. False: none was taken. */
static bool read_place(struct loops *loops, struct record_stall *stall, struct stack_reader *reader,
		       uint64_t now, struct stack_text *ret)
{
	const struct stack_event *wait = longest_wait(loops, stall), *sample, *chosen;

	stall->samples = 0;
	sample = typical_sample(loops, stall, reader, now);
	switch (record_stall_cause(stall)) {
	case STALL_CPU:
	case STALL_STARVED:
		chosen = sample ? sample : wait;
		break;
	case STALL_PAGE_FAULT: /* no call ends there */
		chosen = sample;
		break;
	default:
		chosen = wait;
	}
	if (!chosen)
		return false;
	stack_read(reader, chosen, true, now, ret);
	memcpy(stall->where, ret->where, sizeof(stall->where));
	return true;
}

static void forget_stacks(struct loops *loops, const struct record_stall *stall)
{
	size_t i, kept = 0;

	for (i = 0; i < loops->stack_count; i++)
		if (loops->stacks[i].id != stall->thread_id ||
		    loops->stacks[i].iteration_ns > stall->begin_ns) {
			if (kept != i)
				loops->stacks[kept] = loops->stacks[i];
			kept++;
		}
	loops->stack_count = kept;
}

bool loops_read(struct loops *loops, struct stack_reader *reader, size_t most, uint64_t now)
{
	size_t i;

	for (i = 0; i < loops->stall_count && most; i++) {
		struct held_stall *stall = &loops->stalls[i];

		if (stall->read)
			continue;
		stall->read = true;
		most--;
		stall->text = malloc(sizeof(*stall->text));
		if (stall->text &&
		    !read_place(loops, &stall->record.stall, reader, now, stall->text)) {
			free(stall->text);
			stall->text = NULL;
		}
		forget_stacks(loops, &stall->record.stall);
	}
	return !most;
}

/* ---- records --------------------------------------------------------------------------------- */
static int add_frames(const struct record_stall *stall, const struct stack_text *text,
		      struct record_queue *queue)
{
	struct record record = { .kind = RECORD_STALL_FRAME };
	struct record_stall_frame *frame = &record.stall_frame;
	const char *line = text->frames;
	char file[RECORD_FILE_LEN];
	int error = 0;

	frame->thread_id = stall->thread_id;
	frame->begin_ns = stall->begin_ns;
	for (; !error && frame->number < RECORD_MAX_FRAMES; frame->number++) {
		if (!stack_text_next(&line, frame->text, file))
			break;
		error = record_queue_put(queue, &record);
	}
	return error;
}

/* The stall that a loop is in at the boundary; its parts are of the whole up to there. */
static int add_open(struct loops *loops, const struct record_loop *loop,
		    const struct loop_thread *thread, struct stack_reader *reader,
		    struct record_queue *queue)
{
	struct record record = { .kind = RECORD_STALL };
	struct record_stall *stall = &record.stall;
	struct stack_text text;
	uint64_t sum = 0;
	int error, i;
	bool known;

	stall->thread_id = loop->thread_id;
	stall->tid = loop->tid;
	stall->begin_ns = loop->open_ns;
	stall->end_ns = thread->at_ns;
	stall->open = true;
	if (loops->every_return)
		memcpy(stall->parts_ns, loop->parts_ns, sizeof(stall->parts_ns));
	for (i = 0; i < NR_STATES; i++)
		sum += stall->parts_ns[i];
	/* the state that it is in was not closed yet */
	if (thread->state < NR_STATES && sum < thread->at_ns - loop->open_ns)
		stall->parts_ns[thread->state] += thread->at_ns - loop->open_ns - sum;
	translate_balance(stall);
	if (thread->open) { /* it may have begun before the window; in this wait it is since then */
		stall->block = *thread->open;
		stall->block_ns = thread->open->ns;
		stall->block.open = false;
	}
	known = read_place(loops, stall, reader, thread->at_ns, &text);
	error = record_queue_put(queue, &record);
	return error || !known ? error : add_frames(stall, &text, queue);
}

int loops_add(struct loops *loops, const struct loop_sample *sample,
	      const struct loop_thread *thread, struct stack_reader *reader,
	      struct record_queue *queue)
{
	struct loop_facts *facts = facts_of(loops, thread->id, thread->pid, thread->at_ns);
	struct record loop, lag;
	int error;

	translate_loop(sample, thread->id, thread->process_start_ns, thread->pid, thread->tid,
		       &loop, &lag);
	if (facts && loop.loop.kind == LOOP_KIND_EPOLL) {
		if (facts->descriptor != loop.loop.descriptor)
			facts->members = UINT32_MAX;
		facts->descriptor = loop.loop.descriptor;
		count_members(reader->helper, thread->process_start_ns, facts);
		loop.loop.members = facts->members;
		loop.loop.sockets = facts->sockets;
	}
	if (!loops->every_return) /* only a wait proves that it is blocked */
		loop.loop.open_ns =
			loop.loop.open_ns && thread->open ? thread->at_ns - thread->open->ns : 0;
	error = record_queue_put(queue, &loop);
	if (!error)
		error = record_queue_put(queue, &lag);
	if (!error && loop.loop.open_ns && loop.loop.open_ns + thread->stall_ns <= thread->at_ns)
		error = add_open(loops, &loop.loop, thread, reader, queue);
	return error;
}

uint64_t loops_pending(const struct loops *loops, const struct record_process *process,
		       struct reader *helper)
{
	uint32_t attended[ATTENDED_MAX];
	size_t count = 0, i;

	for (i = 0; i < loops->fact_count && count < ATTENDED_MAX; i++)
		if (loops->facts[i].pid == process->pid && loops->facts[i].members != UINT32_MAX)
			attended[count++] = loops->facts[i].descriptor;
	return event_sets_pending(helper, process, attended, count);
}

int loops_deliver(struct loops *loops, struct record_queue *queue)
{
	size_t i;
	int error = 0;

	for (i = 0; i < loops->stall_count; i++) {
		struct held_stall *stall = &loops->stalls[i];

		if (!error)
			error = record_queue_put(queue, &stall->record);
		if (!error && stall->text)
			error = add_frames(&stall->record.stall, stall->text, queue);
		free(stall->text);
	}
	loops->stall_count = 0;
	return error;
}

int loops_forget(struct loops *loops, uint64_t before_ns)
{
	size_t *moved = calloc(loops->fact_count + 1, sizeof(*moved)), kept = 0, i;
	int error;

	if (!moved)
		return -ENOMEM;
	for (i = 0; i < loops->fact_count; i++) {
		moved[i] = loops->facts[i].used_ns < before_ns ? INDEX_NONE : kept;
		if (moved[i] == INDEX_NONE)
			continue;
		if (kept != i)
			loops->facts[kept] = loops->facts[i];
		kept++;
	}
	error = index_move(&loops->fact_index, moved);
	free(moved);
	loops->fact_count = kept;
	vec_shrink((void **)&loops->facts, &loops->fact_capacity, kept, sizeof(*loops->facts));
	return error;
}

void loops_free(struct loops *loops)
{
	size_t i;

	for (i = 0; i < loops->stall_count; i++)
		free(loops->stalls[i].text);
	free(loops->stalls);
	free(loops->stacks);
	free(loops->facts);
	index_free(&loops->fact_index);
	memset(loops, 0, sizeof(*loops));
}
