// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice for waiting on I/O, by what is waited for, and how. */
#include <stdio.h>
#include <string.h>

#include "analysis/chain.h"
#include "analysis/connection_pool.h"
#include "analysis/framework.h"
#include "analysis/lookups.h"
#include "analysis/loop_executor.h"
#include "lib/runtimes.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/advice/advice_rules.h"
#include "verdict/words/stuck_words.h"

#define CHILDREN_COMPUTE 0.5 /* cores that children take one after the other, when they compute */

/* The state of I/O that took most, less what was for watched threads. */
static uint32_t main_io(const struct advice *advice)
{
	const struct process_model *process = advice->process;
	const uint64_t *ns = process ? process->time.state_ns : advice->model->time.state_ns;
	const uint64_t *inner = process ? process->inner_ns : advice->model->inner_ns;
	uint64_t most = 0, own;
	uint32_t s, ret = STATE_NETWORK;

	for (s = 0; s < NR_STATES; s++) {
		own = ns[s] > inner[s] ? ns[s] - inner[s] : 0;
		if (state_group(s) == GROUP_IO && own > most) {
			most = own;
			ret = s;
		}
	}
	return ret;
}

/* Waits of this state at a time, on average: what is in flight. */
static double in_flight(const struct advice *advice, uint32_t state)
{
	const struct process_model *process = advice->process;
	const uint64_t *ns = process ? process->time.state_ns : advice->model->time.state_ns;
	const uint64_t *inner = process ? process->inner_ns : advice->model->inner_ns;
	double window_ns = advice->signals->window_s * 1e9;

	return window_ns > 0 && ns[state] > inner[state] ?
		       (double)(ns[state] - inner[state]) / window_ns :
		       0;
}

/* Is what waits for replies an event wait that a thread returns to, rather than a poll in a call? */
static bool loop_waits(const struct advice *advice)
{
	struct process_range range = model_range(advice->model, advice->process);
	uint64_t at_sets = 0, all = 0;
	const struct process_model *each;
	size_t i;

	for (each = range.first; each < range.end; each++) {
		for (i = 0; i < each->thread_count; i++)
			if (each->threads[i].time.state_ns[STATE_POLL_IO] &&
			    model_is_loop(each, &each->threads[i]))
				return true;
		for (i = 0; i < each->wait_count; i++) {
			if (each->waits[i].state != STATE_POLL_IO)
				continue;
			all += each->waits[i].wait_ns;
			at_sets += strncmp(each->waits[i].call_name, "epoll_", 6) ?
					   0 :
					   each->waits[i].wait_ns;
		}
	}
	return 2 * at_sets >= all;
}

#define FEW 1.5 /* calls at a time: about one */

/* Most of the waiting for the network is for a name server. */
static bool waits_for_names(const struct advice *advice)
{
	struct process_range range = model_range(advice->model, advice->process);
	uint64_t names = 0, all = 0;
	const struct process_model *each;
	size_t i;

	for (each = range.first; each < range.end; each++) {
		names += lookups_ns(each);
		for (i = 0; i < each->wait_count; i++)
			if (each->waits[i].state == STATE_NETWORK)
				all += each->waits[i].wait_ns;
	}
	return all && 2 * names > all;
}

/* A pool of threads that is handed work and has none idle, as they wait. */
static const struct pool *full_pool(const struct advice *advice)
{
	double busy = advice->settings->threshold[THRESHOLD_NO_IDLE_WORKER];
	const struct pool *pool, *largest = NULL;
	size_t at = 0;

	while ((pool = pools_next(advice->pools, advice->process, &at)))
		if (pool->fed && !pool->of_processes && 1 - pool->idle >= busy &&
		    pool->waiting > pool->computing && pool->waiting > 2 * pool->sleeping &&
		    (!largest || pool->count > largest->count))
			largest = pool;
	return largest;
}

/* The names that a program looks up: a row of its own, as neither loop nor pool is at fault. */
static void advise_names(const struct advice *advice)
{
	bool node = advice->main && runtime_id_of(advice->main->runtime) == RUNTIME_NODE;

	advice_say(
		advice, node ? advice->words->loop : advice->words->threads, 0,
		node ? "name look-ups are slow, and libuv runs few at a time: keep addresses (a "
		       "caching lookup, keep-alive connections), use dns.resolve4, or raise "
		       "UV_THREADPOOL_SIZE; look at the name server" :
		       "name look-ups (DNS) are what it waits for: keep the addresses (a caching "
		       "resolver on this host, connections that stay open), and look at why the name "
		       "server is slow");
}

static bool advise_connections(const struct advice *advice)
{
	char now[VERDICT_ADVICE_LEN], name[2 * RECORD_COMM_LEN];
	struct connection_pool pool;

	if (!connection_pool_find(advice->model, advice->process, &pool))
		return false;
	snprintf(now, sizeof(now),
		 "the connection pool limits it: %.1f calls are in flight for %.0f threads "
		 "'%s'; give it a connection for each thread that uses it (%s), if the other "
		 "side can take them",
		 pool.in_flight, pool.threads,
		 units_printable(pool.name, sizeof(pool.name), name, sizeof(name)),
		 advice->words->connections);
	advice_say(advice, advice->words->threads, 0, now);
	return true;
}

static bool syncs_files(const struct advice *advice)
{
	const struct process_model *process = advice->main;
	size_t i;

	for (i = 0; process && i < process->wait_count; i++)
		if (process->waits[i].state == STATE_DISK)
			return strstr(process->waits[i].call_name, "sync");
	return false;
}

/* More threads, and how many calls there are at a time by now. */
static void advise_pool(const struct advice *advice, double now_waiting)
{
	const struct pool *full = full_pool(advice);
	const struct runtime_words *words = advice->words;
	char now[VERDICT_ADVICE_LEN], how[160], name[2 * POOL_NAME_LEN];

	runtime_words_fill(words->pool, advice->pool, how, sizeof(how));
	if (now_waiting >= advice->pool)
		snprintf(
			now, sizeof(now),
			"%.0f calls are in flight at a time, as many as a pool of %d: more of them "
			"help only as far as the other side can take them; find out what takes it so "
			"long",
			now_waiting, advice->pool);
	else if (full && (int)full->count < advice->pool)
		snprintf(
			now, sizeof(now),
			"the %zu worker thread%s '%s' %s never free, and wait%s: %s; now %.1f call%s "
			"in flight at a time",
			full->count, full->count == 1 ? "" : "s",
			units_printable(full->name, sizeof(full->name), name, sizeof(name)),
			full->count == 1 ? "is" : "are", full->count == 1 ? "s" : "", how,
			now_waiting, now_waiting < FEW ? " is" : "s are");
	else if (loop_executor_find(advice->model, advice->process))
		snprintf(now, sizeof(now),
			 "give the blocking calls of the loop more than one thread: %s%s", how,
			 advice->main && framework_of(advice->main) == FRAMEWORK_SYNC_TO_ASYNC ?
				 " (thread_sensitive=False)" :
				 "");
	else
		snprintf(now, sizeof(now),
			 "overlap the waiting: %s; now %.1f call%s in flight at a time", how,
			 now_waiting, now_waiting < FEW ? " is" : "s are");
	advice_say(advice, words->threads, advice->pool, now);
}

#define UNANSWERED 0.9 /* of the waiting for the network */

/* The wait that began first of those that took nearly all the time: nothing came in the whole window. */
static const struct standing_model *unanswered(const struct advice *advice)
{
	struct process_range range = model_range(advice->model, advice->process);
	const struct standing_model *wait, *longest = NULL;
	const struct process_model *each;
	uint64_t all = 0, open = 0;
	size_t i;

	for (each = range.first; each < range.end; each++) {
		all += each->time.state_ns[STATE_NETWORK] + each->time.state_ns[STATE_POLL_IO];
		for (i = 0; i < each->standing_count; i++) {
			wait = &each->standing[i];
			if (wait->state != STATE_NETWORK || wait->writes)
				continue;
			open += advice->model->duration_ns;
			longest = longest && longest->ns >= wait->ns ? longest : wait;
		}
	}
	return (double)open > UNANSWERED * (double)all ? longest : NULL;
}

/* More calls at a time do not make one end that is not answered. */
static bool advise_unanswered(const struct advice *advice)
{
	const struct standing_model *wait = unanswered(advice);
	char now[VERDICT_ADVICE_LEN], call[120], since[UNITS_LEN];

	if (!wait || wait->ns < STUCK_MIN_NS)
		return false;
	stuck_words_call(wait, call, sizeof(call));
	snprintf(
		now, sizeof(now),
		"nothing has arrived for %s in %s: look at what the other side does, and set a timeout",
		units_time(wait->ns, since), call);
	advice_say(advice, "", 0, now);
	return true;
}

static void advise_network(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	const struct runtime_words *words = advice->words;
	double waiting = in_flight(advice, STATE_NETWORK) + in_flight(advice, STATE_POLL_IO);
	double all = s->window_s > 0 ? s->io_s / s->window_s : 0;
	char now[VERDICT_ADVICE_LEN];

	if (advise_connections(advice))
		return;
	if (waits_for_names(advice)) {
		advise_names(advice);
		return;
	}
	if (s->ratio < advice->settings->threshold[THRESHOLD_FANOUT_RATIO] && all > advice->pool) {
		snprintf(now, sizeof(now), "%.0f requests are in flight, a thread for each: %s",
			 all, words->many);
		advice_say(advice, words->loop, 0, now);
		return;
	}
	if (!advise_unanswered(advice))
		advise_pool(advice, waiting);
}

static void advise_faults(const struct advice *advice)
{
	const char *now =
		"it waits for page faults from disk: read files instead of mapping them, or hold "
		"less in memory; vmstat 1 shows whether the host swaps";

	if (advice_finding(advice, "memory-limit"))
		now = "raise the memory limit of its cgroup (memory.max, memory.limit_in_bytes; "
		      "limits.memory of a pod), or let it use less: pages that it needs are evicted "
		      "and read again";
	else if (advice_finding(advice, "swapping"))
		now = "it is swapped out: give the host or its cgroup more memory, or let it hold "
		      "less";
	advice_say(advice, "", 0, now);
}

/* Threads of one kind that wait for one of them, which waits for I/O: a lock is held across the call. */
static bool advise_turns(const struct advice *advice)
{
	char now[VERDICT_ADVICE_LEN], name[2 * RECORD_COMM_LEN];
	char one[RECORD_COMM_LEN], last[RECORD_COMM_LEN];
	const struct chain_link *waiter, *holder;
	struct connection_pool pool;
	struct chain chain;

	if (connection_pool_find(advice->model, advice->process, &pool) ||
	    !chain_find(advice->model, advice->process, &chain) ||
	    state_group(chain.state) != GROUP_IO)
		return false;
	waiter = &chain.links[0];
	holder = &chain.links[chain.count - 1];
	model_base_name(waiter->thread->comm, one);
	model_base_name(holder->thread->comm, last);
	if (waiter->process != holder->process || memcmp(one, last, sizeof(one)) ||
	    waiter->thread->tid == waiter->process->pid ||
	    holder->thread->tid == holder->process->pid)
		return false;
	snprintf(
		now, sizeof(now),
		"its threads wait for one another: %s/%u waits in %s, and others of its kind wait until it "
		"is done; hold no lock across that call, or give each thread a connection of its own",
		units_printable(holder->thread->comm, sizeof(holder->thread->comm), name,
				sizeof(name)),
		holder->thread->tid, state_name(chain.state));
	advice_say(advice, advice->words->threads, 0, now);
	return true;
}

void advise_io(const struct advice *advice)
{
	const struct runtime_words *words = advice->words;
	char now[VERDICT_ADVICE_LEN], how[160];
	int limit;

	if (advise_turns(advice))
		return;
	switch (main_io(advice)) {
	case STATE_POLL_IO:
		if (!loop_waits(advice)) {
			advise_network(advice);
			return;
		}
		snprintf(
			now, sizeof(now),
			"its event loop waits for answers: keep more requests in flight, %s; or make "
			"the other side faster",
			words->many);
		advice_say(advice, words->loop, 0, now);
		return;
	case STATE_DISK:
		if (syncs_files(advice))
			snprintf(now, sizeof(now),
				 "it waits for storage to confirm writes: write more before each "
				 "sync, or sync from another thread");
		else
			snprintf(
				now, sizeof(now),
				"it waits for storage: read and write in larger pieces, or overlap "
				"them: %s",
				runtime_words_fill(words->pool, advice->pool, how, sizeof(how)));
		advice_say(advice, words->threads, advice->pool, now);
		return;
	case STATE_CHILD:
		/* cores limit only children that compute */
		limit = advice->signals->cores < CHILDREN_COMPUTE ? advice->pool : advice->cpus;
		snprintf(now, sizeof(now),
			 "it waits for its child processes: run up to %d of them at a time", limit);
		advice_say(advice, limit == advice->cpus ? "processes" : words->threads, limit,
			   now);
		return;
	case STATE_IPC:
		advice_say(
			advice, "", 0,
			"it waits for the process at the other end of its pipes: examine that one");
		return;
	case STATE_PAGE_FAULT:
		advise_faults(advice);
		return;
	case STATE_KERNEL:
		advice_say(
			advice, "", 0,
			"it waits inside the kernel: -v shows the calls; use fewer of them, or on fewer "
			"threads at a time");
		return;
	default:
		advise_network(advice);
	}
}
