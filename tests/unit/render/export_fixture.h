/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_export.c and test_pprof.c share. */
#ifndef TEST_EXPORT_FIXTURE_H
#define TEST_EXPORT_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/export/export.h"
#include "render/export/profile.pb-c.h"
#include "render/stacks.h"
#include "fixtures/report.h"

#define STALL_BEGIN (BEGIN + S)
#define WORD 0x7f0000001000ULL

static inline void add_lock(struct fixture *fixture, uint32_t tid, uint64_t ns)
{
	struct record_lock *lock = &fixture_add(fixture, RECORD_LOCK)->lock;

	lock->pid = lock->process_start_ns = 7;
	lock->address = WORD;
	lock->tid = tid;
	lock->kind = LOCK_MUTEX;
	lock->count = lock->released = 10;
	lock->ns = ns;
	lock->max_ns = ns / 10;
}

/* Parked until there is work: no contention. */
static inline void add_queue(struct fixture *fixture)
{
	struct record_lock *lock;

	add_lock(fixture, 8, 3 * S);
	lock = &fixture->fake.records[fixture->fake.count - 1].lock;
	lock->address = WORD + 64;
	lock->kind = LOCK_CONDITION;
}

static inline void add_lock_place(struct fixture *fixture)
{
	struct record_lock_place *place = &fixture_add(fixture, RECORD_LOCK_PLACE)->lock_place;
	struct record_lock_frame *frame;

	place->pid = place->process_start_ns = 7;
	place->address = WORD;
	memcpy(place->symbol, "queue_lock", 11);
	frame = &fixture_add(fixture, RECORD_LOCK_FRAME)->lock_frame;
	frame->pid = frame->process_start_ns = 7;
	frame->address = WORD;
	memcpy(frame->text, "take(int) at queue.c:31 (server)", 33);
}

/* Beside the wait on the network: a stall with a stack, a lock, time ready, a hostile thread. */
static inline void add_more(struct fixture *fixture)
{
	struct record_thread *thread = &fixture->fake.records[4].thread;
	struct record_wait *wait;

	fixture->fake.records[0].capture.stall_ns = 10000000;
	fixture->fake.count -= 3; /* the last snapshot's tail, put back below */
	thread->state_ns[STATE_NETWORK] -= S;
	thread->state_ns[STATE_RUNNABLE_WAKEUP] = S;
	thread->state_count[STATE_RUNNABLE_WAKEUP] = 5;
	fixture->fake.records[5].wait.ns = 6 * S; /* of the 7 s: the rest is at no place */
	thread = fixture_add_thread(fixture, 7, 8, "w;\"o,\n\xffr", BEGIN + 10 * S, 4 * S);
	thread->state_ns[STATE_LOCK] = thread->state_ns[STATE_NETWORK];
	thread->state_ns[STATE_NETWORK] = 0;
	fixture_add_wait(fixture, 6 * S);
	wait = &fixture->fake.records[fixture->fake.count - 1].wait;
	memset(wait->peer_addr, 0, sizeof(wait->peer_addr));
	wait->peer_port = wait->family = 0;
	wait->state = STATE_CONDITION; /* known to be a lock only from the ledger */
	wait->object = OBJECT_FUTEX;
	memcpy(wait->call_name, "futex", 6);
	add_lock(fixture, 7, 2 * S);
	add_lock(fixture, 8, 4 * S);
	add_lock_place(fixture);
	add_queue(fixture);
	fixture_add_loop(fixture);
	fixture_add_stall(fixture, STALL_BEGIN, STALL_BEGIN + S / 2, false);
	fixture_add_stall_frame(fixture, STALL_BEGIN, 0, "app/db.py:88 fetch;user");
	fixture_add_stall_frame(fixture, STALL_BEGIN, 1, "main (server)");
	fixture_add_stall(fixture, STALL_BEGIN + 2 * S, STALL_BEGIN + 3 * S, false);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
}

static inline uint64_t off_cpu_ns(const struct fixture *fixture)
{
	return fixture->time.wall_ns - fixture->time.state_ns[STATE_ON_CPU] -
	       fixture->time.state_ns[STATE_UNOBSERVED];
}

static inline uint64_t on_cpu_ns(const struct fixture *fixture)
{
	return fixture->time.state_ns[STATE_ON_CPU];
}

#define ALL_VIEWS ((1u << NR_VIEWS) - 1)

static inline void add_place(struct fixture *fixture, uint32_t state, uint64_t frame,
			     uint64_t samples)
{
	struct record_place *place = &fixture_add(fixture, RECORD_PLACE)->place;

	place->pid = place->process_start_ns = 7;
	place->state = state;
	place->frame = frame;
	place->samples = samples;
	place->ns = samples * 10101019;
	place->call = -1;
}

/* A tree of main, which calls two functions; computing in both, and in a call of one. */
static inline void add_places(struct fixture *fixture)
{
	static const char *const texts[] = { "main (server)", "sieve at sieve.c:7 (server)",
					     "app.py:1 <module>" };
	struct record_place_frame *frame;
	size_t i;

	fixture->fake.count -= 3;
	for (i = 0; i < 3; i++) {
		frame = &fixture_add(fixture, RECORD_PLACE_FRAME)->place_frame;
		frame->id = i + 1;
		frame->caller = i != 0;
		memcpy(frame->text, texts[i], strlen(texts[i]));
	}
	memcpy(frame->file, "/srv/app/app.py", 15);
	add_place(fixture, STATE_ON_CPU, 2, 60);
	add_place(fixture, STATE_ON_CPU, 3, 30);
	add_place(fixture, STATE_ON_CPU, 2, 10);
	fixture->fake.records[fixture->fake.count - 1].place.call = 0;
	memcpy(fixture->fake.records[fixture->fake.count - 1].place.call_name, "read", 4);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
}

/* What the export holds, unpacked. */
static inline Pprof__Profile *profile_of(struct fixture *fixture)
{
	static unsigned char plain[1 << 16];
	z_stream stream = { .next_out = plain, .avail_out = sizeof(plain) };
	Pprof__Profile *profile;

	fixture_export(fixture, "pprof");
	assert_int_equal(memcmp(fixture->text, "\x1f\x8b\x08\0\0\0\0\0", 8), 0); /* no time in it */
	assert_int_equal(inflateInit2(&stream, 31), Z_OK);
	stream.next_in = (unsigned char *)fixture->text;
	stream.avail_in = (uInt)fixture->length;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	inflateEnd(&stream);
	profile = pprof__profile__unpack(NULL, stream.total_out, plain);
	assert_non_null(profile);
	assert_string_equal(profile->texts[0], "");
	return profile;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
