"""Draws docs/figures/person_search.jpg from what "make demo" left behind.

.venv/bin/python docs/figures/person_search.py [--query N]
"""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmdmr.evaluation.functional import (
    load_detections,
    load_query_feats,
    rank_gallery,
)
from mmdmr.readers import CUHKSYSUReader

SCENE = (384, 256)
GAP, TOP, LEFT = 14, 40, 210
INK, GREY = (45, 45, 45), (150, 150, 150)
QUERY, FOUND = (60, 90, 200), (20, 150, 50)
SMALL, LARGE = (ImageFont.load_default(size) for size in (15, 19))


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('--data-root', default='data/synthetic', type=Path)
    parser.add_argument('--results', default='work_dirs/demo/results.npz')
    parser.add_argument('--query', type=int, default=80)
    args = parser.parse_args()

    reader = CUHKSYSUReader(args.data_root, test=True)
    task = reader.search_task(reader.ground_truth(), ['full'])
    names = task.ground_truth.img_names
    with np.load(args.results) as results:
        detections = load_detections(results, names)
        feats = load_query_feats(results, task.queries, names)
    ranking = rank_gallery(
        detections, feats[args.query], task.protocols['full'], args.query
    )
    scenes = list(dict.fromkeys(ranking.img_ids.tolist()))[:4]

    def picture(img_id: int) -> Image.Image:
        path = args.data_root / 'Image/SSM' / names[img_id]
        return Image.open(path).convert('RGB')

    width = LEFT + 2 * (SCENE[0] + GAP)
    height = TOP + 2 * (SCENE[1] + GAP)
    sheet = Image.new('RGB', (width, height), 'white')
    draw = ImageDraw.Draw(sheet)
    draw.text((LEFT / 2, 12), 'query', QUERY, LARGE, 'ma')
    draw.text(
        ((LEFT + width) / 2, 12),
        'gallery: whole scenes; everybody is detected and embedded',
        INK,
        LARGE,
        'ma',
    )
    box = task.queries.boxes[args.query]
    crop = picture(task.queries.img_ids[args.query]).crop(tuple(box))
    scale = min(140 / crop.width, 300 / crop.height)
    crop = crop.resize((round(crop.width * scale), round(crop.height * scale)))
    x, y = round(LEFT / 2 - crop.width / 2) - 6, TOP + 60
    frame = (x - 6, y - 6, x + crop.width + 5, y + crop.height + 5)
    draw.rectangle(frame, QUERY)
    sheet.paste(crop, (x, y))
    draw.text(
        (LEFT / 2 - 6, frame[3] + 12),
        'Where is this\nperson?',
        INK,
        SMALL,
        'ma',
        align='center',
    )
    middle = (frame[1] + frame[3]) / 2
    draw.line((frame[2] + 8, middle, LEFT - 14, middle), QUERY, 4)
    draw.polygon(
        [(LEFT - 6, middle), (LEFT - 20, middle - 8), (LEFT - 20, middle + 8)],
        QUERY,
    )
    for place, img_id in enumerate(scenes):
        corner = (
            LEFT + place % 2 * (SCENE[0] + GAP),
            TOP + place // 2 * (SCENE[1] + GAP),
        )
        sheet.paste(picture(img_id).resize(SCENE), corner)
        rows = np.arange(*detections.offsets[img_id : img_id + 2])
        similarities = detections.feats[rows] @ feats[args.query]
        # The best last, so that no other box covers it.
        for i in np.argsort(similarities):
            draw_box(
                draw,
                detections.boxes[rows[i]] + np.tile(corner, 2),
                similarities[i],
                FOUND if i == similarities.argmax() else GREY,
                4 if i == similarities.argmax() else 2,
            )
    sheet.save(Path(__file__).with_suffix('.jpg'), quality=88)
    print(
        'right:',
        ranking.is_true[: len(scenes)],
        'images:',
        scenes,
        'of',
        len(names),
    )


def draw_box(draw, box, similarity, colour, width) -> None:
    draw.rectangle(tuple(box), outline=colour, width=width)
    text = f'{similarity:.2f}'
    _, _, right, bottom = draw.textbbox((0, 0), text, SMALL)
    x, y = box[0], box[1] - bottom - 3
    draw.rectangle((x, y, x + right + 7, box[1]), colour)
    draw.text((x + 4, y), text, 'white', SMALL)


if __name__ == '__main__':
    main()
