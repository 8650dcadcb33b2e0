"""Drawing recipes for a while, and keeping those that find a fault."""

import json
import time

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from .recipes import recipes

#: Examples of a round; each round has a seed of its own.
_ROUND = 400


class Fault(Exception):
    """A recipe has found a fault of a new kind."""


class _Over(BaseException):
    """The time is over; no Exception, which Hypothesis would examine."""


class Run:
    """Recipes of one target, and what came of them.

    Args:
        cases (dict): Cases by name.
        worker (Worker): Process that carries out the recipes.
        say (Callable): Takes a text for each new fault.

    Attributes:
        examples (int): Number of recipes, those of shortening included.
        ends (dict[str, int]): Number of recipes by how they ended: ``read``,
            ``refused``, ``void`` and ``fault``.
        faults (dict[str, dict]): By kind: ``case``, ``recipe``, ``text``,
            ``count``, and ``after``, the seconds until the first was found.
        seconds (float): Time taken.
    """

    def __init__(self, cases, worker, say=lambda text: None):
        self._cases, self._worker, self._say = cases, worker, say
        self.examples, self.ends, self.faults = 0, {}, {}
        self.seconds = 0.0
        # Faults of this round: the recipe becomes shorter and shorter.
        self._found = {}
        self._started = time.monotonic()

    def results(self):
        """What came of the recipes, as JSON takes it."""
        names = ('examples', 'ends', 'faults', 'seconds')
        return {name: getattr(self, name) for name in names}

    def replay(self, seeds):
        """Carry out kept recipes.

        Args:
            seeds (list[dict]): ``case`` and ``recipe`` of each.
        """
        for kept in seeds:
            kind, fault = self._examine(kept['case'], kept['recipe'])
            if fault and kind not in self.faults:
                self.faults[kind] = fault
        self.seconds = time.monotonic() - self._started

    def fuzz(self, seconds, first_seed):
        """Draw recipes for a while.

        Args:
            seconds (float): Time to take.
            first_seed (int): Seed of the first round.
        """
        end = time.monotonic() + seconds
        number = first_seed
        while time.monotonic() < end:
            self._found = {}
            try:
                self._round(number, end)
            except _Over:
                break
            except Exception:  # Fault, or what Hypothesis makes of a flaky one
                if not self._found:
                    raise
                self._note(self._found)
            number += 1
        self.seconds = time.monotonic() - self._started

    def _round(self, number, end):
        def try_(example):
            # A fault that was found is made shorter all the same.
            if not self._found and time.monotonic() >= end:
                raise _Over
            self._try(*example)

        decorated = given(self._drawn())(try_)
        decorated = settings(
            max_examples=_ROUND,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )(decorated)
        seed(number)(decorated)()

    def _drawn(self):
        names = [
            name
            for name, case in self._cases.items()
            for _ in range(case.weight)
        ]

        def of_case(name):
            case = self._cases[name]
            return st.tuples(
                st.just(name), recipes(list(case.files()), case.often)
            )

        return st.sampled_from(names).flatmap(of_case)

    def _examine(self, name, recipe):
        """Kind of a fault, and what is known of it; '' and None without."""
        outcome = self._worker.examine(name, recipe)
        self.examples += 1
        end = outcome['end']
        self.ends[end] = self.ends.get(end, 0) + 1
        if end != 'fault':
            return '', None
        after = round(time.monotonic() - self._started, 1)
        fault = dict(case=name, recipe=recipe, text=outcome['text'])
        return outcome['kind'], dict(fault, count=1, after=after)

    def _try(self, name, recipe):
        """Carry out a recipe.

        Raises:
            Fault: It finds a fault of a new kind.
        """
        kind, fault = self._examine(name, recipe)
        if not fault:
            return
        if kind in self.faults:
            self.faults[kind]['count'] += 1
        elif 'hang' in kind.lower():
            # To make it shorter would take ten seconds an example.
            self._note({kind: fault})
        elif kind in self._found or not self._found:
            if kind in self._found:
                fault['after'] = self._found[kind]['after']
            self._found[kind] = fault
            raise Fault(kind)

    def _note(self, found):
        self.faults |= found
        for kind, fault in found.items():
            self._say(f'{kind}: {describe(fault)}\n{fault["text"]}')


def describe(fault):
    """A recipe as it is kept."""
    return json.dumps(dict(case=fault['case'], recipe=fault['recipe']))
