// SPDX-License-Identifier: GPL-2.0-or-later
/* Conclusions from a single record that all modules share. */
#include "trace/record.h"

#include <string.h>

enum stall_cause record_stall_cause(const struct record_stall *stall)
{
	uint64_t parts[NR_STALL_CAUSES] = { 0 }, timed = stall->timed_ns;
	enum stall_cause largest = STALL_CPU;
	int i;

	for (i = 0; i < NR_STATES; i++)
		parts[stall_cause_of((enum ledger_state)i)] += stall->parts_ns[i];
	/* not woken by a thread: a plain timed sleep */
	if (timed > parts[STALL_LOCK])
		timed = parts[STALL_LOCK];
	parts[STALL_LOCK] -= timed;
	parts[STALL_BLOCKING_CALL] += timed;
	for (i = 0; i < NR_STALL_CAUSES; i++)
		if (parts[i] > parts[largest])
			largest = (enum stall_cause)i;
	return largest;
}

bool record_wait_writes(const char *call_name)
{
	static const char *const calls[] = {
		"write",  "writev",  "pwrite64", "pwritev",  "pwritev2", "send",
		"sendto", "sendmsg", "sendmmsg", "sendfile", "splice",
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(call_name, calls[i]))
			return true;
	return false;
}

bool record_wait_for_signal(const char *call_name, uint32_t object)
{
	return object == OBJECT_SIGNALFD || !strcmp(call_name, "pause") ||
	       !strcmp(call_name, "rt_sigsuspend") || !strcmp(call_name, "rt_sigtimedwait");
}
