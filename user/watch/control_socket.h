/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a running watch: a unix stream socket, mode 0600, for root and its own
 * user. Takes one command per line and answers with one line, which begins with CONTROL_ERROR when
 * the command failed. Never blocks on a client. `boundby control` is one.
 */
#ifndef BOUNDBY_WATCH_CONTROL_SOCKET_H
#define BOUNDBY_WATCH_CONTROL_SOCKET_H

#include <stddef.h>

#include "lib/err.h"

#define CONTROL_MAX_CLIENTS 4 /* for a fifth, the oldest one is closed */
#define CONTROL_MAX_LINE 128 /* of a command, with its end */
#define CONTROL_MAX_ANSWER 4096

#define CONTROL_ERROR "error: "

/* Where the watch of the systemd unit has its socket. */
#define CONTROL_DEFAULT_PATH "/var/lib/boundby/control.sock"

struct control_socket;

/* The commands: the i-th, NULL past the last. */
const char *control_command_name(size_t i);

/* The socket of a watch that records in this directory. 0, or -1 with e filled: it is too long. */
int control_path(const char *directory, char *ret, size_t size, struct err *e);

/*
 * Creates the socket. A stale one, without a listener, is replaced; anything else at that path is
 * left alone. 0, or -1 with e filled.
 */
int control_socket_open(const char *path, struct control_socket **ret, struct err *e);

/* The fd that is readable when a client connects or sends: an epoll set. */
int control_socket_fd(const struct control_socket *control);

/*
 * Answers a command (one of the names, no line end): fills answer, one line without its end, and
 * returns 0, or 1: it failed, and the answer says why; -1: it knows no such command.
 */
typedef int (*control_handler)(void *arg, const char *command, char answer[CONTROL_MAX_ANSWER]);

/*
 * Reads from the clients and answers. Clients that do not read their answers are closed. A socket
 * that was removed is created again as soon as that is possible.
 */
void control_socket_poll(struct control_socket *control, control_handler handler, void *arg);

/* Lets clients go and removes the socket. NULL is allowed. */
void control_socket_close(struct control_socket *control);

#endif
