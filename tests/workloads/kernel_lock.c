// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two threads write to one file, so both need the kernel's lock of its inode. The first holds it
 * for 20 ms of each round: its buffer is a page that is not there until a third thread, asked by
 * userfaultfd, provides it. Truth: "wait" ns that the second spent in its calls, nearly all of it
 * waiting for the lock.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define HOLD_NS 20000000ULL
#define PAGE 4096

static int file, faults, rounds[2];
static char *page;

static void *provide(void *arg)
{
	static char source[PAGE] __attribute__((aligned(PAGE)));
	struct uffd_msg message;

	for (;;) {
		struct uffdio_copy copy = { .dst = (unsigned long)page,
					    .src = (unsigned long)source,
					    .len = PAGE };

		if (read(faults, &message, sizeof(message)) != sizeof(message))
			die("userfaultfd");
		sleep_ns(HOLD_NS);
		if (ioctl(faults, UFFDIO_COPY, &copy))
			die("UFFDIO_COPY");
	}
	return NULL;
}

static void *hold(void *arg)
{
	char byte = 0;

	prctl(PR_SET_NAME, "holder");
	for (;;) {
		madvise(page, PAGE, MADV_DONTNEED);
		if (write(rounds[1], &byte, 1) != 1 || pwrite(file, page, PAGE, 0) != PAGE)
			die("write");
	}
	return NULL;
}

static void *wait_for_lock(void *arg)
{
	uint64_t *wait = truth("wait"), from;
	char byte;

	prctl(PR_SET_NAME, "waiter");
	for (;;) {
		if (read(rounds[0], &byte, 1) != 1)
			die("read");
		sleep_ns(HOLD_NS / 10); /* the holder has the lock by now */
		from = now_ns();
		if (pwrite(file, &byte, 1, 0) != 1)
			die("write");
		truth_add(wait, now_ns() - from);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	workload_begin(argc, argv);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	file = memfd_create("locked", MFD_CLOEXEC);
	area.range.start = (unsigned long)page;
	area.range.len = PAGE;
	if (page == MAP_FAILED || faults < 0 || file < 0 || pipe(rounds) ||
	    ioctl(faults, UFFDIO_API, &api) || ioctl(faults, UFFDIO_REGISTER, &area))
		die("userfaultfd");
	start_thread(provide, NULL);
	start_thread(wait_for_lock, NULL);
	start_thread(hold, NULL);
	ready();
	sleep_to_end();
	return 0;
}
