"""Would training on a data set work? Looks at every file of it."""

import hashlib
import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Tuple, Union

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps

from mmdmr.readers import Reader
from mmdmr.structures import GroundTruth, SearchTask

_NAMED = 3


@dataclass
class Report:
    """What was found.

    Args:
        counts (dict[str, int]): Number of things by name.
        errors (list[str]): What keeps training or tests from working.
        remarks (list[str]): What is odd, but works.
    """

    counts: Dict[str, int] = field(default_factory=dict)
    errors: List[str] = field(default_factory=list)
    remarks: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    """One image file: upright width and height, digest, EXIF rotation."""

    size: Tuple[int, int]
    digest: bytes
    rotated: bool


def verify(
    train: Reader,
    test: Reader,
    img_dir: Path,
    progress: Callable[[Iterable, int], Iterable] = lambda x, n: x,
    workers: Optional[int] = None,
) -> Report:
    """Check both splits of a data set: annotations, images, boxes.

    Args:
        train (Reader): Reader of the training split.
        test (Reader): Reader of the test split.
        img_dir (Path): Folder of the images.
        progress (Callable): Wraps the images that are walked through, given
            them and their number. Defaults to showing nothing.
        workers (int, optional): Threads that read images. Defaults to
            Python's choice.

    Returns:
        Report: An empty list of errors means that training would work.
    """
    report = Report()
    truths, sizes = {}, {}
    for split, reader in (('training', train), ('test', test)):
        try:
            truth = reader.ground_truth()
            _count_split(report, split, truth)
            if reader.test:
                task = reader.search_task(
                    truth, reader.available_protocols(truth)
                )
                _count_queries(report, task)
                truth = _with_queries(task)
        except (OSError, ValueError) as error:
            report.errors.append(f'{split}: {error}')
            continue
        finally:
            report.remarks += [
                f'{split}: {r}' for r in dict.fromkeys(reader.remarks)
            ]
        truths[split] = truth
        sizes[split] = dict(zip(truth.img_names, reader.declared_sizes()))
    names = list(
        dict.fromkeys(n for t in truths.values() for n in t.img_names)
    )
    files = _read_files(report, img_dir, names, progress, workers)
    for split, truth in truths.items():
        _check_boxes(report, split, truth, files)
        _check_sizes(report, split, sizes[split], files)
    if len(truths) == 2:
        _compare_splits(report, truths['training'], truths['test'])
    _count_duplicates(report, files)
    return report


def _count_split(report: Report, split: str, truth: GroundTruth) -> None:
    """Count images, boxes and identities; none of them may be missing."""
    labelled = np.concatenate([[], *truth.person_ids])
    labelled = labelled[labelled >= 0]
    report.counts[f'{split} images'] = len(truth.img_names)
    report.counts[f'{split} boxes'] = sum(map(len, truth.boxes))
    report.counts[f'{split} labelled boxes'] = len(labelled)
    report.counts[f'{split} identities'] = len(np.unique(labelled))
    for what in ('images', 'boxes', 'identities'):
        if not report.counts[f'{split} {what}']:
            report.errors.append(f'there are no {split} {what}')
            break


def _count_queries(report: Report, task: SearchTask) -> None:
    """Count queries and those who are searched for."""
    report.counts['queries'] = len(task.queries.img_ids)
    report.counts['queried identities'] = len(
        np.unique(task.queries.person_ids)
    )
    outside = int((~task.ground_truth.in_gallery).sum())
    if outside:
        report.counts['test images outside the gallery'] = outside


def _with_queries(task: SearchTask) -> GroundTruth:
    """Annotations to whose boxes those of the queries are added."""
    truth = task.ground_truth
    boxes = list(truth.boxes)
    for img_id, box in zip(task.queries.img_ids, task.queries.boxes):
        boxes[img_id] = np.concatenate([boxes[img_id], box[None]])
    return GroundTruth(
        truth.img_names,
        boxes,
        truth.person_ids,
        truth.cam_ids,
        truth.person_id_names,
    )


def _read_files(
    report: Report,
    img_dir: Path,
    names: List[str],
    progress: Callable,
    workers: Optional[int],
) -> Dict[str, _File]:
    """Read every image; what cannot be read is an error of the report."""
    paths = [img_dir / name for name in names]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        report.errors.append(
            f'missing image files: {_some(map(str, missing))}'
        )
    present = [(n, p) for n, p in zip(names, paths) if p.is_file()]
    files, broken = {}, []
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda item: _read_file(item[1]), present)
        for (name, path), result in zip(
            present, progress(results, len(present))
        ):
            if isinstance(result, _File):
                files[name] = result
            else:
                broken.append(f'{path} ({result})')
    if broken:
        report.errors.append(f'unreadable image files: {_some(broken)}')
    report.counts['image files'] = len(files)
    rotated = [name for name, file in files.items() if file.rotated]
    report.counts['rotated by EXIF'] = len(rotated)
    if rotated:
        report.remarks.append(
            'images stored rotated and used upright, to which their boxes '
            f'must refer: {_some(rotated)}'
        )
    return files


def _read_file(path: Path) -> Union[_File, str]:
    """A :class:`_File`, or a text that says why there is none."""
    content = path.read_bytes()
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            rotated = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
            size = (
                ImageOps.exif_transpose(image).size
                if rotated
                else (image.size)
            )
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
    ) as error:
        return str(error).replace(str(path), '').strip()
    if not cv2.haveImageReader(str(path)):
        return 'OpenCV, which training uses, cannot read this format'
    return _File(size, hashlib.sha1(content).digest(), rotated)


def _check_boxes(
    report: Report, split: str, truth: GroundTruth, files: Dict[str, _File]
) -> None:
    outside, beyond = [], []
    for name, boxes in zip(truth.img_names, truth.boxes):
        if name not in files or not len(boxes):
            continue
        size = np.array(files[name].size)
        none_inside = ((boxes[:, :2] >= size) | (boxes[:, 2:] <= 0)).any(1)
        excess = np.maximum(boxes[:, 2:] - size, -boxes[:, :2]).max(1)
        outside += [f'{name} {box.tolist()}' for box in boxes[none_inside]]
        beyond += [
            (float(e), f'{name} {box.tolist()}')
            for e, box in zip(excess[~none_inside], boxes[~none_inside])
            if e > 0
        ]
    if outside:
        report.errors.append(
            f'{split} boxes (x1, y1, x2, y2) outside their image: '
            f'{_some(outside)}'
        )
    report.counts[f'{split} boxes beyond a border'] = len(beyond)
    if beyond:
        most, where = max(beyond)
        report.remarks.append(
            f'{split} boxes that reach beyond their '
            f'image: {len(beyond)}, by {most:g} pixels at '
            f'most ({where})'
        )


def _check_sizes(
    report: Report,
    split: str,
    declared: Dict[str, Optional[Tuple[int, int]]],
    files: Dict[str, _File],
) -> None:
    other = [
        f'{name} (annotated for {size[0]}x{size[1]}, '
        f'is {files[name].size[0]}x{files[name].size[1]}'
        f'{" after the EXIF rotation" if files[name].rotated else ""})'
        for name, size in declared.items()
        if size is not None and name in files and size != files[name].size
    ]
    if other:
        report.errors.append(
            f'{split} images of another size than their annotations say, so '
            f'that boxes are in the wrong place: {_some(other)}'
        )


def _compare_splits(
    report: Report, train: GroundTruth, test: GroundTruth
) -> None:
    images = set(train.img_names) & set(test.img_names)
    if images:
        report.remarks.append(
            f'images in both splits: {_some(sorted(images))}'
        )
    people = set(train.person_id_names) & set(test.person_id_names)
    if people:
        report.remarks.append(
            'identities in both splits, so that the test is not on unseen '
            f'persons only: {_some(sorted(people))}'
        )


def _count_duplicates(report: Report, files: Dict[str, _File]) -> None:
    counts = Counter(file.digest for file in files.values())
    report.counts['copies of another file'] = len(files) - len(counts)
    groups: Dict[bytes, List[str]] = {}
    for name, file in files.items():
        if counts[file.digest] > 1:
            groups.setdefault(file.digest, []).append(name)
    if groups:
        report.remarks.append(
            'pictures that stand in several files: '
            + _some(' = '.join(group) for group in groups.values())
        )


def _some(items: Iterable[str]) -> str:
    """How many, and the first few by name."""
    items = list(items)
    more = f' and {len(items) - _NAMED} more' if len(items) > _NAMED else ''
    return f'{len(items)} ({", ".join(items[:_NAMED])}{more})'
