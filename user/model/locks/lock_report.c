// SPDX-License-Identifier: GPL-2.0-or-later
/* Selects the judged locks of each process, largest first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "model/locks/locks_parts.h"

/*
 * The kernel's rows contain, for each holder, how long it held the lock while the next thread
 * waited. All waiters waited through all those holds, so each holder is charged its share of all
 * waiting.
 */
static void holders_share(struct lock_part *part)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < part->holder_count; i++)
		sum += (double)part->holders[i].ns;
	for (i = 0; i < part->holder_count && sum > 0; i++)
		part->holders[i].ns =
			(uint64_t)((double)part->holders[i].ns / sum * (double)part->lock.wait_ns);
}

static int compare_holders(const void *a, const void *b)
{
	const struct holder_model *one = a, *other = b;

	if (one->ns != other->ns)
		return one->ns > other->ns ? -1 : 1;
	return (one->tid > other->tid) - (one->tid < other->tid);
}

static int compare_locks(const void *a, const void *b)
{
	const struct lock_model *one = a, *other = b;

	if (one->contention != other->contention)
		return one->contention ? -1 : 1;
	if (one->wait_ns != other->wait_ns)
		return one->wait_ns > other->wait_ns ? -1 : 1;
	return (one->address > other->address) - (one->address < other->address);
}

/* What is known of its place, and the holders that made others wait most. */
static int lock_finish(struct lock_part *part, const struct lock_group *group,
		       struct lock_model *ret)
{
	const struct lock_place_entry *place = part->place;

	*ret = part->lock;
	ret->kind = group->kind;
	ret->contention = group->contention;
	ret->inferred = group->inferred;
	holders_share(part);
	if (part->holder_count)
		qsort(part->holders, part->holder_count, sizeof(*part->holders), compare_holders);
	ret->holder_count = part->holder_count < MODEL_MAX_HOLDERS ? part->holder_count :
								     MODEL_MAX_HOLDERS;
	if (ret->holder_count)
		memcpy(ret->holders, part->holders, ret->holder_count * sizeof(*ret->holders));
	if (!place)
		return 0;
	memcpy(ret->symbol, place->last.symbol, sizeof(ret->symbol));
	memcpy(ret->where, place->last.where, sizeof(ret->where));
	if (!place->frame_count)
		return 0;
	ret->frames = calloc(place->frame_count, sizeof(*ret->frames));
	if (!ret->frames)
		return -ENOMEM;
	memcpy(ret->frames, place->frames, place->frame_count * sizeof(*ret->frames));
	ret->frame_count = place->frame_count;
	return 0;
}

static int compare_processes(uint32_t pid, uint64_t start_ns, const struct lock_part *part)
{
	if (part->pid != pid)
		return pid < part->pid ? -1 : 1;
	return start_ns < part->process_start_ns ? -1 : start_ns > part->process_start_ns;
}

/* By process, then as they were. */
static int compare_parts(const void *a, const void *b)
{
	const struct lock_part *one = *(const struct lock_part *const *)a;
	const struct lock_part *other = *(const struct lock_part *const *)b;
	int order = compare_processes(one->pid, one->process_start_ns, other);

	return order ? order : (one > other) - (one < other);
}

static int report_process(const struct lock_book *book, struct lock_part **parts, size_t count,
			  struct process_model *process)
{
	size_t capacity = 0, from = 0, to = count, middle;

	while (from < to) { /* the first of this process */
		middle = from + (to - from) / 2;
		if (compare_processes(process->pid, process->start_ns, parts[middle]) > 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < count && !compare_processes(process->pid, process->start_ns, parts[from]);
	     from++) {
		if (vec_reserve((void **)&process->locks, &capacity, process->lock_count,
				sizeof(*process->locks)) ||
		    lock_finish(parts[from], &book->groups[parts[from]->group],
				&process->locks[process->lock_count++]))
			return -ENOMEM;
	}
	if (process->lock_count)
		qsort(process->locks, process->lock_count, sizeof(*process->locks), compare_locks);
	for (; process->lock_count > MODEL_MAX_LOCKS; process->locks_dropped++)
		free(process->locks[--process->lock_count].frames);
	return 0;
}

int lock_book_report(const struct lock_book *book, struct process_model *processes, size_t count)
{
	struct lock_part **parts = calloc(book->part_count + 1, sizeof(*parts));
	size_t found = 0, i;
	int error = parts ? 0 : -ENOMEM;

	for (i = 0; i < book->part_count && !error; i++) {
		struct lock_part *part = &book->parts[i];

		if (part->lock.waits || part->lock.wait_ns || part->lock.handovers)
			parts[found++] = part;
	}
	if (found)
		qsort(parts, found, sizeof(*parts), compare_parts);
	for (i = 0; i < count && found && !error; i++)
		error = report_process(book, parts, found, &processes[i]);
	free(parts);
	return error;
}
