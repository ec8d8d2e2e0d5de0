// SPDX-License-Identifier: GPL-2.0-or-later
/* The runtimes as a table. */
#include "lib/runtimes.h"

#include <string.h>

static const struct runtime_traits traits[] = {
	[RUNTIME_NATIVE] = { .name = "" },
	[RUNTIME_CPYTHON] = { .name = "CPython",
			      .has_gil = true,
			      .gil_measured = true,
			      .gil_name = "GIL",
			      .without_frames =
				      "Python functions and lines: this CPython is of a version or "
				      "build whose frames boundby does not know" },
	[RUNTIME_NODE] = { .name = "Node.js",
			   .has_collector = true,
			   .parks_workers = true,
			   .without_frames =
				   "JavaScript functions and lines: this Node.js is of a version or "
				   "build whose frames boundby does not know; names it shows if "
				   "node was started with --perf-basic-prof" },
	[RUNTIME_JAVA] = { .name = "Java",
			   .has_collector = true,
			   .second_main = true,
			   .parks_each_thread = true,
			   .unmeasured =
				   "Java's own locks, except where threads of one name take turns: the JVM "
				   "parks each thread at a separate futex, which shows as condition" },
	[RUNTIME_GO] = { .name = "Go",
			 .has_collector = true,
			 .owns_event_set = true,
			 .parks_workers = true,
			 .parks_tasks = true,
			 .unmeasured =
				 "locks and channels between goroutines: Go parks them by itself, "
				 "unseen by the kernel" },
	[RUNTIME_RUBY] = { .name = "Ruby",
			   .has_gil = true,
			   .gil_name = "GVL",
			   .has_collector = true,
			   .unmeasured =
				   "waits for Ruby's interpreter lock (GVL): its threads park at "
				   "words of their own, which show as condition" },
	[RUNTIME_PHP] = { .name = "PHP", .unmeasured = "names of PHP functions" },
};
_Static_assert(sizeof(traits) / sizeof(traits[0]) == NR_RUNTIMES, "each runtime needs a row here");

const struct runtime_traits *runtime_traits(enum runtime_id id)
{
	return &traits[id < NR_RUNTIMES ? id : RUNTIME_NATIVE];
}

enum runtime_id runtime_id_of(const char *name)
{
	int i;

	for (i = RUNTIME_NATIVE + 1; i < NR_RUNTIMES; i++)
		if (!strncmp(name, traits[i].name, strlen(traits[i].name)))
			return (enum runtime_id)i;
	return RUNTIME_NATIVE;
}

const struct runtime_traits *runtime_traits_of(const char *name)
{
	return &traits[runtime_id_of(name)];
}
