"""Query rules of own data, which choose queries among labelled boxes."""

import numpy as np

from mmdmr.structures import GroundTruth, Queries

from .galleries import appearances

#: Names of the rules.
QUERY_RULES = ('per-camera', 'all')


def choose_queries(
    ground_truth: GroundTruth, rule: str = 'per-camera'
) -> Queries:
    """Choose queries among the labelled boxes.

    A box is a query only if its person is seen in another image of the
    gallery too.

    Args:
        ground_truth (GroundTruth): Annotations of the test images.
        rule (str): ``per-camera``: for each identity and camera its largest
            box, the first on ties; images without camera count as one
            camera. ``all``: every labelled box. Defaults to 'per-camera'.

    Returns:
        Queries: Sorted by identity, then image.

    Example:
        >>> import numpy as np
        >>> small, large = [0., 0., 5., 9.], [0., 0., 9., 20.]
        >>> truth = GroundTruth(
        ...     ('a.jpg', 'b.jpg'), [np.array([small]), np.array([large])],
        ...     [np.array([0]), np.array([0])], np.array([1, 1]))
        >>> choose_queries(truth).img_ids.tolist()
        [1]
        >>> choose_queries(truth, 'all').img_ids.tolist()
        [0, 1]
    """
    img_ids, boxes, ids = [], [], []
    for person_id, (images, seen) in sorted(appearances(ground_truth).items()):
        # Number of gallery images with the person, beside the query's own.
        in_gallery = ground_truth.in_gallery[images]
        able = np.flatnonzero(in_gallery.sum() - in_gallery > 0)
        if person_id < 0 or not len(able):
            continue
        if rule == 'per-camera':
            sides = seen[able, 2:] - seen[able, :2]
            largest_first = able[
                np.argsort(-sides.prod(axis=1), kind='stable')
            ]
            cams = ground_truth.cam_ids[images[largest_first]]
            _, first = np.unique(cams, return_index=True)
            able = np.sort(largest_first[first])
        img_ids += images[able].tolist()
        boxes.append(seen[able])
        ids += [person_id] * len(able)
    return Queries(
        img_ids=np.array(img_ids, dtype=np.int64),
        boxes=np.concatenate([np.empty((0, 4)), *boxes]),
        person_ids=np.array(ids, dtype=np.int64),
    )
