// SPDX-License-Identifier: GPL-2.0-or-later
/* The words as two tables: a row for each runtime, and a row of what differs for a framework. */
#include "verdict/advice/runtime_words.h"

#include <stdio.h>
#include <string.h>

#include "lib/runtimes.h"

static const struct runtime_words runtimes[] = {
	[RUNTIME_CPYTHON] = {
		.loop = "asyncio", .threads = "threads", .compute = "processes", .hybrid = "hybrid",
		.many = "one event loop can hold them all (asyncio.gather), bounded by a Semaphore",
		.pool = "a ThreadPoolExecutor of %d (min(32, cores x 4))",
		.spread = "%d processes (ProcessPoolExecutor, multiprocessing), one per core",
		.split = "asyncio or threads for the waiting, a ProcessPoolExecutor of %d for the computing",
		.loops = "several server processes (--workers), one per core",
		.off_call = "await asyncio.to_thread(...), or a library that does not block",
		.off_computing = "await loop.run_in_executor(process_pool, ...): a ProcessPoolExecutor",
		.off_sleep = "await asyncio.sleep(...)",
		.collector = "gc.freeze() after start-up, higher thresholds (gc.set_threshold), "
			     "fewer new objects",
		.connections = "pool_maxsize, pool_size or max_connections of the client",
	},
	[RUNTIME_NODE] = {
		.loop = "event loop", .threads = "event loop", .compute = "worker_threads", .hybrid = "hybrid",
		.many = "start them together (Promise.all), a bounded number at a time",
		.pool = "start up to %d of them together (Promise.all)",
		.spread = "%d worker_threads, one per core",
		.split = "the event loop for the waiting, %d worker_threads for the computing",
		.loops = "several processes (cluster), one per core",
		.off_call = "the asynchronous form of the call (fs.promises, not ...Sync)",
		.off_computing = "a pool of worker_threads",
		.off_sleep = "setTimeout (timers/promises)",
		.collector = "fewer short-lived objects, a larger young generation "
			     "(--max-semi-space-size)",
		.connections = "maxSockets of the agent, or max of the driver's pool",
	},
	[RUNTIME_JAVA] = {
		.loop = "event loop", .threads = "threads", .compute = "threads", .hybrid = "hybrid",
		.many = "virtual threads, or NIO with one selector, can hold them all; bound them with a Semaphore",
		.pool = "an ExecutorService of %d threads (min(32, cores x 4))",
		.spread = "a fixed pool of %d threads, one per core",
		.split = "one executor for the waiting, one of %d threads for the computing",
		.loops = "several selector threads, one per core",
		.off_call = "an executor's thread",
		.off_computing = "an executor with one thread for each core",
		.off_sleep = "a ScheduledExecutorService",
		.collector = "a larger heap (-Xmx), fewer allocations, a collector with short pauses "
			     "(-XX:+UseZGC)",
		.connections = "maximumPoolSize (HikariCP), or maxTotal of the client's pool",
	},
	[RUNTIME_GO] = {
		.loop = "goroutines", .threads = "goroutines", .compute = "goroutines", .hybrid = "goroutines",
		.many = "one goroutine each, bounded by a channel or errgroup.SetLimit",
		.pool = "up to %d goroutines at a time (errgroup.SetLimit)",
		.spread = "%d goroutines that compute, one per core (GOMAXPROCS)",
		.split = "goroutines for the waiting, %d of them for the computing",
		.loops = "several goroutines, one per core",
		.off_call = "a goroutine of its own",
		.off_computing = "a goroutine of its own",
		.off_sleep = "a goroutine of its own",
		.collector = "a higher GOGC (with GOMEMLIMIT), fewer allocations (sync.Pool)",
		.connections = "MaxConnsPerHost, or db.SetMaxOpenConns",
	},
	[RUNTIME_RUBY] = {
		.loop = "fibers", .threads = "threads", .compute = "processes", .hybrid = "hybrid",
		.many = "fibers (async) can hold them all; bound them with a Semaphore",
		.pool = "a pool of %d threads (min(32, cores x 4))",
		.spread = "%d processes, one per core; threads share one interpreter lock",
		.split = "threads for the waiting, %d processes for the computing",
		.loops = "several server processes, one per core",
		.off_call = "a thread of its own",
		.off_computing = "a process of its own",
		.off_sleep = "a timer of the loop",
		.collector = "fewer new objects, a larger heap (RUBY_GC_HEAP_...), GC.compact before "
			     "the fork",
		.connections = "pool in database.yml, as many as threads",
	},
	[RUNTIME_PHP] = {
		.loop = "processes", .threads = "processes", .compute = "processes", .hybrid = "processes",
		.many = "curl_multi, or one call for many",
		.pool = "up to %d worker processes",
		.spread = "%d worker processes, one per core",
		.split = "more worker processes for the waiting, %d cores for the computing",
		.loops = "several processes, one per core",
		.off_call = "a queue that another process works through",
		.off_computing = "a queue that another process works through",
		.off_sleep = "a queue that another process works through",
		.collector = "gc_disable() around the work, fewer new objects",
		.connections = "connections that the server grants",
	},
	[RUNTIME_NATIVE] = {
		.loop = "event loop", .threads = "threads", .compute = "threads", .hybrid = "hybrid",
		.many = "one event loop (epoll, io_uring) can hold them all; bound them",
		.pool = "a pool of %d threads (min(32, cores x 4))",
		.spread = "%d workers, one per core (native threads, or processes)",
		.split = "a loop or threads for the waiting, %d workers for the computing",
		.loops = "several loops or instances, one per core (SO_REUSEPORT, sharding)",
		.off_call = "a thread of its own, or a call that does not block",
		.off_computing = "a worker thread or process; or cut it into short pieces",
		.off_sleep = "a timer of the loop (timerfd, or the timeout of the wait)",
		.collector = "fewer allocations, a larger heap",
		.connections = "the size of the connection pool",
	},
};
_Static_assert(sizeof(runtimes) / sizeof(runtimes[0]) == NR_RUNTIMES,
	       "each runtime needs a row of words here");

static const struct runtime_words frameworks[NR_FRAMEWORKS] = {
	[FRAMEWORK_GEVENT] = {
		.many = "spawn them in a gevent.pool.Pool",
		.pool = "a gevent.pool.Pool(%d), with drivers that are patched",
		.split = "greenlets for the waiting, %d processes for the computing",
		.off_call = "a driver that gevent patches (monkey.patch_all() first; psycogreen for "
			    "psycopg2), or gevent.get_hub().threadpool.apply(...)",
		.off_computing = "a process of its own; gevent's thread pool has the same GIL",
		.off_sleep = "gevent.sleep(...)",
	},
	[FRAMEWORK_EVENTLET] = {
		.many = "spawn them in an eventlet.GreenPool",
		.pool = "an eventlet.GreenPool(%d), with drivers that are patched",
		.split = "greenthreads for the waiting, %d processes for the computing",
		.off_call = "a driver that eventlet patches (monkey_patch() first), or "
			    "eventlet.tpool.execute(...)",
		.off_computing = "a process of its own; eventlet's thread pool has the same GIL",
		.off_sleep = "eventlet.sleep(...)",
	},
	[FRAMEWORK_CELERY] = {
		.many = "a worker with --pool=gevent, or --pool=threads",
		.pool = "a worker with --pool=threads --concurrency=%d",
		.spread = "%d worker processes (--pool=prefork --concurrency), one per core",
		.split = "--pool=threads for tasks that wait, --concurrency=%d for those that compute",
	},
	[FRAMEWORK_TORNADO] = {
		.loops = "several processes (tornado.process.fork_processes), one per core",
		.off_call = "await IOLoop.current().run_in_executor(None, ...), or AsyncHTTPClient",
	},
	[FRAMEWORK_TWISTED] = {
		.many = "start them together (DeferredList), bounded by a DeferredSemaphore",
		.loops = "several processes, one per core",
		.off_call = "deferToThread(...), or adbapi and treq, which do not block",
		.off_computing = "a process of its own (spawnProcess)",
		.off_sleep = "deferLater(...), task.LoopingCall",
	},
	[FRAMEWORK_SYNC_TO_ASYNC] = {
		.pool = "an executor of %d threads for what sync_to_async runs, or more processes",
	},
	[FRAMEWORK_GUNICORN] = {
		.pool = "%d threads for the workers in all (--worker-class gthread --threads)",
		.spread = "%d workers (--workers), one per core",
		.split = "--threads for the waiting, %d --workers for the computing",
		.loops = "several workers (--workers), one per core",
	},
	[FRAMEWORK_UVICORN] = {
		.loops = "several processes (--workers), one per core",
	},
	[FRAMEWORK_TOKIO] = {
		.loop = "tasks",
		.many = "one task each (join_all, buffer_unordered), bounded by a Semaphore",
		.loops = "the multi-threaded runtime, with one worker per core",
		.off_call = "tokio::task::spawn_blocking, or the asynchronous form of the library",
		.off_computing = "spawn_blocking or a rayon pool",
		.off_sleep = "tokio::time::sleep(...).await",
	},
	[FRAMEWORK_FORK_JOIN] = {
		.pool = "an ExecutorService of its own, of %d threads: the common pool has no more "
			"threads than cores, for computing",
	},
	[FRAMEWORK_PUMA] = {
		.pool = "%d threads in all (-t)",
		.spread = "%d processes (-w), one per core, with few threads (-t) each",
		.split = "threads (-t) for the waiting, %d processes (-w) for the computing",
		.loops = "several processes (-w), one per core",
	},
	[FRAMEWORK_PHP_FPM] = {
		.pool = "pm.max_children of %d and more, as far as memory allows",
		.spread = "pm.max_children of %d, one per core",
	},
	[FRAMEWORK_NGINX] = {
		.spread = "%d workers (worker_processes auto)",
		.loops = "worker_processes auto",
		.off_call = "aio threads (thread_pool), or buffered logs (access_log ... buffer=)",
	},
	[FRAMEWORK_REDIS] = {
		.spread = "%d instances (cluster), one per core: commands run on one thread",
		.loops = "several instances (cluster), one per core",
		.off_call = "appendfsync everysec, no-appendfsync-on-rewrite, replicas that save",
		.off_computing = "SCAN instead of KEYS, UNLINK instead of DEL, smaller ranges; SLOWLOG "
				 "names the command",
	},
	[FRAMEWORK_POSTGRESQL] = {
		.pool = "effective_io_concurrency of %d, or more shared_buffers",
		.spread = "%d parallel workers (max_parallel_workers_per_gather)",
	},
	[FRAMEWORK_MYSQL] = {
		.pool = "innodb_read_io_threads of %d, or a larger innodb_buffer_pool_size",
		.spread = "%d connections at a time (innodb_thread_concurrency)",
	},
};

void runtime_words_of(const struct process_model *process, struct runtime_words *ret)
{
	const struct runtime_words *own =
		&frameworks[process ? framework_of(process) : FRAMEWORK_NONE];

	*ret = runtimes[process ? runtime_id_of(process->runtime) : RUNTIME_NATIVE];
#define WORDS_TAKE(name) \
	if (own->name)   \
		ret->name = own->name;
	RUNTIME_WORDS(WORDS_TAKE)
#undef WORDS_TAKE
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
