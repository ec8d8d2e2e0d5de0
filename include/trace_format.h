/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace file, version 1. Nothing in a file is trusted by the reader. All numbers are
 * little-endian. A reader of minor version n reads all files of its major version: it skips what it
 * does not know, and what is missing is 0. Another major version is refused.
 *
 * A file is a struct trace_head, then chunks up to its end, and is only ever appended to. A chunk
 * is a struct trace_chunk, then stored_bytes of payload, which inflates (zlib) to plain_bytes.
 * Chunks of unknown type are skipped. After a damaged chunk the reader searches for the next chunk
 * magic.
 *
 *   SCHEMA  first: kinds of rows and their fields, by name. The file describes itself.
 *   BASE    capture, host, settings, and every row as of the snapshot at to_ns. Reading can start
 *           here. from_ns equals to_ns.
 *   WINDOW  the changes from the snapshot at from_ns to the one at to_ns. One per interval, written
 *           as soon as it closes: what was complete before a crash is complete after it.
 *   INDEX   last, when the writer was closed properly: offsets of the BASE chunks. Followed by a
 *           struct trace_tail. If missing, it is rebuilt by walking over the chunks.
 *
 * Payloads consist of varints (base 128, low part first, at most 10 bytes), signed numbers as
 * zigzag (n << 1 ^ n >> 63), texts as a varint length and bytes.
 *
 *   SCHEMA  kinds; each: text name, flags (TRACE_KIND_*), fields; each: text name, coding
 *           (enum trace_coding), element bytes (1, 2, 4, 8), elements. TRACE_TEXT has one element
 *           byte. The first kind has number 1.
 *   BASE, WINDOW
 *           first new serial, first new string; then two parts, each a list of sections ended by a
 *           kind number of 0: first the one-shot rows, then the state of all that exists.
 *           A section: kind; rows; for TRACE_KIND_STEADY whether sums are predicted, 1 or 0 (0 in
 *           the first part); serials of rows as runs (zigzag distance from the serial expected
 *           next, length less 1), not for TRACE_KIND_ONCE; for each row a mask of the fields that
 *           follow (bit 0 is the first field), where known rows without any change are encoded as 0
 *           and their number less 1; then field by field, for each row that has it, its value.
 *           Serials from the first new one on are new: all their fields were 0. A row that is not
 *           in the second part has ended; of TRACE_KIND_RETURNS it is away and may appear again.
 *           A serial is not reused for another row before the next BASE, which restarts serials
 *           and strings at 1.
 *   INDEX   entries; each: offset, and to_ns, both as difference from the previous entry.
 *
 * Values of a field: TRACE_KEY and TRACE_VALUE zigzag of the value; TRACE_SUM zigzag of the
 * increase; TRACE_TIME 0 for 0, else zigzag(to_ns - value) + 1; TRACE_NOW the same, if missing:
 * to_ns; TRACE_AGE zigzag of the value, if missing: the time since the thread of that tid, written
 * earlier in the second part, entered its state, if that was after from_ns, else the previous value
 * plus the time that has passed since it was written; TRACE_TEXT the number of a string, or 0 and a
 * new text. Fields of several elements: the number of elements that follow, each with its distance
 * from the previous one less 1, and its value.
 *
 * TRACE_KIND_CLOSES: the element of state_ns for the state that the row is in at to_ns contains
 * only the residual: what the other elements, and the time from the previous end_ns (or from_ns,
 * the later) to the new end_ns, do not explain. Such rows include their state whenever anything of
 * them changed (except where sums are predicted).
 *
 * TRACE_KIND_STEADY: whenever a row is written in the second part, or sums are not predicted, each
 * of its sums gets a new step: its increase since the previous time, divided by the windows since
 * (rounded towards 0); in a new row it is 0. Where sums are predicted, an existing row is expected
 * to grow by its steps, and TRACE_SUM is zigzag of the difference from that. If the step of
 * state_count of its previous state is not 0, entered_ns is expected to be as long before to_ns as
 * it was before from_ns. There, too, each TRACE_SUM or TRACE_TIME field that any row has is
 * preceded by a number of bits: all its differences are stored without that many low bits, which
 * are 0 in all of them; and for a TRACE_SUM with 2 to 64 elements each row that has it stores a
 * mask of them, then element by element each row its value. A reader that missed a chunk does not
 * know the steps of the rows in it before the next BASE.
 *
 * With more than 32 threads, figures of intermediate snapshots are quantized: time in each state to
 * a thousandth of the window, except one state, which takes the remainder; the duration of a wait
 * in progress, and the time booked for wakers, to a 64th; counts of a thread to 32 and half of what
 * a window adds. The error of a sum does not grow with time, and a sum decreases only where an
 * exact value follows: at the last snapshot, for threads that ended, and when few threads remain.
 *
 * History: 1.0 the first. 1.1 overhead: bursts, burst_ns, given_up_ns;
 * loop: burst_stalls, burst_stalled_ns; clock.
 */
#ifndef BOUNDBY_TRACE_FORMAT_H
#define BOUNDBY_TRACE_FORMAT_H

#include <linux/types.h>

#define TRACE_MAGIC "\211BBT\r\n\032\n"
#define TRACE_MAJOR 1
#define TRACE_MINOR 1
#define TRACE_CHUNK_MAGIC 0x4b434242U /* "BBCK" */
#define TRACE_TAIL_MAGIC 0x4c544242U /* "BBTL" */

struct trace_head {
	__u8 magic[8]; /* TRACE_MAGIC: text mode and 7-bit transfers damage it visibly */
	__u16 major, minor;
	__u32 zero;
};

enum trace_chunk_type {
	TRACE_SCHEMA = 1,
	TRACE_BASE,
	TRACE_WINDOW,
	TRACE_INDEX,
};

struct trace_chunk {
	__u32 magic; /* TRACE_CHUNK_MAGIC */
	__u32 crc; /* CRC-32 (zlib's) of all that follows: rest of this struct, payload */
	__u16 type; /* enum trace_chunk_type */
	__u16 flags; /* TRACE_QUIET */
	__u32 number; /* of the chunk in its file, from 0 */
	__u32 stored_bytes;
	__u32 plain_bytes;
	__u64 from_ns, to_ns; /* CLOCK_MONOTONIC of the host that recorded */
};

#define TRACE_QUIET 1 /* a WINDOW without one-shot records; a seek may skip it */

struct trace_tail {
	__u64 index_offset; /* of the INDEX chunk, from the start of the file */
	__u32 zero;
	__u32 magic; /* TRACE_TAIL_MAGIC */
};

#define TRACE_MAX_PLAIN_BYTES (64U << 20) /* of a chunk: the state of 100,000 threads fits */

enum trace_coding {
	TRACE_KEY = 1, /* part of what identifies the row; never changes */
	TRACE_VALUE, /* as of to_ns */
	TRACE_SUM, /* only grows */
	TRACE_TIME, /* an instant; 0 none */
	TRACE_NOW, /* an instant, mostly to_ns itself */
	TRACE_AGE, /* time up to to_ns of what goes on */
	TRACE_TEXT,
};

#define TRACE_KIND_ONCE 1 /* one-shot rows: written once, not kept */
#define TRACE_KIND_CLOSES 2 /* state_ns sums to the time that passed */
#define TRACE_KIND_STEADY 4 /* sums may go on as they did */
#define TRACE_KIND_RETURNS 8 /* rows that are away keep their serial */

_Static_assert(sizeof(struct trace_head) == 16, "on disk");
_Static_assert(sizeof(struct trace_chunk) == 40, "on disk");
_Static_assert(sizeof(struct trace_tail) == 16, "on disk");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs are written as they lie");

#endif
