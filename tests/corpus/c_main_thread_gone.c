// SPDX-License-Identifier: GPL-2.0-or-later
/* The convoy of lib/convoy.h in a program whose main thread has ended. */
#include "lib/convoy.h"

int main(int argc, char **argv)
{
	start_convoy(argc, argv);
	pthread_exit(NULL);
}
