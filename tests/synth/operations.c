// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The operations of a plan, a[] being its numbers. The line that one waits or computes at ends with
 * "at: NAME": the tests look it up there. Each is a function of its own, so that it is a frame of
 * its own.
 */
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "player.h"

struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	int count;
};

static pthread_mutex_t mutexes[OBJECTS];
static pthread_rwlock_t rwlocks[OBJECTS];
static sem_t semaphores[OBJECTS];
static pthread_barrier_t barriers[OBJECTS];
static struct queue queues[OBJECTS];
static int fds[OBJECTS];
static __thread int current = -1; /* the connection whose request is being served */
__thread uint64_t jitter_seed;

void objects_begin(void)
{
	int i;

	for (i = 0; i < OBJECTS; i++) {
		pthread_mutex_init(&mutexes[i], NULL);
		pthread_rwlock_init(&rwlocks[i], NULL);
		sem_init(&semaphores[i], 0, 0);
		pthread_mutex_init(&queues[i].mutex, NULL);
		pthread_cond_init(&queues[i].filled, NULL);
	}
}

/* From half to one and a half of the mean, so that threads do not march in step. */
static uint64_t around_ns(long mean_us)
{
	jitter_seed = jitter_seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint64_t)mean_us * (500 + (jitter_seed >> 33) % 1001);
}

/* ---- operations ----------------------------------------------------- */
#define OPERATION(name) static __attribute__((noinline)) void op_##name(const long *a)
#define ENTER(state, name) log_enter(STATE_##state, OP_##name)

OPERATION(compute)
{
	uint64_t left = around_ns(a[0]), part, end, number = 1;
	struct timespec now;
	int i;

	for (; left; left -= part) {
		part = left < 20 * MS ? left : 20 * MS;
		ENTER(cpu, compute);
		end = thread_cpu_ns() + part;
		do {
			for (i = 0; i < 20000; i++) /* at: compute */
				__asm__ volatile("" : "+r"(number)); /* at: compute */
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* at: compute */
		} while ((uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec < end);
	}
	ENTER(cpu, none);
}

OPERATION(sleep)
{
	uint64_t ns = around_ns(a[0]);
	struct timespec left = { (time_t)(ns / SECOND), (long)(ns % SECOND) };

	ENTER(sleep, sleep);
	while (nanosleep(&left, &left)) /* at: sleep */
		;
	ENTER(cpu, none);
}

OPERATION(nap)
{
	ENTER(sleep, nap);
	poll(NULL, 0, (int)(around_ns(a[0]) / MS) + 1); /* at: nap */
	ENTER(cpu, none);
}

OPERATION(lock)
{
	ENTER(lock, lock);
	pthread_mutex_lock(&mutexes[a[0]]); /* at: lock */
	ENTER(cpu, none);
}

OPERATION(unlock)
{
	pthread_mutex_unlock(&mutexes[a[0]]);
}

OPERATION(rdlock)
{
	ENTER(lock, rdlock);
	pthread_rwlock_rdlock(&rwlocks[a[0]]); /* at: rdlock */
	ENTER(cpu, none);
}

OPERATION(wrlock)
{
	ENTER(lock, wrlock);
	pthread_rwlock_wrlock(&rwlocks[a[0]]); /* at: wrlock */
	ENTER(cpu, none);
}

OPERATION(rwunlock)
{
	pthread_rwlock_unlock(&rwlocks[a[0]]);
}

/* Barrier a[0] of a[1] threads: the first to come makes it. */
OPERATION(meet)
{
	static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
	static bool made[OBJECTS];

	pthread_mutex_lock(&making);
	if (!made[a[0]])
		pthread_barrier_init(&barriers[a[0]], NULL, (unsigned)a[1]);
	made[a[0]] = true;
	pthread_mutex_unlock(&making);
	ENTER(condition, meet);
	pthread_barrier_wait(&barriers[a[0]]); /* at: meet */
	ENTER(cpu, none);
}

static void queue_take(struct queue *queue)
{
	queue->count--;
	pthread_mutex_unlock(&queue->mutex);
}

/* A pool's own wait for work. */
OPERATION(take)
{
	struct queue *queue = &queues[a[0]];

	ENTER(condition, take);
	pthread_mutex_lock(&queue->mutex);
	while (!queue->count)
		pthread_cond_wait(&queue->filled, &queue->mutex); /* at: take */
	queue_take(queue);
	ENTER(cpu, none);
}

/* The same inside of work: for a result that others are to give. */
OPERATION(await)
{
	struct queue *queue = &queues[a[0]];

	ENTER(condition, await);
	pthread_mutex_lock(&queue->mutex);
	while (!queue->count)
		pthread_cond_wait(&queue->filled, &queue->mutex); /* at: await */
	queue_take(queue);
	ENTER(cpu, none);
}

OPERATION(put)
{
	struct queue *queue = &queues[a[0]];
	long i;

	pthread_mutex_lock(&queue->mutex);
	queue->count += (int)a[1];
	pthread_mutex_unlock(&queue->mutex);
	for (i = 0; i < a[1]; i++)
		pthread_cond_signal(&queue->filled);
}

OPERATION(semwait)
{
	ENTER(condition, semwait);
	while (sem_wait(&semaphores[a[0]])) /* at: semwait */
		;
	ENTER(cpu, none);
}

OPERATION(sempost)
{
	sem_post(&semaphores[a[0]]);
}

/* fds[a[0]] becomes a connection to port a[1]. */
OPERATION(connect)
{
	fds[a[0]] = connect_inet(a[1]);
}

OPERATION(connectunix)
{
	fds[a[0]] = connect_unix(a[1]);
}

/* A question on fds[a[0]] whose answer takes a[1]. */
OPERATION(ask)
{
	struct message message;

	send_message(fds[a[0]], around_ns(a[1]) / 1000);
	ENTER(network, ask);
	recv(fds[a[0]], &message, sizeof(message), MSG_WAITALL); /* at: ask */
	ENTER(cpu, none);
}

OPERATION(askunix)
{
	struct message message;

	send_message(fds[a[0]], around_ns(a[1]) / 1000);
	ENTER(ipc, askunix);
	recv(fds[a[0]], &message, sizeof(message), MSG_WAITALL); /* at: askunix */
	ENTER(cpu, none);
}

/* As clients with a timeout do: poll on the one descriptor, then read. */
OPERATION(pollask)
{
	struct pollfd one = { .fd = fds[a[0]], .events = POLLIN };
	struct message message;

	send_message(one.fd, around_ns(a[1]) / 1000);
	ENTER(network, pollask);
	poll(&one, 1, 30000); /* at: pollask */
	ENTER(cpu, none);
	take_message(one.fd, &message);
}

/*
 * Questions on all of fds[a[0]] .. fds[a[0] + a[1] - 1], which are members of the set fds[a[3]], until
 * the last answer.
 */
OPERATION(gather)
{
	struct epoll_event event;
	struct message message;
	long i;

	for (i = 0; i < a[1]; i++)
		send_message(fds[a[0] + i], around_ns(a[2]) / 1000);
	for (i = 0; i < a[1]; i++) {
		ENTER(poll_io, gather);
		if (epoll_wait(fds[a[3]], &event, 1, -1) != 1) /* at: gather */
			die("epoll_wait");
		ENTER(cpu, none);
		take_message((int)(uint32_t)event.data.u64, &message);
	}
}

OPERATION(readpipe)
{
	uint64_t sent_ns;

	ENTER(ipc_read, readpipe);
	if (read((int)a[0], &sent_ns, sizeof(sent_ns)) < 0) /* at: readpipe */
		die("read");
	ENTER(cpu, none);
}

/* a[1] bytes, at once; they begin with the time. */
OPERATION(writepipe)
{
	static __thread char bytes[8192];
	uint64_t sent_ns = now_ns();

	memcpy(bytes, &sent_ns, sizeof(sent_ns));
	ENTER(ipc, writepipe);
	if (write((int)a[0], bytes, (size_t)a[1]) < 0) /* at: writepipe */
		die("write");
	ENTER(cpu, none);
}

/* Sends for as long as the other end takes it. */
OPERATION(flood)
{
	static char bytes[1 << 16];

	for (;;) {
		ENTER(network, flood);
		if (send(fds[a[0]], bytes, sizeof(bytes), MSG_NOSIGNAL) < 0) /* at: flood */
			die("send");
	}
}

OPERATION(fsync)
{
	static char bytes[4096];

	if (fds[a[0]] <= 0)
		fds[a[0]] = open("synth.data", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (pwrite(fds[a[0]], bytes, sizeof(bytes), 0) < 0)
		die("pwrite");
	ENTER(disk, fsync);
	fsync(fds[a[0]]); /* at: fsync */
	ENTER(cpu, none);
}

OPERATION(listen)
{
	fds[a[0]] = listen_inet(a[1]);
}

/* The connection becomes the current one, and fds[a[1]]. */
OPERATION(accept)
{
	ENTER(request, accept);
	current = accept4(fds[a[0]], NULL, NULL, SOCK_CLOEXEC); /* at: accept */
	ENTER(cpu, none);
	fds[a[1]] = current;
}

/* Reads a request on the current connection. */
OPERATION(serve)
{
	struct message message;

	ENTER(request, serve);
	recv(current, &message, sizeof(message), MSG_WAITALL); /* at: serve */
	ENTER(cpu, none);
}

OPERATION(answer)
{
	if (current >= 0)
		send_message(current, 0);
}

/* fds[a[0]] becomes an epoll set; watch adds a listener fds[a[1]], member a connection, tick a timer
 * of a[1]. */
OPERATION(epoll)
{
	fds[a[0]] = epoll_create1(EPOLL_CLOEXEC);
}

static void set_add(int set, int fd, int kind)
{
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u64 = (uint64_t)kind << 32 | (uint32_t)fd };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

enum { MEMBER_LISTENER, MEMBER_TIMER, MEMBER_CONNECTION };

OPERATION(watch)
{
	set_add(fds[a[0]], fds[a[1]], MEMBER_LISTENER);
}

OPERATION(member)
{
	set_add(fds[a[0]], fds[a[1]], MEMBER_CONNECTION);
}

OPERATION(tick)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct timespec each = { a[1] / 1000000, a[1] % 1000000 * 1000 };
	struct itimerspec timer = { each, each };

	timerfd_settime(fd, 0, &timer, NULL);
	set_add(fds[a[0]], fd, MEMBER_TIMER);
}

/* An event loop's own wait: comes back with a request as the current connection, or a timer. */
OPERATION(wait)
{
	struct epoll_event event;
	struct message message;
	uint64_t ticks;
	int fd;

	for (;;) {
		ENTER(poll_idle, wait);
		if (epoll_wait(fds[a[0]], &event, 1, -1) != 1) /* at: wait */
			die("epoll_wait");
		ENTER(cpu, none);
		fd = (int)(uint32_t)event.data.u64;
		switch (event.data.u64 >> 32) {
		case MEMBER_LISTENER:
			set_add(fds[a[0]], accept_one(fd), MEMBER_CONNECTION);
			continue;
		case MEMBER_TIMER:
			current = -1;
			if (read(fd, &ticks, sizeof(ticks)) > 0)
				return;
			continue;
		default:
			current = fd;
			if (take_message(fd, &message))
				return;
			close(fd);
		}
	}
}

/* A child that computes for a[0] and sleeps for a[1]; the wait for it. */
OPERATION(child)
{
	static int children;
	int number = LOG_CHILDREN + __atomic_fetch_add(&children, 1, __ATOMIC_RELAXED), status;
	pid_t pid = fork();

	if (!pid) {
		log_open(number, "child");
		op_compute(a);
		op_sleep(a + 1);
		_exit(0);
	}
	ENTER(child, child);
	waitpid(pid, &status, 0); /* at: child */
	ENTER(cpu, none);
}

/* A forked child that wants the mutex, which another thread of this process has. */
OPERATION(forklock)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		pthread_mutex_lock(&mutexes[a[0]]); /* at: forklock */
	ENTER(child, forklock);
	waitpid(pid, &status, 0);
	ENTER(cpu, none);
}

OPERATION(quit)
{
	(void)a;
	ENTER(gone, quit);
	pthread_exit(NULL);
}

/* ---- operations of the other end only ----------------------------------------------------------- */
OPERATION(host)
{
	host(listen_inet(a[0]));
}

OPERATION(hostunix)
{
	host(listen_unix(a[0]));
}

/* ---- all operations ---------------------------------------------------------------------------- */
const struct operation operations[NR_OPERATIONS] = { [OP_none] = { "none", NULL },
#define OP(name) [OP_##name] = { #name, op_##name }
						     SYNTH_OPERATIONS
#undef OP
};
