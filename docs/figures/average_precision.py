"""Draw average_precision.svg: the AP of one query, worked out by hand.

``python docs/figures/average_precision.py``. Similarities, ranks and AP are
those that ``score_search`` gives.
"""

from pathlib import Path

import numpy as np
from svg import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PALE,
    RED,
    VIOLET,
    arrow,
    box,
    page,
    person,
    text,
)

from mmdmr.evaluation.functional import rank_gallery, score_search
from mmdmr.structures import Detections, SearchProtocol

PERSON = np.array([0.0, 0.0, 40.0, 100.0])
#: Half of the person: IoU 0.5 would qualify, this box has 0.3.
PART = np.array([0.0, 0.0, 40.0, 30.0])
OTHER = np.array([200.0, 0.0, 240.0, 100.0])
#: Image, box and similarity to the query of each detection.
DETECTIONS = [
    (0, PERSON, 0.92),
    (0, OTHER, 0.55),
    (1, PART, 0.70),
    (2, PERSON, 0.61),
    (3, OTHER, 0.84),
]
#: Images that hold the person: 0 and 2 (found), 1 (found in part only).
HOLD = [0, 1, 2]
WHY = {
    (3, 0.84): ('another person', 'looks similar'),
    (1, 0.70): ('IoU 0.3 with', 'the person: false'),
    (0, 0.55): ('another person', 'of image a'),
}


def example() -> tuple[Detections, np.ndarray, SearchProtocol]:
    """Detections, embedding of the query, and its gallery of four images."""
    cosine = np.array([similarity for _, _, similarity in DETECTIONS])
    counts = [sum(d[0] == image for d in DETECTIONS) for image in range(4)]
    detections = Detections(
        boxes=np.array([box for _, box, _ in DETECTIONS]),
        scores=np.full(len(DETECTIONS), 0.9),
        feats=np.stack([cosine, np.sqrt(1 - cosine**2)], axis=1),
        offsets=np.cumsum([0, *counts]),
    )
    protocol = SearchProtocol(
        'all',
        query_ids=np.array([0]),
        galleries=[np.arange(4)],
        gt_img_ids=[np.array(HOLD)],
        gt_boxes=[np.tile(PERSON, (len(HOLD), 1))],
    )
    return detections, np.array([1.0, 0.0]), protocol


def draw() -> str:
    """The drawing, as text of SVG."""
    detections, query, protocol = example()
    ranking = rank_gallery(detections, query, protocol, 0)
    score = score_search(detections, query[None], protocol).metrics['mAP']

    shapes = [
        text(95, 36, 'query', BLUE, bold=True),
        box(50, 50, 90, 130, BLUE, PALE[BLUE], line=2.5),
        person(75, 65, BLUE, 2.0),
        arrow('M146 115 H180'),
        text(190, 36, 'ranking', GREY, anchor='start', bold=True),
        text(925, 36, 'not found', VIOLET, bold=True),
        box(870, 50, 110, 130, VIOLET, PALE[VIOLET], True),
        text(925, 98, 'no detection', GREY, 13),
        text(925, 116, 'of image b', GREY, 13),
        text(925, 134, 'counts', GREY, 13),
    ]
    found, parts = 0, []
    for place, (image, similarity, right) in enumerate(
        zip(ranking.img_ids, ranking.similarities, ranking.is_true)
    ):
        x, colour = 190 + place * 132, GREEN if right else RED
        shapes += [
            box(x, 50, 118, 130, colour, PALE[colour], line=2.5),
            text(x + 59, 72, f'rank {place + 1}', bold=True),
            text(x + 59, 94, f'image {"abcd"[image]}', GREY, 13),
            text(x + 59, 114, f'similarity {similarity:.2f}', GREY, 13),
        ]
        if right:
            found += 1
            parts.append((found, place + 1))
            shapes += [
                text(x + 59, 144, 'the person', GREEN, 13, bold=True),
                text(x + 59, 206, 'precision', GREY, 13),
                text(x + 59, 230, f'{found} of {place + 1}', GREEN, bold=True),
            ]
        else:
            first, second = WHY[int(image), round(float(similarity), 2)]
            shapes += [
                text(x + 59, 144, first, RED, 13),
                text(x + 59, 162, second, RED, 13),
            ]
    mean = ' + '.join(f'{hits}/{rank}' for hits, rank in parts)
    recall = f'{found}/{len(HOLD)}'
    by_hand = sum(hits / rank for hits, rank in parts) / found
    shapes += [
        text(925, 206, 'recall', GREY, 13),
        text(925, 230, f'{found} of {len(HOLD)}', VIOLET, bold=True),
        text(
            530,
            276,
            f'AP = mean precision × recall = ({mean}) / {found} × {recall} = '
            f'{by_hand:.3f} × {found / len(HOLD):.3f} = {score:.3f}',
            INK,
            17,
        ),
    ]
    title = 'The average precision of one query'
    return page(title, 1030, 304, shapes)


if __name__ == '__main__':
    Path(__file__).with_suffix('.svg').write_text(draw())
