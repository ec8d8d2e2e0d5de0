// SPDX-License-Identifier: GPL-2.0-or-later
/* Cuts the path of a frame to what a report shows of it. */
#include "collect/runtimes/frame_place.h"

#include <string.h>

const char *frame_place_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	while (slash && slash > path && slash[-1] != '/')
		slash--;
	return slash && *slash != '/' ? slash : slash ? slash + 1 : path;
}
