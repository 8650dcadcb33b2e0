"""Making and reading :class:`~mmdmr.structures.Detections`."""

from pathlib import Path
from typing import Mapping, Sequence, Tuple, Union

import numpy as np

from mmdmr.structures import Detections, GroundTruth, Queries


def select(
    detections: Detections, score_thr: float
) -> Tuple[Detections, np.ndarray]:
    """Keep the detections a score threshold keeps.

    Args:
        detections (Detections): N detections.
        score_thr (float): Least score.

    Returns:
        tuple[Detections, np.ndarray]: The M kept ones, and their (M,) rows
        in ``detections``.

    Example:
        >>> import numpy as np
        >>> detections = Detections(np.zeros((2, 4)), np.array([0.9, 0.1]),
        ...                         np.eye(2), np.array([0, 1, 2]))
        >>> kept, rows = select(detections, 0.5)
        >>> kept.offsets.tolist(), rows.tolist()
        ([0, 1, 1], [0])
    """
    rows = np.flatnonzero(detections.scores >= score_thr)
    return Detections(
        boxes=detections.boxes[rows],
        scores=detections.scores[rows],
        feats=detections.feats[rows],
        offsets=np.searchsorted(rows, detections.offsets),
    ), rows


def rows_of(offsets: np.ndarray, img_ids: np.ndarray) -> np.ndarray:
    """Rows that some images own, image by image.

    Args:
        offsets (np.ndarray): (n + 1,) as in
            :class:`~mmdmr.structures.Detections`.
        img_ids (np.ndarray): (m,) image indices, in any order.

    Returns:
        np.ndarray: Rows, in the order of ``img_ids``.

    Example:
        >>> import numpy as np
        >>> rows_of(np.array([0, 2, 2, 5]), np.array([2, 0, 1])).tolist()
        [2, 3, 4, 0, 1]
    """
    starts = offsets[img_ids]
    counts = offsets[np.asarray(img_ids) + 1] - starts
    before = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(starts - before, counts)


def gt_as_detections(
    ground_truth: GroundTruth, feats: np.ndarray
) -> Detections:
    """Ground-truth boxes as detections of score 1.

    Searching them bounds what identification alone can reach.

    Args:
        ground_truth (GroundTruth): Annotations with N boxes in all.
        feats (np.ndarray): (N, D) embeddings of the boxes, image by image in
            their order.

    Returns:
        Detections: N detections.

    Raises:
        ValueError: There is not one embedding per box.

    Example:
        >>> import numpy as np
        >>> truth = GroundTruth(('a.jpg', 'b.jpg'),
        ...                     [np.zeros((1, 4)), np.zeros((0, 4))],
        ...                     [np.array([0]), np.array([], dtype=int)],
        ...                     np.array([-1, -1]))
        >>> gt_as_detections(truth, np.eye(1)).offsets.tolist()
        [0, 1, 1]
    """
    counts = [len(boxes) for boxes in ground_truth.boxes]
    if len(feats) != sum(counts):
        raise ValueError(
            f'{len(feats)} embeddings for {sum(counts)} '
            'ground-truth boxes; embed each box once'
        )
    return Detections(
        boxes=np.concatenate([np.empty((0, 4)), *ground_truth.boxes]),
        scores=np.ones(len(feats)),
        feats=feats,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )


def load_detections(
    source: Union[str, Path, Mapping[str, np.ndarray]],
    img_names: Sequence[str],
) -> Detections:
    """Read detections from a file, in the order of a data set.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays: ``img_names``
            (n,), ``num_dets`` (n,), ``dets`` (N, 5) ``x1, y1, x2, y2, score``
            and ``feats`` (N, D), image by image.
        img_names (Sequence[str]): The data set's image names.

    Returns:
        Detections: Detections of the data set's images in their order; the
        file's other images are left out.

    Raises:
        ValueError: An array is missing or of the wrong shape, or an image of
            the data set is not in the file.

    Example:
        >>> import numpy as np
        >>> arrays = dict(img_names=['b.jpg', 'a.jpg'], num_dets=[1, 1],
        ...               dets=[[0, 0, 2, 2, .9], [0, 0, 3, 3, .8]],
        ...               feats=np.eye(2))
        >>> load_detections(arrays, ['a.jpg', 'b.jpg']).scores.tolist()
        [0.8, 0.9]
    """
    stored_names, num_dets, dets, feats = _arrays(
        source, ('img_names', 'num_dets', 'dets', 'feats')
    )
    label = _label(source)
    if len(num_dets) != len(stored_names):
        raise ValueError(
            f'{label}: num_dets has {len(num_dets)} entries for '
            f'{len(stored_names)} img_names'
        )
    if dets.shape != (num_dets.sum(), 5):
        raise ValueError(
            f'{label}: dets must be x1, y1, x2, y2, score for '
            f'{num_dets.sum()} detections (the sum of num_dets), '
            f'but has shape {dets.shape}'
        )
    if feats.ndim != 2 or len(feats) != len(dets):
        raise ValueError(
            f'{label}: feats must have one row for each of '
            f'{len(dets)} detections, but has shape '
            f'{feats.shape}'
        )
    position = {str(name): i for i, name in enumerate(stored_names)}
    if len(position) != len(stored_names):
        raise ValueError(
            f'{label}: img_names lists an image twice; store each once'
        )
    missing = [name for name in img_names if name not in position]
    if missing:
        raise ValueError(
            f'{label}: {len(missing)} of {len(img_names)} images of the data '
            f'set are missing, {missing[0]} first; store every image, with '
            'num_dets 0 where nothing was found'
        )
    order = np.array([position[name] for name in img_names], dtype=np.int64)
    rows = rows_of(np.concatenate([[0], np.cumsum(num_dets)]), order)
    return Detections(
        boxes=dets[rows, :4],
        scores=dets[rows, 4],
        feats=feats[rows],
        offsets=np.concatenate([[0], np.cumsum(num_dets[order])]),
    )


def load_query_feats(
    source: Union[str, Path, Mapping[str, np.ndarray]],
    queries: Queries,
    img_names: Sequence[str],
) -> np.ndarray:
    """Read the queries' embeddings from a file.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays:
            ``query_img_names`` (q,), ``query_boxes`` (q, 4) and
            ``query_feats`` (q, D), in the order of the data set's queries.
        queries (Queries): The data set's queries.
        img_names (Sequence[str]): The data set's image names.

    Returns:
        np.ndarray: (q, D) embeddings.

    Raises:
        ValueError: An array is missing, or the file's queries are others
            than the data set's.

    Example:
        >>> import numpy as np
        >>> queries = Queries(np.array([0]), np.array([[0., 0., 2., 2.]]),
        ...                   np.array([5]))
        >>> load_query_feats(
        ...     dict(query_img_names=['a.jpg'], query_boxes=[[0, 0, 2, 2]],
        ...          query_feats=[[1., 0.]]), queries, ['a.jpg']).shape
        (1, 2)
    """
    names, boxes, feats = _arrays(
        source, ('query_img_names', 'query_boxes', 'query_feats')
    )
    num = len(queries.img_ids)
    if {len(names), len(boxes), len(feats)} != {num}:
        raise ValueError(
            f'{_label(source)}: {len(names)} names, {len(boxes)} '
            f'boxes and {len(feats)} embeddings for {num} '
            'queries'
        )
    for i, img_id in enumerate(queries.img_ids):
        if names[i] != img_names[img_id] or not np.allclose(
            boxes[i], queries.boxes[i], atol=1e-2
        ):
            raise ValueError(
                f'{_label(source)}: query {i} is {boxes[i].tolist()} in '
                f'{names[i]}, but {queries.boxes[i].tolist()} in '
                f'{img_names[img_id]} in the data set; store the queries in '
                'its order'
            )
    return feats


def _label(source: Union[str, Path, Mapping]) -> str:
    return 'arrays' if isinstance(source, Mapping) else str(source)


def _arrays(
    source: Union[str, Path, Mapping], keys: Sequence[str]
) -> Tuple[np.ndarray, ...]:
    if not isinstance(source, Mapping):
        with np.load(source) as stored:
            return _arrays_of(stored, keys, _label(source))
    return _arrays_of(source, keys, _label(source))


def _arrays_of(
    stored: Mapping, keys: Sequence[str], label: str
) -> Tuple[np.ndarray, ...]:
    missing = [key for key in keys if key not in stored]
    if missing:
        raise ValueError(
            f'{label}: lacks {", ".join(missing)}; it holds '
            f'{", ".join(stored)}'
        )
    return tuple(np.asarray(stored[key]) for key in keys)
