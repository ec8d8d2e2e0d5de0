/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a watch is made of: private to cmd_watch.c, which opens and closes it, and watch_window.c,
 * which does what each window and each second asks for.
 */
#ifndef BOUNDBY_WATCH_WATCH_H
#define BOUNDBY_WATCH_WATCH_H

#include "watch/control_socket.h"
#include "watch/metrics_server.h"
#include "watch/textfile.h"
#include "collect/source_live.h"
#include "render/metrics/metrics.h"
#include "trace/recorder/segments.h"
#include "watch/governor.h"
#include "watch/hooks.h"
#include "watch/line_output.h"
#include "watch/triggers.h"

/* What asked for the detailed ring to be written out. */
enum watch_reason { REASON_CLASS, REASON_STALL, REASON_SIGNAL, REASON_REQUEST, NR_WATCH_REASONS };

struct watch {
	double budget; /* of a core, 0..1 */
	bool json; /* a window is a JSON document, not a line */
	struct source *source; /* NULL until it is open */
	struct render_options render;
	struct line_output output; /* where the windows go */
	uint64_t dropped; /* lines of it that an event has reported */
	struct governor governor;
	struct triggers triggers;
	struct metrics *metrics; /* NULL: none are asked for */
	struct metrics_server *server; /* NULL: no --listen */
	struct segments *segments; /* NULL: no --dir */
	struct control_socket *control; /* NULL: neither --control nor --dir */
	uint64_t period_ns; /* when the governor last looked, 0 never, ... */
	uint64_t hooks_ns; /* ... and what the hooks had cost by then */
	uint64_t first_ns, first_own_ns; /* when it first did, and what we had cost by then */
	double own; /* what our own process cost in the last window, of a core; NAN not known */
	uint64_t windows, bursts, dumps[NR_WATCH_REASONS];
	uint64_t burst_ns; /* when the last one began, 0 never */
	enum verdict_class class; /* of the last window that could be judged; insufficient: none */
	double cost; /* of the last window, of a core; NAN unknown */
	bool paused;
	struct textfile textfile; /* path NULL: none */
	struct hooks *hooks; /* NULL: none can be run */
	const char *hook; /* the command, NULL none */
	uint64_t hook_ns; /* when it was called last, 0 never, ... */
	uint64_t hooks_left_out; /* ... and triggers since then that came too soon */
	uint64_t alive_period_ns, alive_ns; /* the service manager's watchdog; period 0: none */
	/*
	 * Reads the file of options again. answer: what has changed; 1: the former settings stay, and the
	 * answer says why.
	 */
	int (*reload)(void *arg, char *answer, size_t size);
	void *reload_arg;
};

/* Set by signals: new settings and a new segment, the ring to be written. */
extern volatile int watch_reload, watch_dump;

/* Hears each record first. 0, or -1 with e filled. For struct pipeline; arg: struct watch. */
int watch_record(void *arg, const struct record *record, struct err *e);

/* Takes the report of a closed window. 0, or -1 with e filled. For struct pipeline, as above. */
int watch_window(void *arg, const struct report *report, struct err *e);

/* Says in the log how many windows standard output had no room for, when more have come. */
void watch_report_dropped(struct watch *watch);

/* Each tick: requests, signals, the budget. When the next one is due. For struct live_config. */
uint64_t watch_tick(void *arg);

#endif
