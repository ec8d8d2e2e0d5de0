/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The images of the processes used last, kept open for a while. */
#ifndef BOUNDBY_COLLECT_SYMBOLS_IMAGES_H
#define BOUNDBY_COLLECT_SYMBOLS_IMAGES_H

#include "collect/symbols/image.h"

#define IMAGES_KEPT \
	64 /* processes; forked ones share an image, and memory has a bound of its own */

/* Zeroed before use, freed by images_free. */
struct images {
	struct open_image {
		uint64_t process_start_ns, opened_ns;
		uint32_t pid;
		struct image *image; /* NULL: the process could not be read */
	} open[IMAGES_KEPT];
};

/* The image of a process, NULL when it cannot be read. now: CLOCK_MONOTONIC ns. */
struct image *images_get(struct images *images, uint32_t pid, uint64_t process_start_ns,
			 uint64_t now);

/* Closes the image of a process that is over. */
void images_forget(struct images *images, uint32_t pid, uint64_t process_start_ns);

/* Closes the one that was opened or refreshed longest ago, but not the last. False: there is none. */
bool images_drop_oldest(struct images *images);

void images_free(struct images *images);

#endif
