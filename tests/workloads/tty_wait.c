// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a pseudo terminal, at whose other end a process types a line every 20 ms. Truth by
 * construction: every wait is request: for the user.
 */
#include <termios.h>

#include "workload.h"

int main(int argc, char **argv)
{
	int user = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal;
	struct termios raw;
	char line[64];

	workload_begin(argc, argv);
	if (user < 0 || grantpt(user) || unlockpt(user))
		skip("no pseudo terminals here: /dev/ptmx or devpts is missing");
	terminal = open(ptsname(user), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || tcgetattr(terminal, &raw))
		skip("no pseudo terminals here: devpts is missing");
	cfmakeraw(&raw); /* without echo, which would not be read */
	tcsetattr(terminal, TCSANOW, &raw);
	become_target(tick, &user);
	ready();
	while (running() && read(terminal, line, sizeof(line)) > 0)
		;
	return 0;
}
