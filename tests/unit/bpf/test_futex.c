// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of bpf/waits/futex.bpf.c on words recorded around futexes of glibc 2.36 and musl 1.2.3: kind,
 * holder and state of each, and what is not determined where memory cannot be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "states.h"
#include "kernel.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define BEFORE 6 /* recorded words in front of the futex */
#define TGID 77
#define UNREADABLE (1ULL << 16) /* FUTEX_UNREADABLE of bpf/waits/futex.bpf.h */

/* A waiter as /proc/PID/syscall showed it, and the words around the futex at that time. */
struct recorded {
	const char *name;
	unsigned int kind, state, holder;
	unsigned long long address, stack;
	unsigned int operation, value;
	unsigned int words[12];
};

static const struct recorded glibc[] = {
	{ "mutex",
	  LOCK_MUTEX,
	  STATE_LOCK,
	  0x78f0,
	  0x5643bd335300,
	  0x7f9932a56ea8,
	  128,
	  2,
	  { 0, 0, 0, 0, 0, 0, 2, 0, 0x78f0, 1, 0, 0 } },
	{ "PI mutex",
	  LOCK_PI_MUTEX,
	  STATE_LOCK,
	  0x78f0,
	  0x5643bd3352c0,
	  0x7f9932255e68,
	  134,
	  0,
	  { 0, 0, 0, 0, 0, 0, 0x800078f0, 1, 0x78f0, 1, 0x20, 0 } },
	{ "robust mutex",
	  LOCK_MUTEX,
	  STATE_LOCK,
	  0x78f0,
	  0x5643bd335280,
	  0x7f9931a54e70,
	  0,
	  0x800078f0,
	  { 0, 0, 0, 0, 0, 0, 0x800078f0, 1, 0x78f0, 1, 0x90, 0 } },
	{ "condition variable",
	  LOCK_CONDITION,
	  STATE_CONDITION,
	  0,
	  0x5643bd335268,
	  0x7f9931253dc0,
	  393,
	  0,
	  { 2, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0 } },
	{ "rwlock, reader",
	  LOCK_RWLOCK,
	  STATE_LOCK,
	  0x78f0,
	  0x5643bd3351c8,
	  0x7f9930a52e70,
	  393,
	  3,
	  { 0, 0, 0, 0, 0xb, 0, 3, 1, 0, 0, 0x78f0, 0 } },
	{ "rwlock, writer",
	  LOCK_RWLOCK,
	  STATE_LOCK,
	  0,
	  0x5643bd335188,
	  0x7f9930251e50,
	  393,
	  2,
	  { 0, 0, 0, 0, 0xa, 0, 2, 1, 0, 0, 0, 0 } },
	{ "semaphore",
	  LOCK_SEMAPHORE,
	  STATE_CONDITION,
	  0,
	  0x5643bd335160,
	  0x7f992fa50e40,
	  393,
	  0,
	  { 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 } },
	{ "barrier",
	  LOCK_UNKNOWN,
	  STATE_CONDITION,
	  0,
	  0x5643bd335144,
	  0x7f992f24fea0,
	  128,
	  0,
	  { 0x7f99, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0 } },
	{ "pthread_join",
	  LOCK_CONDITION,
	  STATE_CONDITION,
	  0,
	  0x7f9933258990,
	  0x7f992ea4ee10,
	  265,
	  0x78f1,
	  { 0, 0, 0x334880c8, 0x7f99, 0x32a57980, 0x7f99, 0x78f1, 0, 0x332589a0, 0x7f99, 0x332589a0,
	    0x7f99 } },
};

static const struct recorded musl[] = {
	{ "mutex",
	  LOCK_MUTEX,
	  STATE_LOCK,
	  0,
	  0x412324,
	  0x7ff45064cde8,
	  128,
	  0x80000010,
	  { 0, 0, 0, 0, 0, 0, 0x80000010, 1, 0, 0, 0, 0 } },
	{ "PI mutex",
	  LOCK_PI_MUTEX,
	  STATE_LOCK,
	  0x7959,
	  0x4122e4,
	  0x7ff450629e90,
	  134,
	  0,
	  { 0, 0, 0, 0, 0, 8, 0x80007959, 0, 0, 0, 0, 0x4122c0 } },
	{ "robust mutex",
	  LOCK_MUTEX,
	  STATE_LOCK,
	  0x7959,
	  0x4122a4,
	  0x7ff450606de8,
	  128,
	  0x80007959,
	  { 0, 0, 0, 0, 0, 4, 0x80007959, 1, 0, 0, 0, 0x412920 } },
	{ "condition variable",
	  LOCK_CONDITION,
	  STATE_CONDITION,
	  0,
	  0x7ff4505e3e64,
	  0x7ff4505e3db8,
	  128,
	  2,
	  { 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0x43580092 } },
	{ "rwlock, reader",
	  LOCK_RWLOCK,
	  STATE_LOCK,
	  0,
	  0x4121e0,
	  0x7ff4505c0e08,
	  128,
	  0xffffffff,
	  { 0, 0, 0, 0, 0, 0, 0xffffffff, 1, 0, 0, 0, 0 } },
	{ "rwlock, writer",
	  LOCK_RWLOCK,
	  STATE_LOCK,
	  0,
	  0x4121a0,
	  0x7ff45059de08,
	  128,
	  0x80000001,
	  { 0x80, 0, 0, 0, 0, 0, 0x80000001, 1, 0, 0, 0, 0 } },
	{ "semaphore",
	  LOCK_SEMAPHORE,
	  STATE_CONDITION,
	  0,
	  0x412180,
	  0x7ff45057ae18,
	  128,
	  0xffffffff,
	  { 1, 0, 0, 0, 0, 0, 0xffffffff, 1, 0x80, 0, 0, 0 } },
	{ "barrier",
	  LOCK_CONDITION,
	  STATE_CONDITION,
	  0,
	  0x7ff450557e8c,
	  0x7ff450557e80,
	  128,
	  1,
	  { 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x43580092, 0x468b56ed, 0 } },
	{ "pthread_join",
	  LOCK_UNKNOWN,
	  STATE_CONDITION,
	  0,
	  0x7ff45066ff70,
	  0x7ff450534e28,
	  128,
	  2,
	  { 0, 0, 0x43580092, 0x468b56ed, 0x795a, 0, 2, 0, 0, 0, 0x5064d000, 0x7ff4 } },
};

static unsigned int look(const struct recorded *row, unsigned long long flags,
			 struct futex_wait *wait)
{
	memset(wait, 0, sizeof(*wait));
	return futex_look(row->address,
			  (unsigned long long)row->value << 32 | row->operation | flags, row->stack,
			  TGID, wait);
}

static void check_rows(const char *library, const struct recorded *rows, size_t count)
{
	struct futex_wait wait;
	unsigned int state;
	size_t i;

	for (i = 0; i < count; i++) {
		memory_reset();
		kernel_futex_interpreter(NULL);
		memory_add(rows[i].address - BEFORE * 4ULL, rows[i].words, sizeof(rows[i].words));
		state = look(&rows[i], 0, &wait);
		if (wait.kind != rows[i].kind || state != rows[i].state ||
		    wait.holder != rows[i].holder)
			fail_msg("%s %s: kind %u, state %u, holder %#x", library, rows[i].name,
				 wait.kind, state, wait.holder);
		assert_int_equal(wait.address, rows[i].address);
		assert_int_equal(wait.word, rows[i].address);
		assert_int_equal(wait.shared, !(rows[i].operation & 128));
	}
}

static void test_glibc(void **state)
{
	check_rows("glibc", glibc, LENGTH(glibc));
}

static void test_musl(void **state)
{
	check_rows("musl", musl, LENGTH(musl));
}

/* Memory of another task is not read, and a page that is not there gives no kind. */
static void test_unreadable(void **state)
{
	struct futex_wait wait;
	size_t i;

	for (i = 0; i < LENGTH(glibc); i++) {
		memory_reset();
		kernel_futex_interpreter(NULL);
		assert_int_equal(look(&glibc[i], 0, &wait), STATE_CONDITION);
		assert_int_equal(wait.kind, LOCK_UNKNOWN);
		assert_int_equal(wait.holder, 0);
		memory_add(glibc[i].address - BEFORE * 4ULL, glibc[i].words,
			   sizeof(glibc[i].words));
		look(&glibc[i], UNREADABLE, &wait);
		assert_int_equal(wait.kind, LOCK_UNKNOWN);
	}
}

/* At the start of a page only the word itself can be read: musl's mutex is known by it alone. */
static void test_edge_of_a_page(void **state)
{
	struct futex_wait wait;

	memory_reset();
	kernel_futex_interpreter(NULL);
	memory_add(musl[0].address, &musl[0].words[BEFORE], 4);
	assert_int_equal(look(&musl[0], 0, &wait), STATE_LOCK);
	assert_int_equal(wait.kind, LOCK_MUTEX);
}

/* Words of an interpreter's GIL belong to the GIL, its hand-over condition apart from its mutex. */
static void test_gil(void **state)
{
	struct interpreter_locks locks = {
		.start = { 0x1000, 0x9000 }, .first = 16, .handover = 48, .end = 96
	};
	struct futex_wait wait;
	static const struct {
		unsigned long long word, address;
		unsigned int kind;
	} rows[] = {
		{ 0x1010, 0x1000, LOCK_GIL },	       { 0x102c, 0x1000, LOCK_GIL },
		{ 0x1030, 0x1000, LOCK_GIL_HANDOVER }, { 0x905c, 0x9000, LOCK_GIL_HANDOVER },
		{ 0x100c, 0x100c, LOCK_UNKNOWN },      { 0x1060, 0x1060, LOCK_UNKNOWN },
		{ 0x8ff0, 0x8ff0, LOCK_UNKNOWN },
	};
	size_t i;

	memory_reset();
	kernel_futex_interpreter(&locks);
	for (i = 0; i < LENGTH(rows); i++) {
		memset(&wait, 0, sizeof(wait));
		futex_look(rows[i].word, 137, 0x7fff0000, TGID, &wait);
		assert_int_equal(wait.kind, rows[i].kind);
		assert_int_equal(wait.address, rows[i].address);
	}
}

/* CPython 3.13 on parks waiters at words on their stacks, behind the address of the lock. */
static void test_parking(void **state)
{
	struct interpreter_locks locks = { .parking = 1 };
	static const unsigned int words[12] = { 0, 0, 0, 0, 0x5000, 0x55aa };
	struct futex_wait wait = { 0 };

	memory_reset();
	kernel_futex_interpreter(&locks);
	memory_add(0x7fff1000 - BEFORE * 4, words, sizeof(words));
	futex_look(0x7fff1000, 137, 0x7fff0f00, TGID, &wait);
	assert_int_equal(wait.address, 0x55aa00005000);
	assert_int_equal(wait.word, 0x7fff1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glibc),	   cmocka_unit_test(test_musl),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_edge_of_a_page),
		cmocka_unit_test(test_gil),	   cmocka_unit_test(test_parking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
