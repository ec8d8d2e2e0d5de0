// SPDX-License-Identifier: GPL-2.0-or-later
/* The glossary. A test demands a row for each name of the lists in include/states.h. */
#include "verdict/glossary.h"

const struct glossary_row glossary[] = {
	/* sums and ratios of the evidence */
	{ "work",
	  "time on a CPU, runnable, waiting for a lock, the GIL or I/O; the rest is waiting "
	  "for something to do" },
	{ "work_seen", "how much work was seen, to judge by" },
	{ "stuck", "proofs that work is pending and that what should do it does not move" },
	{ "rest", "time in which a thread waits for something to do: request, condition, sleep, "
		  "poll_idle, stopped" },
	{ "ratio", "on_cpu / (on_cpu + I/O): 1 computes only, 0 waits for I/O only" },
	{ "contention", "(lock + gil) / work: the part of the work that is waiting for locks" },
	{ "cores", "on_cpu / window: 1 is one CPU busy all the time" },
	{ "unattributed", "time that could not be classified; it lowers confidence, and makes a "
			  "verdict insufficient where it could turn it" },
	{ "confidence", "high, medium or low: how far the signals are from where the class would "
			"change, how long was watched, and what was lost or not attributed" },
	{ "window", "the time that one verdict is about: all of it, or the parts of -i and watch" },
	{ "thread time", "the window times the threads that lived in it" },
	{ "runnable", "ready to run but not on a CPU: wakeup, or preempted" },
	{ "queued", "the same as runnable: waiting in the run queue of a CPU" },
	{ "on CPU", "running" },
	{ "throttled", "runnable, while the cgroup had used up its CPU quota" },
	{ "voluntary", "switches away from a CPU because the thread waits for something" },
	{ "involuntary", "switches away from a CPU although the thread could go on" },
	{ "migrations", "how often threads went on on another CPU" },
	{ "burst", "part of a window in which watch also sees system calls, to tell more" },
	{ "place", "the innermost line of the program itself, outside libraries and the runtime" },
	/* loops */
	{ "event loop", "a thread that returns to the same epoll, poll or select again and again "
			"and serves several descriptors or timers from it" },
	{ "iteration", "of an event loop: from the return of its wait to its next wait" },
	{ "iterations", "how often an event loop returned from its wait" },
	{ "busy", "the part of the window in which an event loop was not in its wait" },
	{ "stall", "an iteration of an event loop that is longer than --stall (10 ms)" },
	{ "stalls", "iterations of an event loop that are longer than --stall (10 ms)" },
	{ "longest_stall", "the longest iteration of an event loop, its part in the window" },
	{ "p50", "half of the iterations are shorter" },
	{ "p99", "99 % of the iterations are shorter" },
	/* causes of stalls */
	{ "cpu", "computing: the thread runs on a CPU" },
	{ "blocking-call", "a system call that waits, made on the thread of an event loop" },
	{ "starved", "ready to run, but not on a CPU" },
	{ "page-fault", "waiting for a page of memory: from a file, swap, or the memory's lock" },
	/* locks */
	{ "mutex", "a lock that one thread holds at a time" },
	{ "pi-mutex", "a mutex that lends its holder the priority of those that wait" },
	{ "rwlock", "a lock of many readers or one writer" },
	{ "semaphore", "a counter that threads wait for; not contention" },
	{ "unknown", "what could not be determined; it is not guessed" },
	{ "holder", "the thread that has a lock while others wait for it" },
	/* what a thread waits at */
	{ "none", "the wait is at no descriptor, or at one that could not be identified" },
	{ "tcp", "a TCP connection that the program made" },
	{ "accepted tcp", "a TCP connection that was made to the program" },
	{ "listening tcp", "a TCP socket that takes connections" },
	{ "udp", "a datagram socket that the program asks others with" },
	{ "bound udp", "a datagram socket at a port of its own: a server's" },
	{ "inet socket", "an IP socket that is neither TCP nor UDP" },
	{ "unix socket", "a connection within the host that the program made" },
	{ "accepted unix socket", "a connection within the host that was made to the program" },
	{ "listening unix socket", "a unix socket that takes connections" },
	{ "socket", "a socket of another family" },
	{ "pipe", "a pipe or FIFO" },
	{ "file", "a regular file or directory" },
	{ "block device", "a disk, without a file system between" },
	{ "terminal", "a terminal" },
	{ "character device", "a device that is no disk and no terminal" },
	{ "eventfd", "a counter that threads wake each other with" },
	{ "timerfd", "a timer as a descriptor" },
	{ "signalfd", "signals as a descriptor" },
	{ "epoll", "a set of descriptors that are waited for together" },
	{ "io_uring", "a queue of I/O; what its wait waits for is not known" },
	{ "inotify", "changes of files" },
	{ "pidfd", "the end of a process" },
	{ "message queue", "a POSIX message queue" },
	{ "futex", "a word of memory at which threads wait: locks and conditions" },
	{ "pseudo file", "a file of /proc, /sys or the like" },
	{ "anonymous descriptor", "a descriptor of a kind that boundby does not know" },
	{ "kernel mutex", "a lock inside the kernel, held by another thread in a call or a fault" },
	{ "kernel rwsem", "a reader-writer lock inside the kernel" },
	{ "kernel semaphore", "a semaphore inside the kernel" },
	{ "kernel rt-mutex", "a lock inside the kernel that lends priority" },
	{ "kernel percpu-rwsem",
	  "a reader-writer lock inside the kernel that is cheap for readers" },
	{ "mmap_lock",
	  "the lock of a process's address space: page faults need it, and fork, mmap and "
	  "munmap hold it" },
	/* what watch gives up, and what may be lost */
	{ "stacks", "detail: where in the program long waits and stalls are" },
	{ "wakers", "detail: which thread ended a wait" },
	{ "histograms", "detail: how long the waits of a thread are one by one" },
	{ "continuous", "watching all the time; given up last, to keep the budget" },
	{ "lost", "what could not be kept or read, counted by its reason; confidence is lowered" },
};
const size_t glossary_count = sizeof(glossary) / sizeof(glossary[0]);
