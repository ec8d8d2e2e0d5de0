// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of trace on random record streams: a file gives them back whole, cut at any place, or with
 * any bit damaged, and never more than was written.
 */
#include "trace/trace_fixture.h"

static uint8_t *slurp(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	uint8_t *bytes;

	assert_true(fd >= 0 && !fstat(fd, &stat));
	*ret_size = (size_t)stat.st_size;
	bytes = malloc(*ret_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *ret_size), *ret_size);
	close(fd);
	return bytes;
}

static void test_gives_back_what_it_was_given(void **state)
{
	struct fixture *fixture = *state;
	int round;
	enum record_kind kind;

	for (round = 0; round < 8; round++) {
		make_stream(fixture, 1 + (size_t)round * 6);
		write_all(fixture, fixture->in.count);
		assert_int_equal(read_path(fixture, NULL), 0);
		assert_int_equal(fixture->damage.bytes + fixture->damage.windows +
					 fixture->damage.missing_ns,
				 0);
		for (kind = 0; kind < NR_RECORD_KINDS; kind++)
			/* distributions are not written each time: they have their own test */
			if (kind != RECORD_SETTING && kind != RECORD_HISTOGRAM) {
				hold_same(fixture, kind, false);
				hold_same(fixture, kind, true);
			}
		assert_true(fixture->facts.ended);
		assert_int_equal(fixture->facts.first_ns, BEGIN);
		assert_int_equal(fixture->facts.setting_count, 1);
		assert_string_equal(fixture->facts.settings[0].name, "starvation");
	}
}

/* The last histogram of each thread that lives on is the one that was given last. */
static void test_distributions_are_told_in_the_end(void **state)
{
	struct fixture *fixture = *state;
	size_t i, j, checked = 0;

	make_stream(fixture, 40);
	write_all(fixture, fixture->in.count);
	assert_int_equal(read_path(fixture, NULL), 0);
	for (i = fixture->in.count - 1; fixture->in.records[i].kind != RECORD_SNAPSHOT; i--) {
		if (fixture->in.records[i].kind != RECORD_HISTOGRAM)
			continue;
		for (j = fixture->out.count - 1; fixture->out.records[j].kind != RECORD_SNAPSHOT;
		     j--)
			if (!memcmp(&fixture->out.records[j], &fixture->in.records[i],
				    sizeof(struct record)))
				break;
		assert_true(fixture->out.records[j].kind == RECORD_HISTOGRAM);
		checked++;
	}
	assert_true(checked > 5);
	/* and with a report of each window, each time */
	fixture->in.records[0].capture.interval_ns = SECOND;
	write_all(fixture, fixture->in.count);
	assert_int_equal(read_path(fixture, NULL), 0);
	hold_same(fixture, RECORD_HISTOGRAM, false);
}

static void test_file_is_private_and_new(void **state)
{
	struct fixture *fixture = *state;
	struct trace_writer *writer;
	struct stat stat_;
	char link[80];

	make_stream(fixture, 1);
	write_all(fixture, fixture->in.count);
	assert_int_equal(stat(fixture->path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	assert_int_equal(trace_writer_open(fixture->path, &writer, &fixture->e), -1);
	assert_non_null(strstr(fixture->e.text, "refusing to overwrite"));
	unlink(fixture->path);
	snprintf(link, sizeof(link), "%s.link", fixture->path);
	unlink(link);
	assert_int_equal(symlink(fixture->path, link), 0);
	assert_int_equal(trace_writer_open(link, &writer, &fixture->e), -1);
	assert_int_equal(access(fixture->path, F_OK), -1);
	unlink(link);
	assert_int_equal(trace_writer_open("/nowhere/x.bbt", &writer, &fixture->e), -1);
}

static void test_cut_anywhere_keeps_whole_windows(void **state)
{
	struct fixture *fixture = *state;
	size_t size, cut, windows, before = SIZE_MAX;
	uint8_t *bytes;

	make_stream(fixture, 5);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	for (cut = size - 1; cut > size / 3; cut--) {
		int result = read_bytes(fixture, bytes, cut);

		windows = result ? 0 : windows_of(&fixture->out);
		assert_true(windows <= before);
		before = windows;
		if (result)
			continue;
		hold_threads(fixture);
		/* the tail and the index may be missing */
		assert_true(windows == 6 || !fixture->facts.ended || fixture->damage.bytes);
	}
	assert_true(before < 6);
	free(bytes);
}

static void test_no_bit_changes_a_figure_unseen(void **state)
{
	struct fixture *fixture = *state;
	size_t size, bit, changed = 0;
	uint8_t *bytes;

	make_stream(fixture, 3);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	for (bit = 0; bit < 8 * size; bit++) {
		int result;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		result = read_bytes(fixture, bytes, size);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (result) { /* refused with a sentence */
			assert_true(fixture->e.kind && fixture->e.text[0]);
			changed++;
		} else if (fixture->damage.bytes || fixture->damage.windows ||
			   fixture->damage.missing_ns) {
			changed++;
		} else {
			assert_int_equal(windows_of(&fixture->out), 4);
			hold_threads(fixture);
		}
	}
	/* what no checksum covers are the minor version, the spare word, and the tail */
	assert_true(changed > 8 * (size - 16 - sizeof(struct trace_tail)) - 64);
	free(bytes);
}

/* Offsets and types of the chunks of a file. */
static size_t find_chunks(const uint8_t *bytes, size_t size, size_t *offsets, uint32_t *types,
			  size_t most)
{
	size_t at = sizeof(struct trace_head), count = 0;
	struct trace_chunk head;

	while (at + sizeof(head) <= size && count < most) {
		memcpy(&head, bytes + at, sizeof(head));
		if (head.magic != TRACE_CHUNK_MAGIC)
			break;
		offsets[count] = at;
		types[count++] = head.type;
		at += sizeof(head) + head.stored_bytes;
	}
	return count;
}

static void test_a_lost_window_costs_itself_alone(void **state)
{
	struct fixture *fixture = *state;
	size_t size, offsets[64], count, i, lost, before;
	uint32_t types[64];
	uint8_t *bytes;

	make_stream(fixture, 30);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	count = find_chunks(bytes, size, offsets, types, 64);
	assert_true(count > 31);
	for (lost = 3; lost < count - 2; lost++) {
		if (types[lost] != TRACE_WINDOW)
			continue;
		bytes[offsets[lost] + 60] ^= 0x10;
		assert_int_equal(read_bytes(fixture, bytes, size), 0);
		bytes[offsets[lost] + 60] ^= 0x10;
		assert_true(fixture->damage.bytes > 0);
		/* as many boundaries as before: that of the lost window closes a gap */
		assert_int_equal(windows_of(&fixture->out), 31);
		/* from window to window sums never grow by more than the time that passed */
		before = 0;
		for (i = 0; i < fixture->out.count; i++) {
			const struct record *record = &fixture->out.records[i];

			if (record->kind == RECORD_BOUNDARY) {
				assert_true(record->boundary.at_ns > before);
				before = record->boundary.at_ns;
			}
		}
	}
	free(bytes);
}

/* All time is there, in the state that it was in, or in none that is known. */
static void hold_increments(const struct record_thread *old, const struct record_thread *out,
			    const struct record_thread *in_old, const struct record_thread *in)
{
	uint64_t grown, truth, sum = 0, all = 0;
	int s;

	for (s = 0; s < NR_STATES; s++) {
		grown = out->state_ns[s] - old->state_ns[s];
		truth = in->state_ns[s] - in_old->state_ns[s];
		sum += grown;
		all += truth;
		if (s != STATE_UNOBSERVED)
			assert_true(grown <= truth);
	}
	assert_int_equal(sum, all);
}

/* What threads did in a window that is whole is right whatever is lost elsewhere. */
static void test_windows_after_damage_are_right(void **state)
{
	struct fixture *fixture = *state;
	size_t size, offsets[64], count, i, j, bases = 0;
	uint32_t types[64];
	struct record_thread last[2][64] = { 0 };
	uint8_t *bytes;

	make_stream(fixture, 40);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	count = find_chunks(bytes, size, offsets, types, 64);
	for (i = 0; i < count; i++)
		bases += types[i] == TRACE_BASE;
	assert_true(bases >= 2); /* else nothing is written again */
	bytes[offsets[5] + 50] ^= 1;
	assert_int_equal(read_bytes(fixture, bytes, size), 0);
	free(bytes);
	/* the increments of each thread that is in both at two boundaries in a row */
	for (i = 0, j = 0; i < fixture->out.count; i++) {
		const struct record_thread *out = &fixture->out.records[i].thread, *old, *in_old,
					   *in;

		if (fixture->out.records[i].kind != RECORD_THREAD || out->exited)
			continue;
		for (j = 0; j < fixture->in.count; j++) {
			in = &fixture->in.records[j].thread;
			if (fixture->in.records[j].kind == RECORD_THREAD && in->id == out->id &&
			    in->end_ns == out->end_ns)
				break;
		}
		if (j == fixture->in.count)
			continue; /* the gap's own boundary */
		old = &last[0][out->id % 64];
		in_old = &last[1][out->id % 64];
		if (old->id == out->id && in_old->id == in->id && old->end_ns == in_old->end_ns &&
		    out->end_ns - old->end_ns < SECOND + SECOND / 2)
			hold_increments(old, out, in_old, in);
		last[0][out->id % 64] = *out;
		last[1][out->id % 64] = *in;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gives_back_what_it_was_given, setup, teardown),
		cmocka_unit_test_setup_teardown(test_distributions_are_told_in_the_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_file_is_private_and_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_anywhere_keeps_whole_windows, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_bit_changes_a_figure_unseen, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_lost_window_costs_itself_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_windows_after_damage_are_right, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
