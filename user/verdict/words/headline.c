// SPDX-License-Identifier: GPL-2.0-or-later
/* The first sentence of a verdict, by class. */
#include "verdict/words/headline.h"

#include <math.h>
#include <stdio.h>

#include "lib/units.h"
#include "verdict/conditions.h"

#define IDLE_AT_ALL 0.001 /* cores */

static double share_of(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

void headline_insufficient(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN], b[UNITS_LEN];
	double more = ceil(fmax(t[THRESHOLD_MIN_WINDOW_S] - s->window_s, 1));

	if (s->unobserved_s > t[THRESHOLD_MAX_UNOBSERVED] * s->wall_s)
		snprintf(text, size,
			 "%s of the time could not be observed; no verdict can "
			 "be built on the rest.",
			 units_share(share_of(s->unobserved_s, s->wall_s), a));
	else
		snprintf(text, size,
			 "Not enough activity to judge: busy %s in %s. Watch again under "
			 "load, for at least %.0f s more.",
			 units_time((uint64_t)(s->work_s * 1e9), a),
			 units_time((uint64_t)(s->window_s * 1e9), b), more);
}

void headline_hung(const struct signals *s, const double *t, char *text, size_t size)
{
	static const char *const sentences[NR_STUCK] = {
		[STUCK_DEADLOCK] =
			"Deadlock: threads wait for each other's locks in a cycle, for ever.",
		[STUCK_SELF] =
			"Deadlock: a thread waits for a lock that it holds itself, for ever.",
		[STUCK_GONE] = "Hung: %.0f thread%s wait%s for a lock whose holder is gone.",
		[STUCK_HOLDER] =
			"Hung: %.0f thread%s wait%s for a lock whose holder did not move in the window.",
		[STUCK_FILE] =
			"Hung: %.0f thread%s wait%s for a file lock whose holder did not move in the window.",
		[STUCK_WRITE] =
			"Hung: a write has been blocked for the whole window: nothing takes what "
			"is written.",
		[STUCK_READER] =
			"Hung: data waits to be read, and the thread that should read it does not.",
		[STUCK_READ] =
			"Hung: a read waits for data that only processes which wait themselves could write.",
		[STUCK_ACCEPT] =
			"Hung: %.0f connection%s wait%s to be accepted, and no thread takes one.",
		[STUCK_UNREAD] =
			"Hung: %.0f byte%s wait%s to be read on accepted connections, and no thread "
			"waits for them.",
		[STUCK_POOL] =
			"Hung: all %.0f worker%s of a pool wait%s inside their work, and nothing moved.",
		[STUCK_REQUEST] =
			"Hung: %.0f accepted connection%s wait%s for a reply, and nothing moved "
			"in the window.",
		[STUCK_BARRIER] =
			"Hung: %.0f thread%s wait%s at a barrier, for one that does not come.",
		[STUCK_ALL] =
			"Hung: all %.0f thread%s wait%s for each other: none is left to wake one.",
	};
	const char *sentence = s->stuck_kind < NR_STUCK ? sentences[s->stuck_kind] : "Hung.";
	bool one = s->stuck_count == 1;

	snprintf(text, size, sentence, s->stuck_count, one ? "" : "s", one ? "s" : "");
}

void headline_idle(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN];

	if (s->queued > 0)
		snprintf(
			text, size,
			"Busy only %s of the time, and yet %.0f connection%s wait%s to be accepted: its "
			"threads wait elsewhere.",
			units_share(s->work_share, a), s->queued, s->queued == 1 ? "" : "s",
			s->queued == 1 ? "s" : "");
	else if (s->tries && s->work_share > 0)
		snprintf(
			text, size,
			"Almost idle: busy %s of the time; it sleeps and tries again, and may be stuck: "
			"what it tries for may never come.",
			units_share(s->work_share, a));
	else if (s->unexplained && s->work_share == 0)
		snprintf(
			text, size,
			"Nothing ran: it may be idle, or stuck, as not every wait is known to be one "
			"for work.");
	else if (s->unexplained && s->cores < IDLE_AT_ALL)
		snprintf(text, size,
			 "Busy only %s of the time: it may be idle, or stuck, as not every wait is "
			 "known to be one for work.",
			 units_share(s->work_share, a));
	else if (s->unexplained)
		snprintf(
			text, size,
			"Almost idle: busy %s of the time; a part may be stuck, as not every wait is "
			"known to be one for work.",
			units_share(s->work_share, a));
	else
		snprintf(text, size,
			 "Almost idle: busy %s of the time, otherwise asleep or waiting for work.",
			 units_share(s->work_share, a));
}

void headline_loop_blocked(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN], b[UNITS_LEN];

	snprintf(text, size, "%s was blocked for %s of the time: %.0f stall%s, longest %s.",
		 s->loop_of_two ? "An event loop, or what copies between two descriptors," :
				  "An event loop",
		 units_share(fmin(s->stalled, 1), a), s->stalls, s->stalls == 1 ? "" : "s",
		 units_time((uint64_t)(s->longest_stall_s * 1e9), b));
}

void headline_starved(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN];

	snprintf(text, size,
		 "Its threads spent %s of their busy time queued for a CPU; they got "
		 "%.2f cores.",
		 units_share(s->starvation, a), s->cores);
}

void headline_contended(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN];

	snprintf(text, size, "Its threads waited for %s for %s of their busy time.",
		 s->gil_s > s->lock_s / 2 ? "the GIL" : "locks", units_share(s->contention, a));
}

void headline_computing(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN];

	if (condition_gil_serialises(s, t))
		snprintf(text, size,
			 "Its threads compute in turn, one at a time: they fill %.2f "
			 "cores and wait for the GIL for %s of their busy time.",
			 s->cores, units_share(share_of(s->gil_s, s->work_s), a));
	else
		snprintf(text, size,
			 "It computes: %s of its busy time is on a CPU, %.2f cores used.",
			 units_share(s->ratio, a), s->cores);
}

void headline_waiting(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN];

	snprintf(text, size, "It is waiting on I/O: only %s of its busy time is on a CPU.",
		 units_share(s->ratio, a));
}

void headline_mixed(const struct signals *s, const double *t, char *text, size_t size)
{
	char a[UNITS_LEN];

	snprintf(text, size,
		 "It computes for %s of its busy time and waits for the rest; neither "
		 "alone decides.",
		 units_share(s->ratio, a));
}
