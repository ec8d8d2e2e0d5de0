/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared code of the attack programs: what a workload has, the loss of all rights, and threads that
 * wait for each other, so that boundby reads their stacks and the files behind them.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include "../workloads/workload.h"

#include <grp.h>
#include <sys/stat.h>

#define NOBODY 65534
#define CONVOY_THREADS 3

static pthread_mutex_t attack_lock = PTHREAD_MUTEX_INITIALIZER;

/* From here on it has the rights of any local user, and ends with the test that started it. */
static inline void become_nobody(void)
{
	if (!getuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			  setresuid(NOBODY, NOBODY, NOBODY)))
		die("become nobody");
	/* the change of user has cleared both */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Machine code that calls the function it is given, in memory of no file: as a JIT leaves it. */
static inline void *code_of_no_file(void)
{
#if defined(__x86_64__)
	static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		die("mmap");
	memcpy(page, code, sizeof(code));
	return page;
#else
	skip("the code of this attack is written for x86-64");
	return NULL;
#endif
}

/* Global, so that a test finds the symbol and can give it another name. */
void *convoy_member(void *unused);
void convoy_hold(void);

/* Stands on the stack of each that waits: no output of boundby may hold it. */
#define CANARY_PARTS "canary of a", "stack"

__attribute__((noinline)) void convoy_hold(void)
{
	char canary[32];

	snprintf(canary, sizeof(canary), "%s %s", CANARY_PARTS); /* whole only on the stack */
	__asm__ volatile("" : : "r"(canary) : "memory");
	pthread_mutex_lock(&attack_lock);
	sleep_ns(5 * MS);
	pthread_mutex_unlock(&attack_lock);
}

/* caller: machine code to go through, NULL none */
void *convoy_member(void *caller)
{
	void (*through)(void (*)(void)) = (void (*)(void (*)(void)))caller;

	for (;;) {
		if (through)
			through(convoy_hold);
		else
			convoy_hold();
	}
	return NULL;
}

static inline void convoy_start(void *caller)
{
	int i;

	for (i = 0; i < CONVOY_THREADS; i++)
		start_thread(convoy_member, caller);
}

#endif
