// SPDX-License-Identifier: GPL-2.0-or-later
/* What records say by themselves. Receives a record; hands on a conclusion that all sides share. */
#include "trace/record.h"

enum stall_cause record_stall_cause(const struct record_stall *stall)
{
	uint64_t parts[NR_STALL_CAUSES] = { 0 }, timed = stall->timed_ns;
	enum stall_cause largest = STALL_CPU;
	int i;

	for (i = 0; i < NR_STATES; i++)
		parts[stall_cause_of((enum ledger_state)i)] += stall->parts_ns[i];
	/* nobody was waited for where nobody woke it: a sleep by another name */
	if (timed > parts[STALL_LOCK])
		timed = parts[STALL_LOCK];
	parts[STALL_LOCK] -= timed;
	parts[STALL_BLOCKING_CALL] += timed;
	for (i = 0; i < NR_STALL_CAUSES; i++)
		if (parts[i] > parts[largest])
			largest = (enum stall_cause)i;
	return largest;
}
