// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the flight recorder, on streams of one-second windows: its segments together equal one
 * recording, only old segments are removed, and what an incident file contains.
 */
#include "trace/segments_fixture.h"

static int put_writer(void *writer, const struct record *record)
{
	return trace_writer_put(writer, record);
}

/* The same stream as the recorder's so far, in one file beside the directory. */
static void record_alone(const struct flight_fixture *fixture, size_t windows,
			 char path[FLIGHT_NAME])
{
	struct flight_stream stream = { .at_ns = fixture->stream.begin_ns,
					.begin_ns = fixture->stream.begin_ns,
					.realtime_ns = fixture->stream.realtime_ns,
					.opened_ns = fixture->stream.opened_ns,
					.boot_id = fixture->stream.boot_id,
					.seed = 88172645463325252ULL,
					.put = put_writer };
	struct trace_writer *writer;
	struct err e = { 0 };

	snprintf(path, FLIGHT_NAME, "%s.alone", fixture->dir);
	unlink(path);
	assert_int_equal(trace_writer_open(path, &writer, &e), 0);
	stream.arg = writer;
	flight_play(&stream, windows);
	assert_int_equal(trace_writer_close(writer, &e), 0);
}

/* ---- segments -------------------------------------------------------------------------------- */
static void test_segments_are_one_recording(void **state)
{
	struct flight_fixture *fixture = *state;
	struct flight_look look, each;
	char alone[1][FLIGHT_NAME], *one, *other;
	size_t count, i, windows = 0;
	uint64_t end_ns = FLIGHT_BEGIN;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 305);
	flight_close(fixture);
	record_alone(fixture, 305, alone[0]);
	count = segments_of(fixture);
	assert_int_equal(count, 16);
	assert_string_equal(names[0], "boundby-20231114T221320Z-0001.bbt");
	assert_string_equal(names[1], "boundby-20231114T221340Z-0002.bbt");
	flight_look(fixture, names, count, NULL, &look);
	assert_int_equal(look.boundaries, 306);
	assert_int_equal(look.stalls, 305);
	assert_true(look.is_last && look.facts.ended);
	assert_int_equal(look.damage.windows + look.damage.bytes + look.damage.missing_ns, 0);
	one = flight_report(fixture, alone, 1);
	other = flight_report(fixture, names, count);
	assert_string_equal(one, other);
	free(one);
	free(other);
	/* each is a trace by itself, and begins where the one before ended */
	for (i = 0; i < count; i++) {
		flight_look(fixture, &names[i], 1, NULL, &each);
		assert_int_equal(each.first_ns, end_ns);
		assert_int_equal(each.stalls, each.boundaries - 1);
		end_ns = each.last_ns;
		windows += each.boundaries - 1;
	}
	assert_int_equal(windows, 305);
	assert_int_equal(end_ns, look.last_ns);
}

static void test_a_range_across_segments(void **state)
{
	struct flight_fixture *fixture = *state;
	struct trace_range range = { .from_ns = FLIGHT_BEGIN + 15 * SECOND,
				     .to_ns = FLIGHT_BEGIN + 65 * SECOND };
	struct flight_look look, alone_look;
	char alone[1][FLIGHT_NAME];

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 100);
	record_alone(fixture, 100, alone[0]);
	/* also while it is being written, and after a kill */
	flight_look(fixture, names, segments_of(fixture), &range, &look);
	flight_look(fixture, alone, 1, &range, &alone_look);
	assert_int_equal(look.boundaries, 51);
	assert_int_equal(look.on_cpu_ns, alone_look.on_cpu_ns);
	assert_int_equal(look.first_ns, range.from_ns);
	assert_int_equal(look.last_ns, range.to_ns);
	flight_look(fixture, names, segments_of(fixture), NULL, &look);
	assert_int_equal(look.boundaries, 101);
	assert_false(look.facts.ended);
}

static void test_rotates_when_told(void **state)
{
	struct flight_fixture *fixture = *state;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 3);
	segments_rotate(fixture->segments);
	assert_int_equal(segments_of(fixture), 1);
	flight_play(&fixture->stream, 1);
	assert_int_equal(segments_of(fixture), 2);
	flight_play(&fixture->stream, 10);
	assert_int_equal(segments_of(fixture), 2);
}

/* ---- what leaves ----------------------------------------------------------------------------- */
static void test_old_ones_leave_by_age(void **state)
{
	struct flight_fixture *fixture = *state;
	struct flight_look look;
	struct segments_stats stats;

	fixture->config.keep_ns = 100 * SECOND;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 120);
	assert_int_equal(segments_of(fixture), 7); /* the first one ends at 20 s: 100 s ago */
	flight_play(&fixture->stream, 1);
	assert_int_equal(segments_of(fixture), 6);
	flight_play(&fixture->stream, 500);
	flight_look(fixture, names, segments_of(fixture), NULL, &look);
	assert_in_range(look.last_ns - look.first_ns, 100 * SECOND, 121 * SECOND);
	assert_int_equal(look.boundaries - 1, (look.last_ns - look.first_ns) / SECOND);
	segments_stats(fixture->segments, &stats);
	assert_int_equal(stats.files, segments_of(fixture));
	assert_int_equal(stats.bytes, flight_bytes(fixture));
	assert_true(stats.removed >= 24);
}

static void test_old_ones_leave_by_size(void **state)
{
	struct flight_fixture *fixture = *state;
	struct flight_look look;

	fixture->config.segment_ns = 3600 * SECOND;
	fixture->config.max_bytes = 200000;
	fixture->config.no_ring = true;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	fixture->stream.noise = true;
	flight_play(&fixture->stream, 40);
	assert_true(segments_of(fixture) >= 2);
	for (size_t i = 0; i < 40; i++) {
		flight_play(&fixture->stream, 10);
		/* a window may be too much until the boundary at which it is seen is over */
		assert_true(flight_bytes(fixture) <= 200000);
		flight_look(fixture, names, segments_of(fixture), NULL, &look);
		assert_int_equal(look.last_ns, fixture->stream.at_ns - SECOND);
		assert_int_equal(look.boundaries - 1, (look.last_ns - look.first_ns) / SECOND);
	}
	assert_in_range(segments_of(fixture), 12, 18);
	assert_true(flight_bytes(fixture) > 150000);
}

/* What an earlier run left is kept, also one that was killed, and leaves in its turn. */
static void test_a_restart_keeps_what_is_there(void **state)
{
	struct flight_fixture *fixture = *state;
	struct flight_look look;
	int status;
	pid_t child = fork();

	fixture->config.keep_ns = 100 * SECOND;
	assert_true(child >= 0);
	if (!child) {
		flight_open(fixture, FLIGHT_BEGIN, "boot");
		flight_play(&fixture->stream, 50);
		_exit(0);
	}
	assert_true(waitpid(child, &status, 0) == child && !status);
	assert_int_equal(segments_of(fixture), 3);
	flight_open(fixture, FLIGHT_BEGIN + 60 * SECOND, "boot");
	flight_play(&fixture->stream, 5);
	assert_int_equal(segments_of(fixture), 4);
	assert_string_equal(names[3], "boundby-20231114T221420Z-0004.bbt");
	flight_look(fixture, names, 3, NULL, &look);
	assert_int_equal(look.boundaries, 51);
	/* its first segment ended at 20 s, the last at 50 s */
	flight_play(&fixture->stream, 56);
	assert_string_equal((segments_of(fixture), names[0]), "boundby-20231114T221340Z-0002.bbt");
	flight_play(&fixture->stream, 35);
	assert_string_equal((segments_of(fixture), names[0]), "boundby-20231114T221420Z-0004.bbt");
}

/* After a new start of the host clocks do not compare, whatever they say: nothing leaves at once. */
static void test_another_boot_and_a_clock_that_jumps(void **state)
{
	struct flight_fixture *fixture = *state;
	const uint64_t year = 31536000ULL * SECOND, jumps[] = { year, 0 - year };
	size_t i;

	fixture->config.keep_ns = 100 * SECOND;
	for (i = 0; i < 2; i++) {
		char boot[2][16];

		snprintf(boot[0], sizeof(boot[0]), "boot-%zu", i);
		snprintf(boot[1], sizeof(boot[1]), "boot-%zu-later", i);
		flight_open(fixture, FLIGHT_BEGIN, boot[0]);
		flight_play(&fixture->stream, 30);
		flight_close(fixture);
		flight_open(fixture, i ? 50 * SECOND : FLIGHT_BEGIN + year, boot[1]);
		fixture->stream.realtime_ns += jumps[i];
		flight_play(&fixture->stream, 100);
		assert_int_equal(segments_of(fixture), 2 + 6); /* two of the boot before */
		flight_play(&fixture->stream, 1);
		assert_int_equal(segments_of(fixture), 6);
		flight_close(fixture);
		/* for the next round */
		assert_int_equal(flight_teardown(state), 0);
		assert_int_equal(flight_setup(state), 0);
		fixture = *state;
		fixture->config.keep_ns = 100 * SECOND;
	}
}

/* Set while it watches: what was seen before keeps its times, what comes has the new ones. */
static void test_clock_is_set(void **state)
{
	struct flight_fixture *fixture = *state;
	const uint64_t before = FLIGHT_REALTIME, steps[] = { 3600 * SECOND, 0 - 7200 * SECOND };
	struct flight_look look;
	size_t i;

	fixture->config.segment_ns = 1000 * SECOND;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 10);
	assert_int_equal(segments_of(fixture), 1);
	for (i = 0; i < 2; i++) {
		fixture->stream.realtime_ns += steps[i];
		flight_play(&fixture->stream, 10);
		assert_int_equal(segments_of(fixture), i + 2);
	}
	flight_close(fixture);
	assert_int_equal(segments_of(fixture), 3);
	/* names are in the order of the wall clock: the third, the first, the second */
	for (i = 0; i < 3; i++) {
		const uint64_t since[] = { steps[0] + steps[1], 0, steps[0] };

		flight_look(fixture, &names[i], 1, NULL, &look);
		assert_true(look.facts.capture.start_realtime_ns == before + since[i]);
		assert_int_equal(look.boundaries, i == 0 ? 10 : i == 1 ? 12 : 11);
	}
	flight_look(fixture, names, 3, NULL, &look);
	assert_int_equal(look.boundaries, 10 + 12 + 11 - 2); /* two stand in two files */
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_foreign_files_stay(void **state)
{
	static const char *const kept[] = {
		"boundby-20200101T000000Z-0001.bbt", /* no trace */
		"boundby-20200101T000000Z-0002.bbt", /* a directory */
		"boundby-20200101T000000Z-0003.bbt", /* a link to a trace */
		"boundby-20200101T000000Z-x.bbt", /* traces, with other names */
		"boundby-20200101T0000Z-0004.bbt",   "boundby-20200101T000000Z-0004.bbt.gz",
		"incident-20200101T000000Z-.bbt",    "other.bbt",
	};
	struct flight_fixture *fixture = *state;
	char path[FLIGHT_PATH], trace[FLIGHT_NAME];
	size_t i;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_close(fixture);
	fixture->config.keep_ns = 10 * SECOND;
	fixture->config.segment_ns = SECOND;
	fixture->config.max_bytes = 20000;
	fixture->stream.boot_id = "boot";
	record_alone(fixture, 3, trace);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->dir, kept[i]);
		if (i == 0)
			write_file(path, "dear diary");
		else if (i == 1)
			assert_int_equal(mkdir(path, 0700), 0);
		else if (i == 2)
			assert_int_equal(symlink(trace, path), 0);
		else
			flight_copy(trace, path);
	}
	/* and one that is as ours are */
	snprintf(path, sizeof(path), "%s/boundby-20200101T000000Z-0007.bbt", fixture->dir);
	flight_copy(trace, path);
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 1);
	assert_int_equal(access(path, F_OK), 0);
	flight_play(&fixture->stream, 60);
	assert_int_equal(access(path, F_OK), -1);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->dir, kept[i]);
		assert_int_equal(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW), 0);
	}
	assert_int_equal(access(trace, F_OK), 0);
}

/* ---- the place ------------------------------------------------------------------------------- */
static void hold_refused(struct flight_fixture *fixture, const char *words)
{
	struct segments *segments;

	memset(&fixture->e, 0, sizeof(fixture->e));
	assert_int_equal(segments_open(&fixture->config, &segments, &fixture->e), -1);
	assert_int_equal(fixture->e.kind, ERR_FAILED);
	if (!strstr(fixture->e.text, words))
		fail_msg("%s", fixture->e.text);
}

static void test_only_a_directory_of_our_own(void **state)
{
	struct flight_fixture *fixture = *state;
	struct stat stat_;
	char path[FLIGHT_PATH];

	write_file(fixture->dir, "a file");
	hold_refused(fixture, "cannot record in");
	unlink(fixture->dir);
	assert_int_equal(mkdir(fixture->dir, 0700), 0);
	assert_int_equal(chmod(fixture->dir, 01777), 0);
	hold_refused(fixture, "others may write");
	assert_int_equal(chmod(fixture->dir, 0770), 0);
	hold_refused(fixture, "others may write");
	assert_int_equal(rmdir(fixture->dir), 0);
	if (!geteuid()) {
		assert_int_equal(mkdir(fixture->dir, 0755), 0);
		assert_int_equal(chown(fixture->dir, 65534, 65534), 0);
		hold_refused(fixture, "another user");
		assert_int_equal(rmdir(fixture->dir), 0);
	}
	fixture->config.dir = "/nowhere/at/all";
	hold_refused(fixture, "cannot make the directory");
	fixture->config.dir = fixture->dir;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	hold_refused(fixture, "another boundby records in");
	flight_play(&fixture->stream, 3);
	assert_int_equal(stat(fixture->dir, &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/%s", fixture->dir, (segments_of(fixture), names[0]));
	assert_int_equal(stat(path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	flight_close(fixture);
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	/* nothing came: nothing is left */
	flight_close(fixture);
	assert_int_equal(segments_of(fixture), 1);
}

static void test_a_place_that_takes_nothing_for_a_while(void **state)
{
	struct flight_fixture *fixture = *state;
	struct rlimit old, limit;
	struct segments_stats stats;
	struct flight_look look;
	size_t i, listed = 0;

	fixture->config.segment_ns = 3600 * SECOND;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 10);
	assert_null(segments_trouble(fixture->segments));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = flight_bytes(fixture);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (i = 0; i < 20; i++) {
		const char *text;

		flight_play(&fixture->stream, 1);
		text = segments_trouble(fixture->segments);
		listed += text && strstr(text, "cannot record in");
	}
	segments_stats(fixture->segments, &stats);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(listed, 1);
	assert_true(stats.trouble && stats.merged >= 18);
	flight_play(&fixture->stream, 1);
	assert_non_null(strstr(segments_trouble(fixture->segments), "again"));
	assert_null(segments_trouble(fixture->segments));
	flight_play(&fixture->stream, 5);
	flight_close(fixture);
	/* resolution is lost, nothing else */
	flight_look(fixture, names, segments_of(fixture), NULL, &look);
	assert_int_equal(look.last_ns - look.first_ns, 36 * SECOND);
	assert_int_equal(look.stalls, 36);
	assert_int_equal(look.damage.missing_ns + look.damage.bytes, 0);
}

static void test_a_directory_that_goes_and_comes(void **state)
{
	struct flight_fixture *fixture = *state;
	struct flight_look look;
	char command[256], away[80];
	size_t i, listed = 0;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 10);
	snprintf(away, sizeof(away), "%s.away", fixture->dir);
	snprintf(command, sizeof(command), "rm -r '%s' && touch '%s'", fixture->dir, fixture->dir);
	assert_int_equal(system(command), 0);
	for (i = 0; i < 10; i++) {
		flight_play(&fixture->stream, 1);
		listed += segments_trouble(fixture->segments) != NULL;
	}
	assert_int_equal(listed, 1);
	assert_int_equal(unlink(fixture->dir), 0);
	flight_play(&fixture->stream, 2);
	assert_non_null(strstr(segments_trouble(fixture->segments), "again"));
	flight_look(fixture, names, segments_of(fixture), NULL, &look);
	/* what was seen while it was gone is in the first window */
	assert_int_equal(look.first_ns, FLIGHT_BEGIN + 10 * SECOND);
	assert_int_equal(look.boundaries, 3);
	assert_int_equal(look.stalls, 12);
	/* renamed, with all that is in it: a new one is made */
	assert_int_equal(rename(fixture->dir, away), 0);
	flight_play(&fixture->stream, 3);
	assert_null(segments_trouble(fixture->segments));
	flight_look(fixture, names, segments_of(fixture), NULL, &look);
	assert_int_equal(look.boundaries, 4);
	/* a segment removed by another process */
	snprintf(command, sizeof(command), "rm '%s/'*.bbt", fixture->dir);
	assert_int_equal(system(command), 0);
	flight_play(&fixture->stream, 3);
	flight_look(fixture, names, segments_of(fixture), NULL, &look);
	assert_int_equal(look.boundaries, 4);
	flight_close(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_segments_are_one_recording),
		TEST(test_a_range_across_segments),
		TEST(test_rotates_when_told),
		TEST(test_clock_is_set),
		TEST(test_old_ones_leave_by_age),
		TEST(test_old_ones_leave_by_size),
		TEST(test_a_restart_keeps_what_is_there),
		TEST(test_another_boot_and_a_clock_that_jumps),
		TEST(test_foreign_files_stay),
		TEST(test_only_a_directory_of_our_own),
		TEST(test_a_place_that_takes_nothing_for_a_while),
		TEST(test_a_directory_that_goes_and_comes),
	};

	return cmocka_run_group_tests_name("segments", tests, NULL, NULL);
}
