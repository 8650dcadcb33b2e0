"""The scalars that a training logged, read from MMEngine's files."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.errors import InputError

#: Keys of a record that say when it was logged.
_TIMES = ('step', 'iter', 'epoch')
#: Records by step.
_Records = dict[int, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Curve:
    """A scalar over the training.

    Args:
        steps (np.ndarray): (n,) rising iterations, or epochs of validations.
        values (np.ndarray): (n,) values; NaN where a value is not finite.
    """

    steps: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Scalars:
    """All scalars of a run.

    Args:
        training (dict[str, Curve]): Curves by name, over iterations.
        validation (dict[str, Curve]): Metrics by name.
        validated_by (str): Unit of the steps of ``validation``: ``epoch`` or
            ``iteration``. Defaults to 'epoch'.
        last_epoch (int | None): Epoch of the last training record. Defaults
            to None: the log counts no epochs.
        last_step (int): Iteration of the last training record. Defaults to 0.
    """

    training: dict[str, Curve] = field(default_factory=dict)
    validation: dict[str, Curve] = field(default_factory=dict)
    validated_by: str = 'epoch'
    last_epoch: int | None = None
    last_step: int = 0


def read_scalars(paths: Iterable[Path]) -> Scalars:
    r"""Read the scalars of a run that was started once or several times.

    Where a later start repeats iterations of an earlier one, as a resumed
    training does, the later values count. A last line without an end, of a
    training that is being written or was killed, is left out.

    Args:
        paths (Iterable[Path]): Files ``scalars.json``, oldest first.

    Returns:
        Scalars: The scalars.

    Raises:
        OSError: A file cannot be read.
        InputError: A file holds anything but a record in each line.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'scalars.json')
        >>> _ = path.write_text(
        ...     '{"loss": 3.0, "epoch": 1, "iter": 10, "step": 10}\n'
        ...     '{"search/mAP": 0.5, "step": 1}\n')
        >>> scalars = read_scalars([path])
        >>> scalars.training['loss'].values
        array([3.])
        >>> scalars.validation['search/mAP'].steps
        array([1])
    """
    starts = [_records(path) for path in paths]
    by_epoch = _validates_by_epoch([r for start in starts for r in start])
    training: _Records = {}
    validation: _Records = {}
    for records in starts:
        first = next((r for r in records if _is_training(r)), None)
        if first is not None:
            _drop_from(training, first['step'])
            _drop_from(
                validation, first['epoch'] if by_epoch else first['step']
            )
        for record in records:
            kept = training if _is_training(record) else validation
            kept.setdefault(record['step'], {}).update(record)
    last = training[max(training)] if training else {}
    return Scalars(
        _curves(training),
        _curves(validation),
        'epoch' if by_epoch else 'iteration',
        last.get('epoch'),
        last.get('step', 0),
    )


def _validates_by_epoch(records: list[dict[str, Any]]) -> bool:
    """True if the steps of validations are epochs, which records do not tell.

    Epochs are fewer than iterations, and no validation comes after the last
    epoch.
    """
    training = [r for r in records if _is_training(r)]
    if not all('epoch' in record for record in training):
        return False
    last = max((r['epoch'] for r in training), default=0)
    steps = [r['step'] for r in records if not _is_training(r)]
    return not training or max(steps, default=0) <= last


def _is_training(record: dict[str, Any]) -> bool:
    """True if a record is of the training, not of a validation."""
    return 'iter' in record


def _drop_from(records: _Records, step: int) -> None:
    """Drop what a later start repeats."""
    for repeated in [s for s in records if s >= step]:
        del records[repeated]


def _records(path: Path) -> list[dict[str, Any]]:
    """Records of one file, checked."""
    records = []
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            _check(record)
        except (ValueError, RecursionError) as error:
            if number == len(lines) and not line.endswith(b'\n'):
                break
            raise InputError(
                f'{path}, line {number}: no record of scalars ({error}); '
                'remove the line'
            ) from error
        records.append(record)
    return records


def _check(record: Any) -> None:
    """Refuse what MMEngine does not write."""
    if not isinstance(record, dict):
        raise ValueError('not in braces')
    for key in _TIMES:
        value = record.get(key, 0 if key != 'step' else None)
        if type(value) is not int or not 0 <= value < 2**53:
            raise ValueError(f'{key} is {value!r}, not a whole number')


def _curves(records: _Records) -> dict[str, Curve]:
    """Curves of the records by step. Values that are no numbers are left out,
    such as lists of counts.
    """
    points: dict[str, list[tuple[int, float]]] = {}
    for step in sorted(records):
        for name, value in records[step].items():
            if name not in _TIMES and type(value) in (int, float):
                points.setdefault(name, []).append((step, value))
    curves = {}
    for name, pairs in points.items():
        values = np.array([_float(value) for _, value in pairs])
        values[~np.isfinite(values)] = np.nan
        curves[name] = Curve(np.array([step for step, _ in pairs]), values)
    return curves


def _float(value: int | float) -> float:
    """Value as a float; NaN for a whole number that is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return np.nan


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Average each value with its neighbours on both sides.

    Args:
        values (np.ndarray): (n,) values; NaN values take no part.
        window (int): Number of neighbours on each side, >= 0.

    Returns:
        np.ndarray: (n,) averages; at both ends over fewer values. NaN where
        all values are.

    Example:
        >>> smooth(np.array([1.0, 3.0, np.nan, 4.0]), 1).tolist()
        [2.0, 2.0, 3.5, 4.0]
    """
    known = np.isfinite(values)
    kernel = np.ones(2 * window + 1)
    # With "full", an average of fewer values than the kernel keeps its place.
    inner = slice(window, window + len(values))
    counts = np.convolve(known, kernel)[inner]
    sums = np.convolve(np.where(known, values, 0), kernel)[inner]
    return np.divide(
        sums, counts, out=np.full(len(values), np.nan), where=counts > 0
    )
