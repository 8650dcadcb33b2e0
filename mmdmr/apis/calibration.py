"""The file of a model's calibration, beside the file of the model.

The file of the model itself is never changed.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import Calibration, calibrate
from mmdmr.evaluation.functional import FalseAlarms, OperatingPoint
from mmdmr.files import atomic_path
from mmdmr.inference.bundle import CALIBRATION, is_bundle
from mmdmr.structures import ModelInfo

__all__ = [
    'Calibration',
    'calibrate',
    'calibration_path',
    'check_calibration_target',
    'load_calibration',
    'read_calibration',
    'write_calibration',
]

#: Suffixes of models' files, which give way to the suffix of a calibration.
_MODEL_SUFFIXES = ('.yaml', '.yml', '.pth', '.pt', '.py', '.onnx')
_SUFFIX = '.calibration.json'
#: What a file says of itself.
_FORMAT, _VERSION = 'mmdmr calibration', 1
#: Largest size of a file; a calibration takes less than 2 kB.
_MOST_BYTES = 10**5


def calibration_path(
    config: str | Path, checkpoint: str | Path | None = None
) -> Path:
    """File of a model's calibration, beside the file of the model.

    Args:
        config (str | Path): Description of two networks, or config of a
            person-search network, by path or name; or the folder of a
            bundle.
        checkpoint (str | Path | None): Weights of a person-search network.
            Defaults to None.

    Returns:
        Path: The file; in the working folder for a config without a path, in
        the bundle for a bundle.

    Example:
        >>> calibration_path('models/two.yaml').as_posix()
        'models/two.calibration.json'
        >>> calibration_path('dmrnet_r50_prw', 'runs/epoch_8.pth').as_posix()
        'runs/epoch_8.calibration.json'
    """
    path = Path(config if checkpoint is None else checkpoint)
    if is_bundle(path):
        return path / CALIBRATION
    stem = path.stem if path.suffix in _MODEL_SUFFIXES else path.name
    return path.with_name(stem + _SUFFIX)


def write_calibration(path: str | Path, calibration: Calibration) -> None:
    """Write a calibration, completely or not at all.

    Args:
        path (str | Path): JSON file; an earlier calibration is replaced.
        calibration (Calibration): The calibration.

    Raises:
        FileExistsError: The file exists and is no calibration.
        OSError: The file cannot be written.
    """
    path = Path(path)
    check_calibration_target(path)
    content = dict(format=_FORMAT, version=_VERSION, **asdict(calibration))
    with atomic_path(path) as draft:
        text = json.dumps(content, indent=1, allow_nan=False) + '\n'
        draft.write_text(text, encoding='utf-8')


def check_calibration_target(path: Path) -> None:
    """Check that no other file would be overwritten by a calibration.

    Args:
        path (Path): File that is about to be written.

    Raises:
        FileExistsError: The file exists and is no calibration.
    """
    if path.exists():
        try:
            read_calibration(path)
        except (InputError, OSError) as error:
            raise FileExistsError(
                f'{path} exists already and is no calibration; name another '
                'file'
            ) from error


def read_calibration(path: str | Path) -> Calibration:
    """Read a file of :func:`write_calibration`.

    Args:
        path (str | Path): JSON file.

    Returns:
        Calibration: The calibration, of any model.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file holds anything else.
    """
    path = Path(path)
    with path.open('rb') as file:
        text = file.read(_MOST_BYTES + 1)
    try:
        if len(text) > _MOST_BYTES:
            raise ValueError('the file is too large')
        return _calibration(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = f'no {error}' if isinstance(error, KeyError) else error
        raise InputError(
            f'{path}: no calibration of "mmdmr calibrate_threshold" '
            f'({reason}); delete the file, or calibrate anew'
        ) from error


def load_calibration(
    model_file: str | Path, model: ModelInfo
) -> tuple[Calibration | None, str]:
    """Find the calibration of a model.

    Args:
        model_file (str | Path): File or name of the model: the checkpoint if
            it has one, else the config.
        model (ModelInfo): The model.

    Returns:
        tuple[Calibration | None, str]: The calibration and ''; or None and
        why the file beside the model is not used, '' if there is no file.

    Raises:
        InputError: The file beside the model is no calibration.
    """
    path = calibration_path(model_file)
    if not path.exists():
        return None, ''
    calibration = read_calibration(path)
    if calibration.model.fingerprint == model.fingerprint:
        return calibration, ''
    return None, (
        f'{path} is not used: it was measured for another model or other '
        f'settings ({calibration.model.name}, fingerprint '
        f'{calibration.model.fingerprint[:12]}, not '
        f'{model.fingerprint[:12]}); run "mmdmr calibrate_threshold" again.'
    )


def _calibration(content: Any) -> Calibration:
    """Check the content of a file, entry by entry."""
    if content['format'] != _FORMAT or content['version'] != _VERSION:
        raise ValueError(
            f'format {content["format"]!r}, version {content["version"]!r}'
        )
    measured = dict(content['measured'])
    points = tuple(
        OperatingPoint(
            _number(point['rate'], 0, 1),
            *(
                None if point[key] is None else _number(point[key], low, high)
                for key, low, high in (
                    ('threshold', -2, 2),
                    ('false_alarm_rate', 0, 1),
                    ('true_match_rate', 0, 1),
                )
            ),
        )
        for point in measured.pop('points')
    )
    counts = {key: _count(value) for key, value in measured.items()}
    model = content['model']
    info = ModelInfo(
        _text(model['name']),
        _text(model['fingerprint']),
        _count(model['dim']),
        _text(model['trained_on']),
    )
    return Calibration(
        info,
        _text(content['dataset']),
        _number(content['score_thr'], 0, 1),
        FalseAlarms(points, **counts),
    )


def _number(value: Any, least: float, most: float) -> float:
    """Finite number in a range."""
    if type(value) not in (int, float) or not least <= value <= most:
        raise ValueError(f'{value!r} is no number in [{least:g}, {most:g}]')
    return float(value)


def _count(value: Any) -> int:
    """Whole number of 0 or more."""
    if type(value) is not int or value < 0:
        raise ValueError(f'{value!r} is no count')
    return value


def _text(value: Any) -> str:
    """Text."""
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is no text')
    value.encode()  # a ValueError for half a character, which no file takes
    return value
