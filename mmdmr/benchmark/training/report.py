"""Tables of a benchmark of training steps: ratios first, then figures."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from mmdmr.benchmark.training.peak import Peak
from mmdmr.benchmark.training.rounds import Rounds, medians_of, ratios_of
from mmdmr.benchmark.training.step import PARTS, REST
from mmdmr.benchmark.training.trace import Operator

#: Rows of the table of parts.
_ROWS = (*dict.fromkeys(name for name, _, _ in PARTS), REST)


def step_table(rounds: Rounds) -> Iterator[str]:
    """Lines on the time of a step, the ratios to the first network first.

    Args:
        rounds (Rounds): Times of all rounds.

    Yields:
        str: A line.
    """
    ratios = ratios_of(rounds.steps)
    first = next(iter(ratios))
    yield f'{"a step":14}{"/ " + first:>10}{"in the rounds":>18}{"s":>10}'
    for name, ratio in ratios.items():
        spread = f'{ratio.least:.3f} to {ratio.most:.3f}'
        yield (
            f'{name:14}{ratio.median:>10.3f}{spread:>18}{ratio.seconds:>10.3f}'
        )


def part_table(rounds: Rounds) -> Iterator[str]:
    """Lines on the parts of a step, the last network beside the first.

    Args:
        rounds (Rounds): Times of all rounds.

    Yields:
        str: A line.
    """
    names = [*rounds.steps]
    first, last = (medians_of(rounds.steps[n]) for n in (names[0], names[-1]))
    total = sum(last.values())
    columns = dict.fromkeys([names[-1], names[0]])
    titles = ''.join(f'{name + ", s":>14}' for name in columns)
    yield f'{"part":14}{"share":>10}{titles}'
    for name in _ROWS:
        if name in last:
            seconds = dict(zip(columns, (last[name], first.get(name, 0.0))))
            figures = ''.join(f'{value:>14.4f}' for value in seconds.values())
            yield f'{name:14}{last[name] / total:>9.1%} {figures}'


def loading_line(rounds: Rounds) -> str:
    """Line on the time until a batch was there, before the step.

    Args:
        rounds (Rounds): Times of all rounds.

    Returns:
        str: The line.
    """
    return (
        f'{"loading":14}{"":>10}{median(rounds.loading):>14.4f}  a batch in '
        "one process, before the step; a training's workers load meanwhile"
    )


def memory_table(peaks: Mapping[str, Peak]) -> Iterator[str]:
    """Lines on the peak memory, the ratios to the first network first.

    Args:
        peaks (Mapping[str, Peak]): Memory by network.

    Yields:
        str: A line.
    """
    first = next(iter(peaks))
    base = peaks[first].peak
    titles = f'{"/ " + first:>10}{"without queue":>18}{"MB":>10}'
    yield f'{"peak memory":14}{titles}'
    for name, (peak, memory) in peaks.items():
        yield (
            f'{name:14}{peak / base:>10.3f}{(peak - memory) / base:>18.3f}'
            f'{peak / 1e6:>10.0f}  of it {memory / 1e6:.0f} MB queue'
        )


def operator_table(operators: Sequence[Operator]) -> Iterator[str]:
    """Lines on the costliest operators of a profile.

    Args:
        operators (Sequence[Operator]): The operators.

    Yields:
        str: A line.
    """
    width = max([14, *(len(operator.name) for operator in operators)])
    yield f'{"operator":{width}}{"share":>10}{"s":>10}{"calls":>10}'
    for name, calls, seconds, share in operators:
        yield f'{name:{width}}{share:>9.1%} {seconds:>10.3f}{calls:>10}'


def machine_line(machine: Mapping[str, Any]) -> str:
    """Line on the machine.

    Args:
        machine (Mapping[str, Any]): Result of :func:`describe`.

    Returns:
        str: The line.
    """
    return (
        f'{machine["device"]}; {machine["processors"]} processors, '
        f'{machine["threads"]} threads, torch {machine["torch"]}, load of '
        f'the last minute {machine["load"]:.1f}'
    )
