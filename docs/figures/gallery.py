"""Draw gallery.svg: scenes, detections, embeddings, a query and its ranking.

``python docs/figures/gallery.py``. The ranking is that of ``rank_gallery``.
"""

from pathlib import Path

import numpy as np
from svg import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    RED,
    VIOLET,
    arrow,
    box,
    page,
    person,
    text,
)

from mmdmr.evaluation.functional import rank_gallery
from mmdmr.structures import Detections, SearchProtocol

#: Colours and embeddings of the persons in each scene. The second person of
#: scene 0 is the query; scene 4 is not in the gallery.
SCENES = (
    ((VIOLET, (5, 1, 6)), (BLUE, (8, 2, 1))),
    ((ORANGE, (2, 8, 3)), (BLUE, (7, 3, 1))),
    ((VIOLET, (6, 1, 5)), (INK, (1, 7, 5))),
    ((BLUE, (8, 2, 4)),),
    ((INK, (1, 8, 5)), (VIOLET, (5, 1, 6))),
)
GALLERY, HOLD = [1, 2, 3], [1, 3]
SHADES = ('#f6f8fa', '#c8e1ff', '#79b8ff', '#2188ff', '#044289')
TOP, STEP = 66, 104


def draw() -> str:
    """The drawing, as text of SVG."""
    people = [
        (scene, place, colour, np.array(feat, float))
        for scene, persons in enumerate(SCENES)
        for place, (colour, feat) in enumerate(persons)
    ]
    boxes = [body(place) for _, place, _, _ in people]
    feats = np.stack([feat / np.linalg.norm(feat) for *_, feat in people])
    detections = Detections(
        boxes=np.array(boxes),
        scores=np.full(len(people), 0.9),
        feats=feats,
        offsets=np.cumsum([0, *(len(persons) for persons in SCENES)]),
    )
    protocol = SearchProtocol(
        'shown',
        query_ids=np.array([0]),
        galleries=[np.array(GALLERY)],
        gt_img_ids=[np.array(HOLD)],
        gt_boxes=[np.array([body(1), body(0)])],
    )
    ranking = rank_gallery(detections, feats[1], protocol, 0)

    shapes = [
        text(115, 34, 'test images', GREY, bold=True),
        text(345, 34, 'detections', GREY, bold=True),
        text(500, 34, 'embeddings', GREY, bold=True),
        text(905, 34, 'ranking by similarity', GREY, bold=True),
        box(
            14,
            TOP + STEP - 8,
            592,
            3 * STEP,
            GREEN,
            PALE[GREEN],
            line=2,
        ),
        *(
            text(
                618,
                TOP + 2.5 * STEP - 12 + 18 * line,
                words,
                GREEN,
                13,
                'start',
                bold=True,
            )
            for line, words in enumerate(
                ('gallery of this', 'query, fixed by', 'the protocol')
            )
        ),
    ]
    for scene, persons in enumerate(SCENES):
        y, inside = TOP + scene * STEP, scene in GALLERY
        shapes.append(box(30, y, 170, 88, GREY if inside else FAINT))
        shapes.append(text(40, y + 18, 'qabcd'[scene], GREY, 13, 'start'))
        for place, (colour, _) in enumerate(persons):
            queried = scene == 0 and place == 1
            shapes.append(person(66 + 70 * place, y + 18, colour, 1.2))
            if inside or queried:
                shapes.append(
                    box(
                        60 + 70 * place, y + 12, 36, 72, colour, 'none', line=2
                    )
                )
        if scene == 4:
            shapes += [
                text(216, y + 40, 'not in the list of', GREY, 13, 'start'),
                text(216, y + 58, 'the protocol', GREY, 13, 'start'),
            ]
    for row, (scene, place, colour, _) in enumerate(people):
        if scene in GALLERY:
            middle = centre(scene, place)
            shapes += [
                arrow(f'M204 {TOP + scene * STEP + 44} H240 V{middle} H318'),
                person(337, middle - 19, colour, 0.75),
                arrow(f'M366 {middle} H428'),
                *vector(434, middle, feats[row]),
            ]
    y = centre(0, 1)
    shapes += [
        arrow(f'M172 {y} H318'),
        person(337, y - 19, BLUE, 0.75),
        arrow(f'M366 {y} H428'),
        *vector(434, y, feats[1]),
        text(210, y - 8, 'query', BLUE, 13, 'start', True),
        text(216, TOP + 66, 'its own image', GREY, 13, 'start'),
        text(216, TOP + 82, 'is not searched', GREY, 13, 'start'),
        arrow(f'M572 {y} H905 V{TOP + 58}'),
        text(
            740, y - 8, 'cosine with each embedding of the gallery', BLUE, 13
        ),
        arrow(f'M610 {TOP + 1.5 * STEP} H752'),
    ]
    for place, row in enumerate(ranking.rows):
        scene, _, colour, _ = people[row]
        right = ranking.is_true[place]
        y, frame = TOP + 66 + place * 62, GREEN if right else RED
        shapes += [
            box(760, y, 290, 52, frame, '#ffffff', line=2),
            text(784, y + 31, str(place + 1), bold=True),
            person(806, y + 7, colour, 0.75),
            text(
                836,
                y + 31,
                f'image {"qabcd"[scene]},  similarity '
                f'{ranking.similarities[place]:.2f}',
                GREY,
                13,
                'start',
            ),
            text(
                1036, y + 31, 'right' if right else 'other', frame, 13, 'end'
            ),
        ]
    title = 'From scenes to a ranking: what a gallery is'
    return page(title, 1070, TOP + 5 * STEP + 6, shapes)


def body(place: int) -> np.ndarray:
    """Box of the first or the second person of a scene."""
    return np.array([60.0, 0.0, 96.0, 72.0]) + 70 * place * np.array(
        [1, 0, 1, 0]
    )


def centre(scene: int, place: int) -> float:
    """Height of a person's row."""
    alone = len(SCENES[scene]) == 1 or scene == 0
    return TOP + scene * STEP + (44 if alone else 22 + 44 * place)


def vector(x: float, y: float, feat: np.ndarray) -> list[str]:
    """An embedding as cells, a larger number darker."""
    return [
        f'<rect x="{x + 44 * i:g}" y="{y - 12:g}" width="44" height="24" '
        f'fill="{SHADES[min(int(value * 5), 4)]}" stroke="{GREY}"/>'
        + text(
            x + 44 * i + 22,
            y + 5,
            f'{value:.2f}',
            '#ffffff' if value > 0.6 else INK,
            12,
        )
        for i, value in enumerate(feat)
    ]


if __name__ == '__main__':
    Path(__file__).with_suffix('.svg').write_text(draw())
