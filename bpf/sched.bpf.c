// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ledger's hooks: switch, wakeup. Receives scheduler tracepoints; hands on sums in each
 * thread's storage, finished waits in wait_totals, and one event when a thread ends.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "blocked_call.bpf.h"
#include "ledger.bpf.h"

#define CLOCK_SLACK_NS 100000 /* the scheduler's clock and ours are read at different instants */

/* The row of the place where the thread waits, made when it is new; NULL and counted if it cannot. */
static __always_inline struct wait_total *wait_place(struct thread_ledger *ledger)
{
	static const struct wait_total nothing = {};
	struct wait_total *total = bpf_map_lookup_elem(&wait_totals, &ledger->wait);
	long error;

	if (total)
		return total;
	error = bpf_map_update_elem(&wait_totals, &ledger->wait, &nothing, BPF_NOEXIST);
	if (error && error != -17 /* EEXIST: another thread was first */) {
		emit_lost_insert(error);
		return NULL;
	}
	return bpf_map_lookup_elem(&wait_totals, &ledger->wait);
}

/* Adds the wait that ended now to its place. Only the part inside the window counts. */
static __always_inline void wait_add(struct wait_total *total, __u64 from, __u64 now)
{
	__u64 window = window_start_ns, ns;

	if (from < window)
		from = window;
	ns = now > from ? now - from : 0;
	__sync_fetch_and_add(&total->count, 1);
	__sync_fetch_and_add(&total->ns, ns);
	if (ns > total->max_ns)
		total->max_ns = ns;
}

/* An epoll wait ends: was a request of the program's own under way? */
static __always_inline void wait_judge_poll(struct thread_ledger *ledger, __u64 now)
{
	if (now - ledger->entered_ns >= POLL_LOOK_PERIOD_NS ||
	    now - ledger->poll_walk_ns >= POLL_LOOK_PERIOD_NS) {
		ledger->poll_io = poll_look(ledger->poll_set, &ledger->wait.site);
		ledger->poll_walk_ns = now;
	}
	ledger->state = ledger->poll_io ? STATE_POLL_IO : STATE_POLL_IDLE;
	ledger->wait.site.state = ledger->state;
}

/*
 * The thread is ready again: at now, or (0) this instant. The clock is read last, so that our own
 * work in the hook is not billed as waiting for a CPU.
 */
static __noinline void wait_end(struct thread_ledger *ledger, __u64 now)
{
	struct wait_total *total;

	if (ledger->poll_set)
		wait_judge_poll(ledger, now ? now : bpf_ktime_get_ns());
	total = wait_place(ledger);
	if (!now)
		now = bpf_ktime_get_ns();
	ledger_close(ledger, now);
	ledger->lender = ledger->state;
	ledger->lender_ns = ledger->entered_ns;
	ledger->lender_left_ns = now - ledger->entered_ns;
	if (total)
		wait_add(total, ledger->entered_ns, now);
}

/*
 * sched_wakeup, not sched_waking, starts the runnable time: it fires under the lock of the run
 * queue that the thread is put on, after its switch-out, so no race between waking and switching
 * out is left. The price is that the way of a wakeup to another CPU counts as blocked, as it does
 * in schedstat.
 */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_sched_wakeup, struct task_struct *task)
{
	struct thread_ledger *ledger = bpf_task_storage_get(&thread_ledgers, task, 0, 0);

	if (!ledger)
		return 0;
	if (ledger->state == LEDGER_SEEDING) {
		ledger_begin(ledger, bpf_ktime_get_ns());
	} else if (ledger_is_blocked(ledger->state)) {
		wait_end(ledger, 0);
	} else {
		return 0; /* woken before it slept: it never blocked */
	}
	ledger->throttled = compat_is_throttled(task);
	ledger_enter(ledger, STATE_RUNNABLE_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_sched_wakeup_new, struct task_struct *task)
{
	struct thread_ledger *ledger = bpf_task_storage_get(&thread_ledgers, task, 0, 0);

	if (!ledger || ledger->state != LEDGER_NEWBORN)
		return 0;
	ledger_begin(ledger, bpf_ktime_get_ns());
	ledger->throttled = false;
	ledger_enter(ledger, STATE_RUNNABLE_WAKEUP);
	return 0;
}

/* The thread will not run again: its sums go to user space before its storage goes. */
static __noinline void thread_end(struct task_struct *task, struct thread_ledger *ledger, __u64 now)
{
	struct run_counters *counters = emit_counters();
	__u64 boundary = boundary_ns;
	struct thread_exit_event *event;

	ledger->state = LEDGER_EXITED;
	if (!counters)
		return;
	counters->ledgers_ended++;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		counters->lost[LOSS_RING_FULL]++;
		counters->lost_exit_count++;
		counters->lost_exit_ns += ledger->since_ns - ledger->start_ns;
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->header.kind = EVENT_THREAD_EXIT;
	event->header.size = sizeof(*event);
	event->header.at_ns = now;
	ledger_sample(&event->last, ledger, false);
	event->last.flags |= SAMPLE_EXITED;
	event->last.state = STATE_ON_CPU;
	bpf_core_read(event->last.comm, sizeof(event->last.comm), &task->comm);
	if (boundary && ledger->snap_ns == boundary && ledger->start_ns <= boundary) {
		ledger_sample(&event->at_boundary, ledger, true);
		__builtin_memcpy(event->at_boundary.comm, event->last.comm, WIRE_COMM_LEN);
		event->boundary_ns = boundary;
	}
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

/*
 * The switch-in of this thread was not seen, perhaps not its wakeup either: some kernels do not
 * trace what happens in tasks that they hide. The scheduler knows since when the thread runs and
 * how long it was queued before.
 */
static __noinline void switch_in_missed(struct thread_ledger *ledger, struct task_struct *task,
					__u64 now)
{
	__u64 ran = compat_on_cpu_ns(task), elapsed = now - ledger->since_ns;
	__u64 queued = compat_run_delay_ns(task) - ledger->run_delay_ns;

	if (ran > elapsed + CLOCK_SLACK_NS ||
	    (ledger_is_blocked(ledger->state) && ran + queued > elapsed + CLOCK_SLACK_NS) ||
	    !(ledger_is_blocked(ledger->state) || ledger_is_runnable(ledger->state))) {
		ledger_unmatched(ledger);
		return;
	}
	emit_recovered();
	if (ledger_is_blocked(ledger->state)) {
		wait_end(ledger, ran + queued < elapsed ? now - ran - queued : ledger->since_ns);
		ledger_enter(ledger, STATE_RUNNABLE_WAKEUP);
	}
	elapsed = now - ledger->since_ns;
	ledger_close(ledger, ran < elapsed ? now - ran : ledger->since_ns);
	ledger_enter(ledger, STATE_ON_CPU);
	ledger->queued_state = STATE_UNOBSERVED; /* nothing is left to correct */
}

/*
 * The time on the CPU just closed, and the wait on the run queue before it, become the scheduler's
 * own figures. The difference comes from the last sleep; a thread that does not sleep has but the
 * two, and what one gains the other loses. What the hypervisor or interrupts took from the CPU
 * meanwhile was not running: the thread was ready, which is what runnable means.
 */
static __always_inline void switch_out_correct(struct thread_ledger *ledger,
					       struct task_struct *task)
{
	__u64 ran = compat_on_cpu_ns(task), seen = ledger->since_ns - ledger->entered_ns;
	__u64 executed = compat_executed_ns(task) - ledger->executed_ns;
	__u64 stolen = compat_stolen_ns(task) - ledger->stolen_ns;
	bool slept = ledger->lender_ns > ledger->snap_ns;

	ledger->executed_ns += executed;
	if (ran == COMPAT_UNKNOWN || !ledger_is_runnable(ledger->queued_state))
		return;
	if (executed + stolen <= ran)
		ran = executed + stolen;
	else
		stolen = 0; /* a stretch that began before we saw it */
	if (slept) {
		ledger_lend(ledger, ledger->queued_state, ledger->queued_ns,
			    compat_run_delay_ns(task) - ledger->run_delay_ns);
	} else {
		ledger->lender = ledger->queued_state;
		ledger->lender_ns = ledger->queued_from_ns;
		ledger->lender_left_ns = ledger->queued_ns;
	}
	ledger_lend(ledger, STATE_ON_CPU, seen, ran);
	if (!slept)
		ledger->lender_ns = 0;
	/* not across a boundary, whose snapshot stands */
	if (stolen && stolen <= seen && ledger->entered_ns > ledger->snap_ns) {
		ledger->total.state_ns[STATE_ON_CPU] -= stolen;
		ledger->total.state_ns[STATE_RUNNABLE_PREEMPTED] += stolen;
	}
}

/* Remembers the wait on the run queue that ends with this switch-in. */
static __always_inline void switch_in_note(struct thread_ledger *ledger)
{
	ledger->queued_state = ledger->state;
	ledger->queued_from_ns = ledger->entered_ns;
	ledger->queued_ns = ledger->since_ns - ledger->entered_ns;
}

static __always_inline void switch_out(struct thread_ledger *ledger, struct task_struct *task,
				       bool preempt, __u32 bits, __u64 now)
{
	if (ledger->state == LEDGER_SEEDING || ledger->state == LEDGER_NEWBORN) {
		ledger_begin(ledger, now);
		ledger->executed_ns = compat_executed_ns(task);
	} else {
		if (ledger->state != STATE_ON_CPU)
			switch_in_missed(ledger, task, now);
		ledger_close(ledger, now);
		switch_out_correct(ledger, task);
	}
	ledger->cpu = bpf_get_smp_processor_id();
	ledger->run_delay_ns = compat_run_delay_ns(task);
	if (bits & KSTATE_DEAD) {
		thread_end(task, ledger, now);
		return;
	}
	if (preempt || !bits || compat_is_queued(task)) {
		ledger->total.involuntary++;
		ledger->throttled = compat_is_throttled(task);
		ledger_enter(ledger, STATE_RUNNABLE_PREEMPTED);
		return;
	}
	ledger->total.voluntary++;
	ledger_enter(ledger, blocked_classify(task, bits, true, ledger));
	ledger->wait.site.state = ledger->state;
}

/* The wakeup of this thread was not seen; the scheduler knows since when it is queued. */
static __noinline void wakeup_missed(struct thread_ledger *ledger, struct task_struct *task,
				     __u64 now)
{
	__u64 queued = compat_queued_ns(task), elapsed = now - ledger->since_ns;

	if (!ledger_is_blocked(ledger->state) || queued > elapsed + CLOCK_SLACK_NS) {
		ledger_unmatched(ledger);
		return;
	}
	emit_recovered();
	wait_end(ledger, queued < elapsed ? now - queued : ledger->since_ns);
	ledger_enter(ledger, STATE_RUNNABLE_WAKEUP);
}

static __always_inline void switch_in(struct thread_ledger *ledger, struct task_struct *task,
				      struct task_struct *prev, __u64 now)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (ledger->state == LEDGER_SEEDING || ledger->state == LEDGER_NEWBORN) {
		ledger_begin(ledger, now);
		ledger->cpu = cpu;
		ledger->queued_state = STATE_UNOBSERVED;
	} else {
		if (!ledger_is_runnable(ledger->state))
			wakeup_missed(ledger, task, now);
		ledger_close(ledger, now);
		switch_in_note(ledger);
	}
	ledger->stolen_ns = compat_stolen_ns(task);
	ledger_enter(ledger, STATE_ON_CPU);
	if (ledger->cpu != cpu) {
		ledger->cpu = cpu;
		ledger->total.migrations++;
	}
	if (!prev->pid)
		ledger->total.in_idle++;
	else if (prev->tgid == task->tgid)
		ledger->total.in_same_process++;
	else
		ledger->total.in_other_process++;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct thread_ledger *out = bpf_task_storage_get(&thread_ledgers, prev, 0, 0);
	struct thread_ledger *in = bpf_task_storage_get(&thread_ledgers, next, 0, 0);
	__u32 bits;
	__u64 now;

	/* kept apart: the compiler would OR the two pointers, which the verifier forbids */
	barrier_var(out);
	if (!out) {
		barrier_var(in);
		if (!in)
			return 0;
	}
	now = bpf_ktime_get_ns();
	if (out) {
		/* 5.18: the state as the scheduler saw it; before, as it is by now */
		bits = cfg_has_prev_state ? (__u32)ctx[3] : prev->__state;
		switch_out(out, prev, preempt, bits, now);
	}
	if (in)
		switch_in(in, next, prev, now);
	return 0;
}
