// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps ledgers by window and subject, and merges windows in pairs where they are too many. */
#include "render/html/page_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

/* Of these process and thread; a new one where there is none. SIZE_MAX without memory. */
static size_t subject_of(struct page_rows *rows, const struct process_model *process,
			 const struct thread_model *thread)
{
	uint32_t pid = process ? process->pid : 0, tid = thread ? thread->tid : 0;
	uint64_t key = (uint64_t)pid << 32 | tid;
	struct page_subject *subject;
	size_t position;

	if (!tid && thread)
		key = index_hash(thread->comm, strnlen(thread->comm, RECORD_COMM_LEN), key + 1);
	position = index_find(&rows->index, key);
	if (position != INDEX_NONE)
		return position;
	position = rows->subject_count;
	if (vec_reserve((void **)&rows->subjects, &rows->subject_capacity, position,
			sizeof(*rows->subjects)) ||
	    index_add(&rows->index, key, position))
		return SIZE_MAX;
	subject = &rows->subjects[rows->subject_count++];
	*subject = (struct page_subject){ .pid = pid, .tid = tid };
	if (thread)
		memcpy(subject->comm, thread->comm, sizeof(subject->comm));
	return position;
}

static int add_cell(struct page_window *window, const struct page_cell *cell)
{
	if (vec_reserve((void **)&window->cells, &window->capacity, window->count, sizeof(*cell)))
		return -ENOMEM;
	window->cells[window->count++] = *cell;
	return 0;
}

int page_rows_begin(struct page_rows *rows, uint64_t start_ns, uint64_t duration_ns)
{
	if (vec_reserve((void **)&rows->windows, &rows->capacity, rows->count,
			sizeof(*rows->windows)))
		return -ENOMEM;
	rows->windows[rows->count++] =
		(struct page_window){ .start_ns = start_ns, .duration_ns = duration_ns };
	return 0;
}

int page_rows_add(struct page_rows *rows, const struct process_model *process,
		  const struct thread_model *thread, const struct ledger *time)
{
	struct page_window *window = &rows->windows[rows->count - 1];
	size_t position = subject_of(rows, process, thread);
	uint32_t s;

	if (position == SIZE_MAX)
		return -ENOMEM;
	for (s = 0; s < NR_STATES; s++) {
		struct page_cell cell = { (uint32_t)position, s, time->state_ns[s] };

		if (!cell.ns)
			continue;
		if (add_cell(window, &cell))
			return -ENOMEM;
		rows->cells++;
		rows->subjects[position].ns += cell.ns;
		if (state_is_work(s))
			rows->subjects[position].work_ns += cell.ns;
	}
	return 0;
}

static int by_subject(const void *left, const void *right)
{
	const struct page_cell *a = left, *b = right;

	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	return a->state < b->state ? -1 : a->state > b->state;
}

/* Makes one cell of those of one subject and state. */
static void sum_cells(struct page_window *window)
{
	size_t i, kept = 0;

	if (!window->count)
		return;
	qsort(window->cells, window->count, sizeof(*window->cells), by_subject);
	for (i = 1; i < window->count; i++) {
		if (by_subject(&window->cells[kept], &window->cells[i]))
			window->cells[++kept] = window->cells[i];
		else
			window->cells[kept].ns += window->cells[i].ns;
	}
	window->count = kept + 1;
}

static int merge(struct page_window *to, const struct page_window *next)
{
	size_t i;

	to->duration_ns = next->start_ns + next->duration_ns - to->start_ns;
	for (i = 0; i < next->count; i++)
		if (add_cell(to, &next->cells[i]))
			return -ENOMEM;
	sum_cells(to);
	return 0;
}

static int halve(struct page_rows *rows)
{
	struct page_window *windows = rows->windows;
	size_t i, count = (rows->count + 1) / 2;

	rows->cells = 0;
	rows->merged++;
	for (i = 0; i < count; i++) {
		struct page_window *next = 2 * i + 1 < rows->count ? &windows[2 * i + 1] : NULL;

		if (next && merge(&windows[2 * i], next))
			return -ENOMEM;
		if (next) {
			free(next->cells);
			next->cells = NULL;
		}
		if (i) {
			windows[i] = windows[2 * i];
			windows[2 * i].cells = NULL;
		}
		rows->cells += windows[i].count;
	}
	rows->count = count;
	return 0;
}

int page_rows_limit(struct page_rows *rows, size_t windows, size_t cells)
{
	while (rows->count > 1 && (rows->count > windows || rows->cells > cells))
		if (halve(rows))
			return -ENOMEM;
	return 0;
}

void page_rows_free(struct page_rows *rows)
{
	size_t i;

	for (i = 0; i < rows->count; i++)
		free(rows->windows[i].cells);
	free(rows->windows);
	free(rows->subjects);
	index_free(&rows->index);
	memset(rows, 0, sizeof(*rows));
}
