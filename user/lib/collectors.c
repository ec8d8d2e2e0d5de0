// SPDX-License-Identifier: GPL-2.0-or-later
/* The collectors of the runtimes, as tables. */
#include "lib/collectors.h"

#include <stddef.h>
#include <string.h>

#include "lib/runtimes.h"

static const char *const functions[] = {
	/* CPython */
	"gc_collect",
	"PyGC_Collect",
	"_Py_RunGC",
	/* V8 */
	"Heap::CollectGarbage",
	"Scavenge",
	"MarkCompact",
	"ConcurrentMarking",
	"Sweeper::",
	/* HotSpot */
	"G1Par",
	"G1CollectedHeap::",
	"VM_GenCollect",
	"VM_G1",
	"VM_ParallelGC",
	"GenCollectedHeap::",
	"SerialHeap::",
	"PSMarkSweep",
	"PSParallelCompact",
	"PSScavenge",
	"CMTask::",
	"G1CMTask",
	"ZMark::",
	"ZRelocate::",
	"ShenandoahConcurrentGC",
	/* Go */
	"gcBgMarkWorker",
	"gcAssistAlloc",
	"runtime.bgsweep",
	"runtime.gcStart",
	/* Ruby */
	"garbage_collect",
	"gc_marks",
	"gc_sweep",
	"gc_start",
};

/*
 * CPython collects inside these two levels down and more. What they allocate by is one level, or leaves the
 * interpreter's own code.
 */
static const char *const allocators[] = { "_PyObject_GC_New", "PyType_GenericAlloc" };
static const char *const interpreters[] = { "(python3", "(libpython3" };

/* Beginnings of names, which the kernel cuts at 15 characters. */
static const struct {
	enum runtime_id runtime;
	const char *name;
} threads[] = {
	{ RUNTIME_JAVA, "GC Thread#" },	    { RUNTIME_JAVA, "G1 " },
	{ RUNTIME_JAVA, "GC task thread" }, { RUNTIME_JAVA, "ParGC Thread#" },
	{ RUNTIME_JAVA, "Shenandoah" },	    { RUNTIME_JAVA, "ZWorker" },
	{ RUNTIME_JAVA, "ZDriver" },
};

static bool has_part(const char *text, const char *const *parts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strstr(text, parts[i]))
			return true;
	return false;
}

#define HAS_PART(text, parts) has_part(text, parts, sizeof(parts) / sizeof((parts)[0]))

static bool is_inside(const char *frame)
{
	return HAS_PART(frame, interpreters) && !strstr(frame, "lloc");
}

bool collector_frame(const char *frame, const char *caller, const char *outer)
{
	return HAS_PART(frame, functions) ||
	       (HAS_PART(outer, allocators) && is_inside(caller) && is_inside(frame));
}

bool collector_thread(const char *runtime, const char *comm)
{
	enum runtime_id id = runtime_id_of(runtime);
	size_t i;

	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
		if (threads[i].runtime == id &&
		    !strncmp(comm, threads[i].name, strlen(threads[i].name)))
			return true;
	return false;
}
