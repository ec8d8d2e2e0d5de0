// SPDX-License-Identifier: GPL-2.0-or-later
/* Names the frames of stacks by the helper's answers. */
#include "collect/reader/stack_reader.h"

#include <stdio.h>
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
	if (!native && !event->frame_count) { /* there is nothing to be named */
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

bool stack_text_next(const char **lines, char ret_text[RECORD_PLACE_LEN],
		     char ret_file[RECORD_FILE_LEN])
{
	const char *line = *lines, *end = strchrnul(line, '\n'),
		   *file = memchr(line, STACK_FILE, (size_t)(end - line));

	if (!*line)
		return false;
	snprintf(ret_text, RECORD_PLACE_LEN, "%.*s", (int)((file ? file : end) - line), line);
	file = file ? file + 1 : end;
	if (end - file >= RECORD_FILE_LEN)
		file = end - RECORD_FILE_LEN + 1;
	snprintf(ret_file, RECORD_FILE_LEN, "%.*s", (int)(end - file), file);
	*lines = *end ? end + 1 : end;
	return true;
}
