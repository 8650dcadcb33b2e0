"""Training steps of several networks in turn, and their medians."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from mmdmr.benchmark.training.seqnet import SeqNetTrainer
from mmdmr.benchmark.training.step import Trainer

#: Seconds by part of one step.
Step = Mapping[str, float]


class Rounds(NamedTuple):
    """Times of all rounds.

    Args:
        steps (dict[str, list[Step]]): By network, the seconds by part of its
            step in each round.
        loading (list[float]): Seconds until the batch of each round was
            there.
    """

    steps: dict[str, list[Step]]
    loading: list[float]


def run_in_turn(
    trainers: Mapping[str, Trainer | SeqNetTrainer],
    batches: Iterator[dict[str, Any]],
    *,
    rounds: int,
    warmup: int,
    tell: Callable[[int], None] = lambda done: None,
) -> Rounds:
    """Train networks in turn, on the same batches.

    A round trains each network one step, so that a change of the machine's
    speed meets all networks. The order differs from round to round.

    Args:
        trainers (Mapping[str, Trainer | SeqNetTrainer]): Networks by name.
        batches (Iterator[dict[str, Any]]): At least ``warmup + rounds``
            batches.
        rounds (int): Number of rounds that count, at least 1.
        warmup (int): Number of rounds before, which do not count.
        tell (Callable): Called after each round with the number of rounds
            done, warm-up included. Defaults to nothing.

    Returns:
        Rounds: Times of the rounds that count.
    """
    found = Rounds({name: [] for name in trainers}, [])
    names = [*trainers]
    for number in range(warmup + rounds):
        started = time.perf_counter()
        batch = next(batches)
        loading = time.perf_counter() - started
        steps = {
            name: trainers[name].step(batch)
            for name in order_of(names, number)
        }
        if number >= warmup:
            found.loading.append(loading)
            for name in names:
                found.steps[name].append(steps[name])
        tell(number + 1)
    return found


def order_of(names: Sequence[str], number: int) -> list[str]:
    """Order of the networks in a round.

    Args:
        names (Sequence[str]): Names of the networks.
        number (int): Number of the round, from 0.

    Returns:
        list[str]: The names from another one on in each round, backwards in
        every second round: no network has always the same neighbour.

    Example:
        >>> [''.join(order_of('abc', number)) for number in range(4)]
        ['abc', 'acb', 'cab', 'cba']
    """
    first = number % len(names)
    turned = [*names[first:], *names[:first]]
    return turned[::-1] if number % 2 else turned


class Ratio(NamedTuple):
    """Time of a network over the time of the first one.

    Args:
        median (float): Median of the ratios within a round.
        least (float): Least ratio of a round.
        most (float): Greatest ratio of a round.
        seconds (float): Median time of a step.
    """

    median: float
    least: float
    most: float
    seconds: float


def ratios_of(steps: Mapping[str, Sequence[Step]]) -> dict[str, Ratio]:
    """Compare the steps of all networks with those of the first one.

    Args:
        steps (Mapping[str, Sequence[Step]]): Seconds by part, by network and
            round.

    Returns:
        dict[str, Ratio]: Ratios by network; those of the first are 1.

    Example:
        >>> steps = dict(a=[dict(x=1.0, y=1.0)], b=[dict(x=2.5)])
        >>> ratios_of(steps)['b'].median
        1.25
    """
    totals = {
        name: [sum(step.values()) for step in found]
        for name, found in steps.items()
    }
    first = totals[next(iter(totals))]
    found = {}
    for name, seconds in totals.items():
        # The steps of a round are neighbours: their ratio is the steadiest.
        ratios = [a / b for a, b in zip(seconds, first)]
        found[name] = Ratio(
            median(ratios), min(ratios), max(ratios), median(seconds)
        )
    return found


def medians_of(steps: Sequence[Step]) -> dict[str, float]:
    """Median time of each part of a network's step.

    Args:
        steps (Sequence[Step]): Seconds by part of each round.

    Returns:
        dict[str, float]: Median seconds by part; a round without a part
        counts as 0 seconds of it.

    Example:
        >>> medians_of([dict(a=1.0), dict(a=2.0), dict(a=4.0, b=1.0)])
        {'a': 2.0, 'b': 0.0}
    """
    names = dict.fromkeys(name for step in steps for name in step)
    return {
        name: median(step.get(name, 0.0) for step in steps) for name in names
    }
