// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that walk all threads of the host: one gives the target threads that already run their
 * ledgers, one reads the ledgers, one closes and opens them around a pause.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "threads/birth.bpf.h"
#include "waits/blocked_call.bpf.h"
#include "loop.bpf.h"
#include "threads/pause.bpf.h"

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

/* Writes the histogram of a state that was found to have one: the reader counts on it. */
static __always_inline void histogram_write(struct seq_file *seq, struct thread_ledger *ledger,
					    __u32 state, bool snap)
{
	static const struct wait_histogram nothing = {};
	const struct kept_histogram *place = histogram_place(ledger, state);

	if (place)
		bpf_seq_write(seq, snap ? &place->snap : &place->now, sizeof(place->now));
	else
		bpf_seq_write(seq, &nothing, sizeof(nothing));
}

/* Corrects the sample of a thread that runs since a switch-in that was missed. */
static __always_inline void sample_running(struct thread_sample *sample,
					   const struct thread_ledger *ledger,
					   struct task_struct *task, __u64 boundary)
{
	__u64 arrival;

	if (!ledger_is_runnable(sample->state) || ledger->throttled || !compat_is_on_cpu(task))
		return;
	arrival = ledger_missed_arrival(ledger, task, boundary);
	if (arrival < sample->since_ns)
		return;
	sample->total.state_ns[sample->state == STATE_RUNNABLE_WAKEUP ? STATE_RUNNABLE_WAKEUP :
									STATE_RUNNABLE_PREEMPTED] +=
		arrival - sample->since_ns;
	sample->since_ns = sample->entered_ns = arrival;
	sample->state = STATE_ON_CPU;
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
	sample_running(sample, ledger, task, boundary);
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
	sample->ppid = filter_process(task->real_parent); /* the present one */
	if (compat_has_children(task))
		sample->flags |= SAMPLE_PARENT;
	bpf_core_read(sample->comm, sizeof(sample->comm), &task->comm);
	sample->own_tid = filter_own_number(task);
	sample->histograms = histograms_of(ledger);
	loop = bpf_map_lookup_elem(&loop_scratch, &zero);
	sample->loops = loop && (ledger->iteration.found || is_parked(task, ledger));
	bpf_seq_write(ctx->meta->seq, sample, sizeof(*sample));
	for (i = 0; i < WIRE_WAIT_STATES; i++)
		if (sample->histograms & 1u << (WIRE_FIRST_WAIT + i))
			histogram_write(ctx->meta->seq, ledger, i, ledger->snap_ns == boundary);
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
	spare->blind = LOOK_NOTHING;
	state = seed_state(task, spare);
	/* the words around cannot be read from here: at the word of its last wait it is the same lock */
	if (spare->futex.word && spare->futex.word == ledger->futex.word &&
	    ledger_is_blocked(state) && ledger_is_blocked(ledger->wait.site.state) &&
	    ledger->wait.site.object == OBJECT_FUTEX) {
		state = ledger->wait.site.state;
		spare->wait.site.state = state;
		spare->futex = ledger->futex;
		spare->blind = LOOK_NOTHING;
	}
	ledger->seen_blind = ledger_is_blocked(state) ? spare->blind : LOOK_NOTHING;
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
