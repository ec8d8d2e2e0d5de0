// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Advice rules of contract section 5, and the words that each runtime has for them. Receives model,
 * signals and verdict; hands on model, worker count, one line to do now and one command to run next.
 */
#include "verdict/advice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/units.h"
#include "verdict/chain.h"
#include "verdict/findings.h"
#include "verdict/rules.h"
#include "verdict/stalls.h"
#include "verdict/wording.h"

#define POOL_MOST 32 /* threads: min(32, cores x 4), by the guides */
#define POOL_PER_CPU 4
#define CHILDREN_COMPUTE 0.5 /* cores that children take one after the other, when they compute */
#define PACED 0.5 /* cores: who computes and uses less waits for others to ask him */
#define FULL 0.85 /* of the CPUs: there is no room for more */
#define SATURATED 0.8 /* of the time a loop is busy: it is what computes */

/* The concurrency models of a runtime, and what they are called there. */
struct runtime_words {
	const char *runtime; /* begins so; "" any other */
	const char *loop, *threads, *compute, *hybrid; /* names of models */
	const char *many; /* keep more requests in flight */
	const char *pool; /* a pool of threads, "%d" */
	const char *spread; /* computing on all cores, "%d" */
	const char *split; /* waiting here, computing on "%d" cores there */
	const char *loops; /* several event loops instead of one */
	const char *off_call, *off_computing; /* off the loop: a call, a computation */
};

static const struct runtime_words runtimes[] = {
	{ "CPython", "asyncio", "threads", "processes", "hybrid",
	  "one event loop can hold them all (asyncio.gather), bounded by a Semaphore",
	  "a ThreadPoolExecutor of %d (min(32, cores x 4))",
	  "%d processes (ProcessPoolExecutor, multiprocessing), one per core",
	  "asyncio or threads for the waiting, a ProcessPoolExecutor of %d for the computing",
	  "several server processes (--workers), one per core",
	  "await asyncio.to_thread(...), or a library that does not block",
	  "await loop.run_in_executor(process_pool, ...): a ProcessPoolExecutor" },
	{ "Node.js", "event loop", "event loop", "worker_threads", "hybrid",
	  "start them together (Promise.all), a bounded number at a time",
	  "start up to %d of them together (Promise.all)", "%d worker_threads, one per core",
	  "the event loop for the waiting, %d worker_threads for the computing",
	  "several processes (cluster), one per core",
	  "the asynchronous form of the call (fs.promises, not ...Sync)",
	  "a pool of worker_threads" },
	{ "Java", "event loop", "threads", "threads", "hybrid",
	  "virtual threads, or NIO with one selector, can hold them all; bound them with a Semaphore",
	  "an ExecutorService of %d threads (min(32, cores x 4))",
	  "a fixed pool of %d threads, one per core",
	  "one executor for the waiting, one of %d threads for the computing",
	  "several selector threads, one per core", "an executor's thread",
	  "an executor with one thread for each core" },
	{ "Go", "goroutines", "goroutines", "goroutines", "goroutines",
	  "one goroutine each, bounded by a channel or errgroup.SetLimit",
	  "up to %d goroutines at a time (errgroup.SetLimit)",
	  "%d goroutines that compute, one per core (GOMAXPROCS)",
	  "goroutines for the waiting, %d of them for the computing",
	  "several goroutines, one per core", "a goroutine of its own", "a goroutine of its own" },
	{ "", "event loop", "threads", "threads", "hybrid",
	  "one event loop (epoll, io_uring) can hold them all; bound them",
	  "a pool of %d threads (min(32, cores x 4))",
	  "%d workers, one per core (native threads, or processes)",
	  "a loop or threads for the waiting, %d workers for the computing",
	  "several loops or instances, one per core (SO_REUSEPORT, sharding)",
	  "a thread of its own, or its form that does not block",
	  "a worker thread or process; or cut it into short pieces" },
};

struct advice {
	const struct model *model;
	const struct process_model *process; /* NULL: all */
	const struct process_model *main; /* who works most; NULL nobody */
	const struct signals *signals;
	const struct verdict_settings *settings;
	const struct runtime_words *words;
	struct verdict *verdict;
	int cpus, pool;
};

static uint64_t work_of(const struct process_model *process)
{
	const uint64_t *ns = process->time.state_ns;

	return ns[STATE_ON_CPU] + ns[STATE_RUNNABLE_WAKEUP] + ns[STATE_RUNNABLE_PREEMPTED] +
	       ns[STATE_LOCK] + ns[STATE_GIL] + ns[STATE_NETWORK] + ns[STATE_DISK] +
	       ns[STATE_POLL_IO] + ns[STATE_IPC];
}

/* Who is spoken to: the one whose loop stands still, else the one that works most. */
static const struct process_model *main_process(const struct model *model,
						const struct process_model *process,
						enum verdict_class class)
{
	const struct process_model *most = NULL;
	size_t i;

	if (process)
		return process;
	for (i = 0; i < model->process_count; i++) {
		const struct process_model *each = &model->processes[i];

		if (class == VERDICT_LOOP_BLOCKED && each->stall_count)
			return each;
		if (!most || work_of(each) > work_of(most))
			most = each;
	}
	return most;
}

static const struct runtime_words *words_of(const struct process_model *process)
{
	const struct runtime_words *words = runtimes;

	while (words->runtime[0] &&
	       (!process || strncmp(process->runtime, words->runtime, strlen(words->runtime))))
		words++;
	return words;
}

static void say(const struct advice *advice, const char *model, int workers, const char *now)
{
	advice->verdict->advice_model = model;
	advice->verdict->advice_workers = workers;
	snprintf(advice->verdict->advice_now, sizeof(advice->verdict->advice_now), "%s", now);
}

/* The words of a runtime with their one %d filled in: the format is never the caller's data. */
static const char *with_count(const char *words, int count, char *ret, size_t size)
{
	const char *place = strstr(words, "%d");

	if (place)
		snprintf(ret, size, "%.*s%d%s", (int)(place - words), words, count, place + 2);
	else
		snprintf(ret, size, "%s", words);
	return ret;
}

/* ---- not enough CPU --------------------------------------------------------------------------- */
static void advise_starved(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	char now[240];

	if (!isnan(s->throttled_s) && s->throttled_s > s->runnable_s / 2) {
		say(advice, "", 0,
		    "the cgroup's CPU quota holds it back: raise the quota (cpu.max, "
		    "cpu.cfs_quota_us) or do with fewer threads");
	} else if (s->ready_self >= 0.8) {
		snprintf(now, sizeof(now),
			 "its own threads fill all %d CPUs: run no more workers than cores; beyond "
			 "that only switching grows",
			 advice->cpus);
		say(advice, advice->words->compute, advice->cpus, now);
	} else if (s->own_predecessor > 0.5) {
		/* who ran before it on its CPU is who kept it waiting */
		say(advice, "", 0,
		    "its own threads push each other off the CPU: let them use more CPUs (taskset "
		    "-p shows which they may) or run fewer of them");
	} else {
		say(advice, "", 0,
		    "something else takes the CPUs that it may use: look at its CPU affinity "
		    "(taskset -p) and at its neighbours (top), then move one of them");
	}
}

/* ---- a loop that stands still ----------------------------------------------------------------- */
static void advise_loop(const struct advice *advice)
{
	struct stall_group groups[STALL_MAX_GROUPS];
	size_t count = stalls_group(advice->model, advice->process, groups);
	char now[240], place[RECORD_PLACE_LEN + 8] = "";

	if (count && groups[0].where[0])
		snprintf(place, sizeof(place), " at %s", groups[0].where);
	switch (count ? groups[0].cause : STALL_BLOCKING_CALL) {
	case STALL_CPU:
		snprintf(now, sizeof(now), "move the computation%.90s off the loop: %s", place,
			 advice->words->off_computing);
		say(advice, advice->words->compute, advice->cpus, now);
		break;
	case STALL_GIL:
		say(advice, advice->words->compute, advice->cpus,
		    "other threads of this interpreter compute and keep the GIL: move them into "
		    "processes");
		break;
	case STALL_STARVED:
		say(advice, "", 0,
		    "the loop is ready but gets no CPU: give it one, or run fewer threads beside it");
		break;
	case STALL_LOCK:
		snprintf(
			now, sizeof(now),
			"the loop waits for another thread%.90s: take the lock in a thread instead "
			"(%s), or hold it for less",
			place, advice->words->off_call);
		say(advice, advice->words->threads, 0, now);
		break;
	case STALL_PAGE_FAULT:
		say(advice, "", 0,
		    "the loop waits for memory to be read in: look for swapping (vmstat 1), lock its "
		    "memory or give the host more");
		break;
	default:
		snprintf(now, sizeof(now), "move the call%.90s off the loop: %s", place,
			 advice->words->off_call);
		say(advice, advice->words->threads, 0, now);
	}
}

/* ---- waiting for locks ------------------------------------------------------------------------ */
static bool is_io(uint32_t state)
{
	switch (state) {
	case STATE_NETWORK:
	case STATE_DISK:
	case STATE_POLL_IO:
	case STATE_IPC:
	case STATE_CHILD:
	case STATE_SLEEP:
		return true;
	}
	return false;
}

static void advise_locks(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	struct chain chain;

	if (s->gil_s > s->lock_s / 2)
		say(advice, "", 0,
		    "a thread keeps the GIL while it waits: release it around the call "
		    "(Py_BEGIN_ALLOW_THREADS; ctypes.CDLL, not PyDLL)");
	else if (chain_find(advice->model, advice->process, &chain) && is_io(chain.state))
		say(advice, "", 0,
		    "the lock is held while its holder waits: do the I/O before taking it, or after "
		    "letting it go");
	else
		say(advice, "", 0, "hold the lock for less, or split what it guards");
}

/* ---- computing -------------------------------------------------------------------------------- */
/* The part of the window in which the busiest loop does not wait; 0 without a loop. */
static double loop_busy(const struct advice *advice)
{
	uint64_t most = 0;
	size_t i, j;

	for (i = 0; i < advice->model->process_count; i++) {
		const struct process_model *process = &advice->model->processes[i];

		for (j = 0;
		     j < process->loop_count && (!advice->process || advice->process == process);
		     j++)
			if (process->loops[j].nature == LOOP_YES &&
			    process->loops[j].busy_ns > most)
				most = process->loops[j].busy_ns;
	}
	return advice->model->duration_ns ? (double)most / (double)advice->model->duration_ns : 0;
}

/* Is the computing spread over processes already, rather than over threads? */
static bool in_processes(const struct advice *advice)
{
	double of_one = advice->main ? (double)advice->main->time.state_ns[STATE_ON_CPU] / 1e9 : 0;

	return !advice->process && of_one < 0.75 * advice->signals->on_cpu_s;
}

static void advise_computing(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	const struct runtime_words *words = advice->words;
	char now[240], how[160];
	double per_s;

	if (findings_spinner(advice->model, advice->process, &per_s)) {
		snprintf(now, sizeof(now),
			 "it looks for events %.0f times a second without waiting: give its poll a "
			 "timeout, or none, so that the kernel wakes it",
			 per_s);
		say(advice, words->loop, 0, now);
	} else if (rules_gil_serialises(s, advice->settings->threshold)) {
		snprintf(now, sizeof(now),
			 "the GIL serialises the threads: run the computing in %s",
			 with_count(words->spread, advice->cpus, how, sizeof(how)));
		say(advice, words->compute, advice->cpus, now);
	} else if (s->cores >= FULL * advice->cpus) {
		snprintf(now, sizeof(now),
			 "all %d cores are busy: no more workers than cores, beyond that only "
			 "switching grows; make the computing itself cheaper",
			 advice->cpus);
		say(advice,
		    in_processes(advice)  ? "processes" :
		    words == &runtimes[0] ? words->threads :
					    words->compute,
		    advice->cpus, now);
	} else if (s->cores < PACED) {
		snprintf(
			now, sizeof(now),
			"it has no more to do: it computes when it is asked, on %.2f of %d cores; for "
			"shorter answers make the computing itself cheaper",
			s->cores, advice->cpus);
		say(advice, "", 0, now);
	} else if (loop_busy(advice) > SATURATED) {
		snprintf(
			now, sizeof(now),
			"its event loop is busy all the time, on %.1f of %d cores: run %s, or make "
			"what it does cheaper",
			s->cores, advice->cpus, words->loops);
		say(advice, words->compute, advice->cpus, now);
	} else {
		snprintf(now, sizeof(now), "it uses %.1f of %d cores: spread the computing over %s",
			 s->cores, advice->cpus,
			 with_count(words->spread, advice->cpus, how, sizeof(how)));
		say(advice, words->compute, advice->cpus, now);
	}
}

/* ---- waiting for I/O -------------------------------------------------------------------------- */
/* The state of I/O that took most, less what was for watched threads. */
static uint32_t main_io(const struct advice *advice)
{
	static const uint32_t states[] = { STATE_NETWORK, STATE_DISK,  STATE_POLL_IO,
					   STATE_IPC,	  STATE_CHILD, STATE_PAGE_FAULT,
					   STATE_KERNEL };
	const struct process_model *process = advice->process;
	const uint64_t *ns = process ? process->time.state_ns : advice->model->time.state_ns;
	const uint64_t *inner = process ? process->inner_ns : advice->model->inner_ns;
	uint64_t most = 0, own;
	uint32_t ret = STATE_NETWORK;
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(*states); i++) {
		own = ns[states[i]] > inner[states[i]] ? ns[states[i]] - inner[states[i]] : 0;
		if (own > most) {
			most = own;
			ret = states[i];
		}
	}
	return ret;
}

/* Threads that spend a tenth of their time or more in this state: what the pool is now. */
static int waiting_threads(const struct advice *advice, uint32_t state)
{
	size_t i, j;
	int count = 0;

	for (i = 0; i < advice->model->process_count; i++)
		for (j = 0; j < advice->model->processes[i].thread_count; j++) {
			const struct thread_model *thread = &advice->model->processes[i].threads[j];

			if ((!advice->process || advice->process == &advice->model->processes[i]) &&
			    thread->count == 1 && thread->time.wall_ns &&
			    thread->time.state_ns[state] >= thread->time.wall_ns / 10)
				count++;
		}
	return count;
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

static void advise_network(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	const struct runtime_words *words = advice->words;
	double in_flight = s->window_s > 0 ? s->io_s / s->window_s : 0;
	int now_waiting = waiting_threads(advice, STATE_NETWORK);
	char now[240], how[120];

	if (s->ratio < advice->settings->threshold[THRESHOLD_FANOUT_RATIO] &&
	    in_flight > advice->pool) {
		snprintf(now, sizeof(now), "%.0f requests are in flight, a thread for each: %s",
			 in_flight, words->many);
		say(advice, words->loop, 0, now);
		return;
	}
	with_count(words->pool, advice->pool, how, sizeof(how));
	if (now_waiting >= advice->pool)
		snprintf(
			now, sizeof(now),
			"%d threads wait already, as many as %s: more help only as far as the other "
			"side can take them; look at that",
			now_waiting, how);
	else
		snprintf(now, sizeof(now), "overlap the waiting: %s; now %d thread%s so", how,
			 now_waiting, now_waiting == 1 ? " waits" : "s wait");
	say(advice, words->threads, advice->pool, now);
}

static void advise_io(const struct advice *advice)
{
	const struct runtime_words *words = advice->words;
	char now[240], how[160];
	int limit;

	switch (main_io(advice)) {
	case STATE_POLL_IO:
		snprintf(
			now, sizeof(now),
			"its event loop waits for answers: keep more requests in flight, %s; or make "
			"the other side faster",
			words->many);
		say(advice, words->loop, 0, now);
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
				with_count(words->pool, advice->pool, how, sizeof(how)));
		say(advice, words->threads, advice->pool, now);
		return;
	case STATE_CHILD:
		/* cores limit only children that compute */
		limit = advice->signals->cores < CHILDREN_COMPUTE ? advice->pool : advice->cpus;
		snprintf(now, sizeof(now),
			 "it waits for its child processes: run up to %d of them at a time", limit);
		say(advice, limit == advice->cpus ? "processes" : words->threads, limit, now);
		return;
	case STATE_IPC:
		say(advice, "", 0,
		    "it waits for who is at the other end of its pipes: look at that process");
		return;
	case STATE_PAGE_FAULT:
		say(advice, "", 0,
		    "it waits for its memory to be read in: look for swapping (vmstat 1), give the "
		    "host more memory, or read files instead of mapping them");
		return;
	case STATE_KERNEL:
		say(advice, "", 0,
		    "it waits inside the kernel: -v shows the calls; use fewer of them, or on fewer "
		    "threads at a time");
		return;
	default:
		advise_network(advice);
	}
}

static void advise(const struct advice *advice)
{
	const struct runtime_words *words = advice->words;
	char now[240], how[160];

	switch (advice->verdict->class) {
	case VERDICT_INSUFFICIENT:
		say(advice, "", 0, "watch for longer, while the program is busy");
		break;
	case VERDICT_IDLE:
		say(advice, "", 0,
		    "nothing to speed up here; if it should be busy, look at who should send work");
		break;
	case VERDICT_LOOP_BLOCKED:
		advise_loop(advice);
		break;
	case VERDICT_CPU_STARVED:
		advise_starved(advice);
		break;
	case VERDICT_LOCK_BOUND:
		advise_locks(advice);
		break;
	case VERDICT_CPU_BOUND:
		advise_computing(advice);
		break;
	case VERDICT_IO_BOUND:
		advise_io(advice);
		break;
	default:
		snprintf(now, sizeof(now), "split it: %s",
			 with_count(words->split, advice->cpus, how, sizeof(how)));
		say(advice, words->hybrid, advice->cpus, now);
	}
}

static void name_next(const struct advice *advice, uint32_t pid)
{
	char *next = advice->verdict->advice_next;
	size_t size = sizeof(advice->verdict->advice_next);

	switch (advice->verdict->class) {
	case VERDICT_INSUFFICIENT:
		if (pid)
			snprintf(next, size, "boundby attach -p %u -d 30", pid);
		else
			snprintf(next, size, "boundby attach --all -d 30");
		return;
	case VERDICT_IDLE:
		snprintf(next, size, "boundby attach -p %u -d 60", pid);
		return;
	case VERDICT_CPU_STARVED:
		snprintf(next, size, "boundby attach --all -d 10");
		return;
	case VERDICT_CPU_BOUND:
		snprintf(next, size, "perf top -p %u", pid);
		return;
	default:
		snprintf(next, size, "boundby attach -p %u -d 60 -v", pid);
	}
}

void advice_give(const struct model *model, const struct process_model *process,
		 const struct signals *signals, const struct verdict_settings *settings,
		 struct verdict *verdict)
{
	int cpus = (int)model->capture.cpus;
	struct advice advice = {
		.model = model,
		.process = process,
		.main = main_process(model, process, verdict->class),
		.signals = signals,
		.settings = settings,
		.verdict = verdict,
		.cpus = cpus,
		.pool = cpus * POOL_PER_CPU < POOL_MOST ? cpus * POOL_PER_CPU : POOL_MOST,
	};
	const struct process_model *named = process		 ? process :
					    model->process_count ? &model->processes[0] :
								   NULL;

	advice.words = words_of(advice.main);
	advise(&advice);
	/* computing is looked at where it is done */
	if (verdict->class == VERDICT_CPU_BOUND && advice.main)
		named = advice.main;
	name_next(&advice, named ? named->pid : 0);
}
