/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a running watch: a unix stream socket, mode 0600, for root and its own user.
 * Receives commands, one per line; hands on one line for each. Never waits for a client.
 *
 *   $ echo status | socat - UNIX-CONNECT:/var/lib/boundby/control.sock
 */
#ifndef BOUNDBY_WATCH_CONTROL_SOCKET_H
#define BOUNDBY_WATCH_CONTROL_SOCKET_H

#include <stddef.h>

#include "lib/err.h"

#define CONTROL_MAX_CLIENTS 4 /* for a fifth, the one that came first is let go */
#define CONTROL_MAX_LINE 128 /* of a command, with its end */
#define CONTROL_MAX_ANSWER 4096

struct control_socket;

/*
 * Makes the socket. One that nobody listens at any more is replaced; anything else at that path is
 * left alone. 0, or -1 with e filled.
 */
int control_socket_open(const char *path, struct control_socket **ret, struct err *e);

/* The descriptor that is readable when a client comes or says something: an epoll set. */
int control_socket_fd(const struct control_socket *control);

/*
 * Answers a command ("dump", "status"; no line end): fills answer, one line without its end, and
 * returns 0; -1: it knows no such command.
 */
typedef int (*control_handler)(void *arg, const char *command, char answer[CONTROL_MAX_ANSWER]);

/*
 * Takes what clients said and answers. Clients that do not take their answers are let go. A socket
 * that was removed is made anew as soon as that is possible.
 */
void control_socket_poll(struct control_socket *control, control_handler handler, void *arg);

/* Lets clients go and removes the socket. NULL is allowed. */
void control_socket_close(struct control_socket *control);

#endif
