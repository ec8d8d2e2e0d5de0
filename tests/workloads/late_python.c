// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Works alone for LATE_SECONDS (second argument, 5) after it is ready, then loads CPython and has
 * four threads compute in it.
 * Truth: CPython of the version that is loaded, "loaded" from then on; three of four wait for the GIL.
 */
#include "workload.h"

#include <dlfcn.h>

static void *load(void)
{
	char name[32];
	void *library = NULL;
	int minor;

	for (minor = 8; minor < 16 && !library; minor++) {
		snprintf(name, sizeof(name), "libpython3.%d.so.1.0", minor);
		library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
	}
	return library;
}

int main(int argc, char **argv)
{
	unsigned long late = argument(argc, argv, 2, 5);
	uint64_t *loaded, until;
	void (*initialize)(int);
	int (*run)(const char *);
	void *library;

	workload_begin(argc, argv);
	loaded = truth("loaded");
	ready();
	until = now_ns() + late * SECOND;
	while (now_ns() < until) {
		spin_cpu_ns(MS);
		sleep_ns(20 * MS);
	}
	library = load();
	if (!library)
		skip("there is no libpython3");
	initialize = (void (*)(int))dlsym(library, "Py_InitializeEx");
	run = (int (*)(const char *))dlsym(library, "PyRun_SimpleString");
	if (!initialize || !run)
		die("dlsym");
	initialize(0);
	truth_add(loaded, 1);
	run("import threading, time\n"
	    "def compute():\n"
	    "    while True:\n"
	    "        sum(range(1000))\n"
	    "for _ in range(4):\n"
	    "    threading.Thread(target=compute, daemon=True).start()\n"
	    "time.sleep(1e6)\n");
	return 0;
}
