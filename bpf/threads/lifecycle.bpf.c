// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads appear and end: fork, exec, exit. Map definitions, knobs and licence stand here. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "threads/birth.bpf.h"
#include "waits/blocked_object.bpf.h"

struct thread_ledgers thread_ledgers SEC(".maps");
struct histogram_rows more_histograms SEC(".maps");
struct free_rows free_histograms SEC(".maps");
struct event_ring events SEC(".maps");
struct stack_ring stacks SEC(".maps");
struct wait_table wait_totals SEC(".maps");
struct lock_table lock_waits SEC(".maps");
struct interpreter_table interpreter_locks SEC(".maps");
struct python_table python_layouts SEC(".maps");
struct v8_table v8_roots SEC(".maps");
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
struct resolved_table resolved_waits SEC(".maps");
struct look_scratch_table look_scratch SEC(".maps");
struct wanted_table wanted_ends SEC(".maps");

const volatile __u32 cfg_self_tgid = 0;
const volatile bool cfg_nested = false;
const volatile bool cfg_has_prev_state = false;
const volatile bool cfg_all = false;
const volatile bool cfg_calls = false;
const volatile bool cfg_loops = false;
const volatile bool cfg_switch_stacks = false;
const volatile bool cfg_knobs = false;
const volatile __u64 cfg_stall_ns = 10000000;
const volatile __u64 cfg_tick_ns = 4000000;
const volatile __u64 cfg_events_ns = 0;
const volatile __u32 cfg_follow_default = 0;
const volatile __u32 cfg_histograms_max = 8192;
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
volatile __u64 place_work_ns = 0;
volatile __u64 place_rest_ns = 0;
volatile __u32 place_tokens = 0;
volatile __u32 samples_left_out = 0;
volatile __u64 sample_ns = 0;
volatile __u64 look_before_ns = 0;
__u64 last_ledger_id = 0;
__u64 ledgers_live = 0;
__u64 own_pidns = 0;
__u32 own_pidns_level = 0;
__u32 call_rows_used = 0;
__u32 histograms_used = 0;

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
	bpf_map_delete_elem(&interpreter_locks, &number);
	bpf_map_delete_elem(&python_layouts, &number);
	bpf_map_delete_elem(&v8_roots, &number);
	process_emit(EVENT_PROCESS_EXIT, task, ledger);
	return 0;
}

/* Sockets that listen at a port: several may (SO_REUSEPORT). */
static __always_inline void listener_begins(const struct listener_key *key)
{
	__u32 *count = bpf_map_lookup_elem(&listener_ports, key), one = 1;
	long error;

	if (count) {
		__sync_fetch_and_add(count, 1);
		return;
	}
	error = bpf_map_update_elem(&listener_ports, key, &one, BPF_ANY);
	if (error)
		emit_lost_insert(error);
}

static __always_inline void listener_ends(const struct listener_key *key)
{
	__u32 *count = bpf_map_lookup_elem(&listener_ports, key);

	if (count && *count > 1)
		__sync_fetch_and_add(count, -1);
	else if (count)
		bpf_map_delete_elem(&listener_ports, key);
}

/* Ports become and cease to be listeners' while we watch; /proc/net/tcp reports those from before. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_inet_sock_set_state, const struct sock *sk, const int old_state,
	     const int new_state)
{
	struct listener_key key = {};

	if (new_state != SOCKET_LISTEN && old_state != SOCKET_LISTEN)
		return 0;
	key.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	/* skc_num is given back before the hook fires, if the kernel chose it (tcp_set_state) */
	key.port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	if (new_state == SOCKET_LISTEN)
		listener_begins(&key);
	else
		listener_ends(&key);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
