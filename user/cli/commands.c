// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of the commands as data, and the words that commands take. */
#include "cli/commands.h"

#include <string.h>

#include "lib/state_names.h"
#include "verdict/findings/findings.h"
#include "verdict/words/glossary.h"
#include "verdict/verdict.h"
#include "watch/control_socket.h"

#define COMMAND_ROW(identifier, name, words, least, most, complete, choice, help, ...) \
	[COMMAND_##identifier] = { #name,    words,  least, most,                      \
				   complete, choice, help,  { __VA_ARGS__ } },
const struct command commands[NR_COMMANDS] = { BOUNDBY_COMMANDS(COMMAND_ROW) };
#undef COMMAND_ROW

enum command_id command_find(const char *name)
{
	int i;

	for (i = 0; i < NR_COMMANDS && strcmp(name, commands[i].name); i++)
		;
	return (enum command_id)i;
}

const char *command_name(size_t i)
{
	return i < NR_COMMANDS ? commands[i].name : NULL;
}

const char *shell_name(size_t i)
{
	static const char *const names[] = { "bash", "zsh", "fish" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

const char *control_word(size_t i)
{
	return control_command_name(i);
}

/* Classes, then findings, thresholds, states and the other words of a report. */
const char *explain_word(size_t i)
{
	if (i < NR_VERDICTS)
		return verdict_class_name((enum verdict_class)i);
	i -= NR_VERDICTS;
	if (i < NR_FINDINGS)
		return finding_rules[i].kind;
	i -= NR_FINDINGS;
	if (i < NR_THRESHOLDS)
		return thresholds[i].name;
	i -= NR_THRESHOLDS;
	if (i < NR_STATES)
		return state_name((uint32_t)i);
	i -= NR_STATES;
	return i < glossary_count ? glossary[i].word : NULL;
}
