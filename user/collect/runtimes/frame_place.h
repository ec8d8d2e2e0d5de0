/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a frame of a runtime is called. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_FRAME_PLACE_H
#define BOUNDBY_COLLECT_RUNTIMES_FRAME_PLACE_H

#include <stdbool.h>

struct frame_place {
	char file[96]; /* the last two parts of its path, "app/db.py" */
	char path[192]; /* all of it */
	char function[64];
	int line; /* 0 not known */
	bool library; /* of the runtime itself or installed beside it, not the program's */
	bool internal; /* of the runtime itself */
};

/* "/srv/app/db.py" is "app/db.py": enough to find it, and no more of the host's tree. Part of path. */
const char *frame_place_file(const char *path);

#endif
