// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts and supervises the processes that serve the metrics.
 *
 * There are three. boundby itself has rights, and puts texts into shared memory. The supervisor,
 * forked before boundby has opened anything, has none; it forks the server, and another one when
 * that dies: so all that a compromised server can cause is that another one like it is started,
 * from memory that never contained boundby's data. Only when the supervisor is killed does boundby
 * fork again. The liveness pipe, a socket pair, tells the children that boundby is gone (also after
 * kill -9), and boundby what became of them.
 */
#include "watch/metrics_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/process/child.h"
#include "lib/clock.h"
#include "watch/exposition.h"
#include "lib/listen_address.h"
#include "watch/metrics_http.h"
#include "lib/process/sandbox.h"
#include "lib/log.h"

#define RESTART_NS 60000000000ULL /* at most one in this time */
#define START_MS 10000
#define END_MS 2000 /* longer than the server takes at most */
#define DESCRIPTORS_MAX 96 /* clients, and what the server itself has open */
#define MEMORY_MAX (512UL << 20) /* with the shared texts, and copies that slow clients read */

#define LIFELINE_FD CHILD_FIRST_FD
#define LISTEN_FD (CHILD_FIRST_FD + 1)

enum { TELL_READY, TELL_FAILED, TELL_ENDED };

/* From the children to boundby. */
struct tell {
	int kind;
	int status; /* as of waitpid */
	struct err e;
};

struct metrics_server {
	struct listen_socket socket;
	struct exposition exposition;
	const struct metrics_http_limits *limits;
	int liveness;
	pid_t supervisor; /* 0: none */
	bool restarted;
	uint64_t restarted_ns;
	char address[160];
};

/* ---- in the children ------------------------------------------------------------------------- */
static void tell(int kind, int status, const struct err *e)
{
	struct tell message = { .kind = kind, .status = status };

	if (e)
		message.e = *e;
	send(LIFELINE_FD, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* All but the filter of system calls, which would not let the supervisor fork. */
static int give_up_rights(struct err *e)
{
	child_set_limit(RLIMIT_CORE, 0);
	child_set_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
	if (!child_is_sanitized())
		child_set_limit(RLIMIT_AS, MEMORY_MAX);
	if (sandbox_drop_user(e) ||
	    sandbox_enter_layers(SANDBOX_CAPABILITIES | SANDBOX_LANDLOCK, e))
		return -1;
	/* after the change of user, which undoes it */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (sandbox_has_capabilities())
		return err_set(e, ERR_FAILED,
			       "cannot serve metrics: the server could not give up its rights");
	return 0;
}

/* Only if all went well does it end without a word. */
static void serve(const struct metrics_server *server, pid_t supervisor)
{
	struct metrics_http *http;
	struct err e = { 0 };

	/* after the change of user, which undoes it; the supervisor may be gone already */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != supervisor)
		return;
	if (metrics_http_open(LISTEN_FD, &server->exposition, server->limits, &http, &e) ||
	    sandbox_enter_layers(SANDBOX_SECCOMP | SANDBOX_SERVING, &e)) {
		tell(TELL_FAILED, 0, &e);
		return;
	}
	tell(TELL_READY, 0, NULL);
	metrics_http_run(http, LIFELINE_FD);
}

/* Waits until boundby is gone, or this fd is readable, or the timeout ends. */
static bool boundby_lives(int fd, int timeout_ms)
{
	struct pollfd wait[2] = { { .fd = LIFELINE_FD }, { .fd = fd, .events = POLLIN } };

	while (poll(wait, 2, timeout_ms) < 0 && errno == EINTR)
		;
	return !wait[0].revents;
}

/* Starts one server and waits for its end. Is boundby still there? */
static bool keep_one(const struct metrics_server *server)
{
	pid_t supervisor = getpid(), child = fork();
	struct pollfd end = { .events = POLLIN };
	bool lives;
	int status = 0;

	if (!child) {
		serve(server, supervisor);
		_exit(EXIT_FAILURE);
	}
	if (child < 0)
		return boundby_lives(-1, 1000);
	end.fd = (int)syscall(SYS_pidfd_open, child, 0);
	lives = boundby_lives(end.fd, -1);
	if (!lives)
		close(LISTEN_FD); /* another process may want the address at once */
	if (!lives && end.fd >= 0 && !poll(&end, 1, END_MS))
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	close(end.fd);
	tell(TELL_ENDED, status, NULL);
	return lives;
}

static void keep(struct metrics_server *server)
{
	uint64_t now, next_ns = 0;
	const int kept[] = { server->liveness, server->socket.fd };
	struct err e = { 0 };

	child_keep_descriptors(kept, sizeof(kept) / sizeof(kept[0]));
	child_ignore_signals();
	prctl(PR_SET_NAME, "boundby-metrics", 0, 0, 0);
	if (give_up_rights(&e)) {
		tell(TELL_FAILED, 0, &e);
		return;
	}
	while (keep_one(server)) {
		now = clock_ns(CLOCK_MONOTONIC);
		if (now < next_ns && !boundby_lives(-1, (int)((next_ns - now) / 1000000) + 1))
			return;
		next_ns = clock_ns(CLOCK_MONOTONIC) + RESTART_NS;
	}
}

/* ---- in boundby ------------------------------------------------------------------------------ */
static int start_keeper(struct metrics_server *server, struct err *e)
{
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, ERR_FAILED, "cannot start the metrics server: %s",
			       strerror(errno));
	child = fork();
	if (!child) {
		server->liveness = pair[1];
		keep(server);
		_exit(EXIT_FAILURE);
	}
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return err_set(e, ERR_FAILED, "cannot start the metrics server: %s",
			       strerror(errno));
	}
	server->liveness = pair[0];
	server->supervisor = child;
	return 0;
}

/* Waits until the first server serves. */
static int wait_ready(struct metrics_server *server, struct err *e)
{
	struct pollfd wait = { .fd = server->liveness, .events = POLLIN };
	struct tell message;

	if (poll(&wait, 1, START_MS) == 1 &&
	    recv(server->liveness, &message, sizeof(message), 0) == sizeof(message)) {
		if (message.kind == TELL_READY)
			return 0;
		if (message.kind == TELL_FAILED) {
			*e = message.e;
			e->text[sizeof(e->text) - 1] = '\0';
			return -1;
		}
	}
	return err_set(e, ERR_FAILED, "the metrics server did not start");
}

static void close_lifeline(struct metrics_server *server)
{
	if (server->liveness >= 0)
		close(server->liveness);
	server->liveness = -1;
}

/* Has it ended by then? */
static bool reap_keeper(struct metrics_server *server, int timeout_ms)
{
	const struct timespec step = { .tv_nsec = 5000000 };
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (uint64_t)timeout_ms * 1000000;
	pid_t result;

	while (server->supervisor > 0) {
		result = waitpid(server->supervisor, NULL, WNOHANG);
		if (result && !(result < 0 && errno == EINTR)) {
			server->supervisor = 0; /* or it was waited for elsewhere */
			break;
		}
		if (clock_ns(CLOCK_MONOTONIC) >= end_ns)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

static void note_end(int status)
{
	char how[32] = "", why[128];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), " (signal %d)", WTERMSIG(status));
	snprintf(why, sizeof(why),
		 "the metrics server ended%s; it is started again, at most once a minute", how);
	log_event("metrics", LOG_TEXT("why", why));
}

/* Hears what became of the children, and starts them again if they are all gone. */
static void look_after(struct metrics_server *server)
{
	struct tell message;
	struct err e = { 0 };

	while (server->liveness >= 0 &&
	       recv(server->liveness, &message, sizeof(message), MSG_DONTWAIT) == sizeof(message)) {
		message.e.text[sizeof(message.e.text) - 1] = '\0';
		if (message.kind == TELL_ENDED)
			note_end(message.status);
		else if (message.kind == TELL_FAILED)
			log_event("metrics", LOG_TEXT("why", message.e.text));
	}
	if (server->supervisor && reap_keeper(server, 0)) {
		close_lifeline(server);
		log_event("metrics",
			  LOG_TEXT("why", "the metrics server's supervisor ended; both are started "
					  "again, at most once a minute"));
	}
	if (server->supervisor ||
	    (server->restarted && clock_ns(CLOCK_MONOTONIC) < server->restarted_ns + RESTART_NS))
		return;
	server->restarted = true;
	server->restarted_ns = clock_ns(CLOCK_MONOTONIC);
	if (start_keeper(server, &e))
		log_event("metrics", LOG_TEXT("why", e.text));
}

int metrics_server_start(const char *address, const struct metrics_http_limits *limits,
			 struct metrics_server **ret, struct err *e)
{
	struct metrics_server *server;
	struct listen_address parsed;

	*ret = NULL;
	if (listen_address_parse(address, &parsed, e))
		return -1;
	server = calloc(1, sizeof(*server));
	if (!server)
		return err_set(e, ERR_FAILED, "out of memory");
	server->liveness = -1;
	server->limits = limits;
	if (listen_socket_open(&parsed, &server->socket, e)) {
		free(server);
		return -1;
	}
	listen_address_text(&server->socket.address, server->address, sizeof(server->address));
	if (exposition_open(&server->exposition, e) || start_keeper(server, e) ||
	    wait_ready(server, e)) {
		metrics_server_stop(server);
		return -1;
	}
	*ret = server;
	return 0;
}

const char *metrics_server_address(const struct metrics_server *server)
{
	return server->address;
}

int metrics_server_put(struct metrics_server *server, const char *openmetrics, const char *plain,
		       uint64_t healthy_ns, struct err *e)
{
	const char *const text[NR_METRICS_FORMATS] = {
		[METRICS_OPENMETRICS] = openmetrics, [METRICS_PLAIN] = plain
	};
	int failed =
		exposition_put(&server->exposition, text, clock_ns(CLOCK_MONOTONIC) + healthy_ns);

	look_after(server);
	return failed ? err_set(e, ERR_FAILED,
				"the metrics are longer than %d MiB and are not served; watch "
				"fewer processes, or leave --per-thread out",
				EXPOSITION_MAX_BYTES >> 20) :
			0;
}

void metrics_server_stop(struct metrics_server *server)
{
	if (!server)
		return;
	/* first the liveness pipe: clients in the accept queue are still served */
	close_lifeline(server);
	if (server->supervisor && !reap_keeper(server, END_MS + 500)) {
		kill(server->supervisor, SIGKILL); /* the server goes with it */
		reap_keeper(server, 1000);
	}
	listen_socket_close(&server->socket);
	exposition_close(&server->exposition);
	free(server);
}
