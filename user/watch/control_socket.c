// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads lines from connections, calls the handler for each, and sends the answers. */
#include "watch/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINES_MAX 16 /* that one client gets answers to in one poll: others come too */

struct client {
	int fd; /* -1 free */
	unsigned long came; /* connection sequence number */
	char line[CONTROL_MAX_LINE]; /* what came of a line so far */
	size_t length;
};

struct control_socket {
	int fd, epoll;
	struct sockaddr_un address;
	dev_t device; /* of the socket that was made ... */
	ino_t inode; /* ... so that no other one is removed */
	struct client clients[CONTROL_MAX_CLIENTS];
	unsigned long came; /* clients so far */
};

const char *control_command_name(size_t i)
{
	static const char *const names[] = { "status", "dump", "reload" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

int control_path(const char *directory, char *ret, size_t size, struct err *e)
{
	if (snprintf(ret, size, "%s/control.sock", directory) < (int)size)
		return 0;
	return err_set(e, ERR_USAGE, "the name of --dir is too long; give a shorter one");
}

/* ---- opening --------------------------------------------------------------------------------- */
/* Does a process listen there? */
static bool is_answered(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered;

	if (fd < 0)
		return true;
	answered = !connect(fd, (const struct sockaddr *)address, sizeof(*address)) ||
		   errno != ECONNREFUSED;
	close(fd);
	return answered;
}

static int remove_left(const struct sockaddr_un *address, struct err *e)
{
	struct stat stat;

	if (lstat(address->sun_path, &stat))
		return 0;
	if (!S_ISSOCK(stat.st_mode))
		return err_set(e, ERR_FAILED, "'%s' is not a socket; give --control an unused path",
			       address->sun_path);
	if (is_answered(address))
		return err_set(e, ERR_FAILED,
			       "another boundby listens at '%s'; give each its own --control",
			       address->sun_path);
	unlink(address->sun_path);
	return 0;
}

/* The mode is set before listen: no client can connect earlier. */
static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	umask(mask);
	return result;
}

static int watch_fd(const struct control_socket *control, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Listens at its path, in place of where it did so far. 0, or negative errno and nothing changes. */
static int listen_there(struct control_socket *control)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;
	struct stat stat;

	if (fd < 0)
		return -errno;
	if (bind_private(fd, &control->address) || lstat(control->address.sun_path, &stat) ||
	    listen(fd, CONTROL_MAX_CLIENTS) || watch_fd(control, fd)) {
		error = -errno;
		close(fd);
		return error;
	}
	if (control->fd >= 0)
		close(control->fd);
	control->fd = fd;
	control->device = stat.st_dev;
	control->inode = stat.st_ino;
	return 0;
}

static int begin(struct control_socket *control, struct err *e)
{
	int error;

	if (remove_left(&control->address, e))
		return -1;
	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	error = control->epoll < 0 ? -errno : listen_there(control);
	return error ? err_set(e, ERR_FAILED, "cannot make the control socket '%s': %s",
			       control->address.sun_path, strerror(-error)) :
		       0;
}

int control_socket_open(const char *path, struct control_socket **ret, struct err *e)
{
	struct control_socket *control = calloc(1, sizeof(*control));
	size_t i;

	if (!control)
		return err_set(e, ERR_FAILED, "out of memory");
	control->fd = control->epoll = -1;
	control->address.sun_family = AF_UNIX;
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++)
		control->clients[i].fd = -1;
	if (strlen(path) >= sizeof(control->address.sun_path)) {
		free(control);
		return err_set(e, ERR_USAGE,
			       "'%s' is too long for a socket, which takes %zu bytes; give "
			       "--control a shorter path",
			       path, sizeof(control->address.sun_path) - 1);
	}
	memcpy(control->address.sun_path, path, strlen(path));
	if (begin(control, e)) {
		control_socket_close(control);
		return -1;
	}
	*ret = control;
	return 0;
}

int control_socket_fd(const struct control_socket *control)
{
	return control->epoll;
}

/* ---- clients --------------------------------------------------------------------------------- */
static void drop(struct client *client)
{
	close(client->fd);
	client->fd = -1;
	client->length = 0;
}

/*
 * The mode of the socket ensures it too; a client that was passed the fd is checked anyway.
 */
static bool is_allowed(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* A free slot, or the oldest client's: clients that stay must not lock out others. */
static struct client *make_place(struct control_socket *control)
{
	struct client *eldest = &control->clients[0];
	size_t i;

	for (i = 0; i < CONTROL_MAX_CLIENTS; i++) {
		if (control->clients[i].fd < 0)
			return &control->clients[i];
		if (control->clients[i].came < eldest->came)
			eldest = &control->clients[i];
	}
	drop(eldest);
	return eldest;
}

static void take_clients(struct control_socket *control)
{
	struct client *client;
	int fd, i;

	for (i = 0; i < CONTROL_MAX_CLIENTS; i++) {
		fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (!is_allowed(fd) || watch_fd(control, fd)) {
			close(fd);
			continue;
		}
		client = make_place(control);
		client->fd = fd;
		client->came = control->came++;
	}
}

static void name_commands(char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "unknown command; there are"), i;
	const char *name;

	for (i = 0; (name = control_command_name(i)) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s %s", i ? "," : ":", name);
}

/* An answer that does not fit the socket is of a client that does not read. */
static bool answer_line(struct client *client, const char *line, control_handler handler, void *arg)
{
	char answer[CONTROL_MAX_ANSWER] = "", whole[sizeof(CONTROL_ERROR) + CONTROL_MAX_ANSWER];
	int result = handler(arg, line, answer), length;

	if (result < 0)
		name_commands(answer, sizeof(answer));
	length = snprintf(whole, sizeof(whole), "%s%.*s\n", result ? CONTROL_ERROR : "",
			  CONTROL_MAX_ANSWER - 1, answer);
	return send(client->fd, whole, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) == length;
}

/* Answers the whole lines that are there. False: the client is to go. */
static bool answer_lines(struct client *client, control_handler handler, void *arg)
{
	char *end;
	size_t used;

	while ((end = memchr(client->line, '\n', client->length))) {
		used = (size_t)(end - client->line) + 1;
		*end = '\0';
		if (end > client->line && end[-1] == '\r')
			end[-1] = '\0';
		if (!answer_line(client, client->line, handler, arg))
			return false;
		client->length -= used;
		memmove(client->line, client->line + used, client->length);
	}
	return client->length < sizeof(client->line); /* else no command is so long */
}

static void serve(struct client *client, control_handler handler, void *arg)
{
	ssize_t got;
	int i;

	for (i = 0; i < LINES_MAX; i++) {
		got = recv(client->fd, client->line + client->length,
			   sizeof(client->line) - client->length, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0)
			break;
		client->length += (size_t)got;
		if (!answer_lines(client, handler, arg))
			break;
	}
	if (i < LINES_MAX)
		drop(client);
}

void control_socket_poll(struct control_socket *control, control_handler handler, void *arg)
{
	struct stat stat;
	size_t i;

	/* it went with its directory, which may be there again */
	if (lstat(control->address.sun_path, &stat) && errno == ENOENT)
		listen_there(control);
	take_clients(control);
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			serve(&control->clients[i], handler, arg);
}

void control_socket_close(struct control_socket *control)
{
	struct stat stat;
	size_t i;

	if (!control)
		return;
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			drop(&control->clients[i]);
	if (control->inode && !lstat(control->address.sun_path, &stat) &&
	    stat.st_dev == control->device && stat.st_ino == control->inode)
		unlink(control->address.sun_path);
	if (control->fd >= 0)
		close(control->fd);
	if (control->epoll >= 0)
		close(control->epoll);
	free(control);
}
