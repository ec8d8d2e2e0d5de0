// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzzes the helper's end of its protocol: the input is one question, and the memory it is about. */
#include <string.h>

#include "collect/reader/server.h"
#include "reader_world.h"

#define MEMORY 0x10000

static const char maps[] = "00010000-00100000 rw-p 00000000 00:00 0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader_head head;

	world = (struct world){ .maps = { maps, sizeof(maps) - 1 },
				.memory = { data, size },
				.memory_at = MEMORY };
	if (size < sizeof(head) || size > READER_MESSAGE_MAX)
		return 0;
	memcpy(&head, data, sizeof(head));
	world_ask(head.kind, data + sizeof(head), size - sizeof(head));
	return 0;
}
