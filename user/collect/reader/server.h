/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper: reads files and memory of targets, and answers one question after the other. */
#ifndef BOUNDBY_COLLECT_READER_SERVER_H
#define BOUNDBY_COLLECT_READER_SERVER_H

#include <stddef.h>
#include <sys/types.h>

/* Gives up rights, says READER_READY, and answers until the socket closes. */
void server_run(int socket);

struct server;

/* NULL: out of memory. */
struct server *server_new(void);
void server_free(struct server *server);

/*
 * Answers one question, head and body, into answer, of READER_MESSAGE_MAX bytes. Returns the answer's
 * size, or -1: it is none. Both are aligned for any struct.
 */
ssize_t server_answer(struct server *server, const void *question, size_t size, void *answer);

#endif
