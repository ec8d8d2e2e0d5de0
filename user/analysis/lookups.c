// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums the waits for name servers, by process and by thread of libuv's pool. */
#include "analysis/lookups.h"

#define DNS_PORT 53

uint64_t lookups_ns(const struct process_model *process)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < process->wait_count; i++)
		if (process->waits[i].state == STATE_NETWORK &&
		    process->waits[i].peer_port == DNS_PORT)
			sum += process->waits[i].wait_ns;
	return sum;
}
