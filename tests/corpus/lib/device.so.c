// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver as a vendor ships it: device_wait() blocks for a measurement, device_sum() computes. */
#include <stdint.h>
#include <time.h>

int device_wait(int ms);
uint64_t device_sum(uint64_t rounds);

int device_wait(int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	return nanosleep(&left, NULL);
}

uint64_t device_sum(uint64_t rounds)
{
	volatile uint64_t sum = 0;
	uint64_t i;

	for (i = 0; i < rounds; i++)
		sum += i * i;
	return sum;
}
