// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict in words. Receives signals and causes; hands on headline, details and advice. */
#include "verdict/wording.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/units.h"
#include "verdict/rules.h"
#include "verdict/stalls.h"

#define OBJECT_NAME(number, ident, name) [number] = (name),
static const char *const object_names[NR_OBJECTS] = { BOUNDBY_OBJECTS(OBJECT_NAME) };
#undef OBJECT_NAME

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
		snprintf(where, sizeof(where), " on %s%s%s", object_names[wait->object],
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

const char *wording_lock_kind(uint32_t kind)
{
#define KIND_NAME(number, ident, name, state) [number] = (name),
	static const char *const names[NR_LOCK_KINDS] = { BOUNDBY_LOCKS(KIND_NAME) };
#undef KIND_NAME

	return kind < NR_LOCK_KINDS ? names[kind] : "unknown";
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
		snprintf(what, sizeof(what), "%s %s", wording_lock_kind(lock->kind),
			 units_printable(lock->symbol, sizeof(lock->symbol), symbol,
					 sizeof(symbol)));
	else
		snprintf(what, sizeof(what), "%s 0x%llx", wording_lock_kind(lock->kind),
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
		snprintf(ret, size, "ready, waiting for a CPU");
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
#define STATE_NAME(number, ident, name, group, meaning) [number] = (name),
	static const char *const names[NR_STATES] = { BOUNDBY_STATES(STATE_NAME) };
#undef STATE_NAME
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
		 chain->state == STATE_ON_CPU ? "" : "in ", names[chain->state]);
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
				 "Only %s of work in %s was seen; watch for at least "
				 "%.0f s more, while it is busy.",
				 units_time((uint64_t)(s->work_s * 1e9), a),
				 units_time((uint64_t)(s->window_s * 1e9), b), more);
		break;
	case VERDICT_IDLE:
		snprintf(text, size,
			 "It had next to nothing to do: %s of work in the window, the "
			 "rest is waiting for work to come in.",
			 units_share(s->work_share, a));
		break;
	case VERDICT_LOOP_BLOCKED:
		snprintf(text, size,
			 "An event loop stood still for %s of the time: %.0f stall%s, longest %s.",
			 units_share(fmin(s->stalled, 1), a), s->stalls, s->stalls == 1 ? "" : "s",
			 units_time((uint64_t)(s->longest_stall_s * 1e9), b));
		break;
	case VERDICT_CPU_STARVED:
		snprintf(text, size,
			 "Its threads were ready but not running for %s of their work; "
			 "they got %.2f cores.",
			 units_share(s->starvation, a), s->cores);
		break;
	case VERDICT_LOCK_BOUND:
		snprintf(text, size, "Its threads waited for %s for %s of their work.",
			 s->gil_s > s->lock_s / 2 ? "the GIL" : "locks",
			 units_share(s->contention, a));
		break;
	case VERDICT_CPU_BOUND:
		if (rules_gil_serialises(s))
			snprintf(text, size,
				 "Its threads compute in turn, one at a time: they fill %.2f cores "
				 "and wait for the GIL for %s of their work.",
				 s->cores, units_share(share_of(s->gil_s, s->work_s), a));
		else
			snprintf(text, size,
				 "It computes: %s of its work is on the CPU, %.2f cores busy.",
				 units_share(s->ratio, a), s->cores);
		break;
	case VERDICT_IO_BOUND:
		snprintf(text, size,
			 "It waits for what it asked for: only %s of its work is on the "
			 "CPU.",
			 units_share(s->ratio, a));
		break;
	default:
		snprintf(text, size,
			 "It computes for %s of its work and waits for the rest; neither "
			 "alone decides.",
			 units_share(s->ratio, a));
	}
}

static void say(struct verdict *verdict, const char *model, int workers, const char *now)
{
	verdict->advice_model = model;
	verdict->advice_workers = workers;
	snprintf(verdict->advice_now, sizeof(verdict->advice_now), "%s", now);
}

static void advise_starved(const struct model *model, const struct signals *s,
			   struct verdict *verdict)
{
	int cpus = (int)model->capture.cpus;
	char now[240];

	if (!isnan(s->throttled_s) && s->throttled_s > s->runnable_s / 2) {
		say(verdict, "", 0,
		    "the cgroup's CPU quota holds it back: raise the quota (cpu.max, "
		    "cpu.cfs_quota_us) or do with fewer threads");
	} else if (s->ready_self >= 0.8) {
		snprintf(now, sizeof(now),
			 "its own threads fill all %d CPUs: run no more workers than cores; beyond "
			 "that only switching grows",
			 cpus);
		say(verdict, "processes", cpus, now);
	} else if (s->own_predecessor > 0.5) {
		/* who ran before it on its CPU is who kept it waiting */
		say(verdict, "", 0,
		    "its own threads push each other off the CPU: let them use more CPUs (taskset "
		    "-p shows which they may) or run fewer of them");
	} else {
		say(verdict, "", 0,
		    "something else takes the CPUs that it may use: look at its CPU affinity "
		    "(taskset -p) and at its neighbours (top), then move one of them");
	}
}

/* How to take work off a loop, in the words of the target's runtime. */
struct off_loop {
	const char *runtime, *call, *computing;
};

static const struct off_loop off_loops[] = {
	{ "CPython", "await asyncio.to_thread(...), or a library that does not block",
	  "await loop.run_in_executor(process_pool, ...): a ProcessPoolExecutor" },
	{ "Node.js", "the asynchronous form of the call (fs.promises, not ...Sync)",
	  "a worker_threads pool" },
	{ "Java", "an executor's thread", "an executor with one thread for each core" },
	{ "", "a thread of its own, or its form that does not block",
	  "a worker thread or process; or cut it into short pieces" },
};

static void advise_loop(const struct model *model, const struct process_model *process, int cpus,
			struct verdict *verdict)
{
	struct stall_group groups[STALL_MAX_GROUPS];
	size_t count = stalls_group(model, process, groups), i;
	const struct process_model *first = process;
	const struct off_loop *off = off_loops;
	char now[240], place[RECORD_PLACE_LEN + 8] = "";

	for (i = 0; !first && i < model->process_count; i++)
		if (model->processes[i].stall_count)
			first = &model->processes[i];
	while (off->runtime[0] && first &&
	       strncmp(first->runtime, off->runtime, strlen(off->runtime)))
		off++;
	if (count && groups[0].where[0])
		snprintf(place, sizeof(place), " at %s", groups[0].where);
	switch (count ? groups[0].cause : STALL_BLOCKING_CALL) {
	case STALL_CPU:
		snprintf(now, sizeof(now), "move the computation%.90s off the loop: %s", place,
			 off->computing);
		say(verdict, "processes", cpus, now);
		break;
	case STALL_GIL:
		say(verdict, "processes", cpus,
		    "other threads of this interpreter compute and keep the GIL: move them into "
		    "processes");
		break;
	case STALL_STARVED:
		say(verdict, "", 0,
		    "the loop is ready but gets no CPU: give it one, or run fewer threads beside it");
		break;
	case STALL_LOCK:
		snprintf(
			now, sizeof(now),
			"the loop waits for another thread%.90s: take the lock in a thread instead "
			"(%s), or hold it for less",
			place, off->call);
		say(verdict, "threads", 0, now);
		break;
	case STALL_PAGE_FAULT:
		say(verdict, "", 0,
		    "the loop waits for memory to be read in: look for swapping (vmstat 1), lock its "
		    "memory or give the host more");
		break;
	default:
		snprintf(now, sizeof(now), "move the call%.90s off the loop: %s", place, off->call);
		say(verdict, "threads", 0, now);
	}
}

void wording_advice(const struct model *model, const struct process_model *process,
		    const struct signals *s, uint32_t pid, const struct verdict_settings *settings,
		    struct verdict *verdict)
{
	int cpus = (int)model->capture.cpus, pool = cpus * 4 < 32 ? cpus * 4 : 32;
	char now[240], *next = verdict->advice_next;
	size_t size = sizeof(verdict->advice_next);

	say(verdict, "", 0, "");
	switch (verdict->class) {
	case VERDICT_INSUFFICIENT:
		say(verdict, "", 0, "watch for longer, while the program is busy");
		if (!pid) {
			snprintf(next, size, "boundby attach --all -d 30");
			return;
		}
		snprintf(next, size, "boundby attach -p %u -d 30", pid);
		return;
	case VERDICT_IDLE:
		say(verdict, "", 0,
		    "nothing to speed up here; if it should be busy, look at who should send work");
		snprintf(next, size, "boundby attach -p %u -d 60", pid);
		return;
	case VERDICT_LOOP_BLOCKED:
		advise_loop(model, process, cpus, verdict);
		snprintf(next, size, "boundby attach -p %u -d 60 -v", pid);
		return;
	case VERDICT_CPU_STARVED:
		advise_starved(model, s, verdict);
		snprintf(next, size, "boundby attach --all -d 10");
		return;
	case VERDICT_CPU_BOUND:
		if (rules_gil_serialises(s))
			snprintf(
				now, sizeof(now),
				"the GIL serialises the threads: run the computing in %d processes "
				"(multiprocessing, ProcessPoolExecutor), one per core",
				cpus);
		else if (s->cores < 1.5 && cpus > 1)
			snprintf(now, sizeof(now),
				 "it uses %.1f of %d cores: spread the computing "
				 "over %d workers (processes, or native threads)",
				 s->cores, cpus, cpus);
		else
			snprintf(now, sizeof(now),
				 "no more workers than cores (%d); make the "
				 "computing itself cheaper",
				 cpus);
		say(verdict, "processes", cpus, now);
		snprintf(next, size, "perf top -p %u", pid);
		return;
	case VERDICT_IO_BOUND:
		if (s->ratio < settings->threshold[THRESHOLD_FANOUT_RATIO]) {
			say(verdict, "asyncio", 0,
			    "keep more requests in flight: one event loop can hold them all; bound "
			    "them with a semaphore");
		} else {
			snprintf(now, sizeof(now),
				 "overlap the waiting: a pool of %d threads "
				 "(min(32, cores x 4))",
				 pool);
			say(verdict, "threads", pool, now);
		}
		break;
	case VERDICT_LOCK_BOUND:
		say(verdict, "", 0, "hold the lock for less, or split what it guards");
		break;
	default:
		snprintf(now, sizeof(now),
			 "split it: a loop or threads for the waiting, %d processes "
			 "for the computing",
			 cpus);
		say(verdict, "hybrid", cpus, now);
	}
	snprintf(next, size, "boundby attach -p %u -d 60 -v", pid);
}
