// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds interpreters in the processes of the process table; gives their locks to the kernel side
 * and their names to the table.
 */
#include "collect/runtimes/interpreters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/procfs/proc_facts.h"
#include "collect/reader/asks.h"
#include "lib/runtimes.h"
#include "lib/vec.h"

#define NS_PER_MS 1000000ULL

/* After these times it is looked for again; sub-interpreters come later still. */
static const uint64_t pauses_ns[] = { 50 * NS_PER_MS, 150 * NS_PER_MS, 300 * NS_PER_MS,
				      1000 * NS_PER_MS, 2000 * NS_PER_MS };
#define NR_PAUSES (sizeof(pauses_ns) / sizeof(pauses_ns[0]))

static void tell(struct record_process *process, const struct interpreter_look *look,
		 struct bpf_session *session)
{
	snprintf(process->runtime, sizeof(process->runtime), "CPython%s",
		 look->python.free_threaded ? " (no GIL)" : "");
	snprintf(process->runtime_version, sizeof(process->runtime_version), "%s",
		 look->python.version);
	process->no_frames = !look->python.layout_known;
	if (process->exited_ns)
		return;
	if (look->python.locks.start[0])
		bpf_session_set_interpreter(session, process->pid, &look->python.locks);
	if (look->python.layout_known)
		bpf_session_set_python(session, process->pid, &look->python.layout);
}

#define RUNTIME_VARIABLE "_PyRuntime" /* holds the locks, or the first of them */
/* libpython alone takes several times this. */
#define GROWN_BYTES (1 << 20)
#define LATER_NS (4000 * NS_PER_MS) /* and each time twice as long */
#define LATER_DOUBLED 4

/* How long to leave a process alone after this many looks. */
static uint64_t pause_after(const struct interpreter_look *look)
{
	size_t later = look->tries - NR_PAUSES;

	if (look->tries < NR_PAUSES)
		return pauses_ns[look->tries];
	return LATER_NS << (later < LATER_DOUBLED ? later : LATER_DOUBLED);
}

/* When to look again, unless there is reason to look now. */
static void put_off(struct interpreter_look *look, uint64_t now)
{
	/* what is known already may get sub-interpreters soon, another one it does not get */
	look->next_ns = look->found && look->tries >= NR_PAUSES ? UINT64_MAX :
								  now + pause_after(look);
	look->tries++;
}

/* Can it have loaded one since the last look? Asked when the first looks are done. */
static bool has_grown(struct interpreter_look *look, pid_t task)
{
	struct proc_stat stat;

	return !proc_stat_read(task, &stat) && stat.size_bytes >= look->size_bytes + GROWN_BYTES;
}

/* A fork has the memory of its parent, and so its interpreter, at the same place. */
static void take_from_parent(const struct interpreters *interpreters,
			     const struct process_table *processes, struct record_process *process,
			     struct interpreter_look *look, struct bpf_session *session)
{
	size_t i;

	for (i = interpreters->count; process->born_ns && !process->execs && i-- > 0;) {
		if (processes->processes[i].pid != process->ppid || !interpreters->looks[i].found)
			continue;
		*look = interpreters->looks[i];
		look->next_ns = UINT64_MAX;
		process->frameworks = processes->processes[i].frameworks;
		memcpy(process->label.script, processes->processes[i].label.script,
		       sizeof(process->label.script));
		tell(process, look, session);
		return;
	}
}

/* Its layout is that of a build: once known it stays. */
static void take_v8(struct interpreter_look *look, struct record_process *process,
		    const struct reader_runtime_answer *answer, struct bpf_session *session)
{
	if (answer->has_v8) {
		look->layout.kind = LAYOUT_V8;
		look->layout.v8 = answer->v8;
		if (!process->exited_ns)
			bpf_session_set_v8(session, process->pid, &answer->v8.roots);
	}
	if (answer->has_runtime && answer->runtime.id == RUNTIME_NODE)
		process->no_frames = look->layout.kind != LAYOUT_V8;
}

static void look_at(struct interpreters *interpreters, struct process_table *processes, size_t at,
		    struct bpf_session *session, uint64_t now)
{
	struct interpreter_look *look = &interpreters->looks[at];
	struct record_process *process = &processes->processes[at];
	pid_t task = proc_living_task((pid_t)process->pid);
	struct reader_runtime_answer answer;
	struct proc_stat stat;

	processes->marks[at].stale_runtime = false;
	if (look->tries > NR_PAUSES && !has_grown(look, task)) {
		put_off(look, now);
		return;
	}
	put_off(look, now);
	if (!proc_stat_read(task, &stat))
		look->size_bytes = stat.size_bytes;
	ask_runtime(interpreters->helper, process->pid, process->start_ns,
		    look->layout.kind == LAYOUT_V8, &answer);
	if (answer.has_python) {
		look->python = answer.python;
		look->found = true;
		if (look->python.layout_known) {
			look->layout.kind = LAYOUT_PYTHON;
			look->layout.python = look->python.layout;
		}
		tell(process, look, session);
	}
	if (!process->label.script[0])
		snprintf(process->label.script, sizeof(process->label.script), "%s", answer.script);
	process->frameworks |= answer.runtime.frameworks;
	if (answer.has_runtime && !process->runtime[0]) {
		snprintf(process->runtime, sizeof(process->runtime), "%s",
			 runtime_traits(answer.runtime.id)->name);
		snprintf(process->runtime_version, sizeof(process->runtime_version), "%s",
			 answer.runtime.version);
	}
	if (!answer.has_python)
		take_v8(look, process, &answer, session);
}

int interpreters_look(struct interpreters *interpreters, struct process_table *processes,
		      struct bpf_session *session, uint64_t now)
{
	struct interpreter_look *look;
	size_t i;

	for (i = 0; i < processes->count; i++) {
		struct record_process *process = &processes->processes[i];

		if (i == interpreters->count) {
			if (vec_reserve((void **)&interpreters->looks, &interpreters->capacity, i,
					sizeof(*look)))
				return -ENOMEM;
			look = &interpreters->looks[i];
			memset(look, 0, sizeof(*look));
			take_from_parent(interpreters, processes, process, look, session);
			interpreters->count++;
		}
		look = &interpreters->looks[i];
		if (look->execs != process->execs) { /* exec of another program: start over */
			memset(look, 0, sizeof(*look));
			look->execs = process->execs;
			process->runtime[0] = process->runtime_version[0] = '\0';
			process->label.script[0] = '\0';
			process->no_frames = false;
			process->frameworks = 0;
		}
		/* what has not run since the last look has loaded nothing */
		if (!process->exited_ns && now >= look->next_ns &&
		    processes->marks[i].stale_runtime)
			look_at(interpreters, processes, i, session, now);
	}
	return 0;
}

void interpreters_hint(struct interpreters *interpreters, const struct process_table *processes,
		       const struct record_lock_place *lock)
{
	struct interpreter_look *look;
	size_t i;

	if (strncmp(lock->symbol, RUNTIME_VARIABLE, strlen(RUNTIME_VARIABLE)))
		return;
	for (i = interpreters->count; i-- > 0;) {
		if (processes->processes[i].pid != lock->pid ||
		    processes->processes[i].start_ns != lock->process_start_ns)
			continue;
		look = &interpreters->looks[i];
		if (!look->found && !look->hinted) {
			look->hinted = true;
			look->next_ns = look->size_bytes = 0;
		}
		return;
	}
}

const struct runtime_layout *interpreters_layout(const struct interpreters *interpreters,
						 const struct process_table *processes,
						 uint32_t pid, uint64_t start_ns)
{
	size_t i;

	for (i = interpreters->count; i-- > 0;)
		if (processes->processes[i].pid == pid &&
		    processes->processes[i].start_ns == start_ns)
			return interpreters->looks[i].layout.kind ? &interpreters->looks[i].layout :
								    NULL;
	return NULL;
}

void interpreters_forget(struct interpreters *interpreters, const struct process_table *processes,
			 struct bpf_session *session)
{
	size_t kept = 0, i;

	for (i = 0; i < interpreters->count; i++) {
		const struct record_process *process = &processes->processes[i];

		if (processes->marks[i].over) {
			/* the kernel side knows processes by number alone, which another may have by now */
			if ((interpreters->looks[i].found || interpreters->looks[i].layout.kind) &&
			    !process_table_has(processes, process->pid))
				bpf_session_forget_interpreter(session, process->pid);
			continue;
		}
		if (kept != i)
			interpreters->looks[kept] = interpreters->looks[i];
		kept++;
	}
	interpreters->count = kept;
	vec_shrink((void **)&interpreters->looks, &interpreters->capacity, kept,
		   sizeof(*interpreters->looks));
}

void interpreters_free(struct interpreters *interpreters)
{
	free(interpreters->looks);
	memset(interpreters, 0, sizeof(*interpreters));
}
