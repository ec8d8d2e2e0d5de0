// SPDX-License-Identifier: GPL-2.0-or-later
/* Words proofs of hanging: detail, advice and the command to run next. */
#include "verdict/words/stuck_words.h"

#include <stdio.h>
#include <string.h>

#include "lib/runtimes.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/words/wording.h"

static const struct {
	const char *kind, *action;
} words[NR_STUCK] = {
	[STUCK_DEADLOCK] = { "deadlock", "take these locks in the same order everywhere" },
	[STUCK_SELF] = { "deadlock",
			 "the thread takes a lock that it holds already, perhaps in a callback or a signal "
			 "handler: release it first, or make the lock recursive" },
	[STUCK_GONE] = { "lock-holder-gone",
			 "a thread ended, or the process was forked, while the lock was held: release it "
			 "before, or exec after the fork" },
	[STUCK_HOLDER] = { "lock-holder", "do not hold the lock across this wait" },
	[STUCK_FILE] = { "file-lock-holder",
			 "the holder of the file lock neither moved nor released it: find out what it waits for" },
	[STUCK_WRITE] = { "blocked-write",
			  "read the other end, before waiting for the writer; or write without blocking" },
	[STUCK_READER] = { "reader", "read what is written before waiting for the writer" },
	[STUCK_READ] = { "blocked-read",
			 "no data can come: flush what was written before reading the answer to it, and close "
			 "the ends of pipes that a process does not use" },
	[STUCK_ACCEPT] = { "accept-queue",
			   "find out why the thread that accepts does not come back to it" },
	[STUCK_UNREAD] = { "unread",
			   "find out what the thread that serves these connections waits for" },
	[STUCK_POOL] = { "pool",
			 "do not wait inside a task for another task of the same pool; use another pool" },
	[STUCK_BARRIER] = { "barrier",
			    "let each thread reach the barrier, after an error too, or give up for all of them" },
	[STUCK_ALL] = { "all-wait",
			"find out which of them was to wake the others: no other thread is left" },
	[STUCK_REQUEST] = { "request",
			    "find out what the thread that serves this connection waits for" },
};

const char *stuck_words_kind(enum stuck_kind kind)
{
	return words[kind].kind;
}

const char *stuck_words_action(const struct stuck *stuck)
{
	const struct standing_model *wait = stuck->wait;

	if (stuck->kind == STUCK_ACCEPT && wait && !wait->writes &&
	    (wait->object == OBJECT_TCP_ACCEPTED || wait->object == OBJECT_UNIX_ACCEPTED))
		return "all that could accept wait for clients that send nothing: limit the time that a "
		       "request may take to come, or serve more connections at a time";
	return words[stuck->kind].action;
}

const char *stuck_words_where(const struct stuck *stuck)
{
	if (stuck->kind == STUCK_HOLDER && stuck->holder && stuck->holder->where[0])
		return stuck->holder->where;
	return stuck->wait ? stuck->wait->where : "";
}

/* "worker/12" */
static void thread_name(const struct standing_model *wait, char *ret, size_t size)
{
	char comm[2 * RECORD_COMM_LEN];

	snprintf(ret, size, "%s/%u",
		 units_printable(wait->comm, sizeof(wait->comm), comm, sizeof(comm)), wait->tid);
}

/* "mutex queue_lock" */
static void lock_name(const struct stuck *stuck, char *ret, size_t size)
{
	const struct process_model *process = stuck->process;
	char symbol[RECORD_SYMBOL_LEN];
	size_t i;

	for (i = 0; i < process->lock_count; i++)
		if (process->locks[i].address == stuck->wait->lock)
			break;
	if (i < process->lock_count && process->locks[i].symbol[0])
		snprintf(ret, size, "%s %.40s", lock_kind_name(process->locks[i].kind),
			 units_printable(process->locks[i].symbol, sizeof(symbol), symbol,
					 sizeof(symbol)));
	else
		snprintf(ret, size, "%s 0x%llx", lock_kind_name(stuck->wait->lock_kind),
			 (unsigned long long)stuck->wait->lock);
}

void stuck_words_call(const struct standing_model *wait, char *ret, size_t size)
{
	struct wait_model model = { .state = wait->state, .object = wait->object };

	memcpy(model.call_name, wait->call_name, sizeof(model.call_name));
	model.family = wait->family;
	model.peer_port = wait->peer_port;
	memcpy(model.peer_addr, wait->peer_addr, sizeof(model.peer_addr));
	wording_wait(&model, ret, size);
}

static void other_words(const struct standing_model *wait, char *ret, size_t size)
{
	char comm[2 * RECORD_COMM_LEN];

	if (wait->other_pid)
		snprintf(ret, size, ", to be read by %s[%u]",
			 units_printable(wait->other_comm, sizeof(wait->other_comm), comm,
					 sizeof(comm)),
			 wait->other_pid);
	else
		snprintf(ret, size, "%s", wait->other_known ? ", which no process reads" : "");
}

/* "python3/12, which waits in wait4", "python3/12, which is stopped" */
static void holder_words(const struct standing_model *holder, char *ret, size_t size)
{
	char thread[48], call[96];

	thread_name(holder, thread, sizeof(thread));
	stuck_words_call(holder, call, sizeof(call));
	if (holder->state == STATE_STOPPED)
		snprintf(ret, size, "%s, which is stopped", thread);
	else
		snprintf(ret, size, "%s, which waits in %s", thread, call);
}

/* What could end a read, and does not come to it. */
static void read_detail(const struct stuck *stuck, const char *thread, const char *call, char *ret,
			size_t size)
{
	char other[160];

	if (!stuck->wait->other_pid || !stuck->holder) {
		snprintf(ret, size, "%s: %s, to which no other process can write", thread, call);
		return;
	}
	holder_words(stuck->holder, other, sizeof(other));
	snprintf(ret, size, "%s: %s, whose only writer is %s", thread, call, other);
}

/* Of threads that wait alike: " and 3 more". */
static void more_words(const struct stuck *stuck, char *ret, size_t size)
{
	ret[0] = '\0';
	if (stuck->threads > 1)
		snprintf(ret, size, " and %u more", stuck->threads - 1);
}

static void lock_detail(const struct stuck *stuck, char *ret, size_t size)
{
	char thread[48], holder[48] = "", lock[64], call[96], more[24];

	thread_name(stuck->wait, thread, sizeof(thread));
	lock_name(stuck, lock, sizeof(lock));
	more_words(stuck, more, sizeof(more));
	if (stuck->holder)
		thread_name(stuck->holder, holder, sizeof(holder));
	if (stuck->kind == STUCK_GONE || !stuck->holder) {
		snprintf(ret, size, "%s%s: %s, held by no thread that lives", thread, more, lock);
	} else if (stuck->kind == STUCK_SELF) {
		snprintf(ret, size, "%s%s: %s, which %s holds already", thread, more, lock, holder);
	} else if (stuck->kind == STUCK_DEADLOCK) {
		snprintf(ret, size, "%s%s: %s, held by %s", thread, more, lock, holder);
	} else {
		stuck_words_call(stuck->holder, call, sizeof(call));
		snprintf(ret, size, "%s%s: %s, held by %s in %s", thread, more, lock, holder, call);
	}
}

/* What lies in sockets, and where the thread is that should take it. */
static void socket_detail(const struct stuck *stuck, const char *thread, const char *call,
			  char *ret, size_t size)
{
	char at[32];

	snprintf(at, sizeof(at), stuck->port ? "port %u" : "a unix socket", stuck->port);
	snprintf(ret, size, "%llu %s at %s; %s waits in %s", (unsigned long long)stuck->pending,
		 stuck->kind == STUCK_ACCEPT ? "not accepted" :
		 stuck->kind == STUCK_UNREAD ? "bytes unread" :
					       "accepted, not waited for",
		 at, thread, call);
}

void stuck_words_detail(const struct stuck *stuck, char *ret, size_t size)
{
	char call[96], other[64], thread[48], holder[160], more[24];

	if (!stuck->wait) {
		socket_detail(stuck, "each thread", "another call", ret, size);
		return;
	}
	stuck_words_call(stuck->wait, call, sizeof(call));
	thread_name(stuck->wait, thread, sizeof(thread));
	switch (stuck->kind) {
	case STUCK_DEADLOCK:
	case STUCK_SELF:
	case STUCK_GONE:
	case STUCK_HOLDER:
		lock_detail(stuck, ret, size);
		return;
	case STUCK_FILE:
		holder_words(stuck->holder, holder, sizeof(holder));
		snprintf(ret, size, "%s: file lock, held by %s", thread, holder);
		return;
	case STUCK_READ:
		read_detail(stuck, thread, call, ret, size);
		return;
	case STUCK_WRITE:
		other_words(stuck->wait, other, sizeof(other));
		more_words(stuck, more, sizeof(more));
		snprintf(ret, size, "%s%s: %s%s", thread, more, call, other);
		return;
	case STUCK_READER:
		snprintf(ret, size, "%s should read it, and waits in %s", thread, call);
		return;
	case STUCK_POOL:
		snprintf(ret, size,
			 "all %u workers of a pool (%s) wait inside their work, %s in %s",
			 stuck->threads, stuck->wait->runner, thread, call);
		return;
	case STUCK_BARRIER:
		snprintf(ret, size, "%u threads wait at a barrier that no other comes to",
			 stuck->threads);
		return;
	case STUCK_ALL:
		snprintf(ret, size, "%u threads, all of the process, wait for each other: %s in %s",
			 stuck->threads, thread, call);
		return;
	default:
		socket_detail(stuck, thread, call[0] ? call : "another call", ret, size);
	}
}

/* Runtimes whose own stacks, of threads or tasks, tell more than those that are read from outside. */
static bool hides_tasks(const struct process_model *process)
{
	const struct runtime_traits *traits = runtime_traits_of(process->runtime);

	return traits->parks_each_thread || traits->parks_tasks;
}

/* Programs with locks of their own, which only they can list: a place in them tells nothing of these. */
static const char *own_list(const struct process_model *process)
{
	static const struct {
		const char *exe, *command;
	} lists[] = {
		{ "postgres", "psql -c 'select * from pg_stat_activity'" },
		{ "mysqld", "mysql -e 'SHOW ENGINE INNODB STATUS'" },
		{ "mariadbd", "mysql -e 'SHOW ENGINE INNODB STATUS'" },
	};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!strcmp(process->exe, lists[i].exe))
			return lists[i].command;
	return NULL;
}

bool stuck_words_next(const struct process_model *process, const struct standing_model *wait,
		      char *ret, size_t size)
{
	const char *list = own_list(process);

	if (!list && wait && wait->where[0] && !hides_tasks(process))
		return false;
	if (list)
		snprintf(ret, size, "%s", list);
	else if (runtime_id_of(process->runtime) == RUNTIME_JAVA)
		snprintf(ret, size, "jstack %u", process->pid);
	else if (runtime_id_of(process->runtime) == RUNTIME_GO)
		snprintf(ret, size, "dlv attach %u, then: goroutines -t", process->pid);
	else if (runtime_id_of(process->runtime) == RUNTIME_CPYTHON)
		snprintf(ret, size, "py-spy dump --pid %u", process->pid);
	else
		snprintf(ret, size, "gdb -p %u -batch -ex 'thread apply all bt'", process->pid);
	return true;
}
