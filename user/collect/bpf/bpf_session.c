// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the skeleton: loads and attaches it by config and targets, reads samples, events and table
 * rows. On close, or when killed, the kernel detaches everything: nothing is pinned.
 */
#include "collect/bpf/bpf_session.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/bpf/bpf_session_parts.h"
#include "collect/bpf/listeners.h"
#include "collect/procfs/proc_facts.h"
#include "collect/bpf/samplers.h"
#include "collect/bpf/tables.h"
#include "exit_codes.h"
#include "lib/log.h"

#define BOUNDARY_LEAD_NS 200000ULL /* every CPU sees the new boundary before it passes */
#define BOUNDARY_SEEN_NS 50000ULL /* so much before it, it has to be set */
#define BOUNDARY_TRIES 5
#define THREADS_MAX 65536 /* at a time: each takes 8 kB of the kernel's memory */
#define SAMPLE_LEAST_NS 1000000 /* a sample takes tens of microseconds on a virtual machine */
#define EVENTS_OF_A_WATCH (16 * 1024 * 1024) /* bytes: ends of 2,000 threads a second for 3 s */
#define SEED_PASSES 2 /* the second finds threads that were born during the first */

static bool libbpf_verbose; /* libbpf's print callback takes no argument of ours */

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	return libbpf_verbose && level <= LIBBPF_INFO ? log_library(format, args) : 0;
}

/*
 * Signature of sched_switch: its 4th argument came with 5.18, as the last; one stable series had it
 * second. Decided by number and kinds of parameters, never by version. 1 has it, 0 has not,
 * -ENOTSUP: an unknown signature.
 */
static int has_prev_state(const struct btf *btf)
{
	const struct btf_type *type;
	const struct btf_param *params;
	int id, result = -ENOTSUP;

	id = btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);
	type = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	if (type && btf_is_func_proto(type)) {
		params = btf_params(type);
		if (btf_vlen(type) == 4)
			result = 0;
		else if (btf_vlen(type) == 5 && btf_is_ptr(btf__type_by_id(btf, params[2].type)) &&
			 btf_is_ptr(btf__type_by_id(btf, params[3].type)))
			result = 1;
	}
	return result;
}

/* lock:contention_begin and _end came with 5.19. */
static bool has_contention(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "btf_trace_contention_begin", BTF_KIND_TYPEDEF) > 0;
}

static int load_error(int error, struct err *e)
{
	if (error == -EPERM || error == -EACCES)
		return err_set(
			e, EXIT_PERMISSION,
			"the kernel refused the BPF programs (%s): run as root, or with CAP_BPF and "
			"CAP_PERFMON; `boundby check` says what is missing",
			strerror(-error));
	if (error == -ENOMEM)
		return err_set(
			e, EXIT_FAILED,
			"not enough memory for the BPF maps: raise `ulimit -l` or free memory");
	if (error == -EMFILE || error == -ENFILE)
		return err_set(e, EXIT_FAILED,
			       "too few files may be open (%s): raise `ulimit -n` to 64 or more",
			       strerror(-error));
	return err_set(
		e, EXIT_KERNEL,
		"this kernel cannot run the BPF programs (%s): boundby needs 5.15 or newer with "
		"BTF; `boundby check` says what is missing, -v shows the kernel's message",
		strerror(-error));
}

static int configure(struct boundby_bpf *skel, const struct live_config *config, struct err *e)
{
	struct btf *btf = btf__load_vmlinux_btf(); /* once: it takes tens of milliseconds */
	bool contention;
	int prev_state;

	if (!btf)
		return err_set(
			e, EXIT_KERNEL,
			"this kernel offers no BTF type information (%s): use one built with "
			"CONFIG_DEBUG_INFO_BTF=y that shows /sys/kernel/btf/vmlinux",
			strerror(errno));
	prev_state = has_prev_state(btf);
	contention = has_contention(btf);
	btf__free(btf);
	if (prev_state < 0)
		return err_set(
			e, EXIT_KERNEL,
			"this kernel's sched_switch has a signature that boundby does not know; "
			"please report `uname -r`");
	skel->rodata->cfg_self_tgid = (__u32)getpid();
	skel->rodata->cfg_nested = proc_is_nested();
	skel->rodata->cfg_has_prev_state = prev_state;
	skel->rodata->cfg_all = config->all;
	skel->rodata->cfg_follow_default = FOLLOW_THREADS |
					   (config->follow_children ? FOLLOW_CHILDREN : 0);
	if (!contention) {
		bpf_program__set_autoload(skel->progs.on_contention_begin, false);
		bpf_program__set_autoload(skel->progs.on_contention_end, false);
	}
	skel->rodata->cfg_calls = config->depth == DEPTH_SYSCALLS;
	skel->rodata->cfg_stall_ns = config->stall_ns;
	skel->rodata->cfg_events_ns = config->events_ns;
	skel->rodata->cfg_knobs = config->bursts;
	skel->rodata->cfg_threads_max = config->threads_max ? config->threads_max : THREADS_MAX;
	if (!config->bursts)
		bpf_program__set_autoload(skel->progs.pause_threads, false);
	/* attached to each loop when it is found, or in a burst */
	bpf_program__set_autoattach(skel->progs.on_cpu_clock, false);
	/* while a window of many processes is processed, the event ring is not drained */
	if (config->endless)
		bpf_map__set_max_entries(skel->maps.events, EVENTS_OF_A_WATCH);
	if (config->depth == DEPTH_SCHED) {
		if (config->bursts) {
			bpf_program__set_autoattach(skel->progs.on_sys_enter, false);
			bpf_program__set_autoattach(skel->progs.on_sys_exit, false);
		} else {
			bpf_map__set_max_entries(skel->maps.stacks, (__u32)getpagesize());
			bpf_program__set_autoload(skel->progs.on_sys_enter, false);
			bpf_program__set_autoload(skel->progs.on_sys_exit, false);
		}
		bpf_map__set_max_entries(skel->maps.call_totals, 1);
		bpf_map__set_max_entries(skel->maps.call_rows, 1);
	}
	return 0;
}

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

/* Gives ledgers to all threads that are targets and have none. */
static int seed(struct bpf_session *session)
{
	int pass, error = 0;

	for (pass = 0; pass < SEED_PASSES && !error; pass++)
		error = iterator_run(bpf_link__fd(session->skel->links.seed_threads), NULL, NULL);
	return error;
}

int bpf_session_open(const struct live_config *config, const struct target_list *targets,
		     const struct bpf_handlers *handlers, struct bpf_session **ret, struct err *e)
{
	struct bpf_session *session = calloc(1, sizeof(*session));
	int error;

	if (!session)
		return err_set(e, EXIT_FAILED, "out of memory");
	libbpf_verbose = config->verbose;
	libbpf_set_print(print_libbpf);
	session->handlers = *handlers;
	session->follow = FOLLOW_THREADS | (config->follow_children ? FOLLOW_CHILDREN : 0);
	session->sample_ns = config->stall_ns < SAMPLE_LEAST_NS ? SAMPLE_LEAST_NS :
								  config->stall_ns;
	session->cpus = libbpf_num_possible_cpus();
	session->skel = boundby_bpf__open();
	if (!session->skel) {
		load_error(-errno, e);
		goto fail;
	}
	if (configure(session->skel, config, e))
		goto fail;
	error = boundby_bpf__load(session->skel);
	if (!error)
		error = fill_targets(session->skel, session->follow, targets);
	if (error) {
		load_error(error, e);
		goto fail;
	}
	fill_listeners(session, targets);
	session->ring =
		ring_buffer__new(bpf_map__fd(session->skel->maps.events), on_event, session, NULL);
	error = session->ring ?
			ring_buffer__add(session->ring, bpf_map__fd(session->skel->maps.stacks),
					 on_stack, session) :
			-errno;
	if (!error)
		error = boundby_bpf__attach(session->skel);
	if (!error)
		error = seed(session);
	if (error) {
		load_error(error, e);
		goto fail;
	}
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
	samplers_free(&session->samplers);
	for (i = 0; i < 2; i++)
		bpf_link__destroy(session->burst_links[i]);
	ring_buffer__free(session->ring);
	boundby_bpf__destroy(session->skel);
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

int bpf_session_drain(struct bpf_session *session)
{
	return ring_buffer__consume(session->ring);
}

int bpf_session_read_waits(struct bpf_session *session, tables_found_wait *found, void *arg)
{
	return tables_read_waits(bpf_map__fd(session->skel->maps.wait_totals), found, arg);
}

int bpf_session_read_calls(struct bpf_session *session, tables_found_call *found, void *arg)
{
	int result = tables_read_call_rows(bpf_map__fd(session->skel->maps.process_rows),
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

void bpf_session_forget_interpreter(struct bpf_session *session, __u32 tgid)
{
	bpf_map_delete_elem(bpf_map__fd(session->skel->maps.interpreter_locks), &tgid);
	bpf_map_delete_elem(bpf_map__fd(session->skel->maps.python_layouts), &tgid);
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
			ret->lost_exit_ns += per_cpu[cpu].lost_exit_ns;
			ret->recovered += per_cpu[cpu].recovered;
			ret->lock_dropped += per_cpu[cpu].lock_dropped;
			ret->lock_dropped_ns += per_cpu[cpu].lock_dropped_ns;
			ret->lock_rows += per_cpu[cpu].lock_rows;
			ret->stacks_dropped += per_cpu[cpu].stacks_dropped;
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
