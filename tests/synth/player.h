/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layout of a plan and of the log of a thread; the Python player and truth.py follow the same. */
#ifndef PLAYER_H
#define PLAYER_H

#include <stddef.h>

#include "../workloads/workload.h"

#define OBJECTS 256
#define PLAN_THREADS 256
#define PLAN_OPERATIONS 40
#define PLAN_NUMBERS 4
#define LOG_RECORDS 262144
#define LOG_CHILDREN 1000 /* number of the first child of a process */

/* The ledger's states, and: ipc_read, a read on a pipe; gone, the thread has ended. */
#define SYNTH_STATES                                                                               \
	STATE(cpu), STATE(network), STATE(request), STATE(disk), STATE(poll_idle), STATE(poll_io), \
		STATE(ipc), STATE(ipc_read), STATE(lock), STATE(gil), STATE(condition),            \
		STATE(sleep), STATE(child), STATE(gone)

enum synth_state {
#define STATE(name) STATE_##name
	SYNTH_STATES,
#undef STATE
	NR_STATES
};

#define SYNTH_OPERATIONS                                                                        \
	OP(compute), OP(sleep), OP(nap), OP(lock), OP(unlock), OP(rdlock), OP(wrlock),          \
		OP(rwunlock), OP(meet), OP(take), OP(await), OP(put), OP(semwait), OP(sempost), \
		OP(connect), OP(connectunix), OP(ask), OP(askunix), OP(pollask), OP(gather),    \
		OP(readpipe), OP(writepipe), OP(flood), OP(fsync), OP(listen), OP(accept),      \
		OP(serve), OP(answer), OP(epoll), OP(watch), OP(member), OP(tick), OP(wait),    \
		OP(child), OP(forklock), OP(quit), OP(host), OP(hostunix)

enum {
	OP_none,
#define OP(name) OP_##name
	SYNTH_OPERATIONS,
#undef OP
	NR_OPERATIONS
};

/* A stretch of a thread's time. Not ended (end_ns 0): cpu and runnable are the clocks at its begin. */
struct log_record {
	uint64_t begin_ns; /* CLOCK_MONOTONIC */
	uint64_t end_ns;
	uint64_t cpu_ns;
	uint64_t runnable_ns;
	uint16_t state;
	uint16_t operation;
	uint32_t unused;
};

struct log_file {
	char head[512]; /* pid, tid, name, then the names of the states, by number */
	struct log_record records[LOG_RECORDS];
};

/* Where the logs of this process go: DIRECTORY/PROCESS.NUMBER. */
void log_begin(const char *directory, int process);

/* Begins the log of this thread. */
void log_open(int number, const char *name);

void log_enter(enum synth_state state, int operation);

struct operation {
	const char *name;
	void (*run)(const long *a);
};

extern const struct operation operations[NR_OPERATIONS];
extern __thread uint64_t jitter_seed; /* of the times of this thread */

/* A question, and its answer. */
struct message {
	uint64_t wait_us; /* what the answer is to take */
	uint64_t sent_ns;
};

void send_message(int fd, uint64_t wait_us);

/* false: the other end is gone. */
bool take_message(int fd, struct message *ret);

/* Sockets on a port of the loopback, or on an abstract unix address made of that number; die()s. */
int connect_inet(long port);
int connect_unix(long number);
int listen_inet(long port);
int listen_unix(long number);

/* A connection that came in; its answers leave at once. */
int accept_one(int listening);

/* Answers every connection, each question after the time it asks for; does not return. */
void host(int listening);

/* Makes what the threads of a process share: locks, queues. */
void objects_begin(void);

struct plan_operation {
	int number;
	long a[PLAN_NUMBERS];
};

struct plan_thread {
	char name[16];
	int process;
	int count;
	int cycle; /* where it begins again; count: never */
	struct plan_operation operations[PLAN_OPERATIONS];
};

struct plan {
	int processes;
	int count;
	struct plan_thread threads[PLAN_THREADS];
};

#endif
