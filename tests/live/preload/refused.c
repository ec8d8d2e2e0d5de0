// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LD_PRELOAD: makes one BPF program unloadable. The first instruction of the program that
 * BOUNDBY_TEST_REFUSED names becomes one that no kernel knows, on its way into the kernel; what
 * becomes of it there, and what boundby makes of that, is real.
 */
#include <dlfcn.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define ARGUMENTS 6
#define UNKNOWN_OPCODE 0xff

static int is_named(const union bpf_attr *attr)
{
	const char *name = getenv("BOUNDBY_TEST_REFUSED");

	/* the kernel has room for the first 15 letters */
	return name && !strncmp(attr->prog_name, name, BPF_OBJ_NAME_LEN - 1);
}

/* libbpf has no other way to bpf(2) than the C library's syscall(). */
long syscall(long number, ...)
{
	long (*next)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long argument[ARGUMENTS];
	union bpf_attr *attr;
	va_list list;
	int i;

	va_start(list, number);
	for (i = 0; i < ARGUMENTS; i++)
		argument[i] = va_arg(list, long);
	va_end(list);
	attr = (union bpf_attr *)argument[1];
	if (number == SYS_bpf && argument[0] == BPF_PROG_LOAD && is_named(attr))
		((struct bpf_insn *)attr->insns)->code = UNKNOWN_OPCODE;
	return next(number, argument[0], argument[1], argument[2], argument[3], argument[4],
		    argument[5]);
}
