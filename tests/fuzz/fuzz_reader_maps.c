// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes what reads /proc/PID/maps, /proc/PID/status and a perf map: the parts of the input, which a
 * byte 0 separates.
 */
#include <string.h>

#include "reader_world.h"

#define CODE 0x400000

static const uint8_t *part(const uint8_t *at, const uint8_t *end, struct bytes *ret)
{
	const uint8_t *zero = memchr(at, 0, (size_t)(end - at));

	*ret = (struct bytes){ at, (size_t)((zero ? zero : end) - at) };
	return zero ? zero + 1 : end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;

	world = (struct world){ .file = { "no ELF", 6 } };
	data = part(data, end, &world.maps);
	data = part(data, end, &world.status);
	part(data, end, &world.perf_map);
	world_ask_all(CODE + 0x1000);
	return 0;
}
