// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes boundby's end of the helper's protocol: the input is what a helper that a target has taken
 * over answers, to each kind of question. Nothing of it may be trusted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/reader/asks.h"
#include "reader_world.h"

static struct bytes answers;

/* Replaces the socket: the next bytes of the input, which is false when there are too few. */
bool reader_ask(struct reader *reader, const struct question *question)
{
	(void)reader;
	if (answers.size < question->answer_size)
		return false;
	if (question->answer_size)
		memcpy(question->answer, answers.start, question->answer_size);
	answers.start = (const char *)answers.start + question->answer_size;
	answers.size -= question->answer_size;
	return true;
}

/* kept: the one control character that it may hold besides line ends, 0: none. */
static void hold_text(const char *text, size_t size, char kept)
{
	size_t i, length = strnlen(text, size);

	MUST(length < size);
	for (i = 0; i < length; i++)
		MUST(((unsigned char)text[i] >= ' ' || text[i] == '\n' || text[i] == kept) &&
		     text[i] != 0x7f);
}

static void ask_stacks(void)
{
	struct stack_event *event = calloc(1, sizeof(*event));
	struct stack_text *text = malloc(sizeof(*text));
	struct reader_address place = { .address = 1 };
	struct reader_address_answer what;

	MUST(event && text);
	event->tgid = WORLD_PID;
	ask_stack(NULL, event, true, NULL, 1, text);
	hold_text(text->frames, sizeof(text->frames), STACK_FILE);
	hold_text(text->where, sizeof(text->where), 0);
	hold_text(text->runner, sizeof(text->runner), 0);
	ask_address(NULL, &place, &what);
	hold_text(what.what.symbol, sizeof(what.what.symbol), 0);
	free(event);
	free(text);
}

static void ask_waiting(void)
{
	struct wait_look looks[2] = { { .tgid = WORLD_PID }, { .tgid = WORLD_PID } };
	struct reader_wait_stack_answer stack;
	struct reader_wait_words words[2];
	size_t i;

	ask_wait_stack(NULL, &looks[0], NULL, &stack);
	MUST(stack.size <= sizeof(stack.bytes) && stack.frame_count <= WIRE_FRAMES);
	ask_waits(NULL, looks, 2, words);
	for (i = 0; i < 2; i++)
		MUST(words[i].resolved.count <= WIRE_LOOK_FDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader_runtime_answer runtime;

	answers = (struct bytes){ data, size };
	ask_runtime(NULL, WORLD_PID, 1, false, &runtime);
	hold_text(runtime.python.version, sizeof(runtime.python.version), 0);
	hold_text(runtime.runtime.version, sizeof(runtime.runtime.version), 0);
	ask_waiting();
	ask_stacks();
	ask_forget(NULL, WORLD_PID, 1);
	return 0;
}
