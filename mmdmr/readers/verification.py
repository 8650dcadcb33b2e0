"""Would training on a data set work? Looks at every file of it."""

import hashlib
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps

from mmdmr.readers import Reader
from mmdmr.readers.base import NothingToScore
from mmdmr.readers.units import LIKE_CORNERS, like_corners
from mmdmr.structures import GroundTruth, SearchTask, iou

_NAMED = 3
#: What OpenCV reads as Pillow does.
_USUAL_FORMATS = ('JPEG', 'PNG', 'BMP')
#: With fewer boxes nothing is said of their units.
_FEWEST = 3


@dataclass
class Report:
    """What was found.

    Args:
        counts (dict[str, int]): Number of things by name.
        errors (list[str]): What keeps training or tests from working.
        remarks (list[str]): What is odd, but works.
    """

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    """One image file: upright width and height, digest, EXIF rotation."""

    size: tuple[int, int]
    digest: bytes
    rotated: bool


@dataclass(frozen=True)
class _Split:
    """One split: its name, annotations, folder and declared sizes."""

    name: str
    truth: GroundTruth
    folder: Path
    declared: list[tuple[int, int] | None]

    @property
    def paths(self) -> list[Path]:
        """Files of the images, in order."""
        return [self.folder / name for name in self.truth.img_names]


def verify(
    train: Reader,
    test: Reader,
    img_dir: Path,
    progress: Callable[[Iterable, int], Iterable] = lambda x, n: x,
    workers: int | None = None,
    test_img_dir: Path | None = None,
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
        test_img_dir (Path, optional): Folder of the test images, if they have
            one of their own. Defaults to None.

    Returns:
        Report: An empty list of errors means that training would work.
    """
    report = Report()
    splits: list[_Split] = []
    for name, reader, folder in (
        ('training', train, img_dir),
        ('test', test, test_img_dir or img_dir),
    ):
        try:
            truth = reader.ground_truth()
            _count_split(report, name, truth)
            if reader.test:
                task = _search_task(report, reader, truth)
                _count_queries(report, task)
                truth = _with_queries(task)
        except (OSError, ValueError) as error:
            report.errors.append(f'{name}: {error}')
            continue
        finally:
            report.remarks += [
                f'{name}: {r}' for r in dict.fromkeys(reader.remarks)
            ]
        splits.append(_Split(name, truth, folder, reader.declared_sizes()))
    paths = list(dict.fromkeys(path for s in splits for path in s.paths))
    files = _read_files(report, paths, progress, workers)
    for split in splits:
        _check_boxes(report, split, files)
        _check_units(report, split, files)
        _check_sizes(report, split, files)
    if len(splits) == 2:
        _compare_splits(report, *splits)
    _count_duplicates(report, files)
    return report


def _search_task(
    report: Report, reader: Reader, truth: GroundTruth
) -> SearchTask:
    """Read all protocols; one that cannot be scored is odd, unless it is the
    headline.
    """
    available = list(reader.available_protocols(truth))
    readable, task = available[:1], None
    try:
        task, readable = reader.search_task(truth, available), available
    except NothingToScore:
        for name in available[1:]:
            try:
                reader.search_task(truth, [name])
                readable.append(name)
            except NothingToScore as error:
                report.remarks.append(f'test: {error}')
    report.remarks += [
        f'test: {reader.root} has no protocol {name}, the one that is '
        'published and that configs score'
        for name in reader.published_protocols
        if name not in available
    ]
    return task or reader.search_task(truth, readable)


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
    _note_most_seen(report, split, truth)
    _note_seen_once(report, split, truth)


def _images_of_each(truth: GroundTruth) -> np.ndarray:
    """(p,) number of images that hold an identity."""
    holding = [np.unique(ids[ids >= 0]) for ids in truth.person_ids]
    return np.bincount(np.concatenate([[], *holding]).astype(np.int64))


def _note_seen_once(report: Report, split: str, truth: GroundTruth) -> None:
    """Note where nobody is seen in two images."""
    counts = _images_of_each(truth)
    if len(counts) and counts.max() < 2:
        report.remarks.append(
            f'{split}: no identity is seen in two images, so that what two '
            'pictures of a person have in common cannot be learnt, nor '
            'searched for'
        )


def _note_most_seen(report: Report, split: str, truth: GroundTruth) -> None:
    """Note an identity that is seen far more often than the others: it may
    stand for all who are not named.
    """
    counts = _images_of_each(truth)
    seen = counts[counts > 0]
    if len(seen) < 3:
        return
    most, usual = int(counts.argmax()), float(np.median(seen))
    images = sum((ids >= 0).any() for ids in truth.person_ids)
    if counts[most] > max(5 * usual, 0.3 * images):
        report.remarks.append(
            f'{split}: identity {truth.person_id_names[most]} is seen in '
            f'{counts[most]} of {images} images, others in {usual:g} '
            '(median): if it stands for persons without a name make it -1'
        )


def _count_queries(report: Report, task: SearchTask) -> None:
    """Count queries and those who are searched for."""
    report.counts['queries'] = len(task.queries.img_ids)
    report.counts['queried identities'] = len(
        np.unique(task.queries.person_ids)
    )
    outside = int((~task.ground_truth.in_gallery).sum())
    if outside:
        report.counts['test images outside the gallery'] = outside
    elsewhere = _queries_elsewhere(task)
    if elsewhere:
        report.remarks.append(
            'test: queries that overlap no box of their person in their image '
            f'by half (IoU 0.5): {_some(elsewhere)}'
        )


def _queries_elsewhere(task: SearchTask) -> list[str]:
    """Queries whose box is not of their person, as far as boxes tell."""
    truth, queries = task.ground_truth, task.queries
    found = []
    for i, (img_id, box, person) in enumerate(
        zip(queries.img_ids, queries.boxes, queries.person_ids)
    ):
        own = truth.boxes[img_id][truth.person_ids[img_id] == person]
        # An image that is there for its queries alone may have no boxes.
        labelled = len(own) or truth.in_gallery[img_id]
        if person >= 0 and labelled and not (iou(own, box) >= 0.5).any():
            found.append(f'query {i} in {truth.img_names[img_id]}')
    return found


def _with_queries(task: SearchTask) -> GroundTruth:
    """Annotations to whose boxes those of the queries are added."""
    truth = task.ground_truth
    boxes = list(truth.boxes)
    for img_id, box in zip(task.queries.img_ids, task.queries.boxes):
        boxes[img_id] = np.concatenate([boxes[img_id], box[None]])
    return replace(truth, boxes=boxes)


def _read_files(
    report: Report,
    paths: list[Path],
    progress: Callable,
    workers: int | None,
) -> dict[Path, _File]:
    """Read every image; what cannot be read is an error of the report."""
    there = [os.path.isfile(path) for path in paths]
    missing = [str(p) for p, found in zip(paths, there) if not found]
    if missing:
        report.errors.append(f'missing image files: {_some(missing)}')
    present = [path for path, found in zip(paths, there) if found]
    files, broken = {}, []
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(_read_file, present)
        for path, result in zip(present, progress(results, len(present))):
            if isinstance(result, _File):
                files[path] = result
            else:
                broken.append(f'{path} ({result})')
    if broken:
        report.errors.append(f'unreadable image files: {_some(broken)}')
    report.counts['image files'] = len(files)
    rotated = [path.name for path, file in files.items() if file.rotated]
    report.counts['rotated by EXIF'] = len(rotated)
    if rotated:
        report.remarks.append(
            'images stored rotated and used upright, to which their boxes '
            f'must refer: {_some(rotated)}'
        )
    return files


def _read_file(path: Path) -> _File | str:
    """A :class:`_File`, or a text that says why there is none."""
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            usual = image.format in _USUAL_FORMATS
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            rotated = orientation != 1
            size = (
                ImageOps.exif_transpose(image).size
                if rotated
                else (image.size)
            )
    except Exception as error:  # readers of images fail in many ways
        return str(error).replace(str(path), '').strip() or repr(error)
    if rotated or not usual:
        wrong = _wrong_in_opencv(content, orientation)
        if wrong is not None:
            return f'{wrong}; store it upright, as JPEG or PNG'
    return _File(size, hashlib.sha1(content).digest(), rotated)


def _wrong_in_opencv(content: bytes, orientation: int) -> str | None:
    """Why training would not see a picture as Pillow does, if so."""
    data = np.frombuffer(content, dtype=np.uint8)
    seen = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if seen is None:
        return 'OpenCV, which training uses, cannot read it'
    as_stored = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    stored = Image.fromarray(np.asarray(cv2.imdecode(data, as_stored)))
    stored.getexif()[ExifTags.Base.Orientation] = orientation
    if not np.array_equal(seen, np.asarray(ImageOps.exif_transpose(stored))):
        return (
            'OpenCV, which training uses, does not turn it as its orientation '
            'in EXIF or XMP says'
        )
    return None


def _check_boxes(
    report: Report, split: _Split, files: dict[Path, _File]
) -> None:
    outside, beyond = [], []
    for path, name, boxes in zip(
        split.paths, split.truth.img_names, split.truth.boxes
    ):
        if path not in files or not len(boxes):
            continue
        size = np.array(files[path].size)
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
            f'{split.name} boxes (x1, y1, x2, y2) outside their image: '
            f'{_some(outside)}'
        )
    report.counts[f'{split.name} boxes beyond a border'] = len(beyond)
    if beyond:
        most, where = max(beyond)
        report.remarks.append(
            f'{split.name} boxes that reach beyond their '
            f'image: {len(beyond)}, by {most:g} pixels at '
            f'most ({where})'
        )


def _check_units(
    report: Report, split: _Split, files: dict[Path, _File]
) -> None:
    """Do all boxes look as if they were something else than x, y, w, h in
    pixels?
    """
    boxes = np.concatenate([np.empty((0, 4)), *split.truth.boxes])
    sizes = np.concatenate(
        [
            np.tile(
                files[path].size if path in files else [np.nan] * 2,
                (len(b), 1),
            )
            for path, b in zip(split.paths, split.truth.boxes)
        ]
        or [np.empty((0, 2))]
    )
    known = ~np.isnan(sizes).any(axis=1)
    boxes, sizes = boxes[known], sizes[known]
    if len(boxes) < _FEWEST:
        return
    starts, sides = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    as_given = np.concatenate([starts, sides], axis=1)
    beyond = (boxes[:, 2:] > sizes).any(axis=1).mean()
    may_fit = (sides <= sizes).all()
    if beyond > 0.5 and may_fit and like_corners(as_given, _FEWEST):
        report.errors.append(
            f'{split.name} boxes look like x1, y1, x2, y2: read as x, y, w, h '
            f'{100 * beyond:.0f} % of them reach beyond their image, as '
            'corners none does; give x, y, width and height in pixels'
        )
    elif like_corners(as_given):
        report.remarks.append(f'{split.name}: {LIKE_CORNERS}')
    elif boxes.max() <= 100 and (sizes.min(axis=0) > 150).all():
        report.remarks.append(
            f'{split.name} boxes lie within 100 x 100 pixels, though images '
            f'are {sizes[0, 0]:g} x {sizes[0, 1]:g}: if they are per cent of '
            'the image give pixels'
        )


def _check_sizes(
    report: Report, split: _Split, files: dict[Path, _File]
) -> None:
    other = [
        f'{name} (annotated for {size[0]}x{size[1]}, '
        f'is {files[path].size[0]}x{files[path].size[1]}'
        f'{" after the EXIF rotation" if files[path].rotated else ""})'
        for path, name, size in zip(
            split.paths, split.truth.img_names, split.declared
        )
        if size is not None and path in files and size != files[path].size
    ]
    if other:
        report.errors.append(
            f'{split.name} images of another size than their annotations say, '
            f'so that boxes are in the wrong place: {_some(other)}'
        )


def _compare_splits(report: Report, train: _Split, test: _Split) -> None:
    images = set(train.paths) & set(test.paths)
    if images:
        names = sorted(path.name for path in images)
        report.remarks.append(f'images in both splits: {_some(names)}')
    people = set(train.truth.person_id_names) & set(test.truth.person_id_names)
    if people:
        report.remarks.append(
            'identities in both splits, so that the test is not on unseen '
            f'persons only: {_some(sorted(people))}'
        )


def _count_duplicates(report: Report, files: dict[Path, _File]) -> None:
    counts = Counter(file.digest for file in files.values())
    report.counts['copies of another file'] = len(files) - len(counts)
    groups: dict[bytes, list[str]] = {}
    for path, file in files.items():
        if counts[file.digest] > 1:
            groups.setdefault(file.digest, []).append(path.name)
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
