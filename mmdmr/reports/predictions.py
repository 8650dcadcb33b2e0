"""What the predictions of a run tell: galleries, similarities, queries."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    FalseAlarms,
    PairCounts,
    count_pairs,
    match_identities,
    measure_false_alarms,
    score_search,
)
from mmdmr.evaluation.functional.kept_detections import filter_by_score
from mmdmr.evaluation.loading import Predictions, load_predictions
from mmdmr.files import project_root
from mmdmr.readers.base import NothingToScore
from mmdmr.reports.settings import part_of
from mmdmr.visualization.gallery_curves import SIZES
from mmdmr.visualization.query_entries import order_queries, query_entries
from mmdmr.visualization.search_page import QueryEntry

#: Names of readers by the data sets of configs.
_READERS = {
    'CUHKSYSUDataset': 'cuhk-sysu',
    'PRWDataset': 'prw',
    'CocoPersonSearchDataset': 'coco',
}
#: False alarms per comparison at which thresholds are measured.
RATES = tuple(
    digit * 10.0**power for power in range(-5, 0) for digit in (1, 2, 5)
)


class NoDataset(ValueError):
    """The data set of a run cannot be found."""


@dataclass(frozen=True)
class TestSet:
    """The test split of a run, as its config names it.

    Args:
        dataset (str): Name of the data set in
            :data:`~mmdmr.readers.READERS`.
        data_root (str): Folder of the data set.
        protocols (tuple[str, ...]): Protocols, the headline first.
        test_ann (str | None): Test annotations of the data set ``coco``.
            Defaults to None.
        img_dir (str | None): Folder of the images. Defaults to None: the
            folder of the data set.
    """

    __test__ = False  # no test of pytest

    dataset: str
    data_root: str
    protocols: tuple[str, ...]
    test_ann: str | None = None
    img_dir: str | None = None


class GallerySize(NamedTuple):
    """A search in galleries of one size.

    Args:
        protocol (str): Name of the protocol.
        size (int): Number of gallery images, averaged over the queries.
        metrics (dict[str, float]): ``mAP``, ``top1``, ... in [0, 1].
    """

    protocol: str
    size: int
    metrics: dict[str, float]


@dataclass(frozen=True, eq=False)
class Analysis:
    """What the predictions of a run tell.

    Args:
        protocol (str): Protocol of the queries.
        sizes (list[GallerySize]): The protocols that differ in the size of the
            gallery alone, by rising size; empty unless there are several.
        pairs (PairCounts | None): Pairs of detections by similarity. Defaults
            to None: comparisons are too few.
        alarms (FalseAlarms | None): Thresholds by rate of false alarms.
            Defaults to None.
        worst (list[QueryEntry]): Queries of the lowest average precision.
        best (list[QueryEntry]): Queries of the highest average precision.
        img_paths (list[Path]): Images of the test split; empty if they are
            missing.
        notes (list[str]): What is missing, and why.
    """

    protocol: str
    sizes: list[GallerySize]
    pairs: PairCounts | None = None
    alarms: FalseAlarms | None = None
    worst: list[QueryEntry] = field(default_factory=list)
    best: list[QueryEntry] = field(default_factory=list)
    img_paths: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_test_set(
    settings: dict[str, Any], data_root: str | None = None
) -> TestSet:
    """Find the test split that a config names.

    Args:
        settings (dict[str, Any]): Entries of the config.
        data_root (str | None): Folder of the data set. Defaults to None: the
            folder that the config names, in the working folder or in the
            folder of this package.

    Returns:
        TestSet: The test split.

    Raises:
        NoDataset: The config names no single person-search data set, or its
            folder is missing.

    Example:
        >>> import tempfile
        >>> data = dict(type='mmdmr.PRWDataset', data_root='gone')
        >>> settings = dict(test_dataloader=dict(dataset=data))
        >>> found = find_test_set(settings, tempfile.mkdtemp())
        >>> found.dataset, found.protocols
        ('prw', ('all',))
    """
    data = part_of(settings, 'test_dataloader', 'dataset')
    kind = str(data.get('type', '')).rpartition('.')[2]
    if kind not in _READERS:
        raise NoDataset(
            f'the config tests on {kind or "no data set"}, not on a single '
            'person-search data set'
        )
    dataset = _READERS[kind]
    root = data_root or str(data.get('data_root', ''))
    # As a training finds its data.
    places = [Path(root), project_root() / root]
    found = next((place for place in places if place.is_dir()), None)
    if not root or found is None:
        raise NoDataset(
            f'the folder {root} of the data set is missing; name it with '
            '--data-root'
        )
    default = 'G100' if dataset == 'cuhk-sysu' else 'all'
    protocols = data.get('protocols') or (default,)
    if isinstance(protocols, str):
        protocols = (protocols,)
    ann_file = data.get('ann_file') if dataset == 'coco' else None
    img_dir = part_of(data, 'data_prefix').get('img')
    return TestSet(
        dataset,
        str(found),
        tuple(map(str, protocols)),
        None if ann_file is None else str(ann_file),
        None if img_dir is None else str(img_dir),
    )


def analyse(
    path: Path, test_set: TestSet, num_queries: int, num_matches: int
) -> Analysis:
    """Read the predictions of a run and search with them again.

    Args:
        path (Path): File of ``mmdmr test --dump``.
        test_set (TestSet): The test split.
        num_queries (int): Number of best queries, and of worst queries.
        num_matches (int): Number of matches of each query.

    Returns:
        Analysis: What the predictions tell. Of the embeddings nothing is
        kept.

    Raises:
        FileNotFoundError: A file of the data set is missing.
        InputError: A file is broken, or the predictions are not of this
            test split.
    """
    predictions = _load(path, test_set)
    notes = list(predictions.notes)
    name = test_set.protocols[0]
    protocols = predictions.task.protocols
    scores = {
        each: score_search(
            predictions.detections,
            predictions.query_feats,
            protocol,
            predictions.score_thr,
        )
        for each, protocol in protocols.items()
        if each == name or SIZES.fullmatch(each)
    }
    order = order_queries(scores[name], 'worst')
    chosen = list(order[:num_queries])
    best = [i for i in order[::-1][:num_queries] if i not in chosen]
    worst_entries, best_entries = (
        list(
            query_entries(
                predictions.task,
                protocols[name],
                predictions.detections,
                predictions.query_feats,
                scores[name],
                positions,
                score_thr=predictions.score_thr,
                num_matches=num_matches,
            )
        )
        for positions in (chosen, best)
    )
    try:
        img_paths = predictions.reader.image_paths(
            predictions.task.ground_truth.img_names, test_set.img_dir
        )
    except FileNotFoundError as error:
        img_paths = []
        notes.append(
            f'No pictures of queries: {error.args[0]}. The folder of the '
            'data set is named by --data-root.'
        )
    alarms: FalseAlarms | None = None
    pairs: PairCounts | None = None
    try:
        alarms, pairs = _similarities(predictions)
    except InputError as error:
        notes.append(f'No curve of false alarms: {error}')
    sizes = [
        GallerySize(
            each,
            round(np.mean([len(ids) for ids in protocols[each].galleries])),
            found.metrics,
        )
        for each, found in scores.items()
        if SIZES.fullmatch(each)
    ]
    sizes.sort(key=lambda searched: searched.size)
    return Analysis(
        name,
        sizes if len({s.size for s in sizes}) > 1 else [],
        pairs,
        alarms,
        worst_entries,
        best_entries,
        img_paths,
        notes,
    )


def _load(path: Path, test_set: TestSet) -> Predictions:
    """Read predictions, for CUHK-SYSU with galleries of all sizes."""

    def load(protocols: tuple[str, ...]) -> Predictions:
        return load_predictions(
            path,
            test_set.dataset,
            test_set.data_root,
            protocols,
            test_ann=test_set.test_ann,
        )

    if test_set.dataset == 'cuhk-sysu':
        try:
            return load(('all',))
        except NothingToScore:
            pass  # a part of the data set, in which small galleries are empty
    return load(test_set.protocols)


def _similarities(
    predictions: Predictions,
) -> tuple[FalseAlarms, PairCounts]:
    """Thresholds and counts of pairs, among detections that count."""
    detections = predictions.detections
    person_ids = match_identities(detections, predictions.task.ground_truth)
    rows = filter_by_score(detections, predictions.score_thr).rows
    compared = (
        detections.feats[rows],
        person_ids[rows],
        np.asarray(detections.image_of(rows)),
    )
    alarms = measure_false_alarms(*compared, RATES)
    return alarms, count_pairs(*compared)
