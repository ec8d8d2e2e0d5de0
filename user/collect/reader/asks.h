/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions to the helper, one function each; what comes back is checked, and texts are ended. False:
 * no answer, and *ret is zeroed.
 */
#ifndef BOUNDBY_COLLECT_READER_ASKS_H
#define BOUNDBY_COLLECT_READER_ASKS_H

#include "collect/reader/protocol.h"
#include "collect/reader/reader.h"

/* Which runtime the process runs. v8_known: that is not to be looked at again. */
bool ask_runtime(struct reader *reader, uint32_t pid, uint64_t start_ns, bool v8_known,
		 struct reader_runtime_answer *ret);

/* Type of the file system on the device (major << 20 | minor), as this process sees it; "" not known. */
void ask_file_system(struct reader *reader, uint32_t pid, uint32_t device, char *ret, size_t size);

/* The stack of a sleeping thread, and the frames of its runtime; layout: NULL none. */
bool ask_wait_stack(struct reader *reader, const struct wait_look *look,
		    const struct runtime_layout *layout, struct reader_wait_stack_answer *ret);

/* What the threads wait for; count: at most READER_WAITS_MAX. ret: one for each. */
void ask_waits(struct reader *reader, const struct wait_look *looks, size_t count,
	       struct reader_wait_words *ret);

/*
 * What the epoll set holds that is this descriptor of the process; ppid: nothing of one that is this
 * process's too, 0: of any.
 */
bool ask_event_set(struct reader *reader, const struct reader_event_set *set,
		   struct reader_event_set_answer *ret);

/* The same for one text and address each; see stack_reader.h, which is for all others. */
bool ask_stack(struct reader *reader, const struct stack_event *event, bool native,
	       const struct runtime_layout *layout, uint64_t now, struct stack_text *ret);
bool ask_address(struct reader *reader, const struct reader_address *address,
		 struct reader_address_answer *ret);
void ask_forget(struct reader *reader, uint32_t pid, uint64_t start_ns);

#endif
