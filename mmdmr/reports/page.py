"""The HTML page of a report."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

from mmdmr.errors import printable
from mmdmr.reports.curves import (
    MEANINGS,
    gallery_charts,
    similarity_charts,
    training_charts,
    validation_charts,
)
from mmdmr.reports.runs import Run, missing_baselines
from mmdmr.reports.settings import differences, flatten, read_base
from mmdmr.reports.tables import (
    Table,
    facts_table,
    metrics_table,
    thresholds_table,
)
from mmdmr.visualization.pages import page_environment, write_page
from mmdmr.visualization.palette import CURVES, hexadecimal
from mmdmr.visualization.search_page import describe_query

_TEMPLATES = Path(__file__).with_name('templates')


def write_report(
    path: str | Path, runs: Sequence[Run], base: str | None = None
) -> list[str]:
    """Write a report as one HTML file that needs no other file.

    Args:
        path (str | Path): HTML file; its folder is made.
        runs (Sequence[Run]): The runs, with different names.
        base (str | None): Path or name of the config that the runs are
            compared with. Defaults to None: the config of mmdmr that each run
            was started from.

    Returns:
        list[str]: What is missing, as the page tells it, too.

    Raises:
        FileNotFoundError: The base does not exist.
        InputError: The base or an image cannot be read.
        OSError: The file cannot be written.
    """
    several = len(runs) > 1
    configs = [_describe_config(run, base) for run in runs]
    notes: dict[str, list[str]] = {}
    for run, config in zip(runs, configs):
        for part, told in [*run.notes.items(), ('base', config['notes'])]:
            of = f'{run.name}: ' if several else ''
            notes.setdefault(part, []).extend(of + note for note in told)
    notes.setdefault('metrics', []).extend(missing_baselines(runs))
    title = (
        f'{len(runs)} trainings' if several else f'Training: {runs[0].name}'
    )
    write_page(
        path,
        _environment(),
        'report.html',
        title=title,
        runs=runs,
        several=several,
        notes=notes,
        facts=facts_table(runs),
        metrics=metrics_table(runs),
        sources=_sources(runs),
        between=_between(runs),
        training=training_charts(runs),
        validation=validation_charts(runs),
        galleries=gallery_charts(runs),
        similarities=similarity_charts(runs),
        thresholds=thresholds_table(runs),
        queries=_queries(runs),
        configs=configs,
        meanings=MEANINGS,
    )
    return [note for told in notes.values() for note in told]


def _environment() -> Environment:
    """Environment whose pages can be encoded, whatever names they hold."""
    environment = page_environment(_TEMPLATES).overlay(finalize=_encodable)
    environment.globals['curves'] = list(map(hexadecimal, CURVES))
    return environment


def _encodable(value: Any) -> Any:
    """Text without control characters and halves of characters."""
    # Other types are numbers, or markup that is done.
    return printable(value, keep='\n\t') if type(value) is str else value


def _sources(runs: Sequence[Run]) -> list[str]:
    """Files that metrics stand in, with the run where they differ."""
    found = {r.name: r.final.source for r in runs if r.final.source}
    if len(set(found.values())) == 1:
        return list(found.values())[:1]
    return [f'{source} ({name})' for name, source in found.items()]


def _between(runs: Sequence[Run]) -> Table:
    """Settings that differ between runs."""
    known = [run for run in runs if run.settings]
    rows = differences([flatten(run.settings) for run in known])
    return Table(
        ['', *(run.name for run in known)],
        [[key, *values] for key, values in rows],
    )


def _describe_config(run: Run, base: str | None) -> dict[str, Any]:
    """Text of a config, and what differs from its base."""
    text = run.config.read_text('utf-8', 'replace') if run.config else ''
    described: dict[str, Any] = dict(
        name=run.name, text=text, base='', rows=[], notes=[]
    )
    if not run.settings:
        return described
    name = base or run.config_name
    try:
        settings = read_base(name) if name else None
    except FileNotFoundError:
        if base:
            raise
        settings = None
    if settings is None:
        described['notes'] = [
            f'The config {name or "of this run"} is none of mmdmr, or '
            'MMEngine is not installed: nothing to compare the settings '
            'with. Name the config that this one inherits from with --base.'
        ]
        return described
    described['base'] = name
    described['rows'] = [
        [key, *values]
        for key, values in differences(
            [flatten(settings), flatten(run.settings)]
        )
    ]
    return described


def _queries(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    """Queries of each run; pictures are read when the page needs them."""
    for run in runs:
        found = run.analysis
        if found is None or not found.img_paths:
            continue
        paths = found.img_paths
        yield dict(
            name=run.name,
            protocol=found.protocol,
            worst=(describe_query(e, paths, 4) for e in found.worst),
            best=(describe_query(e, paths, 4) for e in found.best),
        )
