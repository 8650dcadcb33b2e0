"""Detections and hits as objects of the supervision library."""

from typing import TYPE_CHECKING

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, SearchResult

if TYPE_CHECKING:
    import supervision as sv


def to_supervision(
    persons: Detections | SearchResult,
) -> 'sv.Detections':
    """Turn the persons of one image, or hits, into supervision's detections.

    Args:
        persons (Detections | SearchResult): Persons of one image, from
            ``PersonSearcher.embed``; or a queried person with its hits.

    Returns:
        sv.Detections: Boxes, confidences and class 0, ``person``. Persons
        have ``data['embedding']``, (n, D). Hits have ``data['similarity']``,
        ``'file'``, ``'time'`` and ``'verdict'``, each (n,).

    Raises:
        InputError: The detections are of several images, whose boxes
            supervision could not tell apart.

    Example:
        >>> import numpy as np
        >>> persons = Detections.from_counts(
        ...     np.array([[0., 0., 4., 9.]]), np.array([.9]), np.eye(1), [1])
        >>> to_supervision(persons).xyxy.tolist()
        [[0.0, 0.0, 4.0, 9.0]]
    """
    # The library takes a second to load, which most searches can do without.
    import supervision as sv

    if isinstance(persons, SearchResult):
        hits = persons.hits
        boxes = np.array([hit.box for hit in hits]).reshape(-1, 4)
        scores = np.array([hit.score for hit in hits])
        data = dict(
            similarity=np.array([hit.similarity for hit in hits]),
            file=np.array([str(hit.file or hit.path) for hit in hits]),
            time=np.array(
                [np.nan if hit.time is None else hit.time for hit in hits]
            ),
            verdict=np.array([hit.verdict for hit in hits]),
        )
    elif persons.num_images != 1:
        raise InputError(
            f'persons of {persons.num_images} images cannot be one '
            'supervision.Detections; convert the images one by one'
        )
    else:
        boxes, scores = persons.boxes, persons.scores
        data = dict(embedding=persons.feats)
    num = len(scores)
    return sv.Detections(
        xyxy=boxes.astype(np.float64),
        confidence=scores.astype(np.float64),
        class_id=np.zeros(num, int),
        data={**data, 'class_name': np.full(num, 'person')},
    )
