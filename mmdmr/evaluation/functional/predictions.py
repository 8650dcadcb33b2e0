"""Anyone's predictions, read from a file and checked."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile

from mmdmr.structures import Detections, GroundTruth, Queries

from .matching import iou

#: A file, or the arrays it would hold.
Source = str | Path | Mapping[str, np.ndarray]
_NAMED = 3
#: What NumPy raises for files that are broken, or of another kind.
_UNREADABLE = (
    *(OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error),
    *(SyntaxError, TokenError, RecursionError),  # of a broken header
)
#: Lengths of embeddings that pass for unit length: half precision rounds.
_UNIT = (0.99, 1.01)


def load_detections(
    source: Source,
    img_names: Sequence[str],
    needed: np.ndarray | None = None,
) -> Detections:
    """Read detections from a file, in the order of a data set.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays: ``img_names``
            (n,), ``num_dets`` (n,), ``dets`` (N, 5) ``x1, y1, x2, y2, score``
            in pixels of the original images, and ``feats`` (N, D) of unit
            length, image by image. Pickled objects are refused.
        img_names (Sequence[str]): The data set's image names.
        needed (np.ndarray, optional): (n,) bool, False for images of the data
            set that the file may lack: they are in no gallery. Defaults to
            None: it must hold all.

    Returns:
        Detections: Detections of the data set's images in their order.

    Raises:
        ValueError: An array is missing, of the wrong shape or not finite, an
            image is missing, unknown or listed twice. The message says which.

    Example:
        >>> import numpy as np
        >>> arrays = dict(img_names=['b.jpg', 'a.jpg'], num_dets=[1, 1],
        ...               dets=[[0, 0, 2, 2, .9], [0, 0, 3, 3, .8]],
        ...               feats=np.eye(2))
        >>> load_detections(arrays, ['a.jpg', 'b.jpg']).scores.tolist()
        [0.8, 0.9]
    """
    label = _label(source)
    names, num_dets, dets, feats = _arrays(
        source, ('img_names', 'num_dets', 'dets', 'feats')
    )
    if names.ndim != 1:
        raise ValueError(
            f'{label}: img_names must be a list of names, but has shape '
            f'{names.shape}'
        )
    if num_dets.shape != names.shape or num_dets.dtype.kind not in 'iu':
        raise ValueError(
            f'{label}: num_dets must be a whole number for each of the '
            f'{len(names)} img_names, but has shape {num_dets.shape} and type '
            f'{num_dets.dtype}'
        )
    # Of unsigned numbers NumPy makes fractions.
    num_dets = num_dets.astype(np.int64)
    if (num_dets < 0).any():
        raise ValueError(f'{label}: num_dets has a number below 0')
    if dets.shape != (num_dets.sum(), 5):
        raise ValueError(
            f'{label}: dets must be x1, y1, x2, y2, score for '
            f'{num_dets.sum()} detections (the sum of num_dets), '
            f'but has shape {dets.shape}'
        )
    if feats.ndim != 2 or len(feats) != len(dets) or not feats.shape[1]:
        raise ValueError(
            f'{label}: feats must have one row for each of '
            f'{len(dets)} detections, but has shape {feats.shape}'
        )
    owners = np.repeat(np.arange(len(names)), num_dets)
    for key, rows in (('dets', dets), ('feats', feats)):
        _check_finite(label, key, rows, lambda row: str(names[owners[row]]))
    order = _order(label, names, img_names, needed)
    present = order >= 0
    counts = np.where(present, np.append(num_dets, 0)[order], 0)
    stored = Detections.from_counts(dets[:, :4], dets[:, 4], feats, num_dets)
    rows = stored.rows_of(order[present])
    # Embeddings already in order stay in place: a copy would double the
    # memory.
    if not np.array_equal(rows, np.arange(len(dets))):
        dets, feats = dets[rows], feats[rows]
    return Detections.from_counts(dets[:, :4], dets[:, 4], feats, counts)


def load_query_feats(
    source: Source, queries: Queries, img_names: Sequence[str]
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
        ValueError: An array is missing, of the wrong shape or not finite, or
            the file's queries are others than the data set's.

    Example:
        >>> import numpy as np
        >>> queries = Queries(np.array([0]), np.array([[0., 0., 2., 2.]]),
        ...                   np.array([5]))
        >>> load_query_feats(
        ...     dict(query_img_names=['a.jpg'], query_boxes=[[0, 0, 2, 2]],
        ...          query_feats=[[1., 0.]]), queries, ['a.jpg']).shape
        (1, 2)
    """
    label = _label(source)
    names, boxes, feats = _arrays(
        source, ('query_img_names', 'query_boxes', 'query_feats')
    )
    num = len(queries.img_ids)
    if not names.ndim == 1 <= min(boxes.ndim, feats.ndim):
        raise ValueError(
            f'{label}: query_img_names must be a list of names, and '
            'query_boxes and query_feats have a row for each, but they have '
            f'shape {names.shape}, {boxes.shape} and {feats.shape}'
        )
    if {len(names), len(boxes), len(feats)} != {num}:
        raise ValueError(
            f'{label}: {len(names)} names, {len(boxes)} boxes and '
            f'{len(feats)} embeddings for {num} queries'
        )
    if boxes.shape != (num, 4) or feats.ndim != 2:
        raise ValueError(
            f'{label}: query_boxes must have shape ({num}, 4) and query_feats '
            f'({num}, D), but have {boxes.shape} and {feats.shape}'
        )
    for key, rows in (('query_boxes', boxes), ('query_feats', feats)):
        _check_finite(
            label, key, rows, lambda row: f'query {row}, {names[row]}'
        )
    for i, img_id in enumerate(queries.img_ids):
        if names[i] != img_names[img_id] or not np.allclose(
            boxes[i], queries.boxes[i], atol=1e-2
        ):
            raise ValueError(
                f'{label}: query {i} is {boxes[i].tolist()} in {names[i]}, '
                f'but {queries.boxes[i].tolist()} in {img_names[img_id]} in '
                'the data set; store the queries in its order'
            )
    return feats


def load_gt_feats(source: Source, num_boxes: int) -> np.ndarray:
    """Read embeddings of the ground-truth boxes from a file.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays: ``gt_feats``
            (N, D), image by image in the data set's order of images and of
            boxes.
        num_boxes (int): Ground-truth boxes of the data set.

    Returns:
        np.ndarray: (N, D) embeddings.

    Raises:
        ValueError: The array is missing, of the wrong shape or not finite.

    Example:
        >>> import numpy as np
        >>> load_gt_feats(dict(gt_feats=np.eye(3)), 3).shape
        (3, 3)
    """
    label = _label(source)
    (feats,) = _arrays(source, ('gt_feats',))
    if feats.ndim != 2 or len(feats) != num_boxes:
        raise ValueError(
            f'{label}: gt_feats must have one row for each of {num_boxes} '
            f'ground-truth boxes, but has shape {feats.shape}'
        )
    _check_finite(label, 'gt_feats', feats, lambda row: f'box {row}')
    return feats


def load_contexts(source: Source) -> str:
    """Read how a file wants contexts to be chosen for context matching.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays; may hold
            ``contexts``, a text.

    Returns:
        str: One of :data:`~.suite.CONTEXTS`; ``stored`` where the file says
        nothing.

    Example:
        >>> load_contexts(dict(contexts='suppressed')), load_contexts({})
        ('suppressed', 'stored')
    """
    try:
        (contexts,) = _arrays(source, ('contexts',))
    except ValueError:
        return 'stored'
    return str(contexts)


def load_score_thr(source: Source) -> float | None:
    """Read the least score of a detection that a file was scored with.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays; may hold
            ``score_thr``, a number.

    Returns:
        float | None: None where the file says nothing.

    Raises:
        ValueError: It is no number.

    Example:
        >>> load_score_thr(dict(score_thr=0.2)), load_score_thr({})
        (0.2, None)
    """
    try:
        (thr,) = _arrays(source, ('score_thr',))
    except ValueError:
        return None
    if thr.shape != () or thr.dtype.kind not in 'iuf' or not 0 <= thr <= 1:
        raise ValueError(
            f'{_label(source)}: score_thr must be one number in [0, 1]'
        )
    return float(thr)


def remarks_on(
    detections: Detections,
    query_feats: np.ndarray,
    ground_truth: GroundTruth,
    gt_feats: np.ndarray | None = None,
    score_thr: float = 0.0,
) -> list[str]:
    """Judge predictions that can be scored, but are probably not meant so.

    Args:
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        ground_truth (GroundTruth): Annotations of the same images.
        gt_feats (np.ndarray, optional): (N, D) embeddings of the ground-truth
            boxes. Defaults to None.
        score_thr (float): Least score of a detection that counts. Defaults to
            0.

    Returns:
        list[str]: What is odd about boxes, scores and the lengths of
        embeddings, for people to read.

    Example:
        >>> import numpy as np
        >>> truth = GroundTruth(('a.jpg',), [np.array([[0., 0., 9., 9.]])],
        ...                     [np.array([0])], np.array([-1]))
        >>> detections = Detections(np.array([[0., 0., 1., 1.]]),
        ...                         np.array([90.]), 2 * np.eye(1),
        ...                         np.array([0, 1]))
        >>> for remark in remarks_on(detections, np.eye(1), truth):
        ...     print(remark.split(':')[0])
        dets
        scores
        feats
    """
    remarks = []
    boxes, scores = detections.boxes, detections.scores
    if not len(boxes):
        remarks.append('dets: there is no detection in any image')
    empty = int((boxes[:, 2:] <= boxes[:, :2]).any(axis=1).sum())
    if empty:
        remarks.append(
            f'dets: {empty} of {len(boxes)} boxes end before they begin: '
            'x1, y1, x2, y2 in pixels are meant, not x, y, width, height'
        )
    corners = np.concatenate([np.empty((0, 4)), *ground_truth.boxes])
    if len(boxes) and len(corners) and boxes.max() <= 1 < corners.max():
        remarks.append(
            'dets: no box reaches beyond 1 pixel: pixels of the original '
            'image are meant, not shares of it'
        )
    elif (
        len(boxes)
        and len(corners)
        and not _any_overlap(detections, ground_truth)
    ):
        remarks.append(
            f'dets: none of {len(boxes)} boxes overlaps a person by half '
            '(IoU 0.5): are they in pixels of the original images, and of '
            'these?'
        )
    if len(scores) and not 0 <= scores.min() <= scores.max() <= 1:
        remarks.append(
            f'scores: they reach from {scores.min():g} to {scores.max():g}; '
            'confidences in [0, 1] are meant'
        )
    if len(scores) and scores.max() < score_thr:
        remarks.append(
            f'scores: none of {len(scores)} detections reaches '
            f'{score_thr:g}, the least that counts, but {scores.max():g} at '
            'most; name another threshold'
        )
    for name, feats in (
        ('feats', detections.feats),
        ('query_feats', query_feats),
        ('gt_feats', gt_feats),
    ):
        if feats is None or not len(feats):
            continue
        if len(feats) > 1 and (feats == feats[0]).all():
            remarks.append(
                f'{name}: all {len(feats)} embeddings are equal, so that '
                'nobody can be told apart'
            )
        lengths = np.sqrt(np.einsum('nd,nd->n', feats, feats, dtype=float))
        lengths = lengths[lengths > 0]  # as where nothing was to be embedded
        low, high = _UNIT
        odd = int(((lengths < low) | (lengths > high)).sum())
        if odd:
            remarks.append(
                f'{name}: {odd} of {len(feats)} embeddings are not of unit '
                f'length, but from {lengths.min():.3g} to '
                f'{lengths.max():.3g}: similarities are inner products, which '
                'these lengths weight; scale them to 1 for the cosine'
            )
    return remarks


def _any_overlap(detections: Detections, ground_truth: GroundTruth) -> bool:
    for i, corners in enumerate(ground_truth.boxes):
        found = detections.boxes[detections.slice_of(i)]
        if (iou(corners[:, None], found[None]) >= 0.5).any():
            return True
    return False


def _order(
    label: str,
    names: np.ndarray,
    img_names: Sequence[str],
    needed: np.ndarray | None,
) -> np.ndarray:
    """(n,) place in the file of each image of the data set, -1 if absent."""
    position = {str(name): i for i, name in enumerate(names)}
    if len(position) != len(names):
        raise ValueError(
            f'{label}: img_names lists an image twice; store each once'
        )
    known = set(img_names)
    unknown = [name for name in position if name not in known]
    if unknown:
        raise ValueError(
            f'{label}: {len(unknown)} of {len(names)} images are not in the '
            f'data set: {", ".join(unknown[:_NAMED])}; leave them out, or '
            'name the right data set'
        )
    order = np.array([position.get(n, -1) for n in img_names], dtype=np.int64)
    missing = order < 0
    if needed is not None:
        missing &= needed
    if missing.any():
        first = [img_names[i] for i in np.flatnonzero(missing)[:_NAMED]]
        raise ValueError(
            f'{label}: {missing.sum()} of {len(img_names)} images of the data '
            f'set are missing: {", ".join(first)}; store every image, with '
            'num_dets 0 where nothing was found'
        )
    return order


def _check_finite(
    label: str, key: str, rows: np.ndarray, where: Callable
) -> None:
    if rows.dtype.kind not in 'iuf':
        raise ValueError(f'{label}: {key} must be numbers, not {rows.dtype}')
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise ValueError(
            f'{label}: {key} holds NaN or infinity in {len(bad)} rows, first '
            f'in row {bad[0]} ({where(bad[0])})'
        )


def _label(source: Source) -> str:
    return 'arrays' if isinstance(source, Mapping) else str(source)


def _arrays(source: Source, keys: Sequence[str]) -> tuple[np.ndarray, ...]:
    if isinstance(source, Mapping):
        return _arrays_of(source, keys, 'arrays')
    try:
        stored = np.load(source, allow_pickle=False)
    except FileNotFoundError:
        raise
    except _UNREADABLE as error:
        # NumPy takes a file of any other kind for pickled objects.
        why = str(error)
        if 'pickled' in why:
            why = 'it is of another kind than numpy.savez writes'
        raise ValueError(
            f'{source}: not a readable .npz file ({why})'
        ) from error
    if not isinstance(stored, NpzFile):
        raise ValueError(
            f'{source}: holds one array; store several by name, np.savez'
        )
    with stored:
        return _arrays_of(stored, keys, str(source))


def _arrays_of(
    stored: Mapping, keys: Sequence[str], label: str
) -> tuple[np.ndarray, ...]:
    missing = [key for key in keys if key not in stored]
    if missing:
        raise ValueError(
            f'{label}: lacks {", ".join(missing)}; it holds '
            f'{", ".join(stored)}'
        )
    arrays = []
    for key in keys:
        try:
            arrays.append(np.asarray(stored[key]))
        except _UNREADABLE as error:
            raise ValueError(f'{label}: {key}: {error}') from error
    return tuple(arrays)
