// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/reader/stack_reader.h"

#include <string.h>

#include "collect/reader/asks.h"
#include "collect/runtimes/interpreters.h"

static void note(struct stack_reader *reader, uint32_t pid, uint64_t start_ns)
{
	size_t i;

	for (i = 0; i < STACK_KNOWN; i++)
		if (reader->known[i].pid == pid && reader->known[i].start_ns == start_ns)
			return;
	i = reader->next++ % STACK_KNOWN;
	reader->known[i].pid = pid;
	reader->known[i].start_ns = start_ns;
}

void stack_read(struct stack_reader *reader, const struct stack_event *event, bool native,
		uint64_t now, struct stack_text *ret)
{
	if (!native && !event->python_count) { /* there is nothing to be named */
		memset(ret, 0, sizeof(*ret));
		return;
	}
	note(reader, event->tgid, event->process_start_ns);
	ask_stack(reader->helper, event, native,
		  interpreters_layout(reader->interpreters, reader->processes, event->tgid,
				      event->process_start_ns),
		  now, ret);
}

bool stack_address_read(struct stack_reader *reader, uint32_t pid, uint64_t process_start_ns,
			uint64_t address, uint64_t now, struct stack_address *ret)
{
	const struct reader_address question = {
		.process = { .pid = pid, .start_ns = process_start_ns },
		.now_ns = now,
		.address = address,
	};
	struct reader_address_answer answer;

	note(reader, pid, process_start_ns);
	ask_address(reader->helper, &question, &answer);
	*ret = answer.what;
	return answer.mapped;
}

void stack_reader_forget(struct stack_reader *reader, uint32_t pid, uint64_t process_start_ns)
{
	size_t i;

	for (i = 0; i < STACK_KNOWN; i++)
		if (reader->known[i].pid == pid && reader->known[i].start_ns == process_start_ns) {
			ask_forget(reader->helper, pid, process_start_ns);
			memset(&reader->known[i], 0, sizeof(reader->known[i]));
		}
}
