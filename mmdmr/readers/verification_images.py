"""Verifying image files: readable as in training, and unique."""

import hashlib
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image

from mmdmr.media.images import decode_image
from mmdmr.media.opening import BadMedia

from .verification_report import Report, some_of


@dataclass(frozen=True)
class ImageFile:
    """One image file.

    Args:
        size (tuple[int, int]): Upright width and height in pixels.
        digest (bytes): Digest of the file's content.
        rotated (bool): True if the image is stored rotated, by its EXIF tag.
    """

    size: tuple[int, int]
    digest: bytes
    rotated: bool


def read_files(
    report: Report,
    paths: Sequence[Path],
    progress: Callable[[Iterable, int], Iterable] = lambda x, n: x,
    workers: int | None = None,
) -> dict[Path, ImageFile]:
    """Read every image; an unreadable image is an error of the report.

    Args:
        report (Report): Report, to which counts, errors and notes are added.
        paths (Sequence[Path]): Image files.
        progress (Callable): Wrapper of the loop over images, called with the
            images and their number. Defaults to showing nothing.
        workers (int | None): Number of threads. Defaults to None: Python's
            choice.

    Returns:
        dict[Path, ImageFile]: Readable files by path.
    """
    exists = [os.path.isfile(path) for path in paths]
    missing = [str(path) for path, found in zip(paths, exists) if not found]
    if missing:
        report.errors.append(f'missing image files: {some_of(missing)}')
    present = [path for path, found in zip(paths, exists) if found]
    files, broken = {}, []
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(_read_file, present)
        for path, result in zip(present, progress(results, len(present))):
            if isinstance(result, ImageFile):
                files[path] = result
            else:
                broken.append(f'{path} ({result})')
    if broken:
        report.errors.append(f'unreadable image files: {some_of(broken)}')
    report.counts['image files'] = len(files)
    rotated = [path.name for path, file in files.items() if file.rotated]
    report.counts['rotated by EXIF'] = len(rotated)
    if rotated:
        report.notes.append(
            'images stored rotated and used upright (boxes must refer to '
            f'upright images): {some_of(rotated)}'
        )
    return files


def count_duplicates(report: Report, files: dict[Path, ImageFile]) -> None:
    """Count and note files with the same content.

    Args:
        report (Report): Report, to which count and note are added.
        files (dict[Path, ImageFile]): Files by path.
    """
    counts = Counter(file.digest for file in files.values())
    report.counts['copies of another file'] = len(files) - len(counts)
    groups: dict[bytes, list[str]] = {}
    for path, file in files.items():
        if counts[file.digest] > 1:
            groups.setdefault(file.digest, []).append(path.name)
    if groups:
        report.notes.append(
            'pictures that stand in several files: '
            + some_of(' = '.join(group) for group in groups.values())
        )


def _read_file(path: Path) -> ImageFile | str:
    """Read a file; return an :class:`ImageFile`, or what is wrong."""
    try:
        content = path.read_bytes()
        height, width = decode_image(content, path).shape[:2]
        with Image.open(io.BytesIO(content)) as image:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except BadMedia as error:
        return error.reason
    except Exception as error:  # readers of images fail in many ways
        return str(error).replace(str(path), '').strip() or repr(error)
    return ImageFile(
        (width, height), hashlib.sha1(content).digest(), orientation != 1
    )
