/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts of processes from /proc, which is hostile: every field is bounded and may be missing. */
#ifndef BOUNDBY_COLLECT_PROCFS_PROC_FACTS_H
#define BOUNDBY_COLLECT_PROCFS_PROC_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	pid_t ppid;
	char comm[16];
	char state; /* R S D Z T ... */
	bool kernel_thread;
	uint64_t start_ticks; /* since boot, USER_HZ */
	uint64_t rss_bytes;
	uint64_t size_bytes; /* of the address space */
	uint64_t threads;
};

/* Reads /proc/PID/stat. 0 or negative errno (-ESRCH, -ENOENT: gone). */
int proc_stat_read(pid_t pid, struct proc_stat *ret);

/* Has the whole process ended? Its main thread alone may have: it is a zombie until the others end. */
bool proc_stat_ended(const struct proc_stat *stat);

/*
 * The number below /proc that shows memory, maps, executable and fds of a process: its own, or, if
 * its main thread has ended, that of a thread that lives. The PID itself when there is none.
 */
pid_t proc_living_task(pid_t pid);

/* Is it boundby, or a helper that boundby or a helper of it has started? */
bool proc_is_own(pid_t pid);

/* Does a process that began at start_ns (CLOCK_BOOTTIME) fit what /proc says of its number? */
bool proc_stat_is(const struct proc_stat *stat, uint64_t start_ns);

/* What /proc/PID/status adds. */
struct proc_status {
	pid_t tracer; /* 0 none */
	uint32_t cpus; /* that the main thread may use, 0 unknown */
	uint64_t cpu_mask; /* which: CPU n is bit n mod 64 */
	uint64_t swap_bytes;
};

/* Reads /proc/PID/status. 0 or negative errno. */
int proc_status_read(pid_t pid, struct proc_status *ret);

/* Base name of the executable; "" when it cannot be read. */
void proc_exe_name(pid_t pid, char *ret, size_t size);

/* The process that a thread belongs to, or negative errno. */
pid_t proc_thread_group(pid_t tid);

/* Open fds of a process; UINT64_MAX when they cannot be counted. */
uint64_t proc_descriptors(pid_t pid);

/* epoll sets among the lowest fds of a process; UINT64_MAX when they cannot be read. */
uint64_t proc_event_sets(pid_t pid);

/*
 * Resident bytes of files and of memory made to be shared; UINT64_MAX unknown. ret_writable: private
 * bytes that may be written to, whether a page is behind them or not (VmData + VmStk); 0 unknown.
 */
uint64_t proc_shared_bytes(pid_t pid, uint64_t *ret_writable);

/*
 * Children of a process that ended and were not waited for; UINT64_MAX when they cannot be counted,
 * or when it has too many threads or children to look at.
 */
uint64_t proc_zombies(pid_t pid);

/* Inode number of the process's network namespace, 0 unknown. */
uint32_t proc_netns(pid_t pid);

/* Calls found() for each TCP port with a listener in the process's network namespace. */
void proc_listeners(pid_t pid, void (*found)(uint16_t port, void *arg), void *arg);

/* Calls found() for each process. 0, what found() returned when not 0, or negative errno. */
int proc_each_process(int (*found)(pid_t pid, void *arg), void *arg);

/* Is boundby in a PID namespace below the host's, as in a container? */
bool proc_is_nested(void);

/* Names the run of this kernel, "" unknown. */
void proc_boot_id(char *ret, size_t size);

/* Resident memory of boundby itself, bytes. */
uint64_t proc_self_rss(void);

#endif
