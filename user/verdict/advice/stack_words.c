// SPDX-License-Identifier: GPL-2.0-or-later
/* What stacks show, as a table. */
#include "verdict/advice/stack_words.h"

#include <ctype.h>
#include <string.h>

#define PARTS_MAX 8

/* CALL: the thread waits in a call; CPU: it computes. */
enum stack_use { USE_CALL = 1, USE_CPU = 2, USE_BOTH = 3 };

static const struct {
	enum stack_use use;
	const char *parts[PARTS_MAX];
	const char *remedy;
} rows[] = {
	{ USE_BOTH,
	  { "load_verify_locations", "create_default_context", "load_default_certs",
	    "SSL_CTX_load_verify", "X509_STORE_" },
	  "make the TLS context, and the client that has it, once and not for each request" },
	{ USE_BOTH,
	  { "getaddrinfo", "gethostby", "res_query", "__res_" },
	  "keep the addresses (a caching resolver on this host, connections that stay open), or use "
	  "an asynchronous resolver" },
	{ USE_CPU,
	  { "_sre", "sre_ucs", "re/__init__.py", "/re.py:", "RegExp", "java.util.regex", "pcre2_",
	    "onig_" },
	  "bound the length of what the pattern is matched against, or rewrite the pattern without "
	  "nested repetitions; in another thread it would take as long" },
	{ USE_CPU,
	  { "_Fork", "__libc_fork", "libc_fork", "fork_exec" },
	  "fork copies the page tables of all its memory, in another thread too: start children by "
	  "posix_spawn or vfork, from a small helper process, or use huge pages" },
	{ USE_CALL,
	  { "logging/__init__.py", "logging/handlers.py" },
	  "let a thread of its own write the log (QueueHandler, QueueListener), and look at what should "
	  "read it" },
	{ USE_CALL,
	  { "logback", "log4j" },
	  "let a thread of its own write the log (an asynchronous appender), and look at what should "
	  "read it" },
	{ USE_CALL,
	  { "subprocess.py" },
	  "start the child without waiting for it on the loop (asyncio.create_subprocess_exec, or the "
	  "form that the framework has)" },
	{ USE_CALL,
	  { "child_process" },
	  "start the child without waiting for it on the loop (spawn, or execFile with a callback)" },
	{ USE_CPU,
	  { "pbkdf2", "bcrypt", "scrypt", "argon2" },
	  "hash in another thread, or by the asynchronous form of the function, so that the loop can go on" },
};

/* Is the part in the frame, and not from the middle of a word on ("re/" in "core/")? */
static bool has_word(const char *frame, const char *part)
{
	const char *at = frame;

	while ((at = strstr(at, part))) {
		if (at == frame || !islower((unsigned char)at[-1]) ||
		    !islower((unsigned char)*part))
			return true;
		at++;
	}
	return false;
}

static bool has_part(const struct stack *stack, const char *const *parts, size_t count)
{
	size_t i, j;

	for (i = 0; i < stack->count; i++)
		for (j = 0; j < count && parts[j]; j++)
			if (has_word(stack->frames[i], parts[j]))
				return true;
	return false;
}

const char *stack_remedy(const struct stack *stack, bool computing)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].use & (computing ? USE_CPU : USE_CALL) &&
		    has_part(stack, rows[i].parts, PARTS_MAX))
			return rows[i].remedy;
	return NULL;
}
