"""Verification of a data set before training and tests."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth, SearchTask, iou

from .base import NothingToScore, Reader
from .verification_boxes import Split, check_boxes, check_sizes, check_units
from .verification_images import count_duplicates, read_files
from .verification_report import Report, some_of


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
        progress (Callable): Wrapper of the loop over images, called with the
            images and their number. Defaults to showing nothing.
        workers (int | None): Number of threads that read images. Defaults to
            None: Python's choice.
        test_img_dir (Path | None): Folder of the test images. Defaults to
            None: ``img_dir``.

    Returns:
        Report: Findings; without errors, training and tests would work.
    """
    report = Report()
    splits: list[Split] = []
    for name, reader, folder in (
        ('training', train, img_dir),
        ('test', test, test_img_dir or img_dir),
    ):
        try:
            truth = reader.ground_truth()
            reader.check_inside(truth.img_names, folder)
            _count_split(report, name, truth)
            if reader.test:
                task = _search_task(report, reader, truth)
                _count_queries(report, task)
                truth = _with_queries(task)
        except (OSError, InputError) as error:
            report.errors.append(f'{name}: {error}')
            continue
        finally:
            report.notes += [
                f'{name}: {note}' for note in dict.fromkeys(reader.notes)
            ]
        splits.append(Split(name, truth, folder, reader.declared_sizes()))
    paths = list(dict.fromkeys(path for s in splits for path in s.paths))
    files = read_files(report, paths, progress, workers)
    for split in splits:
        check_boxes(report, split, files)
        check_units(report, split, files)
        check_sizes(report, split, files)
    if len(splits) == 2:
        _compare_splits(report, *splits)
    count_duplicates(report, files)
    return report


def _search_task(
    report: Report, reader: Reader, truth: GroundTruth
) -> SearchTask:
    """Read all protocols.

    The headline must have positives; any other protocol without positives is
    noted.
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
                report.notes.append(f'test: {error}')
    report.notes += [
        f'test: {reader.root} has no protocol {name}, which papers and '
        'configs score'
        for name in reader.published_protocols
        if name not in available
    ]
    return task or reader.search_task(truth, readable)


def _count_split(report: Report, split: str, truth: GroundTruth) -> None:
    """Count images, boxes and identities; no count may be 0."""
    labelled = np.concatenate([[], *truth.person_ids])
    labelled = labelled[labelled >= 0]
    report.counts[f'{split} images'] = len(truth.img_names)
    report.counts[f'{split} boxes'] = sum(map(len, truth.boxes))
    report.counts[f'{split} labelled boxes'] = len(labelled)
    report.counts[f'{split} identities'] = len(np.unique(labelled))
    for what in ('images', 'boxes', 'identities'):
        if not report.counts[f'{split} {what}']:
            report.errors.append(f'the {split} split has no {what}')
            break
    counts = _images_of_each(truth)
    _note_most_seen(report, split, truth, counts)
    _note_seen_once(report, split, counts)


def _images_of_each(truth: GroundTruth) -> np.ndarray:
    """(p,) number of images that hold an identity."""
    holding = [np.unique(ids[ids >= 0]) for ids in truth.person_ids]
    return np.bincount(np.concatenate([[], *holding]).astype(np.int64))


def _note_seen_once(report: Report, split: str, counts: np.ndarray) -> None:
    """Note a split in which each identity is seen in one image."""
    if len(counts) and counts.max() < 2:
        report.notes.append(
            f'{split}: no identity is seen in two images, so that persons '
            'can be neither learnt from pairs of images nor searched for'
        )


def _note_most_seen(
    report: Report, split: str, truth: GroundTruth, counts: np.ndarray
) -> None:
    """Note an identity that is seen far more often than other identities.

    Such an identity may stand for all persons without a name.
    """
    seen = counts[counts > 0]
    if len(seen) < 3:
        return
    most, usual = int(counts.argmax()), float(np.median(seen))
    images = sum((ids >= 0).any() for ids in truth.person_ids)
    if counts[most] > max(5 * usual, 0.3 * images):
        report.notes.append(
            f'{split}: identity {truth.person_id_names[most]} is seen in '
            f'{counts[most]} of {images} images, other identities in '
            f'{usual:g} (median): if this identity stands for persons '
            'without a name, make it -1'
        )


def _count_queries(report: Report, task: SearchTask) -> None:
    """Count queries and their identities; note boxes of another person."""
    report.counts['queries'] = len(task.queries.img_ids)
    report.counts['queried identities'] = len(
        np.unique(task.queries.person_ids)
    )
    outside = int((~task.ground_truth.in_gallery).sum())
    if outside:
        report.counts['test images outside the gallery'] = outside
    elsewhere = _queries_elsewhere(task)
    if elsewhere:
        report.notes.append(
            'test: queries that overlap no box of their person in their image '
            f'by half (IoU 0.5): {some_of(elsewhere)}'
        )


def _queries_elsewhere(task: SearchTask) -> list[str]:
    """Queries that overlap no box of their person."""
    truth, queries = task.ground_truth, task.queries
    found = []
    for i, (img_id, box, person) in enumerate(
        zip(queries.img_ids, queries.boxes, queries.person_ids)
    ):
        own = truth.boxes[img_id][truth.person_ids[img_id] == person]
        # An image that is listed for its queries alone may have no boxes.
        labelled = len(own) or truth.in_gallery[img_id]
        if person >= 0 and labelled and not (iou(own, box) >= 0.5).any():
            found.append(f'query {i} in {truth.img_names[img_id]}')
    return found


def _with_queries(task: SearchTask) -> GroundTruth:
    """Annotations with the boxes of the queries beside their own."""
    truth = task.ground_truth
    boxes = list(truth.boxes)
    for img_id, box in zip(task.queries.img_ids, task.queries.boxes):
        boxes[img_id] = np.concatenate([boxes[img_id], box[None]])
    return replace(truth, boxes=boxes)


def _compare_splits(report: Report, train: Split, test: Split) -> None:
    """Note images and identities that both splits hold."""
    images = set(train.paths) & set(test.paths)
    if images:
        names = sorted(path.name for path in images)
        report.notes.append(f'images in both splits: {some_of(names)}')
    people = set(train.truth.person_id_names) & set(test.truth.person_id_names)
    if people:
        report.notes.append(
            'identities in both splits, so that the test is not on unseen '
            f'persons only: {some_of(sorted(people))}'
        )
