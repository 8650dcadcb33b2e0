"""Predictions of any method, read from a file and checked."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile

from mmdmr.errors import InputError
from mmdmr.structures import Detections, Queries
from mmdmr.structures.detections import all_finite
from mmdmr.unpacking import check_zip

#: Path of an .npz file, or the arrays of one by name.
Source = str | Path | Mapping[str, np.ndarray]
#: Number of images that a message names.
_NAMED = 3
#: Errors of NumPy for files that are broken or no .npz.
_UNREADABLE = (
    *(OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error),
    # of a broken header, or of one that claims more than there is
    *(SyntaxError, TokenError, RecursionError, MemoryError),
    RuntimeError,  # of an archive with a password or of another packing
)


def load_detections(
    source: Source,
    img_names: Sequence[str],
    needed: np.ndarray | None = None,
) -> Detections:
    """Read detections from a file, in the image order of a data set.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays: ``img_names``
            (n,) and ``num_dets`` (n,) per image; ``dets`` (N, 5) ``x1, y1,
            x2, y2, score`` in pixels of the original images and ``feats``
            (N, D) of unit length, image by image. Pickled objects are
            refused.
        img_names (Sequence[str]): Image names of the data set.
        needed (np.ndarray | None): (n,) bool, False for an image of the data
            set that is in no gallery and that the file may lack. Defaults to
            None: the file must hold all images.

    Returns:
        Detections: Detections of the data set's images in their order.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: An array is missing, of the wrong shape or not finite; or
            an image is missing, unknown or listed twice. The message names
            file, array and image.

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
        raise InputError(
            f'{label}: img_names must be a list of names, but has shape '
            f'{names.shape}'
        )
    if num_dets.shape != names.shape or num_dets.dtype.kind not in 'iu':
        raise InputError(
            f'{label}: num_dets must be a whole number for each of the '
            f'{len(names)} img_names, but has shape {num_dets.shape} and type '
            f'{num_dets.dtype}'
        )
    # Differences of unsigned numbers would wrap.
    num_dets = num_dets.astype(np.int64)
    if (num_dets < 0).any():
        raise InputError(f'{label}: num_dets has a number below 0')
    if dets.shape != (num_dets.sum(), 5):
        raise InputError(
            f'{label}: dets must be x1, y1, x2, y2, score for '
            f'{num_dets.sum()} detections (the sum of num_dets), '
            f'but has shape {dets.shape}'
        )
    if feats.ndim != 2 or len(feats) != len(dets) or not feats.shape[1]:
        raise InputError(
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
    """Read embeddings of the queries from a file.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays:
            ``query_img_names`` (q,), ``query_boxes`` (q, 4) and
            ``query_feats`` (q, D), in the order of the data set's queries.
        queries (Queries): Queries of the data set.
        img_names (Sequence[str]): Image names of the data set.

    Returns:
        np.ndarray: (q, D) embeddings.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: An array is missing, of the wrong shape or not finite, or
            image or box of a query differs from the data set's.

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
        raise InputError(
            f'{label}: query_img_names must be a list of names, and '
            'query_boxes and query_feats have a row for each, but they have '
            f'shape {names.shape}, {boxes.shape} and {feats.shape}'
        )
    if {len(names), len(boxes), len(feats)} != {num}:
        raise InputError(
            f'{label}: {len(names)} names, {len(boxes)} boxes and '
            f'{len(feats)} embeddings for {num} queries'
        )
    if boxes.shape != (num, 4) or feats.ndim != 2:
        raise InputError(
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
            raise InputError(
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
        num_boxes (int): Number of ground-truth boxes of the data set.

    Returns:
        np.ndarray: (N, D) embeddings.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The array is missing, of the wrong shape or not finite.

    Example:
        >>> import numpy as np
        >>> load_gt_feats(dict(gt_feats=np.eye(3)), 3).shape
        (3, 3)
    """
    label = _label(source)
    (feats,) = _arrays(source, ('gt_feats',))
    if feats.ndim != 2 or len(feats) != num_boxes:
        raise InputError(
            f'{label}: gt_feats must have one row for each of {num_boxes} '
            f'ground-truth boxes, but has shape {feats.shape}'
        )
    _check_finite(label, 'gt_feats', feats, lambda row: f'box {row}')
    return feats


def load_contexts(source: Source) -> str:
    """Read the choice of contexts for CBGM that a file asks for.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays; may hold
            the text ``contexts``.

    Returns:
        str: One of :data:`~.options.CONTEXTS`; ``stored`` if the file holds
            no text.

    Example:
        >>> load_contexts(dict(contexts='suppressed')), load_contexts({})
        ('suppressed', 'stored')
    """
    try:
        (contexts,) = _arrays(source, ('contexts',))
    except _MissingArray:
        return 'stored'
    return str(contexts)


def load_fingerprint(source: Source) -> str:
    """Read the fingerprint of the model that made a file.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays; may hold
            the text ``model_fingerprint``.

    Returns:
        str: Fingerprint, see :class:`~mmdmr.structures.ModelInfo`; '' if the
            file holds none.

    Example:
        >>> load_fingerprint(dict(model_fingerprint='ab12'))
        'ab12'
    """
    try:
        (fingerprint,) = _arrays(source, ('model_fingerprint',))
    except _MissingArray:
        return ''
    return str(fingerprint)


def load_score_thr(source: Source) -> float | None:
    """Read the least score of a detection that a file was scored with.

    Args:
        source (str | Path | Mapping): An ``.npz`` or its arrays; may hold
            the number ``score_thr``.

    Returns:
        float | None: Threshold in [0, 1]; None if the file holds none.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The array is not one number in [0, 1].

    Example:
        >>> load_score_thr(dict(score_thr=0.2)), load_score_thr({})
        (0.2, None)
    """
    try:
        (thr,) = _arrays(source, ('score_thr',))
    except _MissingArray:
        return None
    if thr.shape != () or thr.dtype.kind not in 'iuf' or not 0 <= thr <= 1:
        raise InputError(
            f'{_label(source)}: score_thr must be one number in [0, 1]'
        )
    return float(thr)


def _order(
    label: str,
    names: np.ndarray,
    img_names: Sequence[str],
    needed: np.ndarray | None,
) -> np.ndarray:
    """(n,) position in the file of each image of the data set, or -1."""
    position = {str(name): i for i, name in enumerate(names)}
    if len(position) != len(names):
        raise InputError(
            f'{label}: img_names lists an image twice; store each once'
        )
    known = set(img_names)
    unknown = [name for name in position if name not in known]
    if unknown:
        raise InputError(
            f'{label}: {len(unknown)} of {len(names)} images are not in the '
            f'data set: {", ".join(unknown[:_NAMED])}; leave these images '
            'out, or name the right data set'
        )
    order = np.array([position.get(n, -1) for n in img_names], dtype=np.int64)
    missing = order < 0
    if needed is not None:
        missing &= needed
    if missing.any():
        first = [img_names[i] for i in np.flatnonzero(missing)[:_NAMED]]
        raise InputError(
            f'{label}: {missing.sum()} of {len(img_names)} images of the data '
            f'set are missing: {", ".join(first)}; store every image, with '
            'num_dets 0 where nothing was found'
        )
    return order


def _check_finite(
    label: str, key: str, rows: np.ndarray, where: Callable
) -> None:
    """Check the rows of an array; ``where`` names the owner of a row."""
    if rows.dtype.kind not in 'iuf':
        raise InputError(f'{label}: {key} must be numbers, not {rows.dtype}')
    # Flags of all numbers would take a quarter of the memory of the rows.
    if not all_finite(rows):
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        raise InputError(
            f'{label}: {key} holds NaN or infinity in {len(bad)} rows, first '
            f'in row {bad[0]} ({where(bad[0])})'
        )


class _MissingArray(InputError):
    """A source has no array of a name."""


def _label(source: Source) -> str:
    return 'arrays' if isinstance(source, Mapping) else str(source)


def _arrays(source: Source, keys: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Arrays of a source by name, in the order of the names."""
    if isinstance(source, Mapping):
        return _arrays_of(source, keys, 'arrays')
    try:
        check_zip(source)
        stored = np.load(source, allow_pickle=False)
    except (FileNotFoundError, InputError):
        raise
    except _UNREADABLE as error:
        # NumPy takes a file of any other kind for pickled objects.
        why = str(error)
        if 'pickled' in why:
            why = 'the file is of another kind than numpy.savez writes'
        raise InputError(
            f'{source}: not a readable .npz file ({why})'
        ) from error
    if not isinstance(stored, NpzFile):
        raise InputError(
            f'{source}: holds one array; store several by name, np.savez'
        )
    with stored:
        return _arrays_of(stored, keys, str(source))


def _arrays_of(
    stored: Mapping, keys: Sequence[str], label: str
) -> tuple[np.ndarray, ...]:
    missing = [key for key in keys if key not in stored]
    if missing:
        raise _MissingArray(
            f'{label}: lacks {", ".join(missing)}; the arrays are '
            f'{", ".join(stored)}'
        )
    arrays = []
    for key in keys:
        try:
            arrays.append(np.asarray(stored[key]))
        except _UNREADABLE as error:
            raise InputError(f'{label}: {key}: {error}') from error
    return tuple(arrays)
