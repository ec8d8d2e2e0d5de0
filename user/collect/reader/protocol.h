/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What boundby asks its helper, and what that answers: a message each way, one question at a time, over a
 * socket that keeps messages apart. Both ends are the same program, so structs are sent as they are.
 * boundby takes no answer on trust: the helper has read what a target wrote.
 */
#ifndef BOUNDBY_COLLECT_READER_PROTOCOL_H
#define BOUNDBY_COLLECT_READER_PROTOCOL_H

#include "collect/reader/names.h"
#include "collect/runtimes/layout.h"
#include "collect/runtimes/python.h"
#include "collect/runtimes/runtime.h"
#include "lib/err.h"
#include "trace/record.h"
#include "wire_look.h"

enum reader_kind {
	READER_READY, /* no question: the first message of a helper, a struct err */
	READER_STACK, /* reader_stack, its event cut behind the stack's bytes: a stack_text */
	READER_ADDRESS, /* reader_address: a reader_address_answer */
	READER_FORGET, /* reader_process: nothing */
	READER_FILE_SYSTEM, /* reader_file_system: a reader_file_system_answer */
	READER_RUNTIME, /* reader_process: a reader_runtime_answer */
	READER_WAIT_STACK, /* reader_wait_stack: a reader_wait_stack_answer */
	READER_WAITS, /* up to READER_WAITS_MAX wait_look: a reader_wait_words for each */
	READER_EVENT_SET, /* reader_event_set: a reader_event_set_answer */
	NR_READER_KINDS,
};

#define READER_MESSAGE_MAX 65536
#define READER_WAITS_MAX 64

/* Before each question and answer. */
struct reader_head {
	__u32 kind; /* enum reader_kind */
	__u32 retire; /* of an answer, 1: the helper has used much, another is to be started */
};

struct reader_process {
	__u64 start_ns;
	__u32 pid;
	__u32 v8_known; /* READER_RUNTIME, 1: its layout is not looked for */
};

struct reader_stack {
	__u64 now_ns;
	__u32 native;
	__u32 task; /* a thread that lives, where the files and the memory of the process are read */
	struct runtime_layout layout;
	struct stack_event event;
};

struct reader_address {
	struct reader_process process;
	__u64 now_ns;
	__u64 address;
};

struct reader_address_answer {
	__u64 mapped; /* 1: there is something */
	struct stack_address what;
};

struct reader_file_system {
	struct reader_process process;
	__u64 device; /* major << 20 | minor */
};

struct reader_file_system_answer {
	char type[16]; /* "ext4", "" not known */
};

struct reader_event_set {
	struct reader_process process;
	__u32 fd;
	__u32 ppid; /* one that is this process's too is not listed, 0: it is */
};

#define READER_MEMBERS_MAX 4096 /* of a set, counted; those of more are many anyway */
#define READER_SOCKETS_MAX 256 /* of a set, reported; with more, those that were added first */

/* What an epoll set holds. */
struct reader_event_set_answer {
	__u32 known; /* 1: the kernel listed it */
	__u32 slow; /* 1: listing its members holds up its threads */
	__u32 members, sockets, timers;
	__u32 inode_count;
	__u32 inherited; /* 1: it is the parent's too */
	__u32 pad;
	__u64 inodes[READER_SOCKETS_MAX]; /* of sockets */
};

struct reader_runtime_answer {
	struct python python;
	struct runtime runtime;
	struct v8_layout v8; /* of Node */
	__u32 has_v8; /* 1: v8 is known */
	__u32 has_python, has_runtime; /* of another than Python; frameworks are those of both */
	char script[RECORD_LABEL_LEN]; /* that it runs, "" none known */
};

struct reader_wait_stack {
	struct wait_look look;
	struct runtime_layout layout;
};

struct reader_wait_stack_answer {
	__u32 size; /* of bytes */
	__u32 frame_count, frame_flags;
	__u32 pad;
	union runtime_stack frames;
	__u8 bytes[WIRE_STACK_LEN];
};

struct reader_wait_words {
	struct wait_resolved resolved;
	__u64 known; /* 1: it was read */
};

#endif
