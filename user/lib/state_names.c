// SPDX-License-Identifier: GPL-2.0-or-later
/* The only expansion of the lists of include/states.h in user space. */
#include "lib/state_names.h"

#include <stddef.h>

static const struct {
	const char *name, *meaning;
	enum state_group group;
} states[NR_STATES] = {
#define ROW(number, ident, name, group, stall, by, meaning) \
	[number] = { name, meaning, GROUP_##group },
	BOUNDBY_STATES(ROW)
#undef ROW
};

#define NAME(number, ident, name, ...) [number] = (name),
#define MEANING(number, ident, name, meaning) [number] = (meaning),
#define LOCK_STATE(number, ident, name, state) [number] = STATE_##state,
static const char *const objects[NR_OBJECTS] = { BOUNDBY_OBJECTS(NAME) };
static const char *const locks[NR_LOCK_KINDS] = { BOUNDBY_LOCKS(NAME) };
static const enum ledger_state lock_states[NR_LOCK_KINDS] = { BOUNDBY_LOCKS(LOCK_STATE) };
static const char *const stalls[NR_STALL_CAUSES] = { BOUNDBY_STALLS(NAME) };
static const char *const details[NR_DETAILS] = { BOUNDBY_DETAILS(NAME) };
static const char *const losses[NR_LOSSES] = { BOUNDBY_LOSSES(NAME) };
static const char *const loss_meanings[NR_LOSSES] = { BOUNDBY_LOSSES(MEANING) };
#undef LOCK_STATE
#undef MEANING
#undef NAME

static const char *name_at(const char *const *names, uint32_t count, uint32_t at)
{
	return at < count ? names[at] : "unknown";
}

const char *state_name(uint32_t state)
{
	return state < NR_STATES ? states[state].name : "unknown";
}

const char *state_meaning(uint32_t state)
{
	return state < NR_STATES ? states[state].meaning : "unknown";
}

enum state_group state_group(uint32_t state)
{
	return state < NR_STATES ? states[state].group : GROUP_UNTOLD;
}

uint64_t states_sum(const uint64_t *state_ns, enum state_group group)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < NR_STATES; i++)
		if (states[i].group == group)
			sum += state_ns[i];
	return sum;
}

bool state_is_work(uint32_t state)
{
	return GROUPS_OF_WORK >> state_group(state) & 1;
}

uint64_t states_work(const uint64_t *state_ns)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < NR_STATES; i++)
		if (state_is_work(i))
			sum += state_ns[i];
	return sum;
}

const char *object_name(uint32_t object)
{
	return name_at(objects, NR_OBJECTS, object);
}

const char *lock_kind_name(uint32_t kind)
{
	return name_at(locks, NR_LOCK_KINDS, kind);
}

enum ledger_state lock_kind_state(uint32_t kind)
{
	return kind < NR_LOCK_KINDS ? lock_states[kind] : STATE_CONDITION;
}

const char *stall_cause_name(uint32_t cause)
{
	return name_at(stalls, NR_STALL_CAUSES, cause);
}

const char *detail_name(uint32_t at)
{
	return name_at(details, NR_DETAILS, at);
}

const char *loss_name(uint32_t cause)
{
	return name_at(losses, NR_LOSSES, cause);
}

const char *loss_meaning(uint32_t cause)
{
	return name_at(loss_meanings, NR_LOSSES, cause);
}
