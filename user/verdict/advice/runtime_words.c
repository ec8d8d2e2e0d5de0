// SPDX-License-Identifier: GPL-2.0-or-later
/* The words as a table, one row per runtime. */
#include "verdict/advice/runtime_words.h"

#include <stdio.h>
#include <string.h>

#include "lib/runtimes.h"

static const struct runtime_words runtimes[] = {
	[RUNTIME_CPYTHON] = { "asyncio", "threads", "processes", "hybrid",
			      "one event loop can hold them all (asyncio.gather), bounded by a Semaphore",
			      "a ThreadPoolExecutor of %d (min(32, cores x 4))",
			      "%d processes (ProcessPoolExecutor, multiprocessing), one per core",
			      "asyncio or threads for the waiting, a ProcessPoolExecutor of %d for the computing",
			      "several server processes (--workers), one per core",
			      "await asyncio.to_thread(...), or a library that does not block",
			      "await loop.run_in_executor(process_pool, ...): a ProcessPoolExecutor" },
	[RUNTIME_NODE] = { "event loop", "event loop", "worker_threads", "hybrid",
			   "start them together (Promise.all), a bounded number at a time",
			   "start up to %d of them together (Promise.all)",
			   "%d worker_threads, one per core",
			   "the event loop for the waiting, %d worker_threads for the computing",
			   "several processes (cluster), one per core",
			   "the asynchronous form of the call (fs.promises, not ...Sync)",
			   "a pool of worker_threads" },
	[RUNTIME_JAVA] = { "event loop", "threads", "threads", "hybrid",
			   "virtual threads, or NIO with one selector, can hold them all; bound them with a Semaphore",
			   "an ExecutorService of %d threads (min(32, cores x 4))",
			   "a fixed pool of %d threads, one per core",
			   "one executor for the waiting, one of %d threads for the computing",
			   "several selector threads, one per core", "an executor's thread",
			   "an executor with one thread for each core" },
	[RUNTIME_GO] = { "goroutines", "goroutines", "goroutines", "goroutines",
			 "one goroutine each, bounded by a channel or errgroup.SetLimit",
			 "up to %d goroutines at a time (errgroup.SetLimit)",
			 "%d goroutines that compute, one per core (GOMAXPROCS)",
			 "goroutines for the waiting, %d of them for the computing",
			 "several goroutines, one per core", "a goroutine of its own",
			 "a goroutine of its own" },
	[RUNTIME_NATIVE] = { "event loop", "threads", "threads", "hybrid",
			     "one event loop (epoll, io_uring) can hold them all; bound them",
			     "a pool of %d threads (min(32, cores x 4))",
			     "%d workers, one per core (native threads, or processes)",
			     "a loop or threads for the waiting, %d workers for the computing",
			     "several loops or instances, one per core (SO_REUSEPORT, sharding)",
			     "a thread of its own, or its form that does not block",
			     "a worker thread or process; or cut it into short pieces" },
};
_Static_assert(sizeof(runtimes) / sizeof(runtimes[0]) == NR_RUNTIMES,
	       "each runtime needs a row of words here");

const struct runtime_words *runtime_words_of(const struct process_model *process)
{
	return &runtimes[process ? runtime_id_of(process->runtime) : RUNTIME_NATIVE];
}

const char *runtime_words_fill(const char *words, int count, char *ret, size_t size)
{
	const char *place = strstr(words, "%d");

	if (place)
		snprintf(ret, size, "%.*s%d%s", (int)(place - words), words, count, place + 2);
	else
		snprintf(ret, size, "%s", words);
	return ret;
}
