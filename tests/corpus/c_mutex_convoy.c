// SPDX-License-Identifier: GPL-2.0-or-later
/* Four threads that each keep one mutex while they wait, see lib/convoy.h: a convoy. */
#include "lib/convoy.h"

int main(int argc, char **argv)
{
	start_convoy(argc, argv);
	sleep_to_end();
	return 0;
}
