/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of a test's own, and a name in it of which there is nothing yet. */
#ifndef FOLDER_BED_H
#define FOLDER_BED_H

struct folder_bed {
	char folder[64];
	char path[96];
};

void folder_bed_open(struct folder_bed *bed);

/* Removes both. Fails when anything else is left in the folder. */
void folder_bed_close(struct folder_bed *bed);

#endif
