// SPDX-License-Identifier: GPL-2.0-or-later
/* Sends notifications by systemd's protocol. */
#include "watch/notify.h"

#include <systemd/sd-daemon.h>
#include <time.h>

void notify_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)now.tv_sec * 1000000ULL +
			   (unsigned long long)now.tv_nsec / 1000ULL);
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void notify_status(const char *status)
{
	sd_notifyf(0, "STATUS=%s", status);
}

uint64_t notify_alive_period_ns(void)
{
	uint64_t limit_us;

	/* twice in each limit, as sd_watchdog_enabled(3) asks for */
	return sd_watchdog_enabled(0, &limit_us) > 0 ? limit_us * 1000 / 2 : 0;
}

void notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}
