// SPDX-License-Identifier: GPL-2.0-or-later
/* Sends questions to the helper, waits with a deadline, and replaces a helper that failed. */
#include "collect/reader/reader.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "collect/procfs/proc_facts.h"
#include "collect/reader/keeper.h"
#include "collect/reader/limits.h"
#include "collect/reader/protocol.h"
#include "lib/clock.h"

/* A process that the helper did not answer for; known: it did read a stack, so its files are open. */
struct subject {
	uint64_t start_ns, until_ns; /* barred until */
	uint32_t pid, times;
	bool known;
};

struct reader {
	struct keeper keeper;
	int socket; /* -1: no helper */
	pid_t helper;
	clockid_t cpu; /* of the helper */
	uint64_t cpu_ns; /* that it has used */
	uint64_t ended_cpu_ns; /* those before */
	const volatile int *stop;
	struct subject subjects[BARRED_KEPT];
	size_t next; /* of subjects, to be replaced */
	int64_t budget_ns;
	uint64_t budget_at_ns;
	uint64_t unanswered;
};

/* ---- helpers ---------------------------------------------------------------------------------- */
/* The last figure stays when it is gone. */
static uint64_t helper_cpu_ns(struct reader *reader)
{
	struct timespec used;

	if (reader->socket >= 0 && !clock_gettime(reader->cpu, &used))
		reader->cpu_ns = (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
	return reader->cpu_ns;
}

static void drop_helper(struct reader *reader)
{
	if (reader->socket < 0)
		return;
	reader->ended_cpu_ns += helper_cpu_ns(reader);
	reader->cpu_ns = 0;
	close(reader->socket);
	reader->socket = -1;
}

static bool is_stopping(const struct reader *reader)
{
	return reader->stop && *reader->stop;
}

/*
 * Waits for a message until the deadline; longer, when the helper computes and has not had as much of a
 * CPU by then: others have it.
 */
static bool wait_message(struct reader *reader, uint64_t deadline_ns)
{
	struct pollfd wait = { .fd = reader->socket, .events = POLLIN };
	uint64_t began = clock_ns(CLOCK_MONOTONIC), until = began + deadline_ns, now = began;
	uint64_t cpu = helper_cpu_ns(reader);
	struct proc_stat stat;

	for (;;) {
		const struct timespec pause = {
			.tv_nsec = (long)(until - now < LOOK_NS ? until - now : LOOK_NS)
		};

		if (ppoll(&wait, 1, &pause, NULL) > 0)
			return wait.revents & POLLIN;
		now = clock_ns(CLOCK_MONOTONIC);
		if (is_stopping(reader) && now >= began + STOPPING_DEADLINE_NS)
			return false;
		if (now < until)
			continue;
		if (now >= began + STARVED_TIMES * deadline_ns ||
		    helper_cpu_ns(reader) - cpu >= deadline_ns ||
		    proc_stat_read(reader->helper, &stat) || stat.state != 'R')
			return false;
		until = now + LOOK_NS;
	}
}

/* Waits until a new helper is ready; e says why it is not. */
static int wait_ready(struct reader *reader, struct err *e)
{
	struct {
		struct reader_head head;
		struct err e;
	} ready;

	if (!wait_message(reader, START_DEADLINE_NS) ||
	    recv(reader->socket, &ready, sizeof(ready), MSG_DONTWAIT) != sizeof(ready) ||
	    ready.head.kind != READER_READY)
		return err_set(e, ERR_FAILED, "the reader did not start");
	ready.e.text[sizeof(ready.e.text) - 1] = '\0';
	if (!ready.e.kind)
		return 0;
	*e = ready.e;
	return -1;
}

static int start_helper(struct reader *reader, struct err *e)
{
	reader->socket = keeper_another(&reader->keeper, reader->stop, &reader->helper);
	if (reader->socket < 0)
		return err_set(e, ERR_FAILED, "the reader did not start");
	if (clock_getcpuclockid(reader->helper, &reader->cpu))
		reader->cpu = CLOCK_PROCESS_CPUTIME_ID;
	if (!wait_ready(reader, e))
		return 0;
	drop_helper(reader);
	return -1;
}

int reader_start(const volatile int *stop, struct reader **ret, struct err *e)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return err_set(e, ERR_FAILED, "out of memory");
	reader->stop = stop;
	reader->socket = -1;
	reader->budget_ns = BUDGET_MOST_NS;
	reader->budget_at_ns = clock_ns(CLOCK_MONOTONIC);
	if (keeper_start(&reader->keeper, e) || start_helper(reader, e)) {
		reader_stop(reader);
		return -1;
	}
	*ret = reader;
	return 0;
}

void reader_stop(struct reader *reader)
{
	if (!reader)
		return;
	drop_helper(reader);
	keeper_stop(&reader->keeper);
	free(reader);
}

/* ---- what is asked about ----------------------------------------------------------------------- */
static struct subject *subject_find(struct reader *reader, uint32_t pid, uint64_t start_ns)
{
	size_t i;

	for (i = 0; i < BARRED_KEPT; i++)
		if (reader->subjects[i].pid == pid && reader->subjects[i].start_ns == start_ns)
			return &reader->subjects[i];
	return NULL;
}

/* The next place; not one of a process that is barred, if there is another. */
static struct subject *subject_add(struct reader *reader, uint32_t pid, uint64_t start_ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct subject *subject = NULL;
	size_t i;

	for (i = 0; i < BARRED_KEPT && (!subject || subject->until_ns > now); i++)
		subject = &reader->subjects[reader->next++ % BARRED_KEPT];
	*subject = (struct subject){ .pid = pid, .start_ns = start_ns };
	return subject;
}

static void bar(struct reader *reader, struct subject *subject, const struct question *question)
{
	uint64_t length = BARRED_NS;
	uint32_t i;

	if (!question->pid)
		return;
	if (!subject)
		subject = subject_add(reader, question->pid, question->start_ns);
	for (i = 0; i < subject->times; i++)
		length *= BARRED_TIMES;
	subject->times += subject->times < BARRED_MOST;
	subject->known = false;
	subject->until_ns = clock_ns(CLOCK_MONOTONIC) + length;
}

/* ---- questions -------------------------------------------------------------------------------- */
static void refill(struct reader *reader)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int64_t most = is_stopping(reader) ? BUDGET_STOPPING_NS : BUDGET_MOST_NS;

	if (!is_stopping(reader))
		reader->budget_ns += (int64_t)((now - reader->budget_at_ns) / BUDGET_SHARE);
	reader->budget_at_ns = now;
	if (reader->budget_ns > most)
		reader->budget_ns = most;
}

static uint64_t nominal_deadline(const struct subject *subject)
{
	return subject && subject->known ? STACK_DEADLINE_NS : FIRST_DEADLINE_NS;
}

/* How long this one may take; 0: it is not asked. */
static uint64_t deadline_of(const struct reader *reader, const struct subject *subject)
{
	uint64_t most = nominal_deadline(subject);

	if (reader->budget_ns <= BUDGET_LEAST_NS)
		return 0;
	if (reader->budget_ns <= (int64_t)MOMENT_NS)
		return MOMENT_NS;
	return (uint64_t)reader->budget_ns < most ? (uint64_t)reader->budget_ns : most;
}

static bool send_question(struct reader *reader, const struct question *question)
{
	struct reader_head head = { .kind = question->kind };
	struct iovec parts[] = { { &head, sizeof(head) },
				 { (void *)(uintptr_t)question->body, question->body_size },
				 { (void *)(uintptr_t)question->tail, question->tail_size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = question->tail ? 3 : 2 };

	return sendmsg(reader->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

/* False too when the answer is another than was asked for. */
static bool take_answer(struct reader *reader, const struct question *question, bool *ret_retire)
{
	struct reader_head head = { .kind = READER_READY };
	struct iovec parts[] = { { &head, sizeof(head) },
				 { question->answer, question->answer_size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = question->answer_size ? 2 : 1 };
	ssize_t size = recvmsg(reader->socket, &message, MSG_DONTWAIT);

	*ret_retire = head.retire;
	return size == (ssize_t)(sizeof(head) + question->answer_size) &&
	       !(message.msg_flags & MSG_TRUNC) && head.kind == question->kind;
}

static bool exchange(struct reader *reader, const struct question *question, uint64_t deadline_ns)
{
	bool retire = false;
	struct err e;

	if (!send_question(reader, question) || !wait_message(reader, deadline_ns) ||
	    !take_answer(reader, question, &retire)) {
		drop_helper(reader);
		start_helper(reader, &e); /* that ends the old one first */
		return false;
	}
	if (retire)
		drop_helper(reader);
	return true;
}

bool reader_ask(struct reader *reader, const struct question *question)
{
	struct subject *subject = subject_find(reader, question->pid, question->start_ns);
	uint64_t began = clock_ns(CLOCK_MONOTONIC), deadline_ns;
	struct err e;

	refill(reader);
	deadline_ns = deadline_of(reader, subject);
	if (!deadline_ns || (subject && subject->until_ns > began) ||
	    (reader->socket < 0 && start_helper(reader, &e))) {
		reader->budget_ns -= (int64_t)(clock_ns(CLOCK_MONOTONIC) - began);
		reader->unanswered++;
		return false;
	}
	if (!exchange(reader, question, deadline_ns)) {
		reader->budget_ns -= (int64_t)(clock_ns(CLOCK_MONOTONIC) - began);
		/* with less time than there should be, it is not the fault of the process */
		if (deadline_ns >= nominal_deadline(subject) && !is_stopping(reader))
			bar(reader, subject, question);
		reader->unanswered++;
		return false;
	}
	if (question->kind == READER_STACK) {
		if (!subject)
			subject = subject_add(reader, question->pid, question->start_ns);
		subject->known = true;
	}
	return true;
}

/* ---- figures ---------------------------------------------------------------------------------- */
uint64_t reader_unanswered(const struct reader *reader)
{
	return reader->unanswered;
}

uint64_t reader_cpu_ns(struct reader *reader)
{
	return reader->ended_cpu_ns + helper_cpu_ns(reader);
}

uint64_t reader_rss_bytes(const struct reader *reader)
{
	struct proc_stat stat;

	return reader->socket < 0 || proc_stat_read(reader->helper, &stat) ? 0 : stat.rss_bytes;
}
