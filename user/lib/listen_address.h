/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a service listens: from an address as people write it to a bound non-blocking socket. */
#ifndef BOUNDBY_LIB_LISTEN_ADDRESS_H
#define BOUNDBY_LIB_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/err.h"

struct listen_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un; /* its path ends with a NUL */
	};
	socklen_t length;
};

/*
 * "9464" and "127.0.0.1:9464", "localhost:9464", "[::1]:9464", "unix:/run/boundby.sock"; port 0 is
 * one that is free. Looks no name up. 0, or -1 with e filled (usage).
 */
int listen_address_parse(const char *text, struct listen_address *ret, struct err *e);

/* A socket that listens. */
struct listen_socket {
	int fd;
	struct listen_address address; /* with the port that was given */
	bool made; /* a file, which is this one */
	struct stat file;
};

/*
 * Binds and listens. A unix socket gets mode 0660; an existing file of its name is kept, unless it
 * is a socket without a listener: that is replaced. For single-threaded processes, as it sets the
 * umask for a moment. 0, or -1 with e filled; ended by listen_socket_close().
 */
int listen_socket_open(const struct listen_address *address, struct listen_socket *ret,
		       struct err *e);
/* Closes it, and unlinks its file if it is still there and its own. */
void listen_socket_close(struct listen_socket *socket);

/* "127.0.0.1:9464", "[::1]:9464" or "unix:/path". Returns buffer. */
char *listen_address_text(const struct listen_address *address, char *buffer, size_t size);

#endif
