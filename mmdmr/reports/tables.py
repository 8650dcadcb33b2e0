"""Tables of a report, with a column for each run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mmdmr.reports.charts import number
from mmdmr.reports.runs import Run
from mmdmr.reports.settings import part_of

#: Versions in the order of the report.
_VERSIONS = ('mmdmr', 'torch', 'mmcv', 'mmdet', 'mmengine', 'Python')
#: Metrics of a search or a detection are shown in percent.
_IN_PERCENT = ('search', 'detection')


@dataclass(frozen=True, eq=False)
class Table:
    """A table with a column for each run.

    Args:
        head (list[str]): Heads of the columns, the first one empty.
        rows (list[list[str]]): Name of the row, then a cell for each column.
    """

    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def facts_table(runs: Sequence[Run]) -> Table:
    """Config, command, time and versions of each run.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        Table: Rows that at least one run has.
    """
    getters: dict[str, Callable[[Run], str]] = {
        'work dir': lambda run: str(run.work_dir),
        'config': lambda run: run.config_name,
        'command': lambda run: run.log.facts.get('command', ''),
        'started': lambda run: str(run.log.started or ''),
        'duration': _duration,
        'trained': _progress,
        'seed': lambda run: run.log.facts.get('seed', ''),
        'device': lambda run: run.log.facts.get('device', ''),
        'processes': lambda run: run.log.facts.get('processes', ''),
        'versions': lambda run: ', '.join(
            f'{name} {run.log.facts[name]}'
            for name in _VERSIONS
            if name in run.log.facts
        ),
    }
    rows = [[name, *map(get, runs)] for name, get in getters.items()]
    return Table(['', *_names(runs)], [row for row in rows if any(row[1:])])


def _names(runs: Sequence[Run]) -> list[str]:
    """Heads of columns: one run needs no name."""
    return [run.name for run in runs] if len(runs) > 1 else ['this run']


def _duration(run: Run) -> str:
    if not run.log.starts:
        return ''
    starts = f' in {run.log.starts} starts' if run.log.starts > 1 else ''
    return f'{run.log.duration}{starts}'


def _progress(run: Run) -> str:
    """Epochs and iterations, and how many there were to be."""
    scalars, loop = run.scalars, part_of(run.settings, 'train_cfg')
    if not scalars.training:
        return ''
    parts = []
    if scalars.last_epoch is not None and loop.get('max_epochs'):
        parts.append(f'epoch {scalars.last_epoch} of {loop["max_epochs"]}')
    most = f' of {loop["max_iters"]}' if loop.get('max_iters') else ''
    parts.append(f'iteration {scalars.last_step}{most}')
    return ', '.join(parts)


def metrics_table(runs: Sequence[Run]) -> Table:
    """Last metrics of each run, with its baselines beside it.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        Table: A row for each metric. Metrics of searches and detections are
        in percent.
    """
    columns = {
        (i, name): run.final.metrics
        for i, (run, name) in enumerate(zip(runs, _names(runs)))
        if run.final.metrics
    }
    for i, run in enumerate(runs):
        of = f' ({run.name})' if len(runs) > 1 else ''
        for name, metrics in run.final.baselines.items():
            if metrics not in columns.values():
                columns[i, f'{name}{of}'] = metrics
    names = dict.fromkeys(
        name for column in columns.values() for name in column
    )
    return Table(
        ['', *(name for _, name in columns)],
        [
            [name, *(_metric(name, column) for column in columns.values())]
            for name in names
        ],
    )


def _metric(name: str, metrics: dict[str, float]) -> str:
    if name not in metrics:
        return ''
    value = metrics[name]
    return f'{100 * value:.2f}' if in_percent(name) else number(value)


def in_percent(name: str) -> bool:
    """Tell whether a metric is shown in percent.

    Args:
        name (str): Name of the metric, as in the log.

    Returns:
        bool: True for metrics of searches and detections.

    Example:
        >>> in_percent('search+gt/mAP'), in_percent('coco/bbox_mAP')
        (True, False)
    """
    return name.startswith(_IN_PERCENT)


def thresholds_table(runs: Sequence[Run]) -> Table:
    """Similarity at each rate of false alarms.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        Table: For each run threshold and matches found.
    """
    measured = [
        (run, run.analysis.alarms)
        for run in runs
        if run.analysis and run.analysis.alarms
    ]
    head = ['false alarms per comparison']
    for run, _ in measured:
        of = f' ({run.name})' if len(runs) > 1 else ''
        head += [f'similarity{of}', f'matches found{of}']
    rows: dict[float, list[str]] = {}
    for i, (_, alarms) in enumerate(measured):
        for point in alarms.points:
            if point.threshold is None:
                continue
            name = f'{100 * point.rate:g} %'
            row = rows.setdefault(
                point.rate, [name] + [''] * 2 * len(measured)
            )
            row[1 + 2 * i] = f'{point.threshold:.4f}'
            if point.true_match_rate is not None:
                row[2 + 2 * i] = f'{100 * point.true_match_rate:.1f} %'
    return Table(head, [rows[rate] for rate in sorted(rows, reverse=True)])
