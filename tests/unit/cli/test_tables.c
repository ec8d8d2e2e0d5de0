// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each row of each table has what belongs to it elsewhere: an entry in the report's schema, a word
 * in the README, a test. A failure names the row and what it lacks.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "cli/commands.h"
#include "cli/options/option_rows.h"
#include "lib/runtimes.h"
#include "lib/state_names.h"
#include "render/export/export.h"
#include "verdict/advice/runtime_words.h"
#include "verdict/findings/findings.h"
#include "verdict/words/glossary.h"
#include "verdict/words/stuck_words.h"
#include "verdict/rules.h"
#include "verdict/verdict.h"

#define SCHEMA "tests/report.schema.json"
#define README "README.md"
#define DASHBOARD "scripts/grafana/boundby.json"
#define UNIT_TESTS "tests/unit/*/*.c"
#define TESTS "{tests/unit/*/*.c,tests/live/*.py}"

static int lacking;

/* A file of the source tree, which tests are run in. */
static char *text_of(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0, got;
	char *text = NULL;

	if (!file)
		fail_msg("%s: not found; run unit tests in the folder of the sources", path);
	do {
		text = realloc(text, size + 65537);
		got = fread(text + size, 1, 65536, file);
		size += got;
	} while (got);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* format: how the file has the name, with one %s. */
static void demand(const char *path, const char *format, const char *what, const char *name)
{
	char *text = text_of(path), quoted[128];

	snprintf(quoted, sizeof(quoted), format, name);
	if (!strstr(text, quoted)) {
		print_error("%s '%s' is not in %s (looked for: %s)\n", what, name, path, quoted);
		lacking++;
	}
	free(text);
}

/* A list of names in the schema, and where it is there. */
static void demand_listed(const char *pointer, const char *what, const char *name)
{
	struct json_object *schema = json_object_from_file(SCHEMA), *list = NULL;
	bool found = false;
	size_t i;

	if (json_pointer_get(schema, pointer, &list))
		fail_msg("%s has no %s", SCHEMA, pointer);
	for (i = 0; i < json_object_array_length(list) && !found; i++)
		found = !strcmp(json_object_get_string(json_object_array_get_idx(list, i)), name);
	json_object_put(schema);
	if (found)
		return;
	print_error("%s '%s' is not in %s, %s\n", what, name, SCHEMA, pointer);
	lacking++;
}

/* As demand(), of any of the files that match: one of them is enough. */
static void demand_any(const char *pattern, const char *format, const char *what, const char *name)
{
	char quoted[128];
	bool found = false;
	glob_t files;
	size_t i;

	snprintf(quoted, sizeof(quoted), format, name);
	assert_int_equal(glob(pattern, GLOB_BRACE, NULL, &files), 0);
	for (i = 0; i < files.gl_pathc && !found; i++) {
		char *text = strstr(files.gl_pathv[i], "test_tables") ? NULL :
									text_of(files.gl_pathv[i]);

		found = text && strstr(text, quoted);
		free(text);
	}
	globfree(&files);
	if (found)
		return;
	print_error("%s '%s' is in none of %s (looked for: %s)\n", what, name, pattern, quoted);
	lacking++;
}

static void demand_text(const char *text, const char *what, const char *name, const char *part)
{
	if (text && text[0])
		return;
	print_error("%s '%s' has no %s\n", what, name, part);
	lacking++;
}

static int begin(void **state)
{
	lacking = 0;
	return 0;
}

static void test_classes(void **state)
{
	int i;

	for (i = 0; i < NR_VERDICTS; i++) {
		const struct rule *rule = &rules[i];
		const char *name = verdict_class_name((enum verdict_class)i);

		if ((int)rule->class != i)
			fail_msg("the row of '%s' is not at its place in rules.c", name);
		demand_text(rule->text, "class", name, "rule in words");
		demand_text(rule->meaning, "class", name, "meaning for explain");
		demand_text(rule->action, "class", name, "action for explain");
		demand_text(rule->next, "class", name, "command to run next");
		demand_text(rule->terms[0].signal, "class", name, "signal as evidence");
		if (!rule->holds || !rule->headline || !rule->advise || !rule->part)
			fail_msg("class '%s' lacks a condition, a headline, advice or its part",
				 name);
		demand_listed("/definitions/class/enum", "class", name);
		demand(DASHBOARD, "class=\\\"%s\\\"", "class", name);
		demand(DASHBOARD, "\"text\": \"%s\"", "class", name);
		demand(README, "%s", "class", name);
		if (i != VERDICT_INSUFFICIENT)
			demand_any("tests/corpus/*.json", "\"%s\"", "class", name);
	}
	assert_int_equal(lacking, 0);
}

#define DEMAND_CLASS_TEST(ident, name) demand_any(UNIT_TESTS, "%s", "class", "VERDICT_" #ident);

static void test_classes_have_tests(void **state)
{
	VERDICT_CLASSES(DEMAND_CLASS_TEST)
	assert_int_equal(lacking, 0);
}

static void test_findings(void **state)
{
	int i;

	for (i = 0; i < NR_FINDINGS; i++) {
		const struct finding_rule *row = &finding_rules[i];
		int j;

		demand_text(row->meaning, "finding", row->kind, "meaning for explain");
		demand_text(row->rule, "finding", row->kind, "rule in words");
		for (j = 0; j < i; j++)
			assert_string_not_equal(row->kind, finding_rules[j].kind);
		assert_true(row->term_count <= FINDING_MAX_TERMS);
	}
	assert_int_equal(lacking, 0);
}

static void test_findings_have_tests(void **state)
{
	int i;

	for (i = 0; i < NR_FINDINGS; i++)
		demand_any(TESTS, "\"%s\"", "finding", finding_rules[i].kind);
	assert_int_equal(lacking, 0);
}

static void test_options_have_tests(void **state)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		demand_any(TESTS, "--%s", "option", option_rows[i].name);
	assert_int_equal(lacking, 0);
}

static void test_states(void **state)
{
	uint32_t i;

	for (i = 0; i < NR_STATES; i++) {
		demand_text(state_meaning(i), "state", state_name(i), "meaning");
		if (i > STATE_ON_CPU)
			demand_listed("/definitions/state/enum", "state", state_name(i));
		if (i > STATE_RUNNABLE_PREEMPTED)
			demand_listed("/definitions/ledger/properties/blocked_ns/required", "state",
				      state_name(i));
		demand_any("tests/live/*.py", "\"%s\"", "state", state_name(i));
	}
	for (i = 0; i < NR_LOCK_KINDS; i++)
		demand_listed("/definitions/lock/properties/kind/enum", "lock kind",
			      lock_kind_name(i));
	for (i = 0; i < NR_STALL_CAUSES; i++)
		demand_listed("/definitions/stall_cause/enum", "stall cause", stall_cause_name(i));
	for (i = 0; i < NR_LOSSES; i++) {
		demand(SCHEMA, "\"%s\"", "loss", loss_name(i));
		demand_text(loss_meaning(i), "loss", loss_name(i), "meaning");
	}
	for (i = 0; i < NR_DETAILS; i++)
		demand(SCHEMA, "\"%s\"", "detail", detail_name(i));
	assert_int_equal(lacking, 0);
}

#define DEMAND_COUNTER(name)                        \
	demand(SCHEMA, "\"%s\"", "counter", #name); \
	demand("user/trace/fields.c", "ONE(record_thread, %s, SUM)", "counter", #name);

static void test_counters(void **state)
{
	THREAD_COUNTERS(DEMAND_COUNTER)
	assert_int_equal(lacking, 0);
}

/* Work and rest are sums of groups: no state is in both, and each but two groups is in one. */
static void test_groups(void **state)
{
	uint64_t ns[NR_STATES] = { 0 }, sum = 0;
	uint32_t i;

	for (i = 0; i < NR_STATES; i++)
		ns[i] = 1ULL << i;
	for (i = 0; i < NR_GROUPS; i++)
		sum += states_sum(ns, (enum state_group)i);
	assert_int_equal(sum, (1ULL << NR_STATES) - 1);
	assert_int_equal(states_work(ns) & states_sum(ns, GROUP_REST), 0);
	assert_int_equal(states_work(ns) + states_sum(ns, GROUP_REST) + states_sum(ns, GROUP_GAP) +
				 states_sum(ns, GROUP_UNTOLD),
			 sum);
	assert_false(state_is_work(STATE_OTHER));
	assert_true(state_is_work(STATE_CHILD));
}

/* Numbers of a newer version, read from its trace. */
static bool is_explained(const char *word)
{
	const char *known;
	size_t i;

	for (i = 0; (known = explain_word(i)); i++)
		if (!strcmp(known, word))
			return true;
	return false;
}

static void demand_meaning(const char *what, const char *word)
{
	if (is_explained(word))
		return;
	print_error("%s '%s' has no row in verdict/glossary.c\n", what, word);
	lacking++;
}

/* Every word of the lists, whichever report may print it. */
static void test_words_are_explained(void **state)
{
	uint32_t i, j;

	for (i = 0; i < NR_OBJECTS; i++)
		demand_meaning("object", object_name(i));
	for (i = 0; i < NR_LOCK_KINDS; i++)
		demand_meaning("kind of lock", lock_kind_name(i));
	for (i = 0; i < NR_STALL_CAUSES; i++)
		demand_meaning("cause of a stall", stall_cause_name(i));
	for (i = 0; i < NR_DETAILS; i++)
		demand_meaning("detail", detail_name(i));
	for (i = 0; i < NR_STUCK; i++)
		demand_meaning("proof", stuck_words_kind((enum stuck_kind)i));
	for (i = CONFIDENCE_LOW; i <= CONFIDENCE_HIGH; i++)
		demand_meaning("confidence", confidence_name((enum confidence)i));
	for (i = 0; i < NR_VERDICTS; i++)
		for (j = 0; j < RULE_MAX_TERMS && rules[i].terms[j].signal; j++)
			demand_meaning("signal", rules[i].terms[j].signal);
	assert_int_equal(lacking, 0);
	/* what is in another list does not stand here, too */
	for (i = 0; i < glossary_count; i++)
		for (j = 0; j < NR_STATES; j++)
			assert_string_not_equal(glossary[i].word, state_name(j));
}

static void test_unknown_numbers(void **state)
{
	assert_string_equal(state_name(NR_STATES), "unknown");
	assert_string_equal(object_name(NR_OBJECTS), "unknown");
	assert_string_equal(loss_meaning(UINT32_MAX), "unknown");
	assert_int_equal(state_group(NR_STATES), GROUP_UNTOLD);
	assert_int_equal(lock_kind_state(NR_LOCK_KINDS), STATE_CONDITION);
}

static void test_formats(void **state)
{
	const struct export_format *format;
	size_t i;

	for (i = 0; (format = export_at(i)); i++) {
		assert_non_null(format->begin);
		assert_non_null(format->put);
		assert_non_null(format->end);
		demand(README, "%s", "export format", format->name);
		demand("tests/live/test_exports.py", "\"%s\"", "export format", format->name);
		demand("tests/unit/render/test_export.c", "\"%s\"", "export format", format->name);
	}
	assert_int_equal(lacking, 0);
}

/* CPython is found by what its interpreter's symbols say, each other one by its identifier. */
#define DEMAND_DETECTION(ident)                                                       \
	if (RUNTIME_##ident != RUNTIME_NATIVE && RUNTIME_##ident != RUNTIME_CPYTHON)  \
		demand_any("user/collect/runtimes/*.c", "%s", "detection of runtime", \
			   "RUNTIME_" #ident);

static void test_runtimes(void **state)
{
	int i;

	BOUNDBY_RUNTIMES(DEMAND_DETECTION)

	for (i = 0; i < NR_RUNTIMES; i++) {
		struct process_model process = { 0 };
		const char *name = runtime_traits((enum runtime_id)i)->name;
		struct runtime_words words;

		assert_int_equal(runtime_id_of(name), i);
		snprintf(process.runtime, sizeof(process.runtime), "%s", name);
		runtime_words_of(&process, &words);
#define DEMAND_WORDS(field) demand_text(words.field, "runtime", name, "words: " #field);
		RUNTIME_WORDS(DEMAND_WORDS)
#undef DEMAND_WORDS
		if (name[0])
			demand(README, "%s", "runtime", name);
	}
	assert_int_equal(runtime_id_of("CPython 3.11"), RUNTIME_CPYTHON);
	assert_int_equal(runtime_id_of("Perl"), RUNTIME_NATIVE);
	assert_int_equal(lacking, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_classes),	    TEST(test_classes_have_tests),
		TEST(test_findings),	    TEST(test_findings_have_tests),
		TEST(test_states),	    TEST(test_counters),
		TEST(test_groups),	    TEST(test_words_are_explained),
		TEST(test_unknown_numbers), TEST(test_formats),
		TEST(test_runtimes),	    TEST(test_options_have_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
