// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes in code that is in no file, as compilers at run time make it: one instruction that jumps
 * to itself, in anonymous memory. Truth by construction: all CPU time is at one address of it.
 */
#include <sys/mman.h>

#include "workload.h"

int main(int argc, char **argv)
{
#if defined(__x86_64__)
	static const unsigned char code[] = { 0xeb, 0xfe }; /* jmp . */
#else
	static const unsigned char code[] = { 0x00, 0x00, 0x00, 0x14 }; /* b . */
#endif
	void *memory;

	workload_begin(argc, argv);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	memcpy(memory, code, sizeof(code));
	if (mprotect(memory, 4096, PROT_READ | PROT_EXEC))
		die("mprotect");
	__builtin___clear_cache(memory, (char *)memory + sizeof(code));
	ready();
	((void (*)(void))memory)();
	return 0;
}
