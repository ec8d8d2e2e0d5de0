/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the service manager how a service is doing. Without one all of it does nothing. */
#ifndef BOUNDBY_WATCH_NOTIFY_H
#define BOUNDBY_WATCH_NOTIFY_H

#include <stdint.h>

/* It works from here on; status is shown by `systemctl status`. */
void notify_ready(const char *status);
/* It reads its settings again, then notify_ready follows. */
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);

/* How often notify_alive is to be called, ns; 0: nobody asks for it. */
uint64_t notify_alive_period_ns(void);
void notify_alive(void);

#endif
