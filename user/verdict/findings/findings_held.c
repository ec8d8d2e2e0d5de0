// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings about what holds a program up: from outside, by the kernel and the runtime, or by itself. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/computing.h"
#include "analysis/connection_pool.h"
#include "analysis/stuck/stuck_apart.h"
#include "analysis/tries.h"
#include "lib/units.h"
#include "verdict/findings/findings.h"
#include "verdict/words/stuck_words.h"
#include "verdict/words/wording.h"

#define SAY(ret, ...) snprintf((ret)->detail, sizeof((ret)->detail), __VA_ARGS__)
#define STOPPED_LEAST 0.05 /* of the time */
#define FULL 0.9 /* of a limit */
#define FAULTS_LEAST 0.05 /* of the work */
#define FILE_LOCK_LEAST 0.05 /* of the work */
#define STARVED_LEAST 0.1 /* of the work */
#define NEIGHBOURS_LEAST 0.1 /* CPUs */
#define COMPUTING_LEAST 0.05 /* CPUs */
#define COLLECTOR_LEAST 0.1 /* of the computing */
#define CALL_LEAST 0.3 /* of the computing */
#define SWAPPED_LEAST 0.1 /* of resident and swapped memory */

/* The process that was stopped longest, if for long enough; its share of the time. */
static const struct process_model *find_stopped(const struct findings_input *input, bool traced,
						double *ret_share)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *each, *most = NULL;
	double share;

	*ret_share = 0;
	for (each = range.first; each < range.end; each++) {
		if (!each->time.wall_ns || traced != (each->tracer_pid != 0))
			continue;
		share = (double)each->time.state_ns[STATE_STOPPED] / (double)each->time.wall_ns;
		if (share < STOPPED_LEAST || share <= *ret_share)
			continue;
		most = each;
		*ret_share = share;
	}
	return most;
}

bool finding_traced(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct process_model *process = find_stopped(input, true, &ret->value);
	char name[64], tracer[2 * RECORD_COMM_LEN], share[UNITS_LEN];

	if (!process)
		return false;
	wording_process(process, name, sizeof(name));
	SAY(ret, "%s[%u] traces %s and stops it for %s of the time",
	    units_printable(process->tracer_comm, sizeof(process->tracer_comm), tracer,
			    sizeof(tracer)),
	    process->tracer_pid, name, units_share(ret->value, share));
	return true;
}

bool finding_stopped(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct process_model *process = find_stopped(input, false, &ret->value);
	char name[64], share[UNITS_LEN];

	if (!process)
		return false;
	wording_process(process, name, sizeof(name));
	SAY(ret, "%s was stopped by a signal, or frozen with its cgroup, for %s of the time", name,
	    units_share(ret->value, share));
	return true;
}

/* The process that waits most for pages, if that is a part of the work that counts. */
static const struct process_model *find_faulting(const struct findings_input *input)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *each, *most = NULL;
	uint64_t ns = 0;

	for (each = range.first; each < range.end; each++)
		if (each->time.state_ns[STATE_PAGE_FAULT] > ns) {
			most = each;
			ns = each->time.state_ns[STATE_PAGE_FAULT];
		}
	return (double)ns / 1e9 >= FAULTS_LEAST * input->signals->work_s ? most : NULL;
}

bool finding_collector(const struct findings_input *input, struct verdict_finding *ret)
{
	struct computing computing;
	char name[64], share[UNITS_LEN];

	computing_split(input->model, input->process, &computing);
	if (computing.collector < COLLECTOR_LEAST || !(input->signals->cores >= COMPUTING_LEAST))
		return false;
	ret->value = computing.collector;
	wording_process(computing.collects, name, sizeof(name));
	SAY(ret, "the garbage collector of %s takes %s of the computing", name,
	    units_share(computing.collector, share));
	return true;
}

static bool is_fork(const char *call)
{
	return !strcmp(call, "clone") || !strcmp(call, "clone3") || !strcmp(call, "fork");
}

bool finding_kernel_time(const struct findings_input *input, struct verdict_finding *ret)
{
	char name[64], share[UNITS_LEN], bytes[UNITS_LEN], why[80] = "";
	struct computing computing;

	computing_split(input->model, input->process, &computing);
	if (computing.in_call < CALL_LEAST || !(input->signals->cores >= COMPUTING_LEAST))
		return false;
	ret->value = computing.in_call;
	wording_process(computing.calls, name, sizeof(name));
	if (is_fork(computing.call) && computing.calls->rss_bytes != RECORD_UNKNOWN)
		snprintf(why, sizeof(why), ": a fork copies the page tables of %s",
			 units_bytes(computing.calls->rss_bytes, bytes));
	SAY(ret, "%s of the computing is done by the kernel, inside %s, called mostly by %s%s",
	    units_share(computing.in_call, share), computing.call, name, why);
	return true;
}

bool finding_memory_limit(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct process_model *process = find_faulting(input);
	char usage[UNITS_LEN], limit[UNITS_LEN];

	if (!process || !process->memory_limit || !process->memory_failures ||
	    (double)process->memory_usage < FULL * (double)process->memory_limit)
		return false;
	ret->value = (double)process->memory_usage / (double)process->memory_limit;
	SAY(ret,
	    "its cgroup uses %s of its memory limit of %s, which was hit %llu times: pages that it "
	    "needs are evicted",
	    units_bytes(process->memory_usage, usage), units_bytes(process->memory_limit, limit),
	    (unsigned long long)process->memory_failures);
	return true;
}

bool finding_swapping(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct process_model *process = find_faulting(input);
	char name[64], bytes[UNITS_LEN];
	double all;

	if (!process || !process->swap_bytes || process->rss_bytes == RECORD_UNKNOWN)
		return false;
	all = (double)process->swap_bytes + (double)process->rss_bytes;
	ret->value = (double)process->swap_bytes / all;
	if (ret->value < SWAPPED_LEAST)
		return false;
	wording_process(process, name, sizeof(name));
	SAY(ret, "%s of %s is swapped out", units_bytes(process->swap_bytes, bytes), name);
	return true;
}

bool finding_connection_pool(const struct findings_input *input, struct verdict_finding *ret)
{
	char name[2 * RECORD_COMM_LEN];
	struct connection_pool pool;

	if (!connection_pool_find(input->model, input->process, &pool))
		return false;
	ret->value = pool.in_flight;
	SAY(ret,
	    "%.0f threads '%s' share a pool of about %.0f connection%s: %.1f of them wait for one at "
	    "any time",
	    pool.threads, units_printable(pool.name, sizeof(pool.name), name, sizeof(name)),
	    fmax(1, round(pool.in_flight)), round(pool.in_flight) > 1 ? "s" : "", pool.waiting);
	return true;
}

bool finding_sleep_polling(const struct findings_input *input, struct verdict_finding *ret)
{
	char length[UNITS_LEN];
	struct tries tries;

	if (!tries_find(input->model, input->process, input->signals->work_s, &tries))
		return false;
	ret->value = tries.sleeps / ((double)input->model->duration_ns / 1e9);
	SAY(ret,
	    "%.0f thread%s sleep%s %.0f times a second in all, for %s each: waiting by sleeping and "
	    "trying again",
	    tries.threads, tries.threads == 1 ? "" : "s", tries.threads == 1 ? "s" : "", ret->value,
	    units_time((uint64_t)(tries.sleep_s / tries.sleeps * 1e9), length));
	return true;
}

bool finding_neighbours(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct model *model = input->model;
	double cpus =
		model->duration_ns ? (double)model->neighbour_ns / (double)model->duration_ns : 0;
	char name[100], share[UNITS_LEN];

	if (!(input->signals->starvation >= STARVED_LEAST) || cpus < NEIGHBOURS_LEAST)
		return false;
	ret->value = cpus;
	wording_neighbour(&model->neighbours[0], name, sizeof(name));
	SAY(ret, "other processes used %.2f of %u CPUs meanwhile, %s of that by %s", cpus,
	    model->capture.cpus,
	    units_share((double)model->neighbours[0].cpu_ns / (double)model->neighbour_ns, share),
	    name);
	return true;
}

#define NAMED_MOST 3 /* processes */

bool finding_hung_processes(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct process_model *hung[STUCK_MAX];
	size_t count = stuck_apart(input->model, input->process, hung), i, length;
	struct stuck proofs[STUCK_MAX];
	char name[64], names[NAMED_MOST * 66] = "", first[160];

	if (!count || input->class == VERDICT_HUNG)
		return false;
	for (i = 0; i < count && i < NAMED_MOST; i++) {
		wording_process(hung[i], name, sizeof(name));
		length = strlen(names);
		snprintf(names + length, sizeof(names) - length, "%s%s", i ? ", " : "", name);
	}
	stuck_find(input->model, hung[0], proofs);
	stuck_words_detail(&proofs[0], first, sizeof(first));
	ret->value = (double)count;
	SAY(ret, "%zu process%s hang%s: %s%s; %.120s", count, count == 1 ? "" : "es",
	    count == 1 ? "s" : "", names, count > NAMED_MOST ? ", ..." : "", first);
	return true;
}

/* Time that a process waited for file locks. */
static double file_lock_s(const struct process_model *process)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < process->wait_count; i++)
		if (process->waits[i].state == STATE_LOCK &&
		    process->waits[i].object != OBJECT_FUTEX)
			sum += process->waits[i].wait_ns;
	return (double)sum / 1e9;
}

bool finding_file_lock(const struct findings_input *input, struct verdict_finding *ret)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *each, *most = NULL;
	char name[64], holder[2 * RECORD_COMM_LEN];

	for (each = range.first; each < range.end; each++)
		if (each->file_lock_pid && (!most || file_lock_s(each) > file_lock_s(most)))
			most = each;
	if (!most || file_lock_s(most) < FILE_LOCK_LEAST * input->signals->work_s)
		return false;
	ret->value = file_lock_s(most);
	wording_process(most, name, sizeof(name));
	SAY(ret, "%s waits for a file lock that %s[%u] holds", name,
	    units_printable(most->file_lock_comm, sizeof(most->file_lock_comm), holder,
			    sizeof(holder)),
	    most->file_lock_pid);
	return true;
}
