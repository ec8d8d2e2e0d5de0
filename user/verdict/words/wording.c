// SPDX-License-Identifier: GPL-2.0-or-later
/* The sentences of the verdict: headline, details and advice. */
#include "verdict/words/wording.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"

#define MOST 0.5 /* of the waiting: less has no one holder */

void wording_process(const struct process_model *process, char *ret, size_t size)
{
	char comm[2 * RECORD_COMM_LEN];

	units_printable(process->comm, sizeof(process->comm), comm, sizeof(comm));
	if (process->merged)
		snprintf(ret, size, "%llu ended processes%s%s", (unsigned long long)process->merged,
			 comm[0] ? " of " : "", comm);
	else
		snprintf(ret, size, "%s[%u]", comm, process->pid);
}

void wording_neighbour(const struct neighbour_model *neighbour, char *ret, size_t size)
{
	char comm[2 * RECORD_COMM_LEN], label[RECORD_LABEL_LEN];

	snprintf(ret, size, "%s[%u]%s%s%s",
		 units_printable(neighbour->comm, sizeof(neighbour->comm), comm, sizeof(comm)),
		 neighbour->pid, neighbour->label[0] ? " (" : "",
		 units_printable(neighbour->label, sizeof(neighbour->label), label, sizeof(label)),
		 neighbour->label[0] ? ")" : "");
}

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

void wording_lock(const struct process_model *process, const struct lock_model *lock,
		  uint32_t processes, char *ret, size_t size)
{
	char thread[64], share[UNITS_LEN], what[160], symbol[RECORD_SYMBOL_LEN];
	double held;

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
	if (processes > 1)
		snprintf(ret + strlen(ret), size - strlen(ret), " in %u processes", processes);
	if (!lock->holder_count || !lock->wait_ns)
		return;
	wording_thread(process, lock->holders[0].tid, thread, sizeof(thread));
	held = fmin(1, (double)lock->holders[0].ns / (double)lock->wait_ns);
	snprintf(ret + strlen(ret), size - strlen(ret), ", %s %s (%s)",
		 held >= MOST ? "mostly held by" : "held in turns, longest by", thread,
		 units_share(held, share));
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
		if (stall->block && stall->block->object == OBJECT_MMAP_LOCK)
			break;
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
