// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the skeleton: loads and attaches it by config and targets, reads samples, events and table
 * rows. On close, or when killed, the kernel detaches everything: nothing is pinned.
 */
#include "collect/bpf/bpf_session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/bpf/bpf_session_parts.h"
#include "collect/bpf/listeners.h"
#include "collect/bpf/samplers.h"
#include "collect/bpf/tables.h"

#define BOUNDARY_LEAD_NS 200000ULL /* every CPU sees the new boundary before it passes */
#define BOUNDARY_SEEN_NS 50000ULL /* so much before it, it has to be set */
#define BOUNDARY_TRIES 5
#define SAMPLE_LEAST_NS 1000000 /* a sample takes tens of microseconds on a virtual machine */
#define SEED_PASSES 2 /* the second finds threads that were born during the first */

static int fill_targets(struct boundby_bpf *skel, __u32 follow, const struct target_list *targets)
{
	__u32 alone = 0, number;
	size_t i;
	int error = 0;

	for (i = 0; i < targets->pid_count && !error; i++) {
		number = (__u32)targets->pids[i];
		error = bpf_map_update_elem(bpf_map__fd(skel->maps.target_processes), &number,
					    &follow, BPF_ANY);
	}
	for (i = 0; i < targets->tid_count && !error; i++) {
		number = (__u32)targets->tids[i];
		error = bpf_map_update_elem(bpf_map__fd(skel->maps.target_threads), &number, &alone,
					    BPF_ANY);
	}
	return error;
}

static int on_event(void *arg, void *data, size_t size)
{
	struct bpf_session *session = arg;
	const struct event_header *header = data;

	if (size < sizeof(*header) || header->size > size)
		return 0;
	if (header->kind == EVENT_THREAD_EXIT && size >= sizeof(struct thread_exit_event))
		session->handlers.thread_exit(session->handlers.arg, data);
	else if (header->kind == EVENT_HISTOGRAM && size >= sizeof(struct histogram_event))
		session->handlers.histogram(session->handlers.arg, data);
	else if (header->kind == EVENT_LOOP_FOUND && size >= sizeof(struct thread_event))
		session->handlers.loop_found(session->handlers.arg, data);
	else if (header->kind == EVENT_LOOP && size >= sizeof(struct loop_event))
		session->handlers.loop(session->handlers.arg, data);
	else if (header->kind == EVENT_STALL && size >= sizeof(struct stall_event))
		session->handlers.stall(session->handlers.arg, data);
	else if (header->kind == EVENT_INTERVAL && size >= sizeof(struct interval_event))
		session->handlers.interval(session->handlers.arg, data);
	else if (header->kind <= EVENT_PROCESS_EXIT && size >= sizeof(struct process_event))
		session->handlers.process(session->handlers.arg, data);
	return 0;
}

static int on_stack(void *arg, void *data, size_t size)
{
	struct bpf_session *session = arg;

	if (size >= sizeof(struct stack_event))
		session->handlers.stack(session->handlers.arg, data);
	return 0;
}

static void fill_listeners(struct bpf_session *session, const struct target_list *targets)
{
	int map = bpf_map__fd(session->skel->maps.listener_ports);

	listeners_add(map, targets->pids, targets->pid_count);
	listeners_add(map, targets->tids, targets->tid_count);
}

static int start_drain(struct bpf_session *session)
{
	const struct bpf_map *stacks = session->skel->maps.stacks;

	return ring_drain_start(bpf_map__fd(session->skel->maps.events), on_event,
				bpf_map__autocreate(stacks) ? bpf_map__fd(stacks) : -1, on_stack,
				session, &session->drain);
}

/* Gives ledgers to all threads that are targets and have none. */
static int seed(struct bpf_session *session)
{
	int pass, error = 0;

	for (pass = 0; pass < SEED_PASSES && !error; pass++)
		error = iterator_run(bpf_link__fd(session->skel->links.seed_threads), NULL, NULL);
	return error;
}

/* What it lacks is said, and costs the places of computing alone. */
static void start_clock(struct bpf_session *session, const struct live_config *config)
{
	int program = bpf_program__fd(session->skel->progs.on_cpu_sample), error;

	if (!config->clock_ns || program < 0)
		return;
	session->skel->bss->sample_ns = session->clock_ns = config->clock_ns;
	session->samples_per_s = config->places_per_s;
	error = cpu_clock_start(&session->clock, program, session->cpus, config->clock_ns);
	if (error)
		bpf_load_leave_out(config, &session->loaded, "on_cpu_sample", strerror(-error));
}

int bpf_session_open(const struct live_config *config, const struct target_list *targets,
		     const struct bpf_handlers *handlers, struct bpf_session **ret, struct err *e)
{
	struct bpf_session *session = calloc(1, sizeof(*session));
	int error;

	if (!session)
		return err_set(e, ERR_FAILED, "out of memory");
	session->handlers = *handlers;
	session->follow = FOLLOW_THREADS | (config->follow_children ? FOLLOW_CHILDREN : 0);
	/* a stack is taken from half a stall on: so one falls into each stall that computes */
	session->sample_ns = config->stall_ns / 2;
	if (session->sample_ns < SAMPLE_LEAST_NS)
		session->sample_ns = SAMPLE_LEAST_NS;
	session->cpus = libbpf_num_possible_cpus();
	if (bpf_load(config, &session->loaded, e))
		goto fail;
	session->skel = session->loaded.skel;
	error = fill_targets(session->skel, session->follow, targets);
	if (error) {
		bpf_load_error(error, e);
		goto fail;
	}
	fill_listeners(session, targets);
	error = start_drain(session);
	if (!error)
		error = boundby_bpf__attach(session->skel);
	if (!error)
		error = seed(session);
	if (error) {
		bpf_load_error(error, e);
		goto fail;
	}
	start_clock(session, config);
	*ret = session;
	return 0;
fail:
	bpf_session_close(session);
	return -1;
}

void bpf_session_close(struct bpf_session *session)
{
	int i;

	if (!session)
		return;
	ring_drain_stop(session->drain);
	samplers_free(&session->samplers);
	cpu_clock_stop(&session->clock);
	for (i = 0; i < 2; i++)
		bpf_link__destroy(session->burst_links[i]);
	bpf_load_free(&session->loaded);
	free(session);
}

int bpf_session_add_targets(struct bpf_session *session, const struct target_list *targets)
{
	int map = bpf_map__fd(session->skel->maps.target_processes), added = 0, error = 0;
	size_t i;

	for (i = 0; i < targets->pid_count && !error; i++) {
		__u32 number = (__u32)targets->pids[i];

		error = bpf_map_update_elem(map, &number, &session->follow, BPF_NOEXIST);
		added += !error;
		if (error == -EEXIST)
			error = 0;
	}
	if (added)
		fill_listeners(session, targets);
	/* also when there was no room for all of them */
	if (added || session->skel->rodata->cfg_all)
		error = seed(session) ?: error;
	return error ? error : added;
}

void bpf_session_renew_listeners(struct bpf_session *session, const pid_t *pids, size_t count)
{
	listeners_renew(bpf_map__fd(session->skel->maps.listener_ports), pids, count);
}

__u64 bpf_session_boundary(struct bpf_session *session, bool window)
{
	__u64 boundary;
	int try;

	/*
	 * A thread that switches after the boundary, but before it can see it, has no sums as of it.
	 * So it is set ahead; and when this thread lost its CPU in between, and it was set too late
	 * for that, once more.
	 */
	for (try = 0; try < BOUNDARY_TRIES; try++) {
		boundary = clock_ns(CLOCK_MONOTONIC) + (BOUNDARY_LEAD_NS << try);
		if (window)
			session->skel->bss->window_start_ns = boundary;
		session->skel->bss->boundary_ns = boundary;
		__sync_synchronize();
		if (clock_ns(CLOCK_MONOTONIC) + BOUNDARY_SEEN_NS < boundary)
			break;
	}
	session_sleep_until(boundary + SETTLE_NS);
	return boundary;
}

int bpf_session_read_threads(struct bpf_session *session, bpf_found_thread *found, void *arg)
{
	return iterator_run(bpf_link__fd(session->skel->links.read_threads), found, arg);
}

int bpf_session_look(struct bpf_session *session, __u64 before_ns, iterator_found *found, void *arg)
{
	session->skel->bss->look_before_ns = before_ns;
	return iterator_rows(bpf_link__fd(session->skel->links.look_waits),
			     sizeof(struct wait_look), found, arg);
}

int bpf_session_resolve(struct bpf_session *session, __u64 id, const struct wait_resolved *resolved)
{
	return bpf_map_update_elem(bpf_map__fd(session->skel->maps.resolved_waits), &id, resolved,
				   BPF_ANY);
}

int bpf_session_resolve_all(struct bpf_session *session)
{
	int map = bpf_map__fd(session->skel->maps.resolved_waits);
	int error = iterator_rows(bpf_link__fd(session->skel->links.resolve_waits), 1, NULL, NULL);
	__u64 id;

	while (!bpf_map_get_next_key(map, NULL, &id))
		if (bpf_map_delete_elem(map, &id))
			break;
	return error;
}

int bpf_session_look_files(struct bpf_session *session, const __u64 *ends, size_t count,
			   iterator_found *found, void *arg)
{
	int map = bpf_map__fd(session->skel->maps.wanted_ends), error;
	__u32 one = 1;
	size_t i;

	for (i = 0; i < count; i++)
		bpf_map_update_elem(map, &ends[i], &one, BPF_ANY);
	error = iterator_rows(bpf_link__fd(session->skel->links.look_files),
			      sizeof(struct file_look), found, arg);
	for (i = 0; i < count; i++)
		bpf_map_delete_elem(map, &ends[i]);
	return error;
}

int bpf_session_neighbours(struct bpf_session *session, bool all, iterator_found *found, void *arg)
{
	int error;

	if (all)
		session->skel->bss->neighbours_since = 0;
	error = iterator_rows(bpf_link__fd(session->skel->links.read_neighbours),
			      sizeof(struct neighbour_sample), found, arg);
	session->skel->bss->neighbours_since = session->skel->bss->neighbours_now;
	return error;
}

int bpf_session_drain(struct bpf_session *session)
{
	return ring_drain_take(session->drain);
}

__u64 bpf_session_dropped(struct bpf_session *session)
{
	return ring_drain_dropped(session->drain);
}

int bpf_session_read_waits(struct bpf_session *session, tables_found_wait *found, void *arg)
{
	return tables_read_waits(bpf_map__fd(session->skel->maps.wait_totals), found, arg);
}

int bpf_session_read_calls(struct bpf_session *session, tables_found_call *found, void *arg)
{
	int result;

	if (!session->skel->rodata->cfg_calls)
		return 0;
	result = tables_read_call_rows(bpf_map__fd(session->skel->maps.process_rows),
				       bpf_map__fd(session->skel->maps.call_rows), found, arg);
	return result ? result :
			tables_read_calls(bpf_map__fd(session->skel->maps.call_totals), found, arg);
}

int bpf_session_read_locks(struct bpf_session *session, tables_found_lock *found, void *arg)
{
	return tables_read_locks(bpf_map__fd(session->skel->maps.lock_waits), found, arg,
				 &session->lock_rows_gone);
}

int bpf_session_trim_locks(struct bpf_session *session, __u64 *dropped, __u64 *dropped_ns)
{
	__u32 most = bpf_map__max_entries(session->skel->maps.lock_waits);
	struct run_counters counters;

	bpf_session_counters(session, &counters);
	if (counters.lock_rows - session->lock_rows_gone < most / 4 * 3)
		return 0;
	return tables_trim_locks(bpf_map__fd(session->skel->maps.lock_waits), most,
				 &session->lock_rows_gone, dropped, dropped_ns);
}

int bpf_session_set_interpreter(struct bpf_session *session, __u32 tgid,
				const struct interpreter_locks *locks)
{
	int error = bpf_map_update_elem(bpf_map__fd(session->skel->maps.interpreter_locks), &tgid,
					locks, BPF_ANY);

	if (!error)
		session->skel->bss->have_interpreters = 1;
	return error;
}

int bpf_session_set_python(struct bpf_session *session, __u32 tgid,
			   const struct python_layout *layout)
{
	return bpf_map_update_elem(bpf_map__fd(session->skel->maps.python_layouts), &tgid, layout,
				   BPF_ANY);
}

int bpf_session_set_v8(struct bpf_session *session, __u32 tgid, const struct v8_roots *roots)
{
	return bpf_map_update_elem(bpf_map__fd(session->skel->maps.v8_roots), &tgid, roots,
				   BPF_ANY);
}

void bpf_session_forget_interpreter(struct bpf_session *session, __u32 tgid)
{
	bpf_map_delete_elem(bpf_map__fd(session->skel->maps.interpreter_locks), &tgid);
	bpf_map_delete_elem(bpf_map__fd(session->skel->maps.python_layouts), &tgid);
	bpf_map_delete_elem(bpf_map__fd(session->skel->maps.v8_roots), &tgid);
}

/* Adds what the kernel says of one program; older kernels leave fields they lack at 0. */
static void program_info(const struct bpf_program *program, struct bpf_prog_info *ret)
{
	__u32 size = sizeof(*ret);
	int fd = bpf_program__fd(program);

	memset(ret, 0, sizeof(*ret));
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, ret, &size))
		memset(ret, 0, sizeof(*ret));
}

bool bpf_session_sees_loops(const struct bpf_session *session)
{
	return session->skel->rodata->cfg_loops;
}

void bpf_session_counters(struct bpf_session *session, struct run_counters *ret)
{
	struct run_counters *per_cpu = calloc((size_t)session->cpus, sizeof(*per_cpu));
	__u32 zero = 0;
	int cpu, i;

	memset(ret, 0, sizeof(*ret));
	if (!per_cpu)
		return;
	if (!bpf_map_lookup_elem(bpf_map__fd(session->skel->maps.run_counters), &zero, per_cpu))
		for (cpu = 0; cpu < session->cpus; cpu++) {
			for (i = 0; i < NR_LOSSES; i++)
				ret->lost[i] += per_cpu[cpu].lost[i];
			for (i = 0; i < NR_STATES; i++)
				ret->places_refused_ns[i] += per_cpu[cpu].places_refused_ns[i];
			ret->places_refused += per_cpu[cpu].places_refused;
			ret->lost_exit_ns += per_cpu[cpu].lost_exit_ns;
			ret->recovered += per_cpu[cpu].recovered;
			ret->lock_dropped += per_cpu[cpu].lock_dropped;
			ret->lock_dropped_ns += per_cpu[cpu].lock_dropped_ns;
			ret->lock_rows += per_cpu[cpu].lock_rows;
			ret->stacks_dropped += per_cpu[cpu].stacks_dropped;
			ret->samples_taken += per_cpu[cpu].samples_taken;
			ret->samples_thinned += per_cpu[cpu].samples_thinned;
			ret->intervals_dropped += per_cpu[cpu].intervals_dropped;
			ret->lost_exit_count += per_cpu[cpu].lost_exit_count;
			ret->ledgers_begun += per_cpu[cpu].ledgers_begun;
			ret->ledgers_ended += per_cpu[cpu].ledgers_ended;
		}
	free(per_cpu);
}

__u64 bpf_session_recursion(struct bpf_session *session)
{
	struct bpf_program *program;
	struct bpf_prog_info info;
	__u64 misses = 0;

	bpf_object__for_each_program(program, session->skel->obj)
	{
		program_info(program, &info);
		misses += info.recursion_misses;
	}
	return misses;
}

int bpf_session_cost(struct bpf_session *session, __u64 *run_ns, __u64 *runs)
{
	struct bpf_program *program;
	struct bpf_prog_info info;

	*run_ns = *runs = 0;
	bpf_object__for_each_program(program, session->skel->obj)
	{
		program_info(program, &info);
		*run_ns += info.run_time_ns;
		*runs += info.run_cnt;
	}
	return *runs ? 0 : -1;
}

__u32 bpf_session_left_out(const struct bpf_session *session)
{
	__u32 parts = 0;
	size_t i;

	for (i = 0; i < session->loaded.left_out_count; i++)
		parts |= 1u << session->loaded.left_out[i].part;
	return parts;
}

void bpf_session_hooks(const struct bpf_session *session, char *ret, size_t size)
{
	struct bpf_program *program;
	const char *section;
	size_t length = 0;

	ret[0] = '\0';
	bpf_object__for_each_program(program, session->skel->obj)
	{
		section = bpf_program__section_name(program);
		if (!bpf_program__autoload(program) || !bpf_program__autoattach(program) ||
		    strncmp(section, "tp_btf/", 7) || length >= size)
			continue;
		length += (size_t)snprintf(ret + length, size - length, "%s%s", length ? "," : "",
					   section + 7);
	}
}
