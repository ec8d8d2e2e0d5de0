// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A lock of the program's own (0 free, 2 taken), beside which it keeps data: an account where glibc
 * has the thread that owns a mutex. Three threads take it in turns, one waits for it with a timeout
 * that always comes first, one for another that is never given back.
 * Truth: no thread has the number OWN_LOCK_ACCOUNT.
 */
#include "workload.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#define OWN_LOCK_ACCOUNT 3777001
#define HOLD_NS (5 * MS)
#define GIVE_UP_NS (20 * MS)

struct own_lock {
	uint32_t word, flag, account, items, weight;
};

static struct own_lock turns = { 0, 0, OWN_LOCK_ACCOUNT, 3, 5 };
static struct own_lock kept = { 2, 0, OWN_LOCK_ACCOUNT, 3, 5 };

static void wait_at(uint32_t *word, uint64_t give_up_ns)
{
	struct timespec limit = { .tv_nsec = (long)give_up_ns };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 2, give_up_ns ? &limit : NULL, NULL, 0);
}

static void *take_turns(void *unused)
{
	for (;;) {
		while (__atomic_exchange_n(&turns.word, 2, __ATOMIC_ACQUIRE))
			wait_at(&turns.word, 0);
		sleep_ns(HOLD_NS);
		__atomic_store_n(&turns.word, 0, __ATOMIC_RELEASE);
		syscall(SYS_futex, &turns.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	return unused;
}

static void *give_up(void *unused)
{
	for (;;)
		wait_at(&kept.word, GIVE_UP_NS);
	return unused;
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		wait_at(&kept.word, 0);
	return unused;
}

int main(int argc, char **argv)
{
	void *(*const bodies[])(void *) = { take_turns, take_turns, take_turns, give_up,
					    wait_for_ever };
	size_t i;

	workload_begin(argc, argv);
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		start_thread(bodies[i], NULL);
	ready();
	sleep_to_end();
}
