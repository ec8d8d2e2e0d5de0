// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads appear and end: fork, exec, exit, and the iterators that seed the ledgers of threads
 * which already live and that read all ledgers. Map definitions and licence stand here.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "blocked_call.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"
#include "loop.bpf.h"
#include "pause.bpf.h"

struct thread_ledgers thread_ledgers SEC(".maps");
struct event_ring events SEC(".maps");
struct stack_ring stacks SEC(".maps");
struct wait_table wait_totals SEC(".maps");
struct lock_table lock_waits SEC(".maps");
struct interpreter_table interpreter_locks SEC(".maps");
struct python_table python_layouts SEC(".maps");
struct call_rows_table call_rows SEC(".maps");
struct process_rows_table process_rows SEC(".maps");
struct call_table call_totals SEC(".maps");
struct target_table target_processes SEC(".maps");
struct target_table target_threads SEC(".maps");
struct listener_table listener_ports SEC(".maps");
struct counter_table run_counters SEC(".maps");
struct loop_scratch_table loop_scratch SEC(".maps");
struct scratch_table scratch SEC(".maps");
struct spare_table spare_ledger SEC(".maps");

const volatile __u32 cfg_self_tgid = 0;
const volatile bool cfg_nested = false;
const volatile bool cfg_has_prev_state = false;
const volatile bool cfg_all = false;
const volatile bool cfg_calls = false;
const volatile bool cfg_knobs = false;
const volatile __u64 cfg_stall_ns = 10000000;
const volatile __u64 cfg_events_ns = 0;
const volatile __u32 cfg_follow_default = 0;
const volatile __u32 cfg_threads_max = 0;

volatile __u64 boundary_ns = 0;
volatile __u64 window_start_ns = 0;
volatile __u32 have_interpreters = 0;
volatile __u32 detail = DETAIL_ALL;
volatile __u32 epoch = 0;
volatile __u64 paused_ns = 0;
volatile __u64 resumed_ns = 0;
volatile __u32 burst = 0;
volatile __u64 burst_until_ns = 0;
volatile __u64 burst_from_ns = 0;
volatile __u64 burst_to_ns = 0;
__u64 last_ledger_id = 0;
__u64 ledgers_live = 0;
__u64 own_pidns = 0;
__u32 own_pidns_level = 0;
__u32 call_rows_used = 0;

/* The row of a process in call_rows; 0 when all are taken. */
static __always_inline __u32 call_row_of(const struct thread_ledger *ledger)
{
	struct process_key key = {
		.process_start_ns = ledger->wait.process_start_ns,
		.tgid = ledger->wait.tgid,
	};
	__u32 *found = bpf_map_lookup_elem(&process_rows, &key), row;

	if (found)
		return *found;
	if (call_rows_used >= WIRE_CALL_ROWS - 1)
		return 0;
	row = __sync_fetch_and_add(&call_rows_used, 1) + 1;
	if (row >= WIRE_CALL_ROWS || bpf_map_update_elem(&process_rows, &key, &row, BPF_NOEXIST)) {
		/* another thread of it was first */
		found = bpf_map_lookup_elem(&process_rows, &key);
		return found ? *found : 0;
	}
	return row;
}

/* Makes a thread ours. Returns its new ledger, NULL when storage could not be had. */
static __always_inline struct thread_ledger *ledger_create(struct task_struct *task, __u32 phase,
							   __u32 follow)
{
	struct thread_ledger *ledger;
	struct run_counters *counters;

	/* memory of the kernel's: a host with more threads than that is to notice nothing of us */
	if (__sync_fetch_and_add(&ledgers_live, 1) >= cfg_threads_max)
		goto lost;
	ledger = bpf_task_storage_get(&thread_ledgers, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!ledger)
		goto lost;
	ledger->id = __sync_fetch_and_add(&last_ledger_id, 1) + 1;
	ledger->tid = filter_number(task);
	ledger->wait.tgid = filter_process(task);
	ledger->wait.process_start_ns = task->group_leader->start_boottime;
	if (cfg_calls)
		ledger->call_row = call_row_of(ledger);
	ledger->follow = follow;
	ledger->epoch = epoch_now();
	ledger->run_delay_ns = compat_run_delay_ns(task);
	ledger->executed_ns = compat_executed_ns(task);
	ledger->cpu = bpf_get_smp_processor_id();
	ledger_begin(ledger, bpf_ktime_get_ns());
	ledger_barrier();
	ledger->state = phase;
	/* not before all of it is seen, which on arm64 takes more than a store */
	__sync_val_compare_and_swap(&ledger->ready, 0, 1);
	counters = emit_counters();
	if (counters)
		counters->ledgers_begun++;
	return ledger;
lost:
	__sync_fetch_and_add(&ledgers_live, -1);
	emit_lost(LOSS_STORAGE_NULL);
	return NULL;
}

static __always_inline void process_emit(__u32 kind, struct task_struct *task,
					 const struct thread_ledger *ledger)
{
	struct process_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		emit_lost(LOSS_RING_FULL);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->header.kind = kind;
	event->header.size = sizeof(*event);
	event->header.at_ns = bpf_ktime_get_ns();
	event->process_start_ns = ledger->wait.process_start_ns;
	event->tgid = ledger->wait.tgid;
	event->ppid = ledger->ppid;
	bpf_core_read(event->comm, sizeof(event->comm), &task->comm);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct thread_ledger *from = ledger_of(parent), *ledger;
	bool thread = parent->tgid == child->tgid;
	__u32 follow;

	if (!from)
		return 0;
	follow = from->follow;
	if (!(follow & (thread ? FOLLOW_THREADS : FOLLOW_CHILDREN)))
		return 0;
	ledger = ledger_create(child, LEDGER_NEWBORN, follow);
	if (!ledger)
		return 0;
	ledger->born = 1;
	ledger->ppid = thread ? from->ppid : from->wait.tgid;
	if (!thread)
		process_emit(EVENT_PROCESS_FORK, child, ledger);
	return 0;
}

/* A thread other than the leader that calls exec takes over the leader's number (de_thread). */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_sched_process_exec, struct task_struct *task)
{
	struct thread_ledger *ledger = ledger_of(task);

	if (!ledger)
		return 0;
	ledger->tid = filter_number(task);
	process_emit(EVENT_PROCESS_EXEC, task, ledger);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_sched_process_exit, struct task_struct *task)
{
	struct thread_ledger *ledger = ledger_of(task);
	__u32 number;

	if (!ledger)
		return 0;
	/* the number may be another's by the time that targets are looked for again */
	number = ledger->tid;
	bpf_map_delete_elem(&target_threads, &number);
	if (BPF_CORE_READ(task, signal, live.counter))
		return 0;
	number = ledger->wait.tgid;
	bpf_map_delete_elem(&target_processes, &number);
	if (have_interpreters) {
		bpf_map_delete_elem(&interpreter_locks, &number);
		bpf_map_delete_elem(&python_layouts, &number);
	}
	process_emit(EVENT_PROCESS_EXIT, task, ledger);
	return 0;
}

/* A port becomes a listener's while we watch; those from before come from /proc/net/tcp. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_inet_sock_set_state, const struct sock *sk, const int old_state,
	     const int new_state)
{
	struct listener_key key = {};
	__u32 one = 1;
	long error;

	if (new_state != SOCKET_LISTEN)
		return 0;
	key.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	key.port = BPF_CORE_READ(sk, __sk_common.skc_num);
	error = bpf_map_update_elem(&listener_ports, &key, &one, BPF_ANY);
	if (error)
		emit_lost_insert(error);
	return 0;
}

/* What a thread does that we meet in the middle of it. */
static __always_inline __u32 seed_state(struct task_struct *task, struct thread_ledger *ledger)
{
	__u32 bits = task->__state, state;

	if (compat_is_on_cpu(task))
		return STATE_ON_CPU;
	if (!bits || compat_is_queued(task))
		return STATE_RUNNABLE_PREEMPTED;
	state = blocked_classify(task, bits, false, ledger);
	ledger->wait.site.state = state;
	return state;
}

/*
 * Gives each target thread its ledger. The state is read after the ledger exists: a hook that fires
 * in between finds LEDGER_SEEDING, starts the ledger itself, and takes precedence.
 */
SEC("iter/task")
int seed_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_ledger *ledger;
	__u32 follow = 0, state;

	filter_learn_namespace();
	if (!task || !filter_is_target(task, &follow))
		return 0;
	if (bpf_task_storage_get(&thread_ledgers, task, 0, 0))
		return 0;
	ledger = ledger_create(task, LEDGER_SEEDING, follow);
	if (!ledger)
		return 0;
	ledger->ppid = filter_process(task->real_parent);
	ledger->cpu = bpf_core_field_exists(task->thread_info.cpu) ? task->thread_info.cpu :
								     ledger->cpu;
	state = seed_state(task, ledger);
	if (ledger->epoch & 1)
		state = STATE_UNOBSERVED; /* paused: it may do something else the next moment */
	__sync_val_compare_and_swap(&ledger->state, LEDGER_SEEDING, state);
	return 0;
}

/* Says which histograms follow the sample: of the states that the thread was ever in. */
static __always_inline __u32 histograms_of(const struct thread_ledger *ledger)
{
	__u32 bits = 0, i;

	for (i = 0; i < WIRE_WAIT_STATES; i++)
		if (ledger->total.state_count[WIRE_FIRST_WAIT + i])
			bits |= 1u << (WIRE_FIRST_WAIT + i);
	return bits;
}

/*
 * Has it been in one epoll wait since before it was watched? It is no loop for all that is known,
 * but it serves that set too.
 */
static __always_inline bool is_parked(struct task_struct *task, struct thread_ledger *ledger)
{
	return ledger->poll_set && ledger_is_blocked(ledger->state);
}

/* The set as loop_sums.object has it. */
static __always_inline __u64 parked_at(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return (__u64)LOOP_EPOLL << 32 | (__u32)compat_arg0(regs);
}

/*
 * Writes one thread_sample per ledger and its histograms, as of boundary_ns if the thread has
 * switched since, or switches during the read.
 */
SEC("iter/task")
int read_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_ledger *ledger;
	struct thread_sample *sample;
	struct loop_sample *loop;
	__u64 boundary = boundary_ns, poll_set;
	__u32 zero = 0, i;

	if (!task)
		return 0;
	ledger = ledger_of(task);
	if (!ledger || (ledger->state >= NR_STATES && !pause_hides_birth(ledger)))
		return 0;
	sample = bpf_map_lookup_elem(&scratch, &zero);
	if (!sample)
		return 0;
	ledger_sample(sample, ledger, false);
	poll_set = ledger->poll_set;
	ledger_barrier();
	if (cfg_knobs && ledger->crossing_ns != boundary)
		poll_set = pause_sample(sample, ledger);
	if (ledger->crossing_ns == boundary) {
		if (ledger->snap_ns == boundary)
			ledger_sample(sample, ledger, true);
		else
			sample->flags |= SAMPLE_TORN;
	} else if (poll_set && ledger_is_blocked(sample->state)) {
		sample->state = poll_look(poll_set, &sample->site) ? STATE_POLL_IO :
								     STATE_POLL_IDLE;
		sample->site.state = sample->state;
	}
	if (compat_has_children(task))
		sample->flags |= SAMPLE_PARENT;
	bpf_core_read(sample->comm, sizeof(sample->comm), &task->comm);
	sample->histograms = histograms_of(ledger);
	loop = bpf_map_lookup_elem(&loop_scratch, &zero);
	sample->loops = loop && (ledger->iteration.found || is_parked(task, ledger));
	bpf_seq_write(ctx->meta->seq, sample, sizeof(*sample));
	for (i = 0; i < WIRE_WAIT_STATES; i++)
		if (sample->histograms & 1u << (WIRE_FIRST_WAIT + i))
			bpf_seq_write(ctx->meta->seq,
				      ledger->snap_ns == boundary ? &ledger->snap_waits[i] :
								    &ledger->waits[i],
				      sizeof(ledger->waits[i]));
	if (sample->loops && loop) {
		loop_fill(loop, ledger);
		if (!ledger->iteration.found) {
			loop->sums.object = parked_at(task);
			loop->waiting = 1;
		}
		bpf_seq_write(ctx->meta->seq, loop, sizeof(*loop));
	}
	return 0;
}

/* Notes what a thread does now. It has done so since watching went on, or there was a hook. */
static __always_inline void note_seen(struct task_struct *task, struct thread_ledger *ledger,
				      __u32 number)
{
	struct thread_ledger *spare;
	__u32 zero = 0, state;

	spare = bpf_map_lookup_elem(&spare_ledger, &zero);
	if (!spare)
		return;
	spare->wait = ledger->wait;
	spare->futex = ledger->futex;
	spare->kernel_lock = ledger->kernel_lock;
	spare->kernel_lock_object = ledger->kernel_lock_object;
	spare->poll_set = 0;
	state = seed_state(task, spare);
	/* the words around cannot be read from here: at the word of its last wait it is the same lock */
	if (spare->futex.word && spare->futex.word == ledger->futex.word &&
	    ledger_is_blocked(state) && ledger_is_blocked(ledger->wait.site.state) &&
	    ledger->wait.site.object == OBJECT_FUTEX) {
		state = ledger->wait.site.state;
		spare->wait.site.state = state;
		spare->futex = ledger->futex;
	}
	ledger->seen_state = state;
	ledger->seen_poll_set = ledger_is_blocked(state) ? spare->poll_set : 0;
	ledger->seen_site = spare->wait.site;
	ledger->seen_futex = spare->futex;
	/* a hook on another CPU must not see the number before the rest */
	__sync_val_compare_and_swap(&ledger->seen_epoch, ledger->seen_epoch, number);
}

/*
 * Run twice for each pause. When it has begun, and no hook touches a ledger any more: closes them
 * all. When it is over: notes what each thread does; a hook that was first knows better.
 */
SEC("iter/task")
int pause_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_ledger *ledger;
	__u32 number = epoch;

	if (!task)
		return 0;
	ledger = ledger_of(task);
	if (!ledger || ledger->epoch == number || ledger->state == LEDGER_EXITED)
		return 0;
	if (number & 1)
		pause_close(ledger, number);
	else
		note_seen(task, ledger, number);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
