// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzzes what reads ELF and DWARF: the input is the file behind all mappings of a process. */
#include <string.h>

#include "reader_world.h"

#define CODE 0x400000

static const char maps[] =
	"00400000-00500000 r-xp 00000000 08:01 11 /usr/lib/libpython3.11.so.1.0\n"
	"00500000-00600000 rw-p 00100000 08:01 11 /usr/lib/libpython3.11.so.1.0\n"
	"00600000-00700000 rw-p 00000000 00:00 0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	world = (struct world){ .maps = { maps, sizeof(maps) - 1 }, .file = { data, size } };
	world_ask_all(CODE + 0x1000);
	return 0;
}
