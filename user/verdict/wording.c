// SPDX-License-Identifier: GPL-2.0-or-later
/* The sentences of the verdict: headline, details and advice. */
#include "verdict/wording.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/rules.h"

void wording_peer(const struct wait_model *wait, char *ret, size_t size)
{
	char address[INET6_ADDRSTRLEN];

	ret[0] = '\0';
	if ((wait->family != AF_INET && wait->family != AF_INET6) || !wait->peer_port ||
	    !inet_ntop(wait->family, wait->peer_addr, address, sizeof(address)))
		return;
	snprintf(ret, size, wait->family == AF_INET ? "%s:%u" : "[%s]:%u", address,
		 wait->peer_port);
}

void wording_wait(const struct wait_model *wait, char *ret, size_t size)
{
	char peer[INET6_ADDRSTRLEN + 10], where[INET6_ADDRSTRLEN + 60] = "", name[32], type[24];
	const char *call = wait->call_name[0]		   ? name :
			   wait->state == STATE_PAGE_FAULT ? "page fault" :
							     "outside any call";

	/* a trace may hold any bytes */
	units_printable(wait->call_name, sizeof(wait->call_name), name, sizeof(name));
	wording_peer(wait, peer, sizeof(peer));
	if (wait->object != OBJECT_NONE && wait->object < NR_OBJECTS)
		snprintf(where, sizeof(where), " on %s%s%s", object_name(wait->object),
			 peer[0] ? " " : "", peer);
	else if (peer[0])
		snprintf(where, sizeof(where), " on %s", peer);
	if (wait->device)
		snprintf(where + strlen(where), sizeof(where) - strlen(where), " of %s %u:%u",
			 wait->file_system[0] ?
				 units_printable(wait->file_system, sizeof(wait->file_system), type,
						 sizeof(type)) :
				 "device",
			 wait->device >> 20, wait->device & 0xfffff);
	snprintf(ret, size, "%s%s", call, where);
}

/* "worker/123", or "thread 123" when its name is not known (any more). */
static void wording_thread(const struct process_model *process, uint32_t tid, char *ret,
			   size_t size)
{
	char comm[2 * RECORD_COMM_LEN];
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		if (process->threads[i].tid == tid && process->threads[i].count == 1)
			break;
	if (i == process->thread_count)
		snprintf(ret, size, "thread %u", tid);
	else
		snprintf(ret, size, "%s/%u",
			 units_printable(process->threads[i].comm, RECORD_COMM_LEN, comm,
					 sizeof(comm)),
			 tid);
}

void wording_lock(const struct process_model *process, const struct lock_model *lock, char *ret,
		  size_t size)
{
	char thread[64], share[UNITS_LEN], what[160], symbol[RECORD_SYMBOL_LEN];

	if (lock->kind == LOCK_GIL)
		snprintf(what, sizeof(what), "CPython's global interpreter lock");
	else if (lock->symbol[0])
		snprintf(what, sizeof(what), "%s %s", lock_kind_name(lock->kind),
			 units_printable(lock->symbol, sizeof(lock->symbol), symbol,
					 sizeof(symbol)));
	else
		snprintf(what, sizeof(what), "%s 0x%llx", lock_kind_name(lock->kind),
			 (unsigned long long)lock->address);
	snprintf(ret, size, "%s, %u waiter%s", what, lock->waiters, lock->waiters == 1 ? "" : "s");
	if (!lock->holder_count || !lock->wait_ns)
		return;
	wording_thread(process, lock->holders[0].tid, thread, sizeof(thread));
	snprintf(ret + strlen(ret), size - strlen(ret), ", most held by %s (%s)", thread,
		 units_share(fmin(1, (double)lock->holders[0].ns / (double)lock->wait_ns), share));
}

void wording_stall(const struct stall_model *stall, char *ret, size_t size)
{
	switch (stall->cause) {
	case STALL_CPU:
		snprintf(ret, size, "computing, on CPU");
		return;
	case STALL_STARVED:
		snprintf(ret, size, "runnable, queued for a CPU");
		return;
	case STALL_GIL:
		snprintf(ret, size, "waiting for the GIL");
		return;
	case STALL_PAGE_FAULT:
		snprintf(ret, size, "waiting for a page of memory");
		return;
	case STALL_LOCK:
		if (stall->block && stall->block->object == OBJECT_FUTEX) {
			snprintf(ret, size, "waiting for another thread (futex)");
			return;
		}
		break;
	default:
		break;
	}
	if (stall->block)
		wording_wait(stall->block, ret, size);
	else
		snprintf(ret, size, "in a call");
}

void wording_chain(const struct chain *chain, char *ret, size_t size)
{
	char thread[64], share[UNITS_LEN];
	size_t i;

	wording_thread(chain->links[0].process, chain->links[0].thread->tid, thread,
		       sizeof(thread));
	snprintf(ret, size, "%s waits %s of its time for ", thread,
		 units_share(chain->share, share));
	for (i = 1; i < chain->count; i++) {
		wording_thread(chain->links[i].process, chain->links[i].thread->tid, thread,
			       sizeof(thread));
		snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", thread,
			 i + 1 < chain->count ? ", which waits for " : ", which is mostly ");
	}
	snprintf(ret + strlen(ret), size - strlen(ret), "%s%s",
		 chain->state == STATE_ON_CPU ? "" : "in ", state_name(chain->state));
}

static double share_of(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

void wording_headline(const struct signals *s, const struct verdict_settings *settings,
		      struct verdict *verdict)
{
	char a[UNITS_LEN], b[UNITS_LEN], *text = verdict->headline;
	size_t size = sizeof(verdict->headline);
	double more;

	switch (verdict->class) {
	case VERDICT_INSUFFICIENT:
		more = ceil(fmax(settings->threshold[THRESHOLD_MIN_WINDOW_S] - s->window_s, 1));
		if (s->unobserved_s > settings->threshold[THRESHOLD_MAX_UNOBSERVED] * s->wall_s)
			snprintf(text, size,
				 "%s of the time could not be observed; no verdict can "
				 "be built on the rest.",
				 units_share(share_of(s->unobserved_s, s->wall_s), a));
		else
			snprintf(text, size,
				 "Not enough activity to judge: busy %s in %s. Watch again under "
				 "load, for at least %.0f s more.",
				 units_time((uint64_t)(s->work_s * 1e9), a),
				 units_time((uint64_t)(s->window_s * 1e9), b), more);
		break;
	case VERDICT_IDLE:
		snprintf(text, size,
			 "Almost idle: busy %s of the time, otherwise waiting for work.",
			 units_share(s->work_share, a));
		break;
	case VERDICT_LOOP_BLOCKED:
		snprintf(text, size,
			 "An event loop was blocked for %s of the time: %.0f stall%s, longest %s.",
			 units_share(fmin(s->stalled, 1), a), s->stalls, s->stalls == 1 ? "" : "s",
			 units_time((uint64_t)(s->longest_stall_s * 1e9), b));
		break;
	case VERDICT_CPU_STARVED:
		snprintf(text, size,
			 "Its threads spent %s of their busy time queued for a CPU; they got "
			 "%.2f cores.",
			 units_share(s->starvation, a), s->cores);
		break;
	case VERDICT_LOCK_BOUND:
		snprintf(text, size, "Its threads waited for %s for %s of their busy time.",
			 s->gil_s > s->lock_s / 2 ? "the GIL" : "locks",
			 units_share(s->contention, a));
		break;
	case VERDICT_CPU_BOUND:
		if (rules_gil_serialises(s, settings->threshold))
			snprintf(text, size,
				 "Its threads compute in turn, one at a time: they fill %.2f "
				 "cores and wait for the GIL for %s of their busy time.",
				 s->cores, units_share(share_of(s->gil_s, s->work_s), a));
		else
			snprintf(text, size,
				 "It computes: %s of its busy time is on a CPU, %.2f cores used.",
				 units_share(s->ratio, a), s->cores);
		break;
	case VERDICT_IO_BOUND:
		snprintf(text, size, "It is waiting on I/O: only %s of its busy time is on a CPU.",
			 units_share(s->ratio, a));
		break;
	default:
		snprintf(text, size,
			 "It computes for %s of its busy time and waits for the rest; neither "
			 "alone decides.",
			 units_share(s->ratio, a));
	}
}
