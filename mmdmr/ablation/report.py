"""Tables of finished trainings, with a t test between rows."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from mmdmr.ablation.plan import GROUPS, HISTOGRAM, ROWS, Group
from mmdmr.ablation.results import Result
from mmdmr.files import atomic_path

_BEGIN = '<!-- begin: written by mmdmr ablate -->'
_END = '<!-- end: written by mmdmr ablate -->'
_METRICS = ('gt_mAP', 'gt_top1', 'mAP', 'top1', 'recall', 'ap')
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
    """Standard deviation within rows, pooled over all rows.

    Args:
        samples (Sequence[Sequence[float]]): A metric of each seed, by row.

    Returns:
        tuple[float, int]: The deviation and its degrees of freedom; both are
        0 if no row has two seeds.
    """
    rows = [np.asarray(s) for s in samples if len(s) > 1]
    dof = sum(len(r) - 1 for r in rows)
    squares = sum(((r - r.mean()) ** 2).sum() for r in rows)
    return math.sqrt(squares / max(dof, 1)), dof


def resolvable(deviation: float, dof: int, num: int, other: int) -> float:
    """Least significant difference between the means of two rows.

    The test is a two-sided t test at 95 % of this one difference.

    Args:
        deviation (float): Standard deviation of :func:`pooled_deviation`.
        dof (int): Degrees of freedom of the deviation.
        num (int): Number of seeds of one row.
        other (int): Number of seeds of the other row.

    Returns:
        float: The difference; infinite if a row has one seed.
    """
    if min(num, other) < 2:
        return math.inf
    error = deviation * math.sqrt(1 / num + 1 / other)
    return float(stats.t.ppf(0.975, dof) * error)


def verdict(difference: float, least: float) -> str:
    """Judge the difference between two rows.

    Args:
        difference (float): Difference of the means.
        least (float): Least significant difference, of :func:`resolvable`.

    Returns:
        str: ``better``, ``worse``, ``no difference seen``; ``one seed`` if
        the least difference is infinite.
    """
    if math.isinf(least):
        return 'one seed'
    if abs(difference) < least:
        return 'no difference seen'
    return 'better' if difference > 0 else 'worse'


def comparison_table(results: Sequence[Result]) -> list[str]:
    """Table of the comparison, each row judged against the row before.

    Args:
        results (Sequence[Result]): Trainings of one group.

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
        cells = [_mean_and_spread(found, name) for name in _METRICS]
        said = _against(found, before, deviation, dof) if before else ''
        lines.append(
            f'| {row} | {len(found)} | {" | ".join(cells)} | {said} |'
        )
        # The colour histogram is no step of the comparison.
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
    """Difference to the row before in points of mAP, with its verdict."""
    step = float(
        np.mean([r.gt_mAP for r in found])
        - np.mean([r.gt_mAP for r in before])
    )
    least = resolvable(deviation, dof, len(found), len(before))
    return f'{100 * step:+.1f}: {verdict(step, least)}'


def sweep_table(group: Group, results: Sequence[Result]) -> list[str]:
    """Table of a sweep, one line for each value.

    Args:
        group (Group): The sweep.
        results (Sequence[Result]): Trainings of this group.

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
            cells = [_mean_and_spread(found, name) for name in _METRICS]
            lines.append(f'| {value} | {" | ".join(cells)} |')
    return lines


def _mean_and_spread(results: Sequence[Result], name: str) -> str:
    """Mean and standard deviation over seeds, in percent."""
    values = 100 * np.array([getattr(r, name) for r in results])
    if len(values) == 1:
        return f'{values[0]:.1f}'
    return f'{values.mean():.1f} ± {values.std(ddof=1):.1f}'


def write_report(path: str | Path, results: Sequence[Result]) -> None:
    """Replace the tables of a page.

    Args:
        path (str | Path): Markdown file, made with its folder if need be. The
            text outside the two marks is kept. A file without marks gets both
            marks at its end.
        results (Sequence[Result]): Finished trainings of all groups.
    """
    path = Path(path)
    text = path.read_text('utf-8') if path.is_file() else '# Ablation\n'
    block = '\n'.join([_BEGIN, *_tables(results), _END])
    pattern = re.compile(f'{re.escape(_BEGIN)}.*{re.escape(_END)}', re.S)
    if pattern.search(text):
        text = pattern.sub(lambda _: block, text)
    else:
        text = f'{text.rstrip()}\n\n{block}\n'
    with atomic_path(path) as draft:
        draft.write_text(text, 'utf-8')


def _tables(results: Sequence[Result]) -> list[str]:
    """Lines of Markdown: a section for each group."""
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
    """Sort results by group, in the order of ``GROUPS``.

    Args:
        results (Sequence[Result]): Finished trainings of all groups.

    Returns:
        dict[str, list[Result]]: Trainings by group, without groups that have
        none. Of lines with the same group, row and seed the last one counts.
    """
    latest: dict[tuple[str, str, int], Result] = {
        (r.group, r.row, r.seed): r for r in results
    }
    groups = {
        name: [r for r in latest.values() if r.group == name]
        for name in GROUPS
    }
    return {name: found for name, found in groups.items() if found}
