# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the live suite runs in a guest, by column of the table that `make vmtest` prints.

The guest has one CPU, whose speed does not depend on the host (machine.py), so that tests run there
unchanged: sums, losses, counts and places are as exact as on the host. Left out is what depends on
proportions of CPU time, on two CPUs (schedstat, switching, verdict, scale, knobs, most mutexes) or on
timers that fire on time, which a busy host delays (runtime_locks.python_lock); and what costs minutes.
"""

COLUMNS = {
    "load": ["load.each_mode", "commands.check", "bad_input.kill_leaves_nothing",
             "loading.refused_program", "loading.refused_program_costs_what_depends_on_it",
             "loading.verifier_cost"],
    "ledger": ["sums.client", "sums.forktree", "states.futex_wait_condition"],
    "locks": ["sums.lock", "locks.mutex_8", "runtime_locks.gil_on_one_cpu"],
    "loops": ["sums.stalls", "loops.asyncio_sleep"],
    "traces": ["traces.text_is_the_same", "traces.range"],
    "watch": ["watch.windows", "metrics.scrape", "watch.burst_finds_stall", "watch.loop_that_never_rests"],
}
# What each run of CI asks: of these kernels that they load, of one of them everything once.
QUICK_LOAD = ["load.each_mode"]
QUICK_FULL = ["load.each_mode", "bad_input.kill_leaves_nothing", "sums.client", "sums.lock",
              "runtime_locks.gil_on_one_cpu", "loops.asyncio_sleep", "traces.text_is_the_same", "metrics.scrape"]
