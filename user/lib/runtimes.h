/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of language runtimes: one row each, found by the name that a process record has. A
 * new runtime is a row here, one of words (verdict/runtime_words.c), and how it is recognised
 * (collect/runtimes/).
 */
#ifndef BOUNDBY_LIB_RUNTIMES_H
#define BOUNDBY_LIB_RUNTIMES_H

#include <stdbool.h>

/* NATIVE is any other, and none. Each has a row in runtimes.c. */
#define BOUNDBY_RUNTIMES(RUNTIME) \
	RUNTIME(NATIVE)           \
	RUNTIME(CPYTHON)          \
	RUNTIME(NODE)             \
	RUNTIME(JAVA)             \
	RUNTIME(GO)               \
	RUNTIME(RUBY)             \
	RUNTIME(PHP)

#define RUNTIME_ENUM(ident) RUNTIME_##ident,
enum runtime_id { BOUNDBY_RUNTIMES(RUNTIME_ENUM) NR_RUNTIMES };
#undef RUNTIME_ENUM

/* How a runtime runs its threads, as far as that changes what the kernel shows of them. */
struct runtime_traits {
	const char *name; /* static; as in the contract and JSON */
	bool has_gil; /* its threads do not compute at the same time */
	bool gil_measured; /* waits for that lock are state gil */
	const char *gil_name; /* what that lock is called there; NULL none */
	bool has_collector; /* its heap grows for a while, and shrinks again */
	bool owns_event_set; /* epoll is its scheduler's, no event loop of the program */
	bool second_main; /* the program's main thread is not the first of the process */
	bool parks_workers; /* it has threads of its own, with no names of their own, that wait for work */
	bool parks_tasks; /* tasks wait for each other without a thread that sleeps at a futex */
	bool parks_each_thread; /* at a word of its own: a lock shows only by threads taking turns */
	const char *unmeasured; /* sentence, static; NULL none */
	const char *
		without_frames; /* what is missing if its frames cannot be read; NULL: nothing new */
};

/* name: struct record_process.runtime, also "CPython 3.11". Never NULL. */
enum runtime_id runtime_id_of(const char *name);
const struct runtime_traits *runtime_traits_of(const char *name);
const struct runtime_traits *runtime_traits(enum runtime_id id);

#endif
