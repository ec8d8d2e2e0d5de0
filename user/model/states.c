// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes a thread's time in each state between two snapshots; it sums to the wall time. */
#include "model/builder.h"

/*
 * A snapshot in between may have said a little too much of one state, and too little of another. What
 * those that went back lack, those that grew most have too much.
 */
static void balance(struct ledger *time, uint64_t back)
{
	uint64_t cut;
	int i, largest;

	while (back) {
		for (i = 1, largest = 0; i < NR_STATES; i++)
			if (time->state_ns[i] > time->state_ns[largest])
				largest = i;
		cut = back < time->state_ns[largest] ? back : time->state_ns[largest];
		if (!cut)
			return;
		time->state_ns[largest] -= cut;
		back -= cut;
	}
}

bool build_states(const struct record_thread *base, const struct record_thread *last,
		  struct ledger *ret)
{
	uint64_t room = ret->wall_ns, sum = 0, back = 0;
	bool fits = true;
	int i;

	for (i = 0; i < NR_STATES; i++) {
		ret->state_ns[i] = span_minus(last->state_ns[i], base->state_ns[i]);
		sum += ret->state_ns[i];
		back += span_minus(base->state_ns[i], last->state_ns[i]);
	}
	if (sum - back == room)
		balance(ret, back);
	/* more time than elapsed: only in a damaged trace, or after a missed read */
	for (i = 0; i < NR_STATES; i++) {
		if (ret->state_ns[i] > room) {
			ret->state_ns[i] = room;
			fits = false;
		}
		room -= ret->state_ns[i];
	}
	ret->state_ns[STATE_UNOBSERVED] += room;
	return fits;
}
