// SPDX-License-Identifier: GPL-2.0-or-later
/* Converts kernel structs (wire.h) to records (record.h). Checks the ledger's invariant. */
#include "collect/translate.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The architecture whose table a 32-bit program's calls are in. */
#if defined(__aarch64__)
#define ARCH_COMPAT SCMP_ARCH_ARM
#else
#define ARCH_COMPAT SCMP_ARCH_X86
#endif

static void call_name(int32_t call, bool compat, char *ret, size_t size)
{
	uint32_t arch = compat ? ARCH_COMPAT : SCMP_ARCH_NATIVE;
	char *name = call < 0 ? NULL : seccomp_syscall_resolve_num_arch(arch, call);

	snprintf(ret, size, "%.*s", (int)size - 1, name ? name : "");
	free(name);
}

bool translate_thread(const struct thread_sample *sample, uint64_t at_ns, struct record *ret)
{
	struct record_thread *thread = &ret->thread;
	const struct thread_counters *total = &sample->total;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < NR_STATES; i++)
		sum += total->state_ns[i];
	if (sample->flags & SAMPLE_TORN || sample->state >= NR_STATES || at_ns < sample->since_ns ||
	    sample->since_ns < sample->start_ns || sum != sample->since_ns - sample->start_ns)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_THREAD;
	thread->id = sample->id;
	thread->process_start_ns = sample->process_start_ns;
	thread->start_ns = sample->start_ns;
	thread->end_ns = at_ns;
	thread->entered_ns = sample->entered_ns;
	memcpy(thread->state_ns, total->state_ns, sizeof(thread->state_ns));
	memcpy(thread->state_count, total->state_count, sizeof(thread->state_count));
	thread->exited = sample->flags & SAMPLE_EXITED;
	if (!thread->exited)
		thread->state_ns[sample->state] += at_ns - sample->since_ns;
	thread->throttled_ns = sample->flags & SAMPLE_THROTTLE_KNOWN ? total->throttled_ns :
								       RECORD_UNKNOWN;
#define COPY_COUNTER(name) thread->name = total->name;
	THREAD_COUNTERS(COPY_COUNTER)
#undef COPY_COUNTER
	thread->pid = sample->tgid;
	thread->ppid = sample->ppid;
	thread->tid = sample->tid;
	thread->state = sample->state;
	thread->born = sample->born;
	thread->compat = sample->flags & SAMPLE_COMPAT;
	memcpy(thread->comm, sample->comm, sizeof(thread->comm) - 1);
	return true;
}

static void fill_site(const struct wait_site *site, struct record_wait *wait)
{
	wait->state = site->state;
	wait->object = site->object;
	wait->device = site->device;
	wait->call = site->call;
	wait->family = site->family;
	wait->peer_port = site->peer_port;
	memcpy(wait->peer_addr, site->peer_addr, sizeof(wait->peer_addr));
	call_name(site->call, site->compat, wait->call_name, sizeof(wait->call_name));
}

bool translate_open_wait(const struct thread_sample *sample, uint64_t window_ns, uint64_t at_ns,
			 struct record *ret)
{
	uint64_t from = sample->entered_ns > window_ns ? sample->entered_ns : window_ns;

	if (sample->flags & SAMPLE_EXITED || sample->state <= STATE_RUNNABLE_PREEMPTED ||
	    sample->state >= NR_STATES || from > at_ns)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_WAIT;
	fill_site(&sample->site, &ret->wait);
	ret->wait.state = sample->state;
	ret->wait.process_start_ns = sample->process_start_ns;
	ret->wait.pid = sample->tgid;
	ret->wait.tid = sample->tid;
	ret->wait.ns = at_ns - from;
	ret->wait.max_ns = ret->wait.ns;
	ret->wait.open = true;
	return true;
}

void translate_wait(const struct wait_key *key, const struct wait_total *total, struct record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_WAIT;
	fill_site(&key->site, &ret->wait);
	ret->wait.process_start_ns = key->process_start_ns;
	ret->wait.pid = key->tgid;
	ret->wait.count = total->count;
	ret->wait.ns = total->ns;
	ret->wait.max_ns = total->max_ns;
}

void translate_call(const struct call_key *key, const struct call_total *total, struct record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_CALL;
	ret->call.process_start_ns = key->process_start_ns;
	ret->call.pid = key->tgid;
	ret->call.call = key->call;
	ret->call.count = total->count;
	ret->call.ns = total->ns;
	call_name(key->call < 0 ? -1 : key->call & ~WIRE_CALL_COMPAT, key->call & WIRE_CALL_COMPAT,
		  ret->call.call_name, sizeof(ret->call.call_name));
}

_Static_assert(RECORD_HISTOGRAM_LEN == WIRE_HISTOGRAM_LEN, "one is copied to the other");

void translate_lock(const struct lock_key *key, const struct lock_total *total, struct record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_LOCK;
	ret->lock.process_start_ns = key->process_start_ns;
	ret->lock.address = key->address;
	ret->lock.pid = key->tgid;
	ret->lock.tid = key->tid;
	ret->lock.kind = key->kind;
	ret->lock.role = !(key->role & LOCK_ROLE_HOLDER) ? ROLE_WAITER :
			 key->role & LOCK_ROLE_NUMBERED	 ? ROLE_NUMBERED :
							   ROLE_HOLDER;
	ret->lock.shared = key->role & LOCK_ROLE_SHARED;
	ret->lock.count = total->count;
	ret->lock.ns = total->ns;
	ret->lock.max_ns = total->max_ns;
	ret->lock.released = total->released;
	ret->lock.handed = total->handed;
	memcpy(ret->lock.histogram, total->histogram, sizeof(ret->lock.histogram));
}

bool translate_open_lock(const struct thread_sample *sample, uint64_t window_ns, uint64_t at_ns,
			 struct record *ret)
{
	const struct futex_wait *futex = &sample->futex;

	if (!futex->word || !translate_open_wait(sample, window_ns, at_ns, ret))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_LOCK;
	ret->lock.process_start_ns = sample->process_start_ns;
	ret->lock.address = futex->address;
	ret->lock.pid = sample->tgid;
	ret->lock.tid = sample->tid;
	ret->lock.kind = futex->kind;
	ret->lock.role = ROLE_WAITER;
	ret->lock.holder = futex->holder;
	ret->lock.shared = futex->shared;
	ret->lock.open = true;
	ret->lock.count = 1;
	ret->lock.ns = at_ns - (sample->entered_ns > window_ns ? sample->entered_ns : window_ns);
	ret->lock.max_ns = ret->lock.ns;
	return true;
}

bool translate_waker(const struct thread_sample *sample, int at, struct record *ret)
{
	const struct waker *waker = &sample->wakers[at];

	if (!waker->count)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_WAKER;
	ret->waker.thread_id = sample->id;
	ret->waker.pid = waker->tgid;
	ret->waker.tid = waker->tid;
	ret->waker.state = waker->state;
	ret->waker.count = waker->count;
	ret->waker.ns = waker->ns;
	return true;
}

bool translate_histogram(uint64_t thread_id, uint32_t state, const struct wait_histogram *waits,
			 struct record *ret)
{
	if (state >= NR_STATES)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_HISTOGRAM;
	ret->histogram.thread_id = thread_id;
	ret->histogram.state = state;
	memcpy(ret->histogram.count, waits->count, sizeof(ret->histogram.count));
	return true;
}

_Static_assert(RECORD_LAG_LEN == WIRE_LAG_LEN, "one is copied to the other");

void translate_loop(const struct loop_sample *loop, uint64_t thread_id, uint64_t process_start_ns,
		    uint32_t pid, uint32_t tid, struct record *ret_loop, struct record *ret_lag)
{
	struct record_loop *to = &ret_loop->loop;
	const struct loop_sums *sums = &loop->sums;
	int i;

	memset(ret_loop, 0, sizeof(*ret_loop));
	memset(ret_lag, 0, sizeof(*ret_lag));
	ret_loop->kind = RECORD_LOOP;
	to->thread_id = thread_id;
	to->process_start_ns = process_start_ns;
	to->pid = pid;
	to->tid = tid;
	to->waits = sums->waits;
	to->slept = loop->slept;
	to->waiting = loop->waiting;
	to->timed = sums->timed;
	to->uneven = sums->uneven;
	to->patient = sums->patient;
	to->delivered = sums->delivered;
	to->unserved = sums->unserved;
	to->unlinked = sums->unlinked;
	to->several = sums->several;
	to->iterations = sums->iterations;
	to->busy_ns = sums->busy_ns;
	to->max_ns = sums->max_ns;
	to->stalls = sums->stalls;
	to->stalled_ns = sums->stalled_ns;
	to->stalls_unsent = sums->stalls_unsent;
	to->burst_stalls = sums->burst_stalls;
	to->burst_stalled_ns = sums->burst_stalled_ns;
	for (i = 0; i < NR_STALL_CAUSES; i++) {
		to->cause_count[i] = sums->cause_count[i];
		to->cause_ns[i] = sums->cause_ns[i];
	}
	to->open_ns = loop->open_ns;
	to->burst_open_ns = loop->burst_open_ns;
	for (i = 0; i < NR_STATES; i++) /* a correction of a switch may have taken from one */
		to->parts_ns[i] = (int64_t)loop->parts_ns[i] > 0 ? loop->parts_ns[i] : 0;
	to->kind = (uint32_t)(sums->object >> 32);
	to->descriptor = (uint32_t)sums->object;
	to->members = to->kind == LOOP_KIND_POLL ? sums->members : UINT32_MAX;
	to->room = sums->room;
	ret_lag->kind = RECORD_LAG;
	ret_lag->lag.thread_id = thread_id;
	memcpy(ret_lag->lag.count, sums->lag, sizeof(ret_lag->lag.count));
}

void translate_balance(struct record_stall *stall)
{
	uint64_t *parts = stall->parts_ns, sum = 0;
	uint64_t length = stall->end_ns > stall->begin_ns ? stall->end_ns - stall->begin_ns : 0;
	int largest = 0, i;

	for (i = 0; i < NR_STATES; i++) {
		sum += parts[i];
		if (parts[i] > parts[largest])
			largest = i;
	}
	if (sum - parts[largest] <= length)
		parts[largest] = length - (sum - parts[largest]);
}

/* A burst may have seen a part of the iteration that the sums are of: as much of each. */
static void cut_stall(struct record_stall *stall)
{
	uint64_t length = stall->end_ns > stall->begin_ns ? stall->end_ns - stall->begin_ns : 0;
	double sum = 0, part;
	int i;

	for (i = 0; i < NR_STATES; i++)
		sum += (double)stall->parts_ns[i];
	if (sum <= (double)length)
		return;
	part = (double)length / sum;
	for (i = 0; i < NR_STATES; i++)
		stall->parts_ns[i] = (uint64_t)(part * (double)stall->parts_ns[i]);
	stall->timed_ns = (uint64_t)(part * (double)stall->timed_ns);
	if (stall->block_ns > length)
		stall->block_ns = length;
}

void translate_stall(const struct stall_event *event, struct record *ret)
{
	struct record_stall *stall = &ret->stall;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_STALL;
	stall->thread_id = event->thread.id;
	stall->tid = event->thread.tid;
	stall->begin_ns = event->begin_ns;
	stall->end_ns = event->thread.header.at_ns;
	memcpy(stall->parts_ns, event->parts_ns, sizeof(stall->parts_ns));
	stall->timed_ns = event->timed_ns;
	stall->block_ns = event->block_ns;
	cut_stall(stall);
	translate_balance(stall);
	if (!event->block_ns)
		return;
	fill_site(&event->block, &stall->block);
	stall->block.pid = event->thread.tgid;
	stall->block.process_start_ns = event->thread.process_start_ns;
	stall->block.ns = stall->block.max_ns = stall->block_ns;
	stall->block.count = 1;
}

void translate_interval(const struct interval_event *event, struct record *ret)
{
	struct record_interval *interval = &ret->interval;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_INTERVAL;
	interval->thread_id = event->thread.id;
	interval->begin_ns = event->begin_ns;
	interval->end_ns = event->thread.header.at_ns;
	interval->pid = event->thread.tgid;
	interval->tid = event->thread.tid;
	interval->state = event->state < NR_STATES ? event->state : STATE_UNOBSERVED;
	interval->waker_pid = event->waker_tgid;
	interval->waker_tid = event->waker_tid;
	/* a runnable thread is in no call */
	if (event->state <= STATE_RUNNABLE_PREEMPTED)
		return;
	interval->object = event->site.object < NR_OBJECTS ? event->site.object : OBJECT_NONE;
	call_name(event->site.call, event->site.compat, interval->call_name,
		  sizeof(interval->call_name));
}

void translate_place(const struct stack_event *event, struct record *ret)
{
	const struct wait_site *site = &event->site;
	struct record_place *place = &ret->place;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_PLACE;
	place->process_start_ns = event->process_start_ns;
	place->pid = event->tgid;
	place->state = site->state;
	place->object = site->object < NR_OBJECTS ? site->object : OBJECT_NONE;
	place->address = place->object == OBJECT_FUTEX ? event->address : 0;
	place->device = site->device;
	place->call = site->call;
	place->family = site->family;
	place->peer_port = site->peer_port;
	memcpy(place->peer_addr, site->peer_addr, sizeof(place->peer_addr));
	call_name(site->call, site->compat, place->call_name, sizeof(place->call_name));
}

void translate_loss(const struct run_counters *counters, uint64_t reader_lost, struct record *ret)
{
	int i;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_LOSS;
	for (i = 0; i < NR_LOSSES; i++)
		ret->loss.count[i] = counters->lost[i];
	ret->loss.count[LOSS_READER] += reader_lost;
	ret->loss.lock_dropped = counters->lock_dropped;
	ret->loss.lock_dropped_ns = counters->lock_dropped_ns;
	ret->loss.recovered = counters->recovered;
	ret->loss.hidden_ns = counters->lost_exit_ns;
	ret->loss.places_refused = counters->places_refused;
	for (i = 0; i < NR_STATES; i++)
		ret->loss.places_refused_ns[i] = counters->places_refused_ns[i];
}
