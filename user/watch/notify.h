/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notifies the service manager of a service's state. Without one all calls do nothing. */
#ifndef BOUNDBY_WATCH_NOTIFY_H
#define BOUNDBY_WATCH_NOTIFY_H

#include <stdint.h>

/* It works from here on; status is shown by `systemctl status`. */
void notify_ready(const char *status);
/* It reads its settings again, then notify_ready follows. */
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);

/* How often notify_alive is to be called, ns; 0: no watchdog. */
uint64_t notify_alive_period_ns(void);
void notify_alive(void);

#endif
