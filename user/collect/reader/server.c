// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers questions, one after the other, until the other end is closed. */
#include "collect/reader/server.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "collect/reader/event_set.h"
#include "collect/reader/files.h"
#include "collect/reader/limits.h"
#include "collect/reader/memory.h"
#include "collect/reader/mounts.h"
#include "collect/reader/protocol.h"
#include "collect/reader/wait_words.h"
#include "collect/runtimes/python_frames.h"
#include "collect/runtimes/script.h"
#include "collect/runtimes/v8_frames.h"
#include "collect/symbols/stack_text.h"
#include "lib/process/child.h"
#include "lib/clock.h"
#include "lib/runtimes.h"
#include "lib/process/sandbox.h"

#define ARGUMENTS_MOST 4096 /* bytes: a script stands at the front */

struct server {
	struct stack_texts texts;
	uint64_t look_ns; /* of its CPU time: when the memory in use is looked at next */
};

/* ---- one function for each kind of question: the size of the answer, -1 none -------------------- */
static ssize_t answer_stack(struct server *server, const void *body, size_t size, void *ret)
{
	const size_t least = offsetof(struct reader_stack, event.bytes);
	struct reader_stack question = { .native = 0 };

	if (size < least || size > sizeof(question))
		return -1;
	memcpy(&question, body, size);
	if (question.event.start % WIRE_STACK_PAGE + question.event.size > size - least)
		return -1;
	question.event.tgid = question.task;
	stack_texts_read(&server->texts, &question.event, &question.layout, question.native,
			 question.now_ns, ret);
	return sizeof(struct stack_text);
}

static ssize_t answer_address(struct server *server, const void *body, size_t size, void *ret)
{
	const struct reader_address *question = body;
	struct reader_address_answer *answer = ret;
	struct image_file file = { 0 };
	struct image *image;

	if (size != sizeof(*question))
		return -1;
	memset(answer, 0, sizeof(*answer));
	image = images_get(&server->texts.images, question->process.pid, question->process.start_ns,
			   question->now_ns);
	answer->mapped = image && image_file(image, question->address, &file);
	answer->what.device = file.device;
	answer->what.inode = file.inode;
	answer->what.offset = file.offset;
	if (answer->mapped)
		image_data_name(image, question->address, answer->what.symbol,
				sizeof(answer->what.symbol));
	return sizeof(*answer);
}

static ssize_t answer_forget(struct server *server, const void *body, size_t size, void *ret)
{
	const struct reader_process *process = body;

	(void)ret;
	if (size != sizeof(*process))
		return -1;
	images_forget(&server->texts.images, process->pid, process->start_ns);
	return 0;
}

static ssize_t answer_file_system(struct server *server, const void *body, size_t size, void *ret)
{
	const struct reader_file_system *question = body;
	struct reader_file_system_answer *answer = ret;

	(void)server;
	if (size != sizeof(*question))
		return -1;
	memset(answer, 0, sizeof(*answer));
	mounts_type(question->process.pid, (uint32_t)question->device, answer->type,
		    sizeof(answer->type));
	return sizeof(*answer);
}

/* The arguments are read here: they lie in the memory of the process. */
static void find_script(pid_t pid, char *ret, size_t size)
{
	char path[64], arguments[ARGUMENTS_MOST];
	size_t length = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	file = files_open_proc(path);
	if (file) {
		length = fread(arguments, 1, sizeof(arguments), file);
		fclose(file);
	}
	script_of(arguments, length, ret, size);
}

static ssize_t answer_runtime(struct server *server, const void *body, size_t size, void *ret)
{
	const struct reader_process *process = body;
	struct reader_runtime_answer *answer = ret;

	(void)server;
	if (size != sizeof(*process))
		return -1;
	memset(answer, 0, sizeof(*answer));
	answer->has_python = python_find((pid_t)process->pid, &answer->python);
	answer->has_runtime = runtime_find((pid_t)process->pid, &answer->runtime) &&
			      !answer->has_python;
	find_script((pid_t)process->pid, answer->script, sizeof(answer->script));
	answer->has_v8 = answer->has_runtime && answer->runtime.id == RUNTIME_NODE &&
			 !process->v8_known && v8_layout_find((pid_t)process->pid, &answer->v8);
	return sizeof(*answer);
}

static ssize_t answer_wait_stack(struct server *server, const void *body, size_t size, void *ret)
{
	const struct reader_wait_stack *question = body;
	struct reader_wait_stack_answer *answer = ret;
	const struct wait_look *look = &question->look;

	(void)server;
	if (size != sizeof(*question))
		return -1;
	memset(answer, 0, sizeof(*answer));
	answer->size = (__u32)memory_read_part((pid_t)look->tid, look->stack, answer->bytes,
					       sizeof(answer->bytes));
	if (question->layout.kind == LAYOUT_PYTHON)
		answer->frame_count = python_frames_read(&question->layout.python, look,
							 &answer->frames.python,
							 &answer->frame_flags);
	else if (question->layout.kind == LAYOUT_V8)
		answer->frame_count = v8_frames_read(&question->layout.v8.roots, look,
						     &answer->frames.v8, &answer->frame_flags);
	return sizeof(*answer);
}

static ssize_t answer_waits(struct server *server, const void *body, size_t size, void *ret)
{
	const struct wait_look *look = body;
	struct reader_wait_words *answer = ret;
	size_t count = size / sizeof(*look), i;

	(void)server;
	if (!count || count > READER_WAITS_MAX || size % sizeof(*look))
		return -1;
	memset(answer, 0, count * sizeof(*answer));
	for (i = 0; i < count; i++)
		answer[i].known = wait_words_read(&look[i], &answer[i].resolved);
	return (ssize_t)(count * sizeof(*answer));
}

static ssize_t answer_event_set(struct server *server, const void *body, size_t size, void *ret)
{
	(void)server;
	if (size != sizeof(struct reader_event_set))
		return -1;
	memset(ret, 0, sizeof(struct reader_event_set_answer));
	event_set_read(body, ret);
	return sizeof(struct reader_event_set_answer);
}

/* ---- the server ------------------------------------------------------------------------------- */
struct server *server_new(void)
{
	return calloc(1, sizeof(struct server));
}

void server_free(struct server *server)
{
	stack_texts_free(&server->texts);
	free(server);
}

/* Another helper is to be started. */
static bool has_used_much(struct server *server)
{
	uint64_t used_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct mallinfo2 memory;

	if (used_ns > HELPER_CPU_ENOUGH_NS)
		return true;
	if (used_ns < server->look_ns)
		return false;
	server->look_ns = used_ns + HELPER_LOOK_NS;
	memory = mallinfo2();
	while (memory.uordblks + memory.hblkhd > HELPER_IMAGES_MOST &&
	       images_drop_oldest(&server->texts.images))
		memory = mallinfo2();
	return memory.arena + memory.hblkhd > HELPER_MEMORY_ENOUGH;
}

ssize_t server_answer(struct server *server, const void *question, size_t size, void *answer)
{
	static ssize_t (*const functions[NR_READER_KINDS])(struct server *, const void *, size_t,
							   void *) = {
		[READER_STACK] = answer_stack,
		[READER_ADDRESS] = answer_address,
		[READER_FORGET] = answer_forget,
		[READER_RUNTIME] = answer_runtime,
		[READER_FILE_SYSTEM] = answer_file_system,
		[READER_WAIT_STACK] = answer_wait_stack,
		[READER_WAITS] = answer_waits,
		[READER_EVENT_SET] = answer_event_set,
	};
	const struct reader_head *asked = question;
	struct reader_head *head = answer;
	ssize_t length;

	if (size < sizeof(*asked) || asked->kind >= NR_READER_KINDS || !functions[asked->kind])
		return -1;
	length = functions[asked->kind](server, asked + 1, size - sizeof(*asked), head + 1);
	head->kind = asked->kind;
	head->retire = has_used_much(server);
	return length < 0 ? -1 : length + (ssize_t)sizeof(*head);
}

static int give_up_rights(struct err *e)
{
	/* no debug info is fetched from the network in the middle of an incident */
	unsetenv("DEBUGINFOD_URLS");
	child_set_limit(RLIMIT_CPU, HELPER_CPU_MAX_S);
	child_set_limit(RLIMIT_NOFILE, HELPER_FILES_MAX);
	if (!child_is_sanitized())
		child_set_limit(RLIMIT_AS, HELPER_MEMORY_MAX);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return sandbox_enter_layers(SANDBOX_SECCOMP | SANDBOX_READING, e);
}

static bool say_ready(int socket)
{
	struct {
		struct reader_head head;
		struct err e;
	} ready = { .head.kind = READER_READY };

	give_up_rights(&ready.e);
	return send(socket, &ready, sizeof(ready), MSG_NOSIGNAL) == sizeof(ready) && !ready.e.kind;
}

void server_run(int socket)
{
	struct server *server = server_new();
	void *question = malloc(READER_MESSAGE_MAX), *answer = malloc(READER_MESSAGE_MAX);
	ssize_t size;

	if (!server || !question || !answer || !say_ready(socket))
		return; /* NOLINT(clang-analyzer-unix.Malloc): the process ends with this function */
	for (;;) {
		size = recv(socket, question, READER_MESSAGE_MAX, 0);
		if (size < 0 && errno == EINTR)
			continue;
		size = size > 0 ? server_answer(server, question, (size_t)size, answer) : -1;
		if (size < 0 || send(socket, answer, (size_t)size, MSG_NOSIGNAL) != size)
			return;
	}
}
