// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes a folder for a test; takes it away again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder_bed.h"

void folder_bed_open(struct folder_bed *bed)
{
	snprintf(bed->folder, sizeof(bed->folder), "/tmp/boundby-test-XXXXXX");
	assert_non_null(mkdtemp(bed->folder));
	snprintf(bed->path, sizeof(bed->path), "%s/file", bed->folder);
}

void folder_bed_close(struct folder_bed *bed)
{
	unlink(bed->path);
	assert_int_equal(rmdir(bed->folder), 0);
}
