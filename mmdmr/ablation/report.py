"""Tables of finished trainings, with what their spread allows to say."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from mmdmr.ablation.plan import GROUPS, HISTOGRAM, ROWS, Group
from mmdmr.ablation.results import Result

_BEGIN = '<!-- begin: written by mmdmr ablate -->'
_END = '<!-- end: written by mmdmr ablate -->'
_FIGURES = ('gt_mAP', 'gt_top1', 'mAP', 'top1', 'recall', 'ap')
_HEADS = (
    'mAP, ground-truth boxes',
    'top-1, ground-truth boxes',
    'mAP',
    'top-1',
    'recall',
    'AP',
)


def pooled_deviation(
    samples: Sequence[Sequence[float]],
) -> tuple[float, int]:
    """Standard deviation within rows, pooled over all of them.

    Args:
        samples (Sequence[Sequence[float]]): A figure of each seed, by row.

    Returns:
        tuple[float, int]: The deviation and its degrees of freedom; 0 of
        them where no row has two seeds.
    """
    rows = [np.asarray(s) for s in samples if len(s) > 1]
    dof = sum(len(r) - 1 for r in rows)
    squares = sum(((r - r.mean()) ** 2).sum() for r in rows)
    return math.sqrt(squares / max(dof, 1)), dof


def resolvable(deviation: float, dof: int, num: int, other: int) -> float:
    """Least difference of two rows' means that the spread lets one see.

    Two-sided t test at 95 %, of this one difference.

    Args:
        deviation (float): Of :func:`pooled_deviation`.
        dof (int): Its degrees of freedom.
        num (int): Seeds of one row.
        other (int): Seeds of the other.

    Returns:
        float: The difference; infinite where a row has one seed.
    """
    if min(num, other) < 2:
        return math.inf
    error = deviation * math.sqrt(1 / num + 1 / other)
    return float(stats.t.ppf(0.975, dof) * error)


def verdict(difference: float, least: float) -> str:
    """What may be said about the difference of two rows.

    Args:
        difference (float): Of their means.
        least (float): What :func:`resolvable` returned.

    Returns:
        str: ``better``, ``worse``, ``no difference seen``, or ``one seed``
        where a row has no more than that.
    """
    if math.isinf(least):
        return 'one seed'
    if abs(difference) < least:
        return 'no difference seen'
    return 'better' if difference > 0 else 'worse'


def comparison_table(results: Sequence[Result]) -> list[str]:
    """The rows of the comparison, each beside the one before it.

    Args:
        results (Sequence[Result]): Of one group.

    Returns:
        list[str]: Lines of Markdown; percent, mean and standard deviation
        over seeds.
    """
    by_row = {
        row: [r for r in results if r.row == row]
        for row in (HISTOGRAM, *ROWS)
        if any(r.row == row for r in results)
    }
    trained = [found for row, found in by_row.items() if row in ROWS]
    deviation, dof = pooled_deviation(
        [[r.gt_mAP for r in found] for found in trained]
    )
    lines = [
        f'| row | seeds | {" | ".join(_HEADS)} | against the row before |',
        '| --- ' * (len(_HEADS) + 3) + '|',
    ]
    before: Sequence[Result] = ()
    for row, found in by_row.items():
        cells = [_mean_and_spread(found, name) for name in _FIGURES]
        said = _against(found, before, deviation, dof) if before else ''
        lines.append(
            f'| {row} | {len(found)} | {" | ".join(cells)} | {said} |'
        )
        # What learns nothing is no step of the comparison.
        before = found if row in ROWS else ()
    if dof:
        num = min(len(found) for found in trained if len(found) > 1)
        least = 100 * resolvable(deviation, dof, num, num)
        lines += [
            '',
            'The standard deviation over seeds, pooled over rows, is '
            f'{100 * deviation:.1f} points of mAP on ground-truth boxes '
            f'({dof} degrees of freedom). With {num} seeds each, a difference '
            f'below {least:.1f} points cannot be told from chance (two-sided '
            't test at 95 %; differences are judged one by one).',
        ]
    return lines


def _against(
    found: Sequence[Result],
    before: Sequence[Result],
    deviation: float,
    dof: int,
) -> str:
    """The difference to the row before, and what may be said about it."""
    step = float(
        np.mean([r.gt_mAP for r in found])
        - np.mean([r.gt_mAP for r in before])
    )
    least = resolvable(deviation, dof, len(found), len(before))
    return f'{100 * step:+.1f}: {verdict(step, least)}'


def sweep_table(group: Group, results: Sequence[Result]) -> list[str]:
    """A sweep, one line a value.

    Args:
        group (Group): The sweep.
        results (Sequence[Result]): Of this group.

    Returns:
        list[str]: Lines of Markdown.
    """
    lines = [
        f'| `{group.key}` | {" | ".join(_HEADS)} |',
        '| --- ' * (len(_HEADS) + 1) + '|',
    ]
    for value in map(str, group.values):
        found = [r for r in results if r.row == value]
        if found:
            cells = [_mean_and_spread(found, name) for name in _FIGURES]
            lines.append(f'| {value} | {" | ".join(cells)} |')
    return lines


def _mean_and_spread(results: Sequence[Result], name: str) -> str:
    values = 100 * np.array([getattr(r, name) for r in results])
    if len(values) == 1:
        return f'{values[0]:.1f}'
    return f'{values.mean():.1f} ± {values.std(ddof=1):.1f}'


def write_report(path: str | Path, results: Sequence[Result]) -> None:
    """Put the tables into a page, in place of those that are there.

    Args:
        path (str | Path): Markdown file. What stands outside the two marks is
            kept; a file without marks gets them at its end.
        results (Sequence[Result]): All finished trainings.
    """
    path = Path(path)
    text = path.read_text('utf-8') if path.is_file() else '# Ablation\n'
    block = '\n'.join([_BEGIN, *_tables(results), _END])
    pattern = re.compile(f'{re.escape(_BEGIN)}.*{re.escape(_END)}', re.S)
    if pattern.search(text):
        text = pattern.sub(lambda _: block, text)
    else:
        text = f'{text.rstrip()}\n\n{block}\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, 'utf-8')


def _tables(results: Sequence[Result]) -> list[str]:
    lines: list[str] = []
    for name, found in by_group(results).items():
        group = GROUPS[name]
        trained = [r for r in found if r.row != HISTOGRAM]
        minutes = np.mean([r.seconds for r in trained]) / 60
        devices = ', '.join(sorted({r.device for r in trained}))
        lines += [
            f'## {group.title}',
            '',
            f'`mmdmr ablate --groups {name}`. Trainings so far: '
            f'{len(trained)}, '
            f'{minutes:.1f} minutes on average, on {devices}.',
            '',
            *(
                comparison_table(found)
                if group.key is None
                else sweep_table(group, found)
            ),
            '',
        ]
        if group.key is not None:
            lines += [f'![{group.title}](figures/sweep_{name}.png)', '']
    return lines[:-1]


def by_group(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results by group, in the order of ``GROUPS``, the last one of a run.

    Args:
        results (Sequence[Result]): All finished trainings.

    Returns:
        dict[str, list[Result]]: Groups that have any.
    """
    latest: dict[tuple[str, str, int], Result] = {
        (r.group, r.row, r.seed): r for r in results
    }
    groups = {
        name: [r for r in latest.values() if r.group == name]
        for name in GROUPS
    }
    return {name: found for name, found in groups.items() if found}
