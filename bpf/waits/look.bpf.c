// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits that cannot be classified without the thread's memory, or whose place is wanted: look_waits
 * gives user space what it needs to read that memory, resolved_waits holds the result. Both run from
 * iterators, in boundby's own time; no hook is involved.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "waits/blocked_read.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"
#include "waits/look_files.bpf.h"

/* What a thread is in: its ledger's present, or what was seen when watching went on. */
struct look_present {
	const struct wait_site *site;
	const struct futex_wait *futex;
	__u64 entered_ns;
	__u32 state, blind;
	bool seen; /* the latter */
};

/* False: it is paused, or not known. */
static __always_inline bool look_at(const struct thread_ledger *ledger, struct look_present *ret)
{
	__u32 number = epoch_now();

	if (number & 1)
		return false;
	ret->seen = ledger->epoch != number;
	if (ret->seen && ledger->seen_epoch != number)
		return false;
	ret->site = ret->seen ? &ledger->seen_site : &ledger->wait.site;
	ret->futex = ret->seen ? &ledger->seen_futex : &ledger->futex;
	ret->state = ret->seen ? ledger->seen_state : ledger->state;
	ret->blind = ret->seen ? ledger->seen_blind : ledger->blind;
	ret->entered_ns = ret->seen ? resumed_ns : ledger->entered_ns;
	return ledger_is_blocked(ret->state);
}

/* The call that the thread is in, and the pipe or socket that it writes to or reads from. */
static __always_inline void look_call(struct task_struct *task, struct wait_look *ret)
{
	struct blocked_call call;
	__u64 file;

	blocked_read(task, false, &call);
	ret->compat = call.compat;
	ret->stack = call.stack;
	if (call.compat && call.kind == CALL_SOCKETCALL) {
		/* for user space: where the descriptor is, and what is done to it */
		call.kind = call_kind_socket(call.argument[0]);
		call.argument[0] = call.argument[1];
		call.argument[1] = call.kind;
	}
	if (call.number == CALL_NUMBER_FUTEX_WAIT) { /* as futex() has them */
		call.argument[2] = call.argument[1];
		call.argument[1] = futex_wait_operation(call.argument[3]);
	}
	__builtin_memcpy(ret->argument, call.argument, sizeof(ret->argument));
	ret->writes = call.kind == CALL_WRITE;
	ret->other_end = 0;
	if ((!ret->writes && call.kind != CALL_READ) || ret->what == LOOK_SOCKET)
		return;
	file = blocked_file((__u64)BPF_CORE_READ(task, files), call.argument[0]);
	ret->other_end = file ? blocked_other_end(file) : 0;
}

SEC("iter/task")
int look_waits(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct look_present present;
	struct thread_ledger *ledger;
	struct wait_look *look;
	__u64 before = look_before_ns;
	__u32 zero = 0;

	if (!task)
		return 0;
	ledger = ledger_of(task);
	if (!ledger || !look_at(ledger, &present))
		return 0;
	if (before ? present.entered_ns > before : !present.blind)
		return 0;
	look = bpf_map_lookup_elem(&look_scratch, &zero);
	if (!look || task->flags & TASK_IS_IO_WORKER)
		return 0;
	look->id = ledger->id;
	look->process_start_ns = ledger->wait.process_start_ns;
	look->entered_ns = present.entered_ns;
	look->thread_pointer = compat_thread_pointer(task);
	look->tgid = ledger->wait.tgid;
	look->tid = ledger->tid;
	look->own_tid = filter_own_number(task);
	look->state = present.state;
	look->what = present.blind;
	look->pad = 0;
	look->site = *present.site;
	look->futex = *present.futex;
	look_call(task, look);
	compat_registers((struct pt_regs *)bpf_task_pt_regs(task), look->registers);
	bpf_seq_write(ctx->meta->seq, look, sizeof(*look));
	return 0;
}

/* The state of a wait by what was read for it; fills the site and the futex. */
static __always_inline __u32 resolved_state(struct task_struct *task,
					    const struct wait_resolved *resolved,
					    struct thread_ledger *spare)
{
	struct wait_site *site = &spare->wait.site;
	__u64 files = (__u64)BPF_CORE_READ(task, files), file;
	__u32 state;

	switch (resolved->what) {
	case LOOK_FUTEX:
	case LOOK_WAITV:
		/* an interpreter may have been found since */
		state = futex_look(resolved->word,
				   FUTEX_UNREADABLE | (resolved->shared ? 0 : FUTEX_IS_PRIVATE), 0,
				   spare->wait.tgid, &spare->futex);
		if (spare->futex.kind != LOCK_UNKNOWN)
			return state;
		spare->futex.address = resolved->address;
		spare->futex.kind = resolved->kind;
		spare->futex.holder = resolved->holder;
		return futex_state(resolved->kind);
	case LOOK_POLL:
	case LOOK_SELECT:
		return poll_listed(files, resolved, site);
	case LOOK_SOCKET:
		file = blocked_file(files, resolved->fds[0]);
		if (!file)
			return STATE_OTHER;
		site->object = blocked_object(file, site);
		return resolved->kind == CALL_ACCEPT ?
			       STATE_REQUEST :
			       blocked_descriptor_state(site->object, resolved->kind);
	}
	return STATE_OTHER;
}

/*
 * Run when resolved_waits is filled. A hook that fires meanwhile wins: a thread that began another wait
 * has another entered_ns, and the state is exchanged only if it is still the one that was seen.
 */
SEC("iter/task")
int resolve_waits(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_ledger *ledger, *spare;
	const struct wait_resolved *resolved;
	struct look_present present;
	__u32 zero = 0, state;
	__u64 id;

	if (!task)
		return 0;
	ledger = ledger_of(task);
	if (!ledger || !look_at(ledger, &present) || !present.blind)
		return 0;
	id = ledger->id;
	resolved = bpf_map_lookup_elem(&resolved_waits, &id);
	spare = bpf_map_lookup_elem(&spare_ledger, &zero);
	if (!resolved || !spare || resolved->entered_ns != present.entered_ns)
		return 0;
	spare->wait = ledger->wait;
	spare->wait.site = *present.site;
	spare->futex = *present.futex;
	state = resolved_state(task, resolved, spare);
	spare->wait.site.state = state;
	if (!look_at(ledger, &present) || resolved->entered_ns != present.entered_ns)
		return 0;
	if (present.seen) {
		ledger->seen_site = spare->wait.site;
		ledger->seen_futex = spare->futex;
		ledger->seen_blind = LOOK_NOTHING;
		ledger->seen_state = state;
		return 0;
	}
	if (__sync_val_compare_and_swap(&ledger->state, present.state, state) != present.state)
		return 0;
	ledger->wait.site = spare->wait.site;
	ledger->futex = spare->futex;
	ledger->blind = LOOK_NOTHING;
	return 0;
}
