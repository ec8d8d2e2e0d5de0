// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interpreters take the first argument that is no option for the script. Which options have a value of
 * their own, and which give the program itself, is in the manual page of each.
 */
#include "collect/runtimes/script.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Lists of options, each followed by a space. letters: several may stand behind one dash. */
struct interpreter {
	const char *name; /* of the program, less a version */
	const char *with_value; /* the next argument is theirs */
	const char *code; /* what follows is the program itself */
	const char *named; /* the next argument, or the rest of this one, is what it runs */
	bool letters;
};

#define NODE_WITH_VALUE                                                                 \
	"-r --require --import --loader --experimental-loader -C --conditions --title " \
	"--env-file --input-type --icu-data-dir --openssl-config --inspect-port "
#define NODE_CODE "-e --eval -p --print -pe "

static const struct interpreter interpreters[] = {
	{ "python", "-W -X -Q --check-hash-based-pycs ", "-c ", "-m ", true },
	{ "pypy", "-W -X --jit ", "-c ", "-m ", true },
	{ "node", NODE_WITH_VALUE, NODE_CODE, "", false },
	{ "nodejs", NODE_WITH_VALUE, NODE_CODE, "", false },
	{ "java",
	  "-cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports "
	  "--add-reads --upgrade-module-path ",
	  "", "-jar -m --module ", false },
	{ "ruby", "-I -r -C -E -F ", "-e ", "", true },
	{ "perl", "-I ", "-e -E ", "", true },
	{ "php", "-c -d -z ", "-r -B -R ", "-f -F ", false },
	{ "php-cgi", "-c -d -z ", "", "-f ", false },
	{ "sh", "-o +o ", "-c ", "", true },
	{ "dash", "-o +o ", "-c ", "", true },
	{ "bash", "-o +o -O +O --rcfile --init-file ", "-c ", "", true },
	{ "lua", "-l ", "-e ", "", false },
};

/* "python3.11" is python. */
static const struct interpreter *interpreter_of(const char *program)
{
	const char *name = basename(program);
	size_t i, length;

	name += *name == '-'; /* a login shell */
	for (i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		length = strlen(interpreters[i].name);
		if (!strncmp(name, interpreters[i].name, length) &&
		    strspn(name + length, "0123456789.") == strlen(name + length))
			return &interpreters[i];
	}
	return NULL;
}

/* Is the option in the list? */
static bool is_in(const char *list, const char *option, size_t length)
{
	const char *at;

	for (at = list; length && *at; at += strcspn(at, " ") + 1)
		if (strcspn(at, " ") == length && !strncmp(at, option, length))
			return true;
	return false;
}

static bool is_short(const char *option)
{
	return option[0] == '-' && option[1] && option[1] != '-' && option[2];
}

/* The same, or the last of several letters behind one dash, as in "-Bc". */
static bool is_option(const struct interpreter *interpreter, const char *list, const char *option)
{
	const char last[] = { '-', option[strlen(option) - 1] };

	return is_in(list, option, strlen(option)) ||
	       (interpreter->letters && is_short(option) && is_in(list, last, sizeof(last)));
}

/* "-mhttp.server": the value is in the same argument. */
static bool is_attached(const char *list, const char *option)
{
	return is_short(option) && is_in(list, option, 2);
}

struct words {
	const char *at, *end;
};

/* The next argument; NULL: there is none, or it is cut. */
static const char *take(struct words *words)
{
	const char *at = words->at, *end;

	end = at < words->end ? memchr(at, '\0', (size_t)(words->end - at)) : NULL;
	if (!end)
		return NULL;
	words->at = end + 1;
	return at;
}

/* A number is the value of an option that is not listed. */
static void name(const char *argument, char *ret, size_t size)
{
	if (argument && strspn(argument, "0123456789.:") != strlen(argument))
		snprintf(ret, size, "%s", basename(argument));
}

void script_of(const char *arguments, size_t length, char *ret, size_t size)
{
	struct words words = { arguments, arguments + length };
	const char *word = take(&words);
	const struct interpreter *interpreter = word ? interpreter_of(word) : NULL;

	ret[0] = '\0';
	while (interpreter && (word = take(&words)) && *word) {
		if (*word != '-' && *word != '+') {
			name(word, ret, size);
			return;
		}
		if (!strcmp(word, "-") || is_option(interpreter, interpreter->code, word) ||
		    is_attached(interpreter->code, word))
			return;
		if (is_option(interpreter, interpreter->named, word)) {
			name(take(&words), ret, size);
			return;
		}
		if (is_attached(interpreter->named, word)) {
			name(word + 2, ret, size);
			return;
		}
		if (is_option(interpreter, interpreter->with_value, word))
			take(&words);
	}
}
