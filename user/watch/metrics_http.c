// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers requests with the shared text. Bounded in clients, time and size. */
#include "watch/metrics_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

#define CLIENTS_MAX 64
#define CLIENTS_OF_AN_ADDRESS 32
#define CLIENTS_LEAVING 16 /* shut down, and not yet closed by the library */
#define PLACES (CLIENTS_MAX + CLIENTS_LEAVING)
#define ENDING_NS 1000000000ULL
#define REQUEST_BYTES 16384 /* with its head, and what is being sent of the answer's head */
#define LOOKS 4 /* at a text that changes while it is copied */

const struct metrics_http_limits metrics_http_limits = { .silence_s = 5,
							 .client_ns = 10000000000ULL };

/* Closed after each answer: a connection costs a scraper next to nothing, and bounds its time. */
struct client {
	int fd; /* -1: free */
	uint64_t until_ns;
	uint64_t came; /* in their order, from 1 */
	struct in6_addr host; /* all zero: it did not come by IP */
	bool asks; /* its request line has arrived */
	bool leaves;
};

struct metrics_http {
	const struct exposition *exposition;
	struct MHD_Daemon *daemon;
	int epoll_fd;
	uint64_t number; /* of the text in answers; 0 none */
	uint64_t until_ns;
	struct MHD_Response *metrics[NR_METRICS_FORMATS];
	struct client clients[PLACES];
	uint64_t came;
	uint64_t client_ns;
};

static const char *const content_types[NR_METRICS_FORMATS] = {
	[METRICS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	[METRICS_PLAIN] = "text/plain; version=0.0.4; charset=utf-8",
};

/* ---- Accept ---------------------------------------------------------------------------------- */
static bool is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && !strncasecmp(text, word, length);
}

/* The next part up to a separator, without the blanks around it. */
static const char *next_part(const char **at, const char *end, char separator, size_t *ret_length)
{
	const char *begin = *at, *stop = memchr(begin, separator, (size_t)(end - begin));

	if (!stop)
		stop = end;
	*at = stop < end ? stop + 1 : end;
	while (begin < stop && (*begin == ' ' || *begin == '\t'))
		begin++;
	while (stop > begin && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	*ret_length = (size_t)(stop - begin);
	return begin;
}

/* How much a client wants what one range of its Accept names, 0..1. */
static double quality_of(const char *at, const char *end)
{
	size_t length;
	double quality;

	while (at < end) {
		const char *parameter = next_part(&at, end, ';', &length);

		if (length <= 2 || strncasecmp(parameter, "q=", 2))
			continue;
		/* ends at the separator or at the header's NUL */
		quality = strtod(parameter + 2, NULL);
		return quality >= 0 && quality <= 1 ? quality : 0;
	}
	return 1;
}

bool metrics_http_prefers_openmetrics(const char *accept)
{
	double openmetrics = 0, plain = 0, quality;
	const char *at = accept, *end = accept ? accept + strlen(accept) : NULL;
	size_t length;

	while (accept && at < end) {
		const char *range = next_part(&at, end, ',', &length), *stop = range + length;
		const char *name = next_part(&range, stop, ';', &length);

		quality = quality_of(range, stop);
		if (is_word(name, length, "application/openmetrics-text"))
			openmetrics = quality > openmetrics ? quality : openmetrics;
		else if (is_word(name, length, "text/plain"))
			plain = quality > plain ? quality : plain;
	}
	return openmetrics > 0 && openmetrics >= plain;
}

/* ---- answers --------------------------------------------------------------------------------- */
/* Each of them ends the connection. Takes a text of static storage, or copies it. */
static struct MHD_Response *make_answer(const char *text, size_t length, bool copy,
					const char *content_type)
{
	struct MHD_Response *answer = MHD_create_response_from_buffer(
		length, (void *)text, copy ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);

	if (!answer)
		return NULL;
	if (MHD_add_response_header(answer, "Content-Type", content_type) == MHD_YES &&
	    MHD_add_response_header(answer, "Connection", "close") == MHD_YES)
		return answer;
	MHD_destroy_response(answer);
	return NULL;
}

/* Answers with the newest text. A previous one is kept while a client is still reading it. */
static void renew(struct metrics_http *http)
{
	struct MHD_Response *answers[NR_METRICS_FORMATS];
	struct exposition_view view;
	int looks, i;

	for (looks = 0; looks < LOOKS; looks++) {
		exposition_look(http->exposition, &view);
		if (view.number == http->number)
			return;
		for (i = 0; i < NR_METRICS_FORMATS; i++)
			answers[i] =
				make_answer(view.text[i], view.length[i], true, content_types[i]);
		if (answers[0] && answers[1] && exposition_holds(http->exposition, &view))
			break;
		for (i = 0; i < NR_METRICS_FORMATS; i++)
			if (answers[i])
				MHD_destroy_response(answers[i]);
	}
	if (looks == LOOKS)
		return; /* the one before is whole, and the next client looks again */
	for (i = 0; i < NR_METRICS_FORMATS; i++) {
		MHD_destroy_response(http->metrics[i]);
		http->metrics[i] = answers[i];
	}
	http->number = view.number;
	http->until_ns = view.until_ns;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned int status, const char *text)
{
	struct MHD_Response *answer =
		make_answer(text, strlen(text), false, "text/plain; charset=utf-8");
	enum MHD_Result result;

	if (!answer)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(answer, "Allow", "GET, HEAD");
	result = MHD_queue_response(connection, status, answer);
	MHD_destroy_response(answer);
	return result;
}

static enum MHD_Result answer_metrics(struct metrics_http *http, struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");

	renew(http);
	return MHD_queue_response(
		connection, MHD_HTTP_OK,
		http->metrics[metrics_http_prefers_openmetrics(accept) ? METRICS_OPENMETRICS :
									 METRICS_PLAIN]);
}

static enum MHD_Result answer_health(struct metrics_http *http, struct MHD_Connection *connection)
{
	renew(http);
	if (!http->number)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no window has closed yet\n");
	if (clock_ns(CLOCK_MONOTONIC) > http->until_ns)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			   "the newest window closed too long ago\n");
	return say(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_bytes, void **context)
{
	struct metrics_http *http = arg;

	if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	/* the first call precedes a body; a body is read and discarded */
	if (!*context) {
		*context = http;
		return MHD_YES;
	}
	if (*upload_bytes) {
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (!strcmp(path, "/metrics"))
		return answer_metrics(http, connection);
	if (!strcmp(path, "/-/healthy"))
		return answer_health(http, connection);
	if (!strcmp(path, "/"))
		return say(connection, MHD_HTTP_OK, "boundby: the metrics are at /metrics\n");
	return say(connection, MHD_HTTP_NOT_FOUND, "not here; the metrics are at /metrics\n");
}

/* ---- clients --------------------------------------------------------------------------------- */
/*
 * Which host a client is of. All loopback addresses are one host: a local user has as many of them as
 * that user wants.
 */
static struct in6_addr host_of(const struct sockaddr *from)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;
	struct in6_addr host = IN6ADDR_ANY_INIT;

	if (from && from->sa_family == AF_INET6) {
		host = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	} else if (from && from->sa_family == AF_INET) {
		host.s6_addr[10] = host.s6_addr[11] = 0xff;
		memcpy(&host.s6_addr[12], &four->sin_addr, sizeof(four->sin_addr));
	}
	return IN6_IS_ADDR_V4MAPPED(&host) && host.s6_addr[12] == 127 ?
		       (struct in6_addr)IN6ADDR_LOOPBACK_INIT :
		       host;
}

static bool is_of(const struct client *client, const struct in6_addr *host)
{
	return client->fd >= 0 && !client->leaves &&
	       (!host || IN6_ARE_ADDR_EQUAL(&client->host, host));
}

/* Clients of a host; of all hosts: NULL. */
static int count_clients(const struct metrics_http *http, const struct in6_addr *host)
{
	int i, count = 0;

	for (i = 0; i < PLACES; i++)
		count += is_of(&http->clients[i], host);
	return count;
}

/* The one that came first of those that have not asked for anything; NULL: all have. */
static struct client *oldest_silent(struct metrics_http *http, const struct in6_addr *host)
{
	struct client *client, *oldest = NULL;

	for (client = http->clients; client < http->clients + PLACES; client++)
		if (is_of(client, host) && !client->asks &&
		    (!oldest || client->came < oldest->came))
			oldest = client;
	return oldest;
}

/* The library notices, and closes it. */
static void end_client(struct client *client)
{
	shutdown(client->fd, SHUT_RDWR);
	client->until_ns = UINT64_MAX;
	client->leaves = true;
}

/*
 * A place is for a client that asks: one that holds a connection and is silent makes room. Where all
 * of a host have asked, the newcomer goes; where all of all hosts have, it waits for the library.
 */
static void make_room(struct metrics_http *http, const struct client *newcomer)
{
	struct client *silent;

	if (!IN6_IS_ADDR_UNSPECIFIED(&newcomer->host) &&
	    count_clients(http, &newcomer->host) > CLIENTS_OF_AN_ADDRESS)
		end_client(oldest_silent(http, &newcomer->host));
	if (count_clients(http, NULL) <= CLIENTS_MAX)
		return;
	silent = oldest_silent(http, NULL);
	if (silent && silent != newcomer)
		end_client(silent);
}

static void on_client(void *arg, struct MHD_Connection *connection, void **context,
		      enum MHD_ConnectionNotificationCode code)
{
	struct metrics_http *http = arg;
	struct client *client = *context;
	const union MHD_ConnectionInfo *fd, *from;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (client)
			client->fd = -1;
		return;
	}
	fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	for (client = http->clients; client < http->clients + PLACES && client->fd >= 0; client++)
		;
	if (!fd || client == http->clients + PLACES)
		return; /* cannot be: the library has no more connections than there are places */
	*client = (struct client){ .fd = fd->connect_fd,
				   .until_ns = clock_ns(CLOCK_MONOTONIC) + http->client_ns,
				   .came = ++http->came,
				   .host = host_of(from ? from->client_addr : NULL) };
	*context = client;
	make_room(http, client);
}

/* Called when a request line has arrived. Returns the request's context: none. */
static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct client *client = info ? info->socket_context : NULL;

	if (client)
		client->asks = true;
	return NULL;
}

/* Ends those that have been here for too long; gives back when the next one has, ns. */
static uint64_t end_clients(struct metrics_http *http, uint64_t now)
{
	uint64_t next = UINT64_MAX;
	int i;

	for (i = 0; i < PLACES; i++) {
		struct client *client = &http->clients[i];

		if (client->fd < 0)
			continue;
		if (client->until_ns <= now)
			end_client(client);
		if (client->until_ns < next)
			next = client->until_ns;
	}
	return next;
}

/* ---- running --------------------------------------------------------------------------------- */
int metrics_http_open(int listen_fd, const struct exposition *exposition,
		      const struct metrics_http_limits *limits, struct metrics_http **ret,
		      struct err *e)
{
	static const char empty[] = "# EOF\n"; /* a comment to the older format */
	struct metrics_http *http = calloc(1, sizeof(*http));
	const union MHD_DaemonInfo *info;
	struct tm utc;
	time_t zero = 0;
	int i;

	*ret = http;
	if (!http)
		return err_set(e, ERR_FAILED, "out of memory");
	gmtime_r(&zero, &utc); /* reads the time zone, once */
	http->exposition = exposition;
	http->client_ns = limits->client_ns;
	for (i = 0; i < PLACES; i++)
		http->clients[i].fd = -1;
	for (i = 0; i < NR_METRICS_FORMATS; i++)
		http->metrics[i] = make_answer(empty, sizeof(empty) - 1, false, content_types[i]);
	http->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)PLACES, MHD_OPTION_URI_LOG_CALLBACK,
		on_request_line, http, MHD_OPTION_CONNECTION_TIMEOUT, limits->silence_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, on_client, http,
		MHD_OPTION_END);
	info = http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (info && http->metrics[0] && http->metrics[1]) {
		http->epoll_fd = info->epoll_fd;
		return 0;
	}
	/* the process ends: nothing is to be freed */
	return err_set(e, ERR_FAILED, "the HTTP library cannot serve metrics: %s",
		       strerror(errno ? errno : ENOMEM));
}

/* Milliseconds until something is due, -1 never. */
static int timeout_of(struct metrics_http *http, uint64_t due_ns, uint64_t now)
{
	MHD_UNSIGNED_LONG_LONG library_ms;
	uint64_t ms = UINT64_MAX;

	if (MHD_get_timeout(http->daemon, &library_ms) == MHD_YES)
		ms = library_ms;
	if (due_ns != UINT64_MAX) {
		uint64_t due_ms = due_ns > now ? (due_ns - now) / 1000000 + 1 : 0;

		ms = due_ms < ms ? due_ms : ms;
	}
	return ms == UINT64_MAX ? -1 : ms > 60000 ? 60000 : (int)ms;
}

static bool has_clients(const struct metrics_http *http)
{
	int i;

	for (i = 0; i < PLACES; i++)
		if (http->clients[i].fd >= 0)
			return true;
	return false;
}

void metrics_http_run(struct metrics_http *http, int lifeline)
{
	struct pollfd wait[2] = { { .fd = http->epoll_fd, .events = POLLIN }, { .fd = lifeline } };
	uint64_t now = clock_ns(CLOCK_MONOTONIC), end_ns = UINT64_MAX, due_ns;

	while (now < end_ns && (end_ns == UINT64_MAX || has_clients(http))) {
		due_ns = end_clients(http, now);
		if (end_ns < due_ns)
			due_ns = end_ns;
		poll(wait, 2, timeout_of(http, due_ns, now));
		now = clock_ns(CLOCK_MONOTONIC);
		if (wait[1].revents && end_ns == UINT64_MAX) {
			/* clients in the accept queue are still served */
			MHD_run(http->daemon);
			close(MHD_quiesce_daemon(http->daemon));
			end_ns = now + ENDING_NS;
			wait[1].fd = -1;
		}
		MHD_run(http->daemon);
	}
}
