/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace file, version 1. The writer receives records; hands on these bytes; the reader trusts
 * none of them. All numbers are little-endian. A reader of minor version n reads all of its major
 * version: what it does not know it skips, what it misses is 0. Another major version is refused.
 *
 * A file is a struct trace_head, then chunks to its end. It only ever grows. A chunk is a struct
 * trace_chunk, then stored_bytes of payload, which inflates (zlib) to plain_bytes. Chunks of
 * unknown type are skipped. A reader that meets a damaged chunk looks for the next chunk magic.
 *
 *   SCHEMA  first: kinds of rows and their fields, by name. The file describes itself.
 *   BASE    capture, host, settings, and every row as it was at the boundary to_ns. Reading can
 *           begin here. from_ns is to_ns.
 *   WINDOW  what changed from the boundary from_ns to the boundary to_ns. One each interval, each
 *           written at once: what was whole before a crash is whole after it.
 *   INDEX   last, when the writer ended in peace: where the BASE chunks are. Followed by a struct
 *           trace_tail. Missing, it is rebuilt by walking over the chunks.
 *
 * Payloads are varints (base 128, low part first, at most 10 bytes), signed numbers as zigzag
 * (n << 1 ^ n >> 63), texts as a varint length and bytes.
 *
 *   SCHEMA  kinds; each: text name, flags (TRACE_KIND_*), fields; each: text name, coding
 *           (enum trace_coding), element bytes (1, 2, 4, 8), elements. TRACE_TEXT has one element
 *           byte. The first kind has number 1.
 *   BASE, WINDOW
 *           first new serial, first new string; then two parts, each a list of sections that a
 *           kind number of 0 ends: first what is told once, then the state of all that lives.
 *           A section: kind; rows; for TRACE_KIND_STEADY whether sums go on, 1 or 0 (the first part:
 *           0); serials of rows as runs (zigzag distance from the serial expected next, length less
 *           1), not for TRACE_KIND_ONCE; for each row a mask of the fields that follow (bit 0 the
 *           first), where rows known before without any change are 0 and their number less 1; then
 *           field by field, for each row that has it, its value.
 *           Serials from the first new one on are new: all their fields were 0. A row that is not
 *           in the second part is gone, or, of TRACE_KIND_RETURNS, away: it may be told of again. A
 *           serial is not used for another row before the next BASE, which numbers serials and
 *           strings anew from 1.
 *   INDEX   entries; each: offset, and to_ns, both less the one before.
 *
 * Values of a field: TRACE_KEY and TRACE_VALUE zigzag of the value; TRACE_SUM zigzag of what was
 * added; TRACE_TIME 0 for 0, else zigzag(to_ns - value) + 1; TRACE_NOW the same, missing: to_ns;
 * TRACE_AGE zigzag of the value, missing: since the thread of that tid, told before in the second
 * part, entered its state, if that was after from_ns, else as much older as time has passed since
 * the row was told; TRACE_TEXT a string's number, or 0 and a new text. Fields of several elements:
 * how many of them follow, each with its distance from the one before less 1, and its value.
 *
 * TRACE_KIND_CLOSES: of state_ns the element of the state that the row is in at to_ns holds only
 * what the others, and the time from end_ns as it was (or from_ns, the later) to end_ns as it is, do
 * not explain; such rows, if anything of them changed, tell their state (not where sums go on).
 *
 * TRACE_KIND_STEADY: each time that something is told of a row in the second part, or that sums do
 * not go on, each of its sums has a new step: what it grew by since the time before, divided by the
 * windows since (towards 0); in a new row it is 0. Where sums go on, a row that was there before is
 * taken to have grown by its steps, and TRACE_SUM is zigzag of what it has grown by more than that.
 * Is the step of state_count of the state that it was in not 0, then entered_ns is taken to be as
 * long before to_ns as it was before from_ns. And there, each TRACE_SUM or TRACE_TIME field that any
 * row has begins with a number of bits: all its differences are told without so many low bits, 0 in
 * all of them; and of TRACE_SUM with 2 to 64 elements each row that has it tells a mask of them, then
 * element by element each row its value. A reader that missed a chunk knows no steps of the rows in
 * it before the next BASE.
 *
 * What is told of many threads (more than 32) at a boundary in between is near the truth: time in
 * each state to a thousandth of the window, but for the one that takes what the others leave; how
 * long a wait has gone on, and what wakers are booked for, to a 64th; counts of a thread to 32 and
 * half of what a window adds. Sums are never farther off as time goes on, and do not go down but
 * where an exact value is told: at the last boundary, of threads that ended, and when threads have
 * become few.
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

#define TRACE_QUIET \
	1 /* a WINDOW that tells nothing once: who wants a later boundary can do without */

struct trace_tail {
	__u64 index_offset; /* of the INDEX chunk, from the begin of the file */
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

#define TRACE_KIND_ONCE 1 /* rows are told once and not kept */
#define TRACE_KIND_CLOSES 2 /* state_ns sums to the time that passed */
#define TRACE_KIND_STEADY 4 /* sums may go on as they did */
#define TRACE_KIND_RETURNS 8 /* rows that are away keep their serial */

_Static_assert(sizeof(struct trace_head) == 16, "on disk");
_Static_assert(sizeof(struct trace_chunk) == 40, "on disk");
_Static_assert(sizeof(struct trace_tail) == 16, "on disk");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs are written as they lie");

#endif
