// SPDX-License-Identifier: GPL-2.0-or-later
/* Recorded memory, maps and the current task, for BPF code on the host. */
#include "memory.h"

#include <errno.h>
#include <string.h>

#define SEGMENTS_MAX 512
#define MAPS_MAX 8

static struct {
	unsigned long long address;
	const unsigned char *data;
	unsigned long size;
} segments[SEGMENTS_MAX];
static struct {
	const void *map;
	void *value;
} maps[MAPS_MAX];
static unsigned int segment_count, map_count;
static void *task;

unsigned long long memory_jiffies;

void memory_reset(void)
{
	segment_count = map_count = 0;
	task = NULL;
	memory_jiffies = 400;
}

void memory_add(unsigned long long address, const void *data, unsigned long size)
{
	if (segment_count == SEGMENTS_MAX)
		__builtin_trap();
	segments[segment_count].address = address;
	segments[segment_count].data = data;
	segments[segment_count++].size = size;
}

static int read_byte(unsigned long long address, unsigned char *ret)
{
	unsigned int i;

	for (i = 0; i < segment_count; i++)
		if (address - segments[i].address < segments[i].size) {
			*ret = segments[i].data[address - segments[i].address];
			return 0;
		}
	return -EFAULT;
}

long memory_read(void *to, unsigned long size, unsigned long long address)
{
	unsigned long i;

	for (i = 0; i < size; i++)
		if (read_byte(address + i, (unsigned char *)to + i)) {
			memset(to, 0, size);
			return -EFAULT;
		}
	return 0;
}

void memory_map(const void *map, void *value)
{
	unsigned int i;

	for (i = 0; i < map_count && maps[i].map != map; i++)
		;
	if (i == MAPS_MAX)
		__builtin_trap();
	maps[i].map = map;
	maps[i].value = value;
	if (i == map_count)
		map_count++;
}

void *memory_lookup(const void *map, const void *key)
{
	unsigned int i;

	(void)key;
	for (i = 0; i < map_count; i++)
		if (maps[i].map == map)
			return maps[i].value;
	return NULL;
}

void memory_set_task(void *current)
{
	task = current;
}

void *memory_task(void)
{
	return task;
}
