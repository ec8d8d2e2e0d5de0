/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The findings: one row each. A new one is a row here, and its function in findings.c,
 * findings_held.c or findings_unseen.c.
 */
#ifndef BOUNDBY_VERDICT_FINDING_LIST_H
#define BOUNDBY_VERDICT_FINDING_LIST_H

/*
 * FINDING(IDENT, kind, function, meaning, rule, action, thresholds...): kind is the name in JSON;
 * meaning is one sentence, for explain; rule is the condition in words; action is "" where there is
 * nothing to do. They are reported in this order.
 */
#define VERDICT_FINDINGS(FINDING)                                                                              \
	FINDING(CHANGED, "changed", finding_change, "The class changed during the watch.",                     \
		"two windows or more in a row are clearly of another class than two or more before them",      \
		"Judge each part by itself: the verdict is about their sum.")                                  \
	FINDING(ODD_WINDOW, "odd-window", finding_odd_window,                                                  \
		"One outlier window would have decided the class; the verdict leaves it out.",                 \
		"all windows but one, four or more, agree on another class than their sum",                    \
		"If it recurs, watch while it lasts.")                                                         \
	FINDING(OVERSUBSCRIPTION, "oversubscription", finding_oversubscription,                                \
		"More threads are runnable than there are CPUs, and switching between them "                   \
		"costs CPU time.",                                                                             \
		"on_cpu + runnable > CPUs x window, and the switches cost more than switch-share",             \
		"Run no more workers than cores.", THRESHOLD_SWITCH_SHARE)                                     \
	FINDING(THROTTLING, "throttling", finding_throttling,                                                  \
		"The cgroup's CPU quota was used up for a part of the time.",                                  \
		"throttled >= 1 % of the window", "Raise the quota, or do with fewer threads.")                \
	FINDING(NEIGHBOURS, "neighbours", finding_neighbours,                                                  \
		"Other processes had the CPUs while its threads were queued for one.",                         \
		"starvation >= 0.1, and they used 10 % of a CPU or more",                                      \
		"Move them away, or give this one a larger share (nice, cpu.weight, CPUWeight=).")             \
	FINDING(EXECUTOR_SATURATED, "executor-saturated", finding_saturation,                                  \
		"A pool of similar workers had none idle: work queues for it.",                                \
		"1 - sum of the workers' idle shares >= no-idle-worker, and threads outside the pool hand it " \
		"work or wait for its results",                                                                \
		"If the workers compute, more of them than cores do not help; if they wait, a larger pool "    \
		"does.",                                                                                       \
		THRESHOLD_NO_IDLE_WORKER)                                                                      \
	FINDING(CONNECTION_POOL, "connection-pool", finding_connection_pool,                                   \
		"Threads wait for a free connection of a connection pool that is too small.",                  \
		"threads of one name all wait for the network in turn, half of them or fewer at a time, and "  \
		"the others are parked until one of them wakes them",                                          \
		"Give the pool a connection for each thread that uses it, if the other side "                  \
		"can take them.")                                                                              \
	FINDING(TRACED, "traced", finding_traced,                                                              \
		"A tracer (strace, gdb) stops its threads again and again.",                                   \
		"stopped >= 5 % of the time, and it has a tracer", "End the tracer.")                          \
	FINDING(STOPPED, "stopped", finding_stopped,                                                           \
		"Its threads were stopped by a signal, or frozen with their cgroup.",                          \
		"stopped >= 5 % of the time, without a tracer",                                                \
		"Continue it (kill -CONT), or thaw its cgroup.")                                               \
	FINDING(FILE_LOCK, "file-lock", finding_file_lock,                                                     \
		"It waits for a file lock that another process holds.",                                        \
		"the kernel names the holder, and the wait is 5 % of the work or more",                        \
		"Examine what the holder does meanwhile.")                                                     \
	FINDING(GARBAGE_COLLECTION, "garbage-collection", finding_collector,                                   \
		"A tenth of the computing or more is garbage collection.",                                     \
		"samples inside it, or its threads' CPU time, >= 10 % of the computing, which is 5 % of "      \
		"a CPU or more",                                                                               \
		"Allocate less, or let it run less often (a larger heap, higher thresholds).")                 \
	FINDING(KERNEL_TIME, "kernel-time", finding_kernel_time,                                               \
		"The kernel does a large part of the computing, inside one system call.",                      \
		"samples inside the call >= 30 % of the computing, which is 5 % of a CPU or more",             \
		"Make the call less often, with more each time.")                                              \
	FINDING(MEMORY_LIMIT, "memory-limit", finding_memory_limit,                                            \
		"The memory limit of its cgroup is used up, and it waits for pages that were evicted.",        \
		"usage >= 90 % of the limit, which was hit in the window, and page faults >= 5 % of the work", \
		"Raise the limit, or use less memory.")                                                        \
	FINDING(SWAPPING, "swapping", finding_swapping,                                                        \
		"A part of it is swapped out, and it waits for pages.",                                        \
		"VmSwap >= 10 % of its memory, and page faults >= 5 % of the work",                            \
		"Give it more memory, or let it hold less.")                                                   \
	FINDING(MEMORY_GROWTH, "memory-growth", finding_memory_growth,                                         \
		"Resident memory grows steadily.",                                                             \
		"it rose in `steady` of the snapshots (each window, three or more), by memory-growth, and in " \
		"the later half at 0.3 of that or more, and so did what is mapped; not in the first 10 s of "  \
		"a process, and with a garbage collector only when watched for 10 s",                          \
		"Bound the queue, or the set of tasks, that grows.", THRESHOLD_STEADY,                         \
		THRESHOLD_MEMORY_GROWTH)                                                                       \
	FINDING(MEMORY_PER_WORKER, "memory-per-worker", finding_worker_memory,                                 \
		"Similar worker processes each hold a large, similar amount of memory.",                       \
		"resident memory of each, less files and shared memory, >= worker-memory, within a factor "    \
		"of 2",                                                                                        \
		"Share the data (shared memory, fork after loading), or hand over larger chunks to fewer.",    \
		THRESHOLD_WORKER_MEMORY)                                                                       \
	FINDING(ZOMBIES, "zombies", finding_zombies,                                                           \
		"Children have exited and were not waited for.",                                               \
		"children in state Z at the end of the window, and still 20 ms later",                         \
		"Wait for them; shut the pool down.")                                                          \
	FINDING(THREAD_GROWTH, "thread-growth", finding_thread_growth,                                         \
		"The number of threads only grows.",                                                           \
		"it rose in `steady` of the snapshots, by thread-growth",                                      \
		"Join the threads, or use a pool.", THRESHOLD_STEADY, THRESHOLD_THREAD_GROWTH)                 \
	FINDING(DESCRIPTOR_GROWTH, "descriptor-growth", finding_descriptor_growth,                             \
		"The number of open fds only grows.",                                                          \
		"it rose in `steady` of the snapshots, by descriptor-growth",                                  \
		"Close them, or bound what is open at once.", THRESHOLD_STEADY,                                \
		THRESHOLD_DESCRIPTOR_GROWTH)                                                                   \
	FINDING(BUSY_POLLING, "busy-polling", finding_busy_polling,                                            \
		"A thread polls for events repeatedly, without blocking.",                                     \
		"an event wait with timeout 0, 1,000 times a second and more, with less than half of "         \
		"the time in between",                                                                         \
		"Give the wait a timeout, or none, so that the kernel wakes it.")                              \
	FINDING(ALWAYS_READY, "always-ready", finding_always_ready,                                            \
		"An event wait returns at once, again and again, for an fd that the program "                  \
		"does not handle.",                                                                            \
		"1,000 times a second and more, without sleeping, and without any other call before the next", \
		"Remove the fd from the set until there is something to do with it, or "                       \
		"register it edge-triggered.")                                                                 \
	FINDING(DEADLOCK, "deadlock", finding_deadlock,                                                        \
		"Threads wait for each other's locks in a cycle, whatever the rest of the program does.",      \
		"following the holders of locks, from a thread that waited for one the whole window, leads "   \
		"back to it",                                                                                  \
		"Take these locks in the same order everywhere.")                                              \
	FINDING(HUNG_PROCESSES, "hung-processes", finding_hung_processes,                                      \
		"Some programs of the host hang, while others work.",                                          \
		"there are proofs as of class hung, of a target that is a whole host with other work",         \
		"Attach to the one that is named.")                                                            \
	FINDING(SLEEP_POLLING, "sleep-polling", finding_sleep_polling,                                         \
		"Threads try again and again with a short sleep in between.",                                  \
		"5 or more sleeps a second, each below 0.5 s, for twice as long as all work of the target",    \
		"Wait for the event itself: a condition, a file lock, inotify.")                               \
	FINDING(WAITS_FOR, "waits-for", finding_chain,                                                         \
		"A chain of threads, each of which waits for the next for most of its time.",                  \
		"half of a thread's time and more was ended by one other thread",                              \
		"Examine the last thread of the chain.")                                                       \
	FINDING(UNCLASSIFIED, "unclassified", finding_unclassified,                                            \
		"Time in calls that are neither work nor rest for certain.",                                   \
		"state `other`, except waits for a signal, >= 10 % of the time", "")                           \
	FINDING(LOCKS_DROPPED, "locks-dropped", finding_dropped_locks,                                         \
		"More locks than the kernel's table holds.", "some were left out", "")                         \
	FINDING(STACKS_DROPPED, "stacks-dropped", finding_dropped_stacks,                                      \
		"Stacks of long waits or stalls that there was no room or time for.",                          \
		"some were left out", "")                                                                      \
	FINDING(NAMES_LOST, "names-lost", finding_lost_names,                                                  \
		"Places, names or runtimes that are not known: a program's files or memory did not answer.",   \
		"reading them took longer than 0.25 s (a program's first time: 0.6 s), failed badly, or the "  \
		"process boundby-reader, which starts what reads them, was ended",                             \
		"Examine the file systems of the program: one may not answer. If no process is named "         \
		"boundby-reader, start boundby again.")                                                        \
	FINDING(EVENTS_DROPPED, "events-dropped", finding_dropped_events,                                      \
		"Of --events, those that came faster than they could be kept.",                                \
		"some were left out", "Record only longer ones (--events=TIME).")                              \
	FINDING(GIVEN_UP, "given-up", finding_given_up,                                                        \
		"To stay within its budget, a watch measured less for a part of the time.",                    \
		"some detail was dropped; time without any is assumed to have the shares of the rest",         \
		"Raise --budget to keep all detail.")                                                          \
	FINDING(UNOBSERVED, "unobserved", finding_unobserved, "Losses hide a part of the time.",               \
		"unobserved > 0.1 % of the time", "")

#define FINDING_ENUM(ident, ...) FINDING_##ident,
enum finding_id { VERDICT_FINDINGS(FINDING_ENUM) NR_FINDINGS };
#undef FINDING_ENUM

#endif
