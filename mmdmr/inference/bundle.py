"""A bundle on disk: a folder with ``bundle.json`` and ONNX graphs."""

import hashlib
import json
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError

from .bundle_description import BundleDescription, TwoStageDetector
from .checked_fields import read_mapping

#: File that makes a folder a bundle.
MANIFEST = 'bundle.json'
#: Graphs. Images to maps and to outputs of the dense head; proposals to
#: scores and boxes; persons to embeddings.
FEATURES, ROIS, EMBEDDING = 'features.onnx', 'rois.onnx', 'embedding.onnx'
FILES = (FEATURES, ROIS, EMBEDDING)
#: Measured false alarms, of ``mmdmr calibrate_threshold``; may be missing.
CALIBRATION = 'calibration.json'
#: Version of the format that this package reads and writes.
FORMAT = 1
#: Largest size of ``bundle.json``, which takes about 10 kB.
_MOST_BYTES = 10**6
_BLOCK = 1 << 20


def is_bundle(path: str | Path) -> bool:
    """Tell whether a path is a bundle, without reading it.

    Args:
        path (str | Path): Any path or name.

    Returns:
        bool: True for a folder with ``bundle.json``.

    Example:
        >>> is_bundle('dmrnet_faster-rcnn_r50_fpn_1x_prw')
        False
    """
    return Path(path, MANIFEST).is_file()


def graph_names(description: BundleDescription) -> tuple[str, ...]:
    """List the graphs of a bundle.

    Args:
        description (BundleDescription): Content of ``bundle.json``.

    Returns:
        tuple[str, ...]: Names of the files.
    """
    if isinstance(description.detector, TwoStageDetector):
        return FILES
    return FEATURES, EMBEDDING


def read_bundle(folder: str | Path) -> BundleDescription:
    """Read the description of a bundle and check all its files.

    Args:
        folder (str | Path): Folder of the bundle.

    Returns:
        BundleDescription: The description.

    Raises:
        FileNotFoundError: The folder, or a file in it, is missing.
        InputError: The folder is no bundle, the bundle is of a newer version
            or another architecture, or a file is cut short or was edited.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    if not folder.is_dir():
        raise FileNotFoundError(f'bundle {folder} does not exist')
    if not path.is_file():
        raise InputError(
            f'{folder} is no bundle of "mmdmr export_onnx": it has no '
            f'{MANIFEST}'
        )
    content = _load(path)
    _check_format(content, path)
    try:
        description = read_mapping(BundleDescription, content, str(path))
    except InputError as error:
        raise InputError(
            f'{error}. Update mmdmr, or export the bundle again'
        ) from error
    _check_files(folder, description)
    return description


def digest(path: Path) -> dict[str, Any]:
    """Describe the content of a file.

    Args:
        path (Path): The file.

    Returns:
        dict[str, Any]: ``bytes``, its size, and ``sha256``, 64 hexadecimal
        digits.

    Raises:
        OSError: The file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'a.txt')
        >>> _ = path.write_text('abc')
        >>> digest(path)['bytes'], digest(path)['sha256'][:8]
        (3, 'ba7816bf')
    """
    sha256 = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
    return dict(bytes=path.stat().st_size, sha256=sha256.hexdigest())


def _load(path: Path) -> Any:
    """Content of a JSON file."""
    with path.open('rb') as file:
        content = file.read(_MOST_BYTES + 1)
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError('the file is too large')
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f'{path}: cut short, or no JSON ({error}); copy the bundle again, '
            'or export it again'
        ) from error


def _check_format(content: Any, path: Path) -> None:
    """Check the version, before anything that a new version may change."""
    version = content.get('format') if isinstance(content, dict) else None
    if type(version) is not int or version < 1:
        raise InputError(
            f'{path}: not written by "mmdmr export_onnx": format must be '
            f'{FORMAT}, not {version!r}'
        )
    if version > FORMAT:
        raise InputError(
            f'{path}: the bundle has format {version}, of mmdmr '
            f'{content.get("mmdmr")}, but this mmdmr reads format {FORMAT}: '
            'update mmdmr, or export the bundle again with this mmdmr'
        )


def _check_files(folder: Path, description: BundleDescription) -> None:
    """Check that the files are those that were exported."""
    names = graph_names(description)
    # Names are compared with constants: none leads out of the folder.
    if set(description.files) != set(names):
        raise InputError(
            f'{folder / MANIFEST}: files must be {", ".join(names)}, not '
            f'{", ".join(description.files)}; export the bundle again'
        )
    for name in names:
        path, wanted = folder / name, description.files[name]
        if not path.is_file():
            raise FileNotFoundError(
                f'{path} is missing; copy the bundle again, or export it again'
            )
        given = digest(path)
        if given == wanted:
            continue
        size = wanted.get('bytes') if isinstance(wanted, dict) else None
        raise InputError(
            f'{path}: the file has {given["bytes"]} bytes in place of {size}: '
            'cut short or replaced; copy the bundle again, or export it again'
            if given['bytes'] != size
            else f'{path}: the file was edited or damaged after the export '
            '(its SHA-256 differs); copy the bundle again, or export it again'
        )
