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
 *           next, in each section from 1; length less 1), not for TRACE_KIND_ONCE; for each row a
 *           mask of the fields that follow (bit 0 is the first field), where known rows without
 *           any change are encoded as 0 and their number less 1; then field by field, for each row
 *           that has it, its value.
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
 * An example: one thread, "demo", that runs for 400 ns and sleeps for 600 ns of a window of 1000 ns.
 * Its payloads are stored, not compressed; it ends without an index, as after a crash. Offset, bytes,
 * meaning (tests/unit/trace/test_example.c decodes exactly these bytes):
 *
 *    0  89 42 42 54 0d 0a 1a 0a              TRACE_MAGIC
 *    8  01 00 01 00 00 00 00 00              version 1.1
 *   16  42 42 43 4b                          chunk magic
 *   20  bd 09 50 fe                          CRC-32 of the rest of the chunk
 *   24  01 00 00 00                          SCHEMA, no flags
 *   28  00 00 00 00 6f 00 00 00 64 00 00 00  chunk 0, 111 bytes stored, 100 plain
 *   40  00 00 00 00 00 00 00 00 00 00 00 00  from_ns 0, to_ns 0
 *   52  00 00 00 00
 *   56  78 01 01 64 00 9b ff                 zlib: one stored block of 100 bytes
 *   63  02                                   2 kinds
 *   64  07 63 61 70 74 75 72 65 01 02        1: "capture", TRACE_KIND_ONCE, 2 fields
 *   74  04 63 70 75 73 02 04 01                "cpus": VALUE, 4 bytes
 *   82  04 61 72 63 68 07 01 10                "arch": TEXT, 1 byte, 16 elements
 *   90  06 74 68 72 65 61 64 06 07           2: "thread", CLOSES | STEADY, 7 fields
 *   99  02 69 64 01 08 01                      "id": KEY, 8 bytes
 *  105  05 73 74 61 74 65 02 04 01             "state": VALUE, 4 bytes
 *  114  08 73 74 61 74 65 5f 6e 73 03 08 13    "state_ns": SUM, 8 bytes, 19 elements
 *  126  06 65 6e 64 5f 6e 73 05 08 01          "end_ns": NOW, 8 bytes
 *  136  08 73 74 61 72 74 5f 6e 73 02 08 01    "start_ns": VALUE, 8 bytes
 *  148  03 74 69 64 02 04 01                   "tid": VALUE, 4 bytes
 *  155  04 63 6f 6d 6d 07 01 10                "comm": TEXT, 1 byte, 16 elements
 *  163  f5 eb 18 b8                          zlib: Adler-32
 *  167  42 42 43 4b                          chunk magic
 *  171  f1 eb 81 8c                          CRC-32 of the rest of the chunk
 *  175  02 00 00 00                          BASE, no flags
 *  179  01 00 00 00 2d 00 00 00 22 00 00 00  chunk 1, 45 bytes stored, 34 plain
 *  191  e8 03 00 00 00 00 00 00 e8 03 00 00  from_ns 1000, to_ns 1000
 *  203  00 00 00 00
 *  207  78 01 01 22 00 dd ff                 zlib: one stored block of 34 bytes
 *  214  01 01                                serials and strings start at 1
 *  216  01 01                                part 1: kind 1, 1 row
 *  218  03                                   its fields 0 and 1
 *  219  04                                   cpus 2
 *  220  00 03 78 38 36                       arch: a new text, "x86"
 *  225  00                                   end of part 1
 *  226  02 01 00                             part 2: kind 2, 1 row, sums not predicted
 *  229  00 00                                serial 1 as expected, a run of 1
 *  231  77                                   all fields but end_ns (NOW: is to_ns)
 *  232  0e                                   id 7
 *  233  02                                   state 1, on_cpu
 *  234  01 01 f4 03                          state_ns: 1 element, number 1: 250
 *  238  dc 0b                                start_ns 750
 *  240  54                                   tid 42
 *  241  00 04 64 65 6d 6f                    comm: a new text, "demo"
 *  247  00                                   end of part 2
 *  248  3e ad 05 5c                          zlib: Adler-32
 *  252  42 42 43 4b                          chunk magic
 *  256  e8 a8 85 58                          CRC-32 of the rest of the chunk
 *  260  03 00 00 00                          WINDOW, no flags
 *  264  02 00 00 00 1a 00 00 00 0f 00 00 00  chunk 2, 26 bytes stored, 15 plain
 *  276  e8 03 00 00 00 00 00 00 d0 07 00 00  from_ns 1000, to_ns 2000
 *  288  00 00 00 00
 *  292  78 01 01 0f 00 f0 ff                 zlib: one stored block of 15 bytes
 *  299  02 03                                the next serial is 2, the next string 3
 *  301  00                                   part 1 is empty
 *  302  02 01 00                             part 2: kind 2, 1 row, sums not predicted
 *  305  00 00                                serial 1 as expected, a run of 1
 *  307  06                                   fields 1 and 2
 *  308  02                                   state 1, on_cpu
 *  309  01 0d b0 09                          state_ns: number 13 (sleep) grew by 600
 *  313  00                                   end of part 2; on_cpu has grown by the rest: 400
 *  314  03 0b 00 d8                          zlib: Adler-32
 *
 * History: 1.0 the first. 1.1 overhead: bursts, burst_ns, given_up_ns;
 * loop: burst_stalls, burst_stalled_ns; clock.
 * 1.2 long_wait, long_wait_frame, backlog; open_lock: stray; lock: role 2.
 * 1.3 place_frame, place; loss: names_lost, places_refused, places_refused_ns;
 *     long_wait: internal, library, runner.
 *     neighbour; process: frameworks, tracer, affinity, limits, file lock.
 */
#ifndef BOUNDBY_TRACE_FORMAT_H
#define BOUNDBY_TRACE_FORMAT_H

#include <linux/types.h>

#define TRACE_MAGIC "\211BBT\r\n\032\n"
#define TRACE_MAJOR 1
#define TRACE_MINOR 3
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
