// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ledger's hooks on sched_switch, sched_waking and sched_wakeup: sums in each thread's storage,
 * finished waits in wait_totals.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "waits/blocked_call.bpf.h"
#include "filter.bpf.h"
#include "histogram.bpf.h"
#include "ledger.bpf.h"
#include "loop.bpf.h"
#include "threads/pause.bpf.h"
#include "places/place.bpf.h"
#include "threads/thread_end.bpf.h"
#include "waits/wait_end.bpf.h"

#define CLOCK_SLACK_NS 100000 /* the scheduler's clock and ours are read at different instants */

/* The thread is ready again: at now, or (0) this instant. */
static __noinline void wait_end(struct thread_ledger *ledger, __u64 now)
{
	if (!now)
		now = bpf_ktime_get_ns();
	if (ledger->poll_set)
		wait_judge_poll(ledger, now);
	ledger_close(ledger, now);
	ledger->lender = ledger->state;
	ledger->lender_ns = ledger->entered_ns;
	ledger->lender_left_ns = now - ledger->entered_ns;
	wait_count(ledger, now);
}

/* Which hook a thread is met by for the first time. */
enum pause_hook { PAUSE_OUT, PAUSE_IN, PAUSE_WAKEUP };

/*
 * The first hook of a thread since monitoring resumed. It has stayed in the state found by the
 * resume scan, else there had been a hook. If the scan has not sampled the thread yet, its state
 * follows from the hook.
 */
static __noinline void pause_end(struct thread_ledger *ledger, struct task_struct *task, __u32 hook,
				 __u64 now, __u32 number)
{
	__u64 since = resumed_ns, boundary = boundary_ns, own = COMPAT_UNKNOWN;
	bool seen = ledger->seen_epoch == number;
	__u32 state = STATE_UNOBSERVED;

	if (seen) {
		state = ledger->seen_state;
	} else if (hook == PAUSE_OUT) {
		state = STATE_ON_CPU;
		own = compat_on_cpu_ns(task);
	} else if (hook == PAUSE_IN) {
		state = STATE_RUNNABLE_PREEMPTED;
		own = compat_queued_ns(task);
	} else if (compat_is_on_cpu(task)) {
		state = STATE_ON_CPU; /* woken before it slept */
	} else {
		since = now;
	}
	/* a later stamp of the scheduler shows that a hook was missed */
	if (own < now && now - own > since)
		since = now - own;
	/* time already reported as unobserved stays unobserved */
	if (!seen && boundary <= now && boundary > since)
		since = boundary;
	if (since > now)
		since = now;
	pause_learn(ledger, state, since);
	if (seen)
		pause_believe(ledger);
	/* nothing from before the pause is to be corrected, or to correct by */
	ledger->lender_ns = 0;
	ledger->queued_state = STATE_UNOBSERVED;
	ledger->run_delay_ns = compat_run_delay_ns(task);
	ledger->executed_ns = compat_executed_ns(task);
	ledger->stolen_ns = compat_stolen_ns(task);
	ledger->cpu = bpf_get_smp_processor_id();
	ledger->acquired = ledger->held = 0;
	ledger_barrier();
	ledger->epoch = number;
}

/* The waker is irrelevant for this wait; skip recording it. */
static __always_inline bool is_anyones(const struct thread_ledger *ledger)
{
	return !keeps(DETAIL_WAKERS) && !cfg_events_ns && ledger_is_blocked(ledger->state) &&
	       ledger->state != STATE_CONDITION && !ledger->futex.word;
}

/*
 * The waker, stored before the thread is woken: sched_waking fires in the waker, sched_wakeup often
 * on the CPU that the thread will run on. It may precede the switch-out of a thread that is about
 * to sleep, so the stored state is compared when the wait is over.
 */
SEC("tp_btf/sched_waking")
int BPF_PROG(on_sched_waking, struct task_struct *task)
{
	struct thread_ledger *ledger, *own;
	struct task_struct *waker;
	struct pt_regs *regs;
	struct wake *wake;
	__u64 argument[4];
	bool compat;
	long call;

	if (epoch_now() & 1)
		return 0;
	ledger = ledger_of(task);
	if (!ledger || is_anyones(ledger))
		return 0;
	wake = &ledger->wake;
	waker = bpf_get_current_task_btf();
	wake->tgid = 0;
	wake->word = 0;
	/* an interrupt may hit the idle task, a thread in user code, or the thread itself */
	if (!waker->pid || waker == task || waker->flags & TASK_IS_KTHREAD)
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(waker);
	call = compat_call(regs);
	if (call < 0)
		return 0;
	compat = compat_is_32bit(waker);
	wake->kind = compat ? call_kind_32(call) : call_kind(call);
	wake->tid = filter_number(waker);
	wake->tgid = filter_process(waker);
	if (wake->kind != CALL_FUTEX)
		return 0;
	if (compat)
		compat_arguments_32(regs, argument);
	else
		compat_arguments(regs, argument);
	wake->word = argument[0];
	wake->acquired = 0;
	wake->held = 0;
	own = ledger_of(waker);
	if (!own || own->epoch != epoch_now())
		return 0;
	wake->held = own->held;
	wake->held_ns = own->held_ns;
	if (ledger->futex.kind == LOCK_GIL || ledger->futex.kind == LOCK_GIL_HANDOVER)
		return 0;
	own->held = wake->word;
	own->held_ns = bpf_ktime_get_ns();
	/* waking exactly one waiter is a lock handoff; waking several is a barrier or broadcast */
	if (argument[2] == 1)
		wake->acquired = own->acquired;
	return 0;
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
	__u32 number = epoch_now();
	struct thread_ledger *ledger;

	if (number & 1)
		return 0;
	ledger = ledger_of(task);
	if (!ledger)
		return 0;
	if (cfg_knobs && ledger->epoch != number)
		pause_end(ledger, task, PAUSE_WAKEUP, bpf_ktime_get_ns(), number);
	if (ledger->state == LEDGER_SEEDING) {
		ledger_begin(ledger, bpf_ktime_get_ns());
	} else if (ledger_is_blocked(ledger->state)) {
		wait_end(ledger, 0);
	} else if (ledger->state == STATE_UNOBSERVED) {
		ledger_close(ledger, bpf_ktime_get_ns()); /* since a pause */
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
	__u32 number = epoch_now();
	struct thread_ledger *ledger;

	if (number & 1)
		return 0;
	ledger = ledger_of(task);
	if (!ledger || ledger->state != LEDGER_NEWBORN)
		return 0;
	if (cfg_knobs && ledger->epoch != number) /* born in a pause */
		pause_end(ledger, task, PAUSE_WAKEUP, bpf_ktime_get_ns(), number);
	else
		ledger_begin(ledger, bpf_ktime_get_ns());
	ledger->throttled = false;
	ledger_enter(ledger, STATE_RUNNABLE_WAKEUP);
	return 0;
}

/* The thread will not run again: its sums go to user space before its storage goes. */
static __noinline void thread_end(struct task_struct *task, struct thread_ledger *ledger, __u64 now)
{
	struct thread_name name;

	bpf_core_read(name.comm, sizeof(name.comm), &task->comm);
	thread_emit(ledger, &name, now);
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
	__u64 queued = compat_run_delay_ns(task) - ledger->run_delay_ns, arrival;

	if (ledger->state == STATE_UNOBSERVED)
		return; /* since a pause */
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
	arrival = ledger_missed_arrival(ledger, task, now);
	if (!arrival)
		arrival = ran < elapsed ? now - ran : ledger->since_ns;
	ledger_close(ledger, arrival);
	wait_histogram_add(ledger, ledger->since_ns);
	ledger_enter(ledger, STATE_ON_CPU);
	ledger->queued_state = STATE_UNOBSERVED; /* nothing is left to correct */
}

/*
 * Replaces the lengths of the CPU interval just closed, and of the run queue wait before it, by the
 * scheduler's own figures. The difference comes from the last sleep; a thread that does not sleep
 * has only these two, so what one gains the other loses. Time that the hypervisor or interrupts
 * took from the CPU was not spent running: the thread was runnable.
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
		stolen = 0; /* an interval that started before we saw it */
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
	/* must not change time already in a snapshot */
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
	wait_histogram_add(ledger, ledger->since_ns);
}

static __always_inline void switch_out(struct thread_ledger *ledger, struct task_struct *task,
				       bool preempt, __u32 bits, __u64 now)
{
	struct loop_wait wait;

	loop_note_return(ledger);
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
	if (sees_loops() || in_burst(now))
		return;
	if (cfg_knobs) /* a burst may have ended between a call's entry and its exit */
		ledger->loop_waiting = ledger->iteration.asleep = 0;
	if (!ledger->wait.site.compat && loop_is_wait(call_kind(ledger->wait.site.call)) &&
	    loop_look(&wait))
		loop_enter(ledger, &wait, now);
}

/* A thread exits during a pause: its last interval was not seen. */
static __noinline void pause_die(struct task_struct *task, __u32 number)
{
	struct thread_ledger *ledger = ledger_of(task);
	__u64 now;

	if (!ledger || ledger->state == LEDGER_EXITED)
		return;
	now = bpf_ktime_get_ns();
	if (ledger->epoch != number)
		pause_close(ledger, number);
	if (ledger->state >= NR_STATES) /* born in the pause */
		ledger->state = STATE_UNOBSERVED;
	ledger_close(ledger, now);
	thread_end(task, ledger, now);
}

/* The wakeup of this thread was not seen; the scheduler knows since when it is queued. */
static __noinline void wakeup_missed(struct thread_ledger *ledger, struct task_struct *task,
				     __u64 now)
{
	__u64 queued = compat_queued_ns(task), elapsed = now - ledger->since_ns;

	if (ledger->state == STATE_UNOBSERVED)
		return; /* since a pause */
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
	place_switch_in(ledger, cpu);
	if (!sees_loops() && ledger->iteration.asleep && !in_burst(now))
		loop_return(ledger, 0, now);
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

/* 5.18: the state as the scheduler saw it; before, as it is by now. */
#define SWITCH_BITS(ctx, prev) (cfg_has_prev_state ? (__u32)(ctx)[3] : (prev)->__state)

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u32 number = epoch_now();
	struct thread_ledger *out, *in;
	__u64 now;

	/* during a pause, too, an exiting thread reports what was seen of it */
	if (number & 1) {
		if (SWITCH_BITS(ctx, prev) & KSTATE_DEAD)
			pause_die(prev, number);
		return 0;
	}
	out = ledger_of(prev);
	in = ledger_of(next);
	/* kept apart: the compiler would OR the two pointers, which the verifier forbids */
	barrier_var(out);
	if (!out) {
		barrier_var(in);
		if (!in)
			return 0;
	}
	now = bpf_ktime_get_ns();
	if (out) {
		if (cfg_knobs && out->epoch != number)
			pause_end(out, prev, PAUSE_OUT, now, number);
		switch_out(out, prev, preempt, SWITCH_BITS(ctx, prev), now);
	}
	if (in) {
		if (cfg_knobs && in->epoch != number)
			pause_end(in, next, PAUSE_IN, now, number);
		switch_in(in, next, prev, now);
	}
	return 0;
}
