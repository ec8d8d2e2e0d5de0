// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits in accept for connections that never come. Truth by construction: request, one wait from
 * before attach to after the end.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener;

	workload_begin(argc, argv);
	listener = serve(SOCK_STREAM, &address);
	ready();
	for (;;)
		accept(listener, NULL, NULL);
}
