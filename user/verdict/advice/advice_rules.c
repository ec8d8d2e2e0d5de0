// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Advice rules of contract section 5, in each runtime's words: from model, signals and verdict to
 * concurrency model, worker count, one line to do now and one command to run next.
 */
#include "verdict/advice/advice_rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/chain.h"
#include "analysis/computing.h"
#include "analysis/holders.h"
#include "analysis/in_turn.h"
#include "analysis/spinner.h"
#include "analysis/stuck/stuck_closed.h"
#include "analysis/stuck/stuck_waits.h"
#include "lib/runtimes.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/conditions.h"
#include "verdict/words/stuck_words.h"
#include "verdict/words/wording.h"

#define COLLECTOR_MOST \
	0.3 /* of the computing: more of it than anything else can be expected to save */
#define FULL 0.85 /* of the CPUs: there is no room for more */
#define SATURATED \
	0.8 /* of the time: a loop, or a process, that is busy for less has room for more */

void advice_say(const struct advice *advice, const char *model, int workers, const char *now)
{
	advice->verdict->advice_model = model;
	advice->verdict->advice_workers = workers;
	snprintf(advice->verdict->advice_now, sizeof(advice->verdict->advice_now), "%s", now);
}

const struct verdict_finding *advice_finding(const struct advice *advice, const char *kind)
{
	const struct verdict *verdict = advice->verdict;
	size_t i;

	for (i = 0; i < verdict->finding_count; i++)
		if (!strcmp(verdict->findings[i].kind, kind))
			return &verdict->findings[i];
	return NULL;
}

/* ---- waiting for locks ------------------------------------------------------------------------ */
static bool is_io(uint32_t state)
{
	return state == STATE_SLEEP || (state_group(state) == GROUP_IO &&
					state != STATE_PAGE_FAULT && state != STATE_KERNEL);
}

/* What to do about a lock whose holders wait while they hold it. */
static void advise_held(const struct advice *advice, const struct held_wait *held)
{
	char now[VERDICT_ADVICE_LEN], wait[120] = "";

	if (held->wait)
		wording_wait(held->wait, wait, sizeof(wait));
	if (held->state == STATE_IPC)
		snprintf(
			now, sizeof(now),
			"the lock is held while its holders wait in %s: look at what should read it, and "
			"let one thread write what the others put into a queue",
			wait[0] ? wait : "a pipe");
	else
		snprintf(
			now, sizeof(now),
			"the lock is held while its holders wait%s%s: do that before taking it, or after "
			"releasing it",
			wait[0] ? " in " : "", wait);
	advice_say(advice, "", 0, now);
}

void advise_locks(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	const struct verdict_finding *file = advice_finding(advice, "file-lock");
	char now[VERDICT_ADVICE_LEN];
	struct held_wait held;
	struct chain chain;

	if (file) {
		snprintf(
			now, sizeof(now),
			"%s: look at what the holder does meanwhile; lock for less time, or single records",
			file->detail);
		advice_say(advice, "", 0, now);
	} else if (s->gil_s > s->lock_s / 2)
		advice_say(advice, "", 0,
			   "a thread keeps the GIL while it waits: release it around the call "
			   "(Py_BEGIN_ALLOW_THREADS; ctypes.CDLL, not PyDLL)");
	else if (holders_find(advice->model, advice->process, &held))
		advise_held(advice, &held);
	else if (chain_find(advice->model, advice->process, &chain) && is_io(chain.state))
		advice_say(
			advice, "", 0,
			"the lock is held while its holder waits: do the I/O before taking it, or after "
			"releasing it");
	else
		advice_say(advice, "", 0,
			   "hold the lock for a shorter time, or split what it "
			   "guards");
}

/* ---- computing -------------------------------------------------------------------------------- */
/* The part of the window in which the busiest loop does not wait; 0 without a loop. */
static double loop_busy(const struct advice *advice)
{
	struct process_range range = model_range(advice->model, advice->process);
	const struct process_model *each;
	uint64_t most = 0;
	size_t j;

	for (each = range.first; each < range.end; each++)
		for (j = 0; j < each->loop_count; j++)
			if (each->loops[j].loop_class == LOOP_EVENT_LOOP &&
			    each->loops[j].busy_ns > most)
				most = each->loops[j].busy_ns;
	return advice->model->duration_ns ? (double)most / (double)advice->model->duration_ns : 0;
}

/* The part of its time that the busiest process computes, or is ready to. */
static double busiest(const struct advice *advice)
{
	struct process_range range = model_range(advice->model, advice->process);
	const struct process_model *process;
	double most = 0;
	size_t j;

	for (process = range.first; process < range.end; process++) {
		const uint64_t *ns = process->time.state_ns;
		uint64_t lived = 0;

		for (j = 0; j < process->thread_count; j++)
			if (process->threads[j].time.wall_ns > lived)
				lived = process->threads[j].time.wall_ns;
		if (!lived)
			lived = advice->model->duration_ns;
		if (lived)
			most = fmax(most, (double)(states_sum(ns, GROUP_CPU) +
						   states_sum(ns, GROUP_READY)) /
						  (double)lived);
	}
	return most;
}

/* Is the computing spread over processes already, rather than over threads? */
static bool in_processes(const struct advice *advice)
{
	double of_one = advice->main ? (double)advice->main->time.state_ns[STATE_ON_CPU] / 1e9 : 0;

	return !advice->process && of_one < 0.75 * advice->signals->on_cpu_s;
}

/* What it computes is for nothing. False: there is no spinner. */
static bool advise_spinner(const struct advice *advice)
{
	const struct loop_model *loop;
	char now[VERDICT_ADVICE_LEN];
	double per_s;

	loop = spinner_find(advice->model, advice->process, &per_s);
	if (!loop)
		return false;
	if (loop->loop_class == LOOP_READY)
		snprintf(
			now, sizeof(now),
			"its wait returns at once, %.0f times a second, for an fd that the program "
			"does not handle (EPOLLOUT left registered, a hang-up not closed): remove it "
			"from the set, or register it edge-triggered",
			per_s);
	else
		snprintf(now, sizeof(now),
			 "it looks for events %.0f times a second without waiting: give its poll a "
			 "timeout, or none, so that the kernel wakes it",
			 per_s);
	advice_say(advice, advice->words->loop, 0, now);
	return true;
}

/* Is a line known that the process computes in? */
static bool knows_lines(const struct process_model *process)
{
	size_t i, j;

	for (i = 0; i < process->place_group_count; i++)
		for (j = 0; process->place_groups[i].site.state == STATE_ON_CPU &&
			    j < process->place_groups[i].place_count;
		     j++)
			if (process->place_groups[i].places[j].where[0])
				return true;
	return false;
}

/* Another profiler, where this one could read no stack of what computes. */
static void next_without_lines(const struct advice *advice)
{
	if (advice->main && !advice->main->exited && !knows_lines(advice->main))
		snprintf(advice->verdict->advice_next, sizeof(advice->verdict->advice_next),
			 "perf top -p %u", advice->main->pid);
}

/* More workers would collect as much each. False: the collector is not what computes. */
static bool advise_collector(const struct advice *advice)
{
	struct computing computing;
	char now[VERDICT_ADVICE_LEN], share[UNITS_LEN];
	struct runtime_words words;

	computing_split(advice->model, advice->process, &computing);
	if (computing.collector < COLLECTOR_MOST)
		return false;
	runtime_words_of(computing.collects, &words);
	snprintf(now, sizeof(now), "the garbage collector takes %s of the computing: %s",
		 units_share(computing.collector, share), words.collector);
	advice_say(advice, "", 0, now);
	return true;
}

void advise_computing(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	const struct runtime_words *words = advice->words;
	const struct process_model *turns = in_turn_find(advice->model, advice->process);
	char now[VERDICT_ADVICE_LEN], how[160];

	next_without_lines(advice);
	if (advise_spinner(advice) || advise_collector(advice))
		return;
	if (condition_gil_serialises(s, advice->settings->threshold)) {
		snprintf(now, sizeof(now),
			 "the GIL serialises the threads: run the computing in %s",
			 runtime_words_fill(words->spread, advice->cpus, how, sizeof(how)));
		advice_say(advice, words->compute, advice->cpus, now);
	} else if (turns) {
		snprintf(
			now, sizeof(now),
			"one interpreter lock (%s) serialises the threads: run the computing in %s",
			runtime_traits_of(turns->runtime)->gil_name,
			runtime_words_fill(words->spread, advice->cpus, how, sizeof(how)));
		advice_say(advice, words->compute, advice->cpus, now);
	} else if (s->cores >= FULL * advice->cpus) {
		snprintf(now, sizeof(now),
			 "all %d cores are busy: no more workers than cores, beyond that only "
			 "switching grows; make the computing itself cheaper",
			 advice->cpus);
		advice_say(advice,
			   in_processes(advice) ? "processes" :
			   runtime_traits_of(advice->main ? advice->main->runtime : "")->has_gil ?
						  words->threads :
						  words->compute,
			   advice->cpus, now);
	} else if (busiest(advice) < SATURATED) {
		snprintf(
			now, sizeof(now),
			"it keeps up with its load, on %.2f of %d cores; for lower latency make the "
			"computing itself cheaper",
			s->cores, advice->cpus);
		advice_say(advice, "", 0, now);
	} else if (loop_busy(advice) > SATURATED) {
		snprintf(
			now, sizeof(now),
			"its event loop is busy all the time, on %.1f of %d cores: run %s, or make "
			"what it does cheaper",
			s->cores, advice->cpus, words->loops);
		advice_say(advice, words->compute, advice->cpus, now);
	} else {
		snprintf(now, sizeof(now), "it uses %.1f of %d cores: spread the computing over %s",
			 s->cores, advice->cpus,
			 runtime_words_fill(words->spread, advice->cpus, how, sizeof(how)));
		advice_say(advice, words->compute, advice->cpus, now);
	}
}

/* ---- the others ------------------------------------------------------------------------------ */
void advise_insufficient(const struct advice *advice)
{
	advice_say(advice, "", 0, "watch for longer, while the program is busy");
}

void advise_hung(const struct advice *advice)
{
	struct verdict *verdict = advice->verdict;
	struct stuck proofs[STUCK_MAX];

	if (!stuck_find(advice->model, advice->process, proofs))
		return;
	advice_say(advice, "", 0, stuck_words_action(&proofs[0]));
	stuck_words_next(proofs[0].process, proofs[0].wait, verdict->advice_next,
			 sizeof(verdict->advice_next));
}

/* What it reads, and whose turn it is to write that. */
static void advise_read(const struct advice *advice, const struct standing_model *wait)
{
	char now[VERDICT_ADVICE_LEN], comm[2 * RECORD_COMM_LEN];

	if (!wait->other_pid)
		snprintf(
			now, sizeof(now),
			"nothing to speed up here; if it should be busy: it reads from a pipe or socket "
			"that no other process can write to; does it keep the other end open itself?");
	else
		snprintf(now, sizeof(now),
			 "nothing to speed up here; if it should be busy, look at %s[%u], the only "
			 "process that can write what it reads",
			 units_printable(wait->other_comm, sizeof(wait->other_comm), comm,
					 sizeof(comm)),
			 wait->other_pid);
	advice_say(advice, "", 0, now);
}

/* Where connections come in: "port 80", "a unix socket". */
static const char *name_address(const struct backlog_model *socket, char *ret, size_t size)
{
	if (socket->port)
		snprintf(ret, size, "port %u", socket->port);
	else
		snprintf(ret, size, "a unix socket");
	return ret;
}

/* What lies in a connection while its thread waits at the set that holds it. */
static void advise_unread(const struct advice *advice, const struct backlog_model *unread)
{
	char now[VERDICT_ADVICE_LEN], port[32];

	snprintf(
		now, sizeof(now),
		"if it should be busy: %u bytes lie unread on a connection at %s; with edge-triggered "
		"epoll read until EAGAIN, else no event comes for the rest",
		unread->pending, name_address(unread, port, sizeof(port)));
	advice_say(advice, "", 0, now);
}

/* Connections wait while its threads do not work: where they wait is what to change. */
static void advise_queue(const struct advice *advice, const struct backlog_model *queue)
{
	const struct verdict *verdict = advice->verdict;
	const char *where = verdict->cause_count ? verdict->causes[0].where : "";
	char now[VERDICT_ADVICE_LEN], port[32];

	snprintf(
		now, sizeof(now),
		"connections wait at %s while its threads wait elsewhere (%s%s%.80s): wait there for less "
		"long, or start more workers",
		name_address(queue, port, sizeof(port)),
		verdict->cause_count ? verdict->causes[0].kind : "rest", where[0] ? " " : "",
		where);
	advice_say(advice, "", 0, now);
}

/* An open that lasts waits for the other end of a FIFO, or for a device. */
static bool is_open(const struct standing_model *wait)
{
	return wait->state == STATE_OTHER && !strncmp(wait->call_name, "open", 4);
}

void advise_idle(const struct advice *advice)
{
	const struct backlog_model *queue = stuck_queued(advice->model, advice->process);
	const struct standing_model *wait = stuck_unexplained(advice->model, advice->process);
	const struct backlog_model *unread = stuck_left_unread(advice->model, advice->process);

	if (wait && advice->main)
		stuck_words_next(advice->main, wait, advice->verdict->advice_next,
				 sizeof(advice->verdict->advice_next));
	if (advice->signals->tries) {
		advice_say(advice, "", 0,
			   "it waits by sleeping and trying again: wait for the event itself (a "
			   "condition variable, a file lock, inotify), or sleep for less");
		return;
	}
	if (queue) {
		advise_queue(advice, queue);
		return;
	}
	if (unread) {
		advise_unread(advice, unread);
		return;
	}
	if (wait && is_open(wait)) {
		advice_say(
			advice, "", 0,
			"if it should be busy: it opens a FIFO whose other end no process opens, or a "
			"device that does not answer: start what should read or write it, or open with "
			"O_NONBLOCK");
		return;
	}
	if (wait && stuck_closed_read(wait)) {
		advise_read(advice, wait);
		return;
	}
	advice_say(advice, "", 0,
		   "nothing to speed up here; if it should be busy, check what should send "
		   "it work");
}

void advise_mixed(const struct advice *advice)
{
	char now[VERDICT_ADVICE_LEN], how[160];

	snprintf(now, sizeof(now), "split it: %s",
		 runtime_words_fill(advice->words->split, advice->cpus, how, sizeof(how)));
	advice_say(advice, advice->words->hybrid, advice->cpus, now);
}
