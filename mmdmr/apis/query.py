"""The persons of a picture that are searched for."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from mmdmr.errors import InputError
from mmdmr.inference import Embedder

#: A box in pixels; ``full`` for the whole picture; None for every person that
#: is detected.
QueryBox = Sequence[float] | np.ndarray | Literal['full'] | None


def embed_queries(
    embedder: Embedder, image: np.ndarray, box: QueryBox, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and embeddings of the persons to search for.

    Args:
        embedder (Embedder): Detects and embeds persons.
        image (np.ndarray): (h, w, 3) uint8 picture, BGR.
        box (Sequence[float] | np.ndarray | str | None): ``x1, y1, x2, y2`` of
            one person in pixels; ``'full'`` to take the picture as a crop of
            one person; None for every detected person.
        name (str): Name of the picture, for messages.

    Returns:
        tuple[np.ndarray, np.ndarray]: (n, 4) boxes and (n, D) embeddings of
        unit length.

    Raises:
        InputError: No person is detected, or the box is no box inside the
            picture.
    """
    if box is None:
        persons = embedder.embed([image])
        if not len(persons):
            raise InputError(
                f'{name}: no person was detected; name the box of a person, '
                "or box='full' if the picture shows nothing but one person"
            )
        return persons.boxes, persons.feats
    boxes = query_box(box, image.shape[1], image.shape[0], name)[None]
    return boxes, embedder.embed_boxes(image, boxes)


def query_box(box: QueryBox, width: int, height: int, name: str) -> np.ndarray:
    """Check the box of a query and clip it to the picture.

    Args:
        box (Sequence[float] | np.ndarray | str): ``x1, y1, x2, y2`` in pixels,
            or ``'full'``.
        width (int): Width of the picture in pixels.
        height (int): Height of the picture in pixels.
        name (str): Name of the picture, for messages.

    Returns:
        np.ndarray: (4,) float64 box inside the picture.

    Raises:
        InputError: The box is empty, outside the picture, or not four finite
            numbers.

    Example:
        >>> query_box((-5, 10, 20, 90), 160, 120, 'a.jpg').tolist()
        [0.0, 10.0, 20.0, 90.0]
    """
    if isinstance(box, str):
        if box != 'full':
            raise InputError(
                f"{name}: a box is four numbers, 'full' or None, not {box!r}"
            )
        return np.array([0, 0, width, height], np.float64)
    try:
        given = np.asarray(box, np.float64)
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.shape != (4,) or not np.isfinite(given).all():
        raise InputError(
            f'{name}: a box is x1, y1, x2, y2 in pixels, not {box!r}'
        )
    inside = np.clip(given, 0, [width, height, width, height])
    # Less than a pixel of the picture cannot show anybody.
    if (inside[2:] - inside[:2] < 1).any():
        shown = ', '.join(f'{number:g}' for number in given)
        raise InputError(
            f'{name}: the box {shown} (x1, y1, x2, y2) holds no pixel of the '
            f'picture, which is {width} x {height} pixels'
        )
    return inside
