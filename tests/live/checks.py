# SPDX-License-Identifier: GPL-2.0-or-later
"""What a live test expects: exact figures, truth within a share, a judgement; and what it skips."""

SECOND = 1000000000
EXIT_SKIP = 77


def slow(test):
    """A test that takes long for what it adds to the others: `make test-all` runs it."""
    test.slow = True
    return test


class Skip(Exception):
    """This machine lacks something that the test needs."""


class Misjudged(AssertionError):
    """What a target that other processes starve may rightly be judged as."""


def expect(holds, what):
    """A test's own assert: python -O must not make it pass."""
    if not holds:
        raise AssertionError(what() if callable(what) else what)


def judged(holds, what):
    """expect() of a class, a cause or a share of time whose truth holds only where the target gets its
    CPUs: run.py repeats the test if a report shows that it did not. Of nothing else."""
    if not holds:
        raise Misjudged(what() if callable(what) else what)


def expect_close(value, truth, share, what, at_least=0, blur=0):
    """value is within `share` of truth, or within the absolute at_least; the truth itself is known
    to within blur."""
    limit = max(abs(truth) * share, at_least) + blur
    expect(abs(value - truth) <= limit,
           lambda: f"{what}: {value:.10g}, truth {truth:.10g}, off by {value - truth:+.6g}, "
                   f"allowed {limit:.6g}")


class Problems:
    """Collects what is wrong with many cases, so that one run shows all of it."""

    def __init__(self):
        self.list, self._kind = [], Misjudged

    def case(self, name, check, *arguments, **named):
        """Runs one case; an assertion that does not hold is noted, the next case still runs."""
        try:
            return check(*arguments, **named)
        except AssertionError as problem:
            self.list.append(f"{name}: {problem}")
            if not isinstance(problem, Misjudged):
                self._kind = AssertionError
        return None

    def end(self):
        if self.list:
            raise self._kind("\n    ".join([f"{len(self.list)} wrong"] + self.list))


def expect_sentence(text, *words):
    expect(text.count("\n") == 1 and text.endswith("\n") and len(text) > 15,
           lambda: f"stderr is not one line: {text!r}")
    for word in words:
        expect(word.lower() in text.lower(), lambda: f"stderr does not say {word!r}: {text!r}")
