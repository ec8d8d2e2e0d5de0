// SPDX-License-Identifier: GPL-2.0-or-later
/* Creates a listening socket for host:port or unix:/path, and removes its file at the end. */
#include "lib/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128
#define PORT_MAX 65535

/* ---- what people write ----------------------------------------------------------------------- */
static int bad(struct err *e, const char *text, const char *why)
{
	return err_set(e, ERR_USAGE,
		       "'%s' is not an address to listen on: %s; write 9464, 127.0.0.1:9464, "
		       "[::1]:9464 or unix:/run/boundby.sock",
		       text, why);
}

/* -1: no port. */
static int port_parse(const char *text)
{
	char *end;
	long port;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	port = strtol(text, &end, 10);
	return *end || errno || port > PORT_MAX ? -1 : (int)port;
}

static int unix_parse(const char *text, const char *path, struct listen_address *ret, struct err *e)
{
	if (path[0] != '/')
		return bad(e, text, "the path of a unix socket begins with /");
	if (strlen(path) >= sizeof(ret->un.sun_path))
		return bad(e, text, "the path is longer than the kernel takes, 107 bytes");
	ret->un.sun_family = AF_UNIX;
	memcpy(ret->un.sun_path, path, strlen(path) + 1);
	ret->length = sizeof(ret->un);
	return 0;
}

static int in6_parse(const char *text, struct listen_address *ret, struct err *e)
{
	const char *close = strchr(text, ']');
	char host[INET6_ADDRSTRLEN];
	int port;

	if (!close || close[1] != ':')
		return bad(e, text, "after [ there must be ]:PORT");
	port = port_parse(close + 2);
	if (port < 0)
		return bad(e, text, "the port must be a number up to 65535");
	if ((size_t)(close - text) > sizeof(host))
		return bad(e, text, "this is not an IPv6 address");
	memcpy(host, text + 1, (size_t)(close - text) - 1);
	host[close - text - 1] = '\0';
	if (inet_pton(AF_INET6, host, &ret->in6.sin6_addr) != 1)
		return bad(e, text, "this is not an IPv6 address");
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons((uint16_t)port);
	ret->length = sizeof(ret->in6);
	return 0;
}

static int in_parse(const char *text, struct listen_address *ret, struct err *e)
{
	const char *colon = strrchr(text, ':');
	char host[64] = "127.0.0.1"; /* to listen on all interfaces an address must be given
	                              * explicitly */
	int port = port_parse(colon ? colon + 1 : text);

	if (colon == text)
		return bad(e, text, "the host is missing; for all of them write 0.0.0.0");
	if (!colon && port < 0)
		return bad(e, text,
			   text[strspn(text, "0123456789")] ?
				   "the port is missing" :
				   "the port must be a number up to 65535");
	if (port < 0)
		return bad(e, text, "the port must be a number up to 65535");
	if (colon) {
		if ((size_t)(colon - text) >= sizeof(host))
			return bad(e, text, "this is not an IPv4 address");
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	}
	if (!strcmp(host, "localhost"))
		snprintf(host, sizeof(host), "127.0.0.1");
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) != 1)
		return bad(e, text, "the host must be an IP address, IPv6 in [], or localhost");
	ret->in.sin_family = AF_INET;
	ret->in.sin_port = htons((uint16_t)port);
	ret->length = sizeof(ret->in);
	return 0;
}

int listen_address_parse(const char *text, struct listen_address *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (!strncmp(text, "unix:", 5))
		return unix_parse(text, text + 5, ret, e);
	return text[0] == '[' ? in6_parse(text, ret, e) : in_parse(text, ret, e);
}

char *listen_address_text(const struct listen_address *address, char *buffer, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (address->any.sa_family == AF_UNIX) {
		snprintf(buffer, size, "unix:%s", address->un.sun_path);
	} else if (address->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof(host));
		snprintf(buffer, size, "[%s]:%u", host, ntohs(address->in6.sin6_port));
	} else {
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		snprintf(buffer, size, "%s:%u", host, ntohs(address->in.sin_port));
	}
	return buffer;
}

/* ---- sockets --------------------------------------------------------------------------------- */
static int fail(const struct listen_address *address, struct err *e, const char *todo)
{
	char text[sizeof(address->un) + 8];

	return err_set(e, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_FAILED,
		       "cannot listen on %s: %s; %s",
		       listen_address_text(address, text, sizeof(text)), strerror(errno), todo);
}

/* Does a server answer? -1 with errno: not known. */
static int answers(const struct listen_address *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	if (fd < 0)
		return -1;
	error = connect(fd, &address->any, address->length) ? errno : 0;
	close(fd);
	if (error == ECONNREFUSED)
		return 0;
	if (!error || error == EAGAIN) /* its queue is full: there is a listener */
		return 1;
	errno = error;
	return -1;
}

/*
 * Makes room for the file of a unix socket. Never follows a link, never removes another kind of
 * file.
 */
static int clear_path(const struct listen_address *address, struct err *e)
{
	const char *path = address->un.sun_path;
	struct stat info;
	int result;

	if (lstat(path, &info))
		return errno == ENOENT ? 0 : fail(address, e, "check the path");
	if (!S_ISSOCK(info.st_mode))
		return err_set(e, ERR_FAILED,
			       "%s exists and is not a socket; boundby does not replace it: move "
			       "it, or listen elsewhere",
			       path);
	result = answers(address);
	if (result < 0)
		return fail(address, e, "remove it if it is not needed");
	if (result)
		return err_set(e, ERR_FAILED,
			       "another process listens on %s; end it, or listen elsewhere", path);
	if (unlink(path) && errno != ENOENT)
		return fail(address, e, "it has no listener, and cannot be removed");
	return 0;
}

static int bind_unix(int fd, struct listen_socket *ret, struct err *e)
{
	mode_t before;
	int failed;

	if (clear_path(&ret->address, e))
		return -1;
	before = umask(0117);
	failed = bind(fd, &ret->address.any, ret->address.length);
	umask(before);
	if (failed)
		return fail(&ret->address, e, "check that its folder exists and is yours");
	ret->made = !lstat(ret->address.un.sun_path, &ret->file);
	return 0;
}

static int bind_inet(int fd, struct listen_socket *ret, struct err *e)
{
	const int on = 1;

	/* connections of the run before may linger */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &ret->address.any, ret->address.length))
		return fail(&ret->address, e, "choose another address or port");
	/* port 0: now it is known */
	getsockname(fd, &ret->address.any, &ret->address.length);
	return 0;
}

int listen_socket_open(const struct listen_address *address, struct listen_socket *ret,
		       struct err *e)
{
	int failed;

	memset(ret, 0, sizeof(*ret));
	ret->address = *address;
	ret->fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret->fd < 0)
		return fail(address, e, "choose another kind of address");
	failed = address->any.sa_family == AF_UNIX ? bind_unix(ret->fd, ret, e) :
						     bind_inet(ret->fd, ret, e);
	if (!failed && listen(ret->fd, BACKLOG))
		failed = fail(address, e, "choose another address or port");
	if (failed)
		listen_socket_close(ret);
	return failed;
}

/* The inode number of a removed file is soon reused: the creation time distinguishes them. */
static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

void listen_socket_close(struct listen_socket *socket)
{
	struct stat info;

	if (socket->fd >= 0)
		close(socket->fd);
	socket->fd = -1;
	if (socket->made && !lstat(socket->address.un.sun_path, &info) &&
	    is_same(&info, &socket->file))
		unlink(socket->address.un.sun_path);
	socket->made = false;
}
