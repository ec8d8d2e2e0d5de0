// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes for a CPython whose runtime lies in pages that are never filled (userfaultfd): a read of them
 * waits for ever, as one of a page on a dead file server does.
 * Truth: it sleeps and computes a little; it has no interpreter.
 */
#include "attack.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define RUNTIME_BYTES 65536

/* What boundby looks for in an executable; 3.11 keeps its lock in the runtime itself. */
char _PyRuntime[RUNTIME_BYTES] __attribute__((aligned(65536)));
const unsigned long Py_Version = 0x030b07f0;

static void leave_unanswered(void *start, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (uintptr_t)start, size },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		skip("userfaultfd is not there");
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		die("userfaultfd");
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	if (mmap(_PyRuntime, RUNTIME_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("mmap");
	leave_unanswered(_PyRuntime, RUNTIME_BYTES);
	become_nobody();
	ready();
	for (;;) {
		spin_cpu_ns(MS / 5);
		sleep_ns(20 * MS);
	}
}
