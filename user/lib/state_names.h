/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names, groups and meanings of the lists in include/states.h. All strings are static; numbers may
 * come from a trace of a newer version: a number that is not in the list is "unknown".
 */
#ifndef BOUNDBY_LIB_STATE_NAMES_H
#define BOUNDBY_LIB_STATE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "states.h"

/* JSON names of the contract, section 6. */
const char *state_name(uint32_t state);
const char *state_meaning(uint32_t state);
enum state_group state_group(uint32_t state);

/* Time in states of this group, of state_ns[NR_STATES]. */
uint64_t states_sum(const uint64_t *state_ns, enum state_group group);
/* Is it work: CPU, ready, I/O or a wait for another thread? */
bool state_is_work(uint32_t state);
/* Time in states of work. Those of the ledger alone: waits inside the target are not taken off. */
uint64_t states_work(const uint64_t *state_ns);

const char *object_name(uint32_t object);
const char *lock_kind_name(uint32_t kind);
/* What a wait at a lock of this kind counts as. */
enum ledger_state lock_kind_state(uint32_t kind);
const char *stall_cause_name(uint32_t cause);
/* at: enum detail_place. */
const char *detail_name(uint32_t at);
const char *loss_name(uint32_t cause);
const char *loss_meaning(uint32_t cause);

#endif
