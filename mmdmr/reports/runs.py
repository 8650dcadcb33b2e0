"""Everything that a report tells of one run, gathered from its work dir."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError
from mmdmr.reports.logs import LogFacts, read_logs
from mmdmr.reports.metrics import FinalMetrics, final_metrics
from mmdmr.reports.predictions import (
    Analysis,
    NoDataset,
    analyse,
    find_test_set,
)
from mmdmr.reports.scalars import Scalars, read_scalars
from mmdmr.reports.settings import (
    NotPlain,
    differences,
    flatten,
    part_of,
    read_settings,
)
from mmdmr.reports.work_dirs import (
    WorkDir,
    config_file,
    log_files,
    scalar_files,
)

#: File of predictions in a work dir.
DUMP = 'results.npz'
#: Most settings that name a run, and most characters of such a name.
_MOST_SETTINGS, _MOST_CHARS = 3, 48


@dataclass(frozen=True, eq=False)
class Run:
    """One run.

    Args:
        name (str): Name in the report.
        work_dir (Path): Folder of the run.
        log (LogFacts): Facts from the logs.
        scalars (Scalars): Logged scalars.
        final (FinalMetrics): Last metrics, and those of baselines.
        config (Path | None): Config of the run. Defaults to None.
        settings (dict[str, Any]): Entries of the config. Defaults to {}.
        analysis (Analysis | None): What the predictions tell. Defaults to
            None.
        notes (dict[str, list[str]]): What is missing, by the part of the
            report that lacks it.
    """

    name: str
    work_dir: Path
    log: LogFacts
    scalars: Scalars
    final: FinalMetrics
    config: Path | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    analysis: Analysis | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def config_name(self) -> str:
        """str: Name of the config that the run was started from, or ''."""
        return str(self.settings.get('experiment_name') or '')


def read_run(
    place: WorkDir,
    data_root: str | None = None,
    num_queries: int = 3,
    num_matches: int = 6,
) -> Run:
    """Gather what the work dir of a run tells.

    Args:
        place (WorkDir): The work dir.
        data_root (str | None): Folder of the data set. Defaults to None: the
            one of the config.
        num_queries (int): Number of best queries, and of worst queries.
            Defaults to 3.
        num_matches (int): Number of matches of each query. Defaults to 6.

    Returns:
        Run: The run. What is missing is told in its notes.

    Raises:
        OSError: A file cannot be read.
        InputError: A file is broken.
    """
    notes: dict[str, list[str]] = {}
    config = config_file(place.path)
    settings: dict[str, Any] = {}
    if config is None:
        notes['config'] = [
            f'{place.path} holds no config.py: copy the config of the run '
            'there.'
        ]
    else:
        try:
            settings = read_settings(config)
        except NotPlain as error:
            notes['config'] = [
                f'{config} holds more than values ({error}) and is not run, '
                'so that its settings are unknown.'
            ]
    scalars = read_scalars(scalar_files(place.path))
    run = Run(
        place.name or str(settings.get('experiment_name') or place.path.name),
        place.path,
        read_logs(log_files(place.path)),
        scalars,
        final_metrics(place.path, scalars),
        config,
        settings,
        notes=notes,
    )
    analysis = None
    if settings:
        try:
            analysis = _analyse(run, data_root, num_queries, num_matches)
        except NoDataset as error:
            notes['predictions'] = [
                f'No queries and no similarities: {error}.'
            ]
    _note_missing(run)
    return replace(run, analysis=analysis)


def _analyse(
    run: Run, data_root: str | None, num_queries: int, num_matches: int
) -> Analysis | None:
    """Search again, if the run has predictions and the data is there."""
    dump = run.work_dir / DUMP
    # Without a person-search data set no command makes predictions.
    test_set = find_test_set(run.settings, data_root)
    if not dump.is_file():
        run.notes['predictions'] = [
            f'No predictions {dump.name}. {_test_command(run)}'
        ]
        return None
    try:
        analysis = analyse(dump, test_set, num_queries, num_matches)
    except FileNotFoundError as error:
        run.notes['predictions'] = [
            f'No queries and no similarities: {error}; name the folder of '
            'the data set with --data-root.'
        ]
        return None
    except InputError as error:
        # Predictions and annotations are read together: either may be wrong.
        raise InputError(
            f'{dump}, read with the data set in {test_set.data_root}: {error}'
        ) from error
    run.notes['predictions'] = analysis.notes
    return analysis


def _note_missing(run: Run) -> None:
    """Note what the log and the scores of a run lack."""
    folder = run.work_dir
    if not run.scalars.training:
        run.notes['training'] = [
            f'No scalars in {folder}/*/vis_data: the training has not logged '
            'a step yet, or the folder is gone. "mmdmr train" writes them.'
        ]
    elif not run.scalars.validation:
        run.notes['validation'] = [
            'No validation so far: "mmdmr train ... --cfg-options '
            'train_cfg.val_interval=1" validates after every epoch.'
        ]
    model = part_of(run.settings, 'model')
    logged = {name.partition('_')[0] for name in run.scalars.training}
    for part, prefix in (('memory', 'memory'), ('key_encoder', 'ema')):
        if model.get(part) and logged and prefix not in logged:
            run.notes.setdefault('memory', []).append(
                f'The log has no {prefix}_ scalars, although the network has '
                f'a {part}: the training logged too few steps, or was made '
                'by an older version of mmdmr.'
            )
    if run.config is None or not _is_person_search(run):
        return
    notes = []
    if run.final.source.startswith('validation') or not run.final.metrics:
        notes.append(f'No scores of a test, scores.json. {_test_command(run)}')
    run.notes['metrics'] = notes


def _is_person_search(run: Run) -> bool:
    return bool(part_of(run.settings, 'model').get('reid_head'))


def _test_command(run: Run) -> str:
    """Sentence with the command that writes scores and predictions."""
    folder = shlex.quote(str(run.work_dir))
    checkpoints = sorted(
        run.work_dir.glob('*_*.pth'), key=lambda path: path.stat().st_mtime
    )
    if not checkpoints:
        return 'The work dir holds no checkpoint to test.'
    return (
        f'"mmdmr test {shlex.quote(str(run.config))} '
        f'{shlex.quote(str(checkpoints[-1]))} --work-dir {folder}/test '
        f'--out {folder}/scores.json --dump {folder}/{DUMP}" makes both.'
    )


def missing_baselines(runs: Sequence[Run]) -> list[str]:
    """Tell how to make the baselines that no run has.

    Args:
        runs (Sequence[Run]): The runs, compared on one data set.

    Returns:
        list[str]: A note for each baseline; none for other trainings than of
        person search.
    """
    run = next((run for run in runs if _is_person_search(run)), None)
    if run is None:
        return []
    config = shlex.quote(str(run.config))
    folder = shlex.quote(str(run.work_dir))
    commands = {
        'untrained network': f'mmdmr test {config} untrained --work-dir '
        f'{folder}/untrained --out {folder}/untrained.json',
        'colour histogram': f'mmdmr score_histogram {config} --margin 0.25 '
        f'--out {folder}/histogram.json',
    }
    found = {name for run in runs for name in run.final.baselines}
    return [
        f'No baseline "{name}". "{command}" makes it.'
        for name, command in commands.items()
        if name not in found
    ]


def name_runs(runs: Sequence[Run], given: Sequence[str]) -> list[Run]:
    """Give runs names that tell them apart.

    Args:
        runs (Sequence[Run]): The runs.
        given (Sequence[str]): Names that the user gave, '' for none.

    Returns:
        list[Run]: Runs with the given name; else that of the config; else, of
        runs of one config, the settings that differ, the name of the folder,
        or its path.
    """
    counts = Counter(run.name for run in runs)
    alike = [run for run in runs if counts[run.name] > 1]
    rows = [
        (key, values)
        for key, values in differences([flatten(r.settings) for r in alike])
        if not key.startswith('randomness') or key.endswith('seed')
    ]
    labels = [
        ', '.join(
            f'{key.rpartition(".")[2]}={values[i]}' for key, values in rows
        )
        for i in range(len(alike))
    ]
    tell_apart = (
        len(set(labels)) == len(labels)
        and 0 < len(rows) <= _MOST_SETTINGS
        and max(map(len, labels)) <= _MOST_CHARS
    )
    if not tell_apart:
        labels = [run.work_dir.name for run in alike]
        # Folders of one name, such as a/run and b/run, need their paths.
        if len(set(labels)) < len(labels):
            labels = [str(run.work_dir) for run in alike]
    names = {id(run): label for run, label in zip(alike, labels)}
    return [
        replace(run, name=name or names.get(id(run), run.name))
        for run, name in zip(runs, given)
    ]
