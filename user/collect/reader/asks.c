// SPDX-License-Identifier: GPL-2.0-or-later
/* Sends each kind of question to the helper, and checks what comes back. */
#include "collect/reader/asks.h"

#include <stdio.h>
#include <string.h>

#include "collect/procfs/proc_facts.h"
#include "lib/runtimes.h"

#define END_TEXT(text) ((text)[sizeof(text) - 1] = '\0')

/* Where the files and the memory of a process are found, though its main thread may have ended. */
static uint32_t living(uint32_t pid)
{
	return (uint32_t)proc_living_task((pid_t)pid);
}

/*
 * Lines of text, without anything that a terminal would act on. kept: one control character that the
 * text may hold besides, 0: none.
 */
static void clean_lines(char *text, char kept)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n' && *text != kept) || *text == 0x7f)
			*text = '?';
}

bool ask_runtime(struct reader *reader, uint32_t pid, uint64_t start_ns, bool v8_known,
		 struct reader_runtime_answer *ret)
{
	const struct reader_process process = { .pid = living(pid),
						.start_ns = start_ns,
						.v8_known = v8_known };
	const struct question question = { .kind = READER_RUNTIME,
					   .pid = pid,
					   .start_ns = start_ns,
					   .body = &process,
					   .body_size = sizeof(process),
					   .answer = ret,
					   .answer_size = sizeof(*ret) };

	if (!reader_ask(reader, &question) || ret->runtime.id >= NR_RUNTIMES) {
		memset(ret, 0, sizeof(*ret));
		return false;
	}
	END_TEXT(ret->python.version);
	END_TEXT(ret->runtime.version);
	END_TEXT(ret->script);
	clean_lines(ret->python.version, 0);
	clean_lines(ret->runtime.version, 0);
	clean_lines(ret->script, 0);
	return true;
}

void ask_file_system(struct reader *reader, uint32_t pid, uint32_t device, char *ret, size_t size)
{
	const struct reader_file_system file_system = { .process.pid = pid, .device = device };
	struct reader_file_system_answer answer;
	const struct question question = { .kind = READER_FILE_SYSTEM,
					   .pid = pid,
					   .body = &file_system,
					   .body_size = sizeof(file_system),
					   .answer = &answer,
					   .answer_size = sizeof(answer) };

	if (!reader_ask(reader, &question))
		answer.type[0] = '\0';
	END_TEXT(answer.type);
	clean_lines(answer.type, 0);
	snprintf(ret, size, "%s", answer.type);
}

bool ask_event_set(struct reader *reader, const struct reader_event_set *set,
		   struct reader_event_set_answer *ret)
{
	struct reader_event_set living_set = *set;
	const struct question question = { .kind = READER_EVENT_SET,
					   .pid = set->process.pid,
					   .start_ns = set->process.start_ns,
					   .body = &living_set,
					   .body_size = sizeof(living_set),
					   .answer = ret,
					   .answer_size = sizeof(*ret) };

	living_set.process.pid = living(set->process.pid);
	if (reader_ask(reader, &question) && ret->known && ret->members <= READER_MEMBERS_MAX &&
	    ret->sockets <= ret->members && ret->timers <= ret->members &&
	    ret->inode_count <= READER_SOCKETS_MAX)
		return true;
	memset(ret, 0, sizeof(*ret));
	return false;
}

bool ask_wait_stack(struct reader *reader, const struct wait_look *look,
		    const struct runtime_layout *layout, struct reader_wait_stack_answer *ret)
{
	struct reader_wait_stack wait = { .look = *look };
	const struct question question = { .kind = READER_WAIT_STACK,
					   .pid = look->tgid,
					   .start_ns = look->process_start_ns,
					   .body = &wait,
					   .body_size = sizeof(wait),
					   .answer = ret,
					   .answer_size = sizeof(*ret) };

	if (layout)
		wait.layout = *layout;
	if (reader_ask(reader, &question) && ret->size <= sizeof(ret->bytes) &&
	    ret->frame_count <= WIRE_FRAMES)
		return true;
	memset(ret, 0, sizeof(*ret));
	return false;
}

static bool ask_some_waits(struct reader *reader, const struct wait_look *looks, size_t count,
			   struct reader_wait_words *ret)
{
	const struct question question = { .kind = READER_WAITS,
					   .pid = count == 1 ? looks->tgid : 0,
					   .start_ns = count == 1 ? looks->process_start_ns : 0,
					   .body = looks,
					   .body_size = count * sizeof(*looks),
					   .answer = ret,
					   .answer_size = count * sizeof(*ret) };

	return reader_ask(reader, &question);
}

void ask_waits(struct reader *reader, const struct wait_look *looks, size_t count,
	       struct reader_wait_words *ret)
{
	bool all = ask_some_waits(reader, looks, count, ret);
	size_t i;

	for (i = 0; i < count; i++)
		/* of several one may hold up the others */
		if ((!all && (count == 1 || !ask_some_waits(reader, &looks[i], 1, &ret[i]))) ||
		    ret[i].resolved.count > WIRE_LOOK_FDS)
			memset(&ret[i], 0, sizeof(ret[i]));
}

bool ask_stack(struct reader *reader, const struct stack_event *event, bool native,
	       const struct runtime_layout *layout, uint64_t now, struct stack_text *ret)
{
	struct {
		__u64 now_ns;
		__u32 native, task;
		struct runtime_layout layout;
	} head = { now, native, living(event->tgid),
		   layout ? *layout : (struct runtime_layout){ 0 } };
	const size_t at = event->start % WIRE_STACK_PAGE; /* in bytes */
	const struct question question = {
		.kind = READER_STACK,
		.pid = event->tgid,
		.start_ns = event->process_start_ns,
		.body = &head,
		.body_size = sizeof(head),
		.tail = event,
		.tail_size = offsetof(struct stack_event, bytes) + at + event->size,
		.answer = ret,
		.answer_size = sizeof(*ret),
	};

	_Static_assert(sizeof(head) == offsetof(struct reader_stack, event), "one layout");
	if (event->size > sizeof(event->bytes) - at || !reader_ask(reader, &question)) {
		memset(ret, 0, sizeof(*ret));
		return false;
	}
	END_TEXT(ret->frames);
	END_TEXT(ret->where);
	END_TEXT(ret->runner);
	clean_lines(ret->frames, STACK_FILE);
	clean_lines(ret->where, 0);
	clean_lines(ret->runner, 0);
	return true;
}

bool ask_address(struct reader *reader, const struct reader_address *address,
		 struct reader_address_answer *ret)
{
	struct reader_address place = *address;
	const struct question question = { .kind = READER_ADDRESS,
					   .pid = address->process.pid,
					   .start_ns = address->process.start_ns,
					   .body = &place,
					   .body_size = sizeof(place),
					   .answer = ret,
					   .answer_size = sizeof(*ret) };

	place.process.pid = living(address->process.pid);
	if (!reader_ask(reader, &question)) {
		memset(ret, 0, sizeof(*ret));
		return false;
	}
	END_TEXT(ret->what.symbol);
	clean_lines(ret->what.symbol, 0);
	return true;
}

void ask_forget(struct reader *reader, uint32_t pid, uint64_t start_ns)
{
	const struct reader_process process = { .pid = pid, .start_ns = start_ns };
	const struct question question = { .kind = READER_FORGET,
					   .pid = pid,
					   .start_ns = start_ns,
					   .body = &process,
					   .body_size = sizeof(process) };

	reader_ask(reader, &question);
}
