// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can be turned while the programs run: detail, pauses, bursts of depth syscalls, samplers of
 * loops. Receives wishes; hands on controls that the hooks read, and links that come and go.
 */
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/bpf_parts.h"
#include "collect/iterator.h"

#define NOT_YET (~0ULL)

void bpf_session_detail(struct bpf_session *session, __u32 keeps)
{
	session->skel->data->detail = keeps;
}

static int look_at_all(struct bpf_session *session)
{
	return iterator_run(bpf_link__fd(session->skel->links.pause_threads), NULL, NULL);
}

/*
 * A hook looks first whether it is to do anything, then at the clock. So what was passed over came
 * after the instant that is read before the control is set; and what comes after the one that is
 * read when it is set back is seen.
 */
int bpf_session_pause(struct bpf_session *session, bool on, __u64 *ret_ns)
{
	struct boundby_bpf__bss *controls = session->skel->bss;
	int error = 0;

	if (!session->skel->rodata->cfg_knobs || session->skel->rodata->cfg_calls)
		return -EOPNOTSUPP;
	if (on == (controls->epoch & 1))
		return -EALREADY;
	if (on) {
		bpf_session_burst(session, 0);
		controls->paused_ns = *ret_ns = session_now_ns();
		__sync_synchronize();
		controls->epoch++;
		session_sleep_until(session_now_ns() + SETTLE_NS);
		error = look_at_all(session);
		if (!error)
			return 0;
	}
	/* also where not all ledgers could be closed */
	controls->resumed_ns = NOT_YET;
	__sync_synchronize();
	controls->epoch++;
	__sync_synchronize();
	controls->resumed_ns = *ret_ns = session_now_ns();
	return on ? error : look_at_all(session);
}

/* ---- samples of where loops compute ---------------------------------------------------------- */
static int sampler_attach(struct bpf_session *session, __u32 tid)
{
	struct perf_event_attr attribute = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attribute),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = session->sample_ns,
	};
	struct bpf_link *link;
	int fd;

	if (session->sampler_count == SAMPLERS_MAX)
		return -ENOSPC;
	fd = (int)syscall(SYS_perf_event_open, &attribute, (pid_t)tid, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(session->skel->progs.on_cpu_clock, fd);
	if (!link) {
		close(fd);
		return -errno;
	}
	session->samplers[session->sampler_count++] = link;
	return 0;
}

int bpf_session_sample_thread(struct bpf_session *session, __u32 tid)
{
	if (session->skel->rodata->cfg_calls)
		return sampler_attach(session, tid);
	/* a busy stretch proves nothing where not every return is seen: only in a burst */
	session->loops[session->loop_count++ % SAMPLERS_MAX] = tid;
	return session->burst_links[0] ? sampler_attach(session, tid) : 0;
}

/* A number may be another thread's by now: one that is not watched is passed over by the hook. */
static void samplers_attach(struct bpf_session *session)
{
	size_t i, count = session->loop_count < SAMPLERS_MAX ? session->loop_count : SAMPLERS_MAX;
	size_t kept = 0;

	for (i = 0; i < count; i++)
		if (sampler_attach(session, session->loops[i]) != -ESRCH)
			session->loops[kept++] = session->loops[i];
	session->loop_count = kept;
}

void bpf_session_samplers_free(struct bpf_session *session)
{
	size_t i;

	for (i = 0; i < session->sampler_count; i++)
		bpf_link__destroy(session->samplers[i]);
	session->sampler_count = 0;
}

/* ---- bursts ---------------------------------------------------------------------------------- */
static void burst_end(struct bpf_session *session)
{
	int i;

	session->skel->bss->burst_until_ns = 0;
	for (i = 0; i < 2; i++) {
		bpf_link__destroy(session->burst_links[i]);
		session->burst_links[i] = NULL;
	}
	bpf_session_samplers_free(session);
}

int bpf_session_burst(struct bpf_session *session, __u64 length_ns)
{
	struct boundby_bpf__bss *controls = session->skel->bss;
	const struct bpf_program *programs[] = { session->skel->progs.on_sys_exit,
						 session->skel->progs.on_sys_enter };
	int i, error;

	if (!session->skel->rodata->cfg_knobs || session->skel->rodata->cfg_calls)
		return -EOPNOTSUPP;
	if (!length_ns) {
		if (session->burst_links[0])
			burst_end(session);
		return 0;
	}
	if (session->burst_links[0] || controls->epoch & 1)
		return -EBUSY;
	for (i = 0; i < 2; i++) {
		session->burst_links[i] = bpf_program__attach(programs[i]);
		if (!session->burst_links[i]) {
			error = -errno;
			burst_end(session);
			return error;
		}
	}
	samplers_attach(session);
	controls->burst++;
	__sync_synchronize();
	controls->burst_until_ns = session_now_ns() + length_ns;
	return 0;
}
