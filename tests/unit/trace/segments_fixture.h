/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_segments.c and test_incidents.c share. */
#ifndef TEST_SEGMENTS_FIXTURE_H
#define TEST_SEGMENTS_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixtures/flight.h"
#include "trace/recorder/segment_dir.h"
#include "trace/recorder/writer.h"

static char names[FLIGHT_MAX_FILES][FLIGHT_NAME];

static inline size_t segments_of(const struct flight_fixture *fixture)
{
	return flight_files(fixture, "boundby-", names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, flight_setup, flight_teardown)

#endif
