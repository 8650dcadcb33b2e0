"""Sheets of queries with their best matches."""

from typing import Sequence, Tuple, Union

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmdmr.evaluation.functional import rank_gallery
from mmdmr.structures import Detections, SearchTask
from mmdmr.visualization.crops import crop_person

CROP = (80, 160)
FRAME = 5
GAP = 10
CAPTION = 20
HEADER = 56
INK, PAPER = (40, 40, 40), (255, 255, 255)
QUERY, RIGHT, WRONG = (60, 90, 200), (20, 150, 50), (210, 40, 40)


def draw_ranking_sheet(
    task: SearchTask,
    protocol_name: str,
    detections: Detections,
    query_feats: np.ndarray,
    img_paths: Sequence[str],
    indices: Union[Sequence[int], np.ndarray],
    num_matches: int = 5,
    score_thr: float = 0.5,
    columns: int = 2,
) -> Image.Image:
    """Draw queries beside their most similar persons of the gallery.

    A query has a blue frame; a match is framed green if it is the queried
    person and red if not. The number below a match is its cosine similarity.

    Args:
        task (SearchTask): Queries and protocols of the test set.
        protocol_name (str): Protocol to search by.
        detections (Detections): Detected persons of all test images.
        query_feats (np.ndarray): (q, D) embeddings of all queries.
        img_paths (Sequence[str]): Files of the test images, by image index.
        indices (Sequence[int]): Positions of the queries in the protocol.
        num_matches (int): Matches a query. Defaults to 5.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        columns (int): Queries side by side. Defaults to 2.

    Returns:
        Image.Image: The sheet, RGB.
    """
    protocol = task.protocols[protocol_name]
    cell = (CROP[0] + 2 * FRAME + GAP, CROP[1] + 2 * FRAME + CAPTION + GAP)
    block = cell[0] * (num_matches + 1) + 3 * GAP
    rows = -(-len(indices) // columns)
    sheet = Image.new(
        'RGB',
        (block * min(columns, len(indices)) + GAP, HEADER + rows * cell[1]),
        PAPER,
    )
    draw = ImageDraw.Draw(sheet)
    _header(draw, block, min(columns, len(indices)), cell[0], num_matches)
    for place, index in enumerate(indices):
        x = GAP + place % columns * block
        y = HEADER + place // columns * cell[1]
        query_id = protocol.query_ids[index]
        img_id = task.queries.img_ids[query_id]
        _paste(
            sheet,
            draw,
            (x, y),
            img_paths[img_id],
            task.queries.boxes[query_id],
            QUERY,
            f'query {query_id}',
        )
        ranking = rank_gallery(
            detections,
            query_feats[query_id],
            protocol,
            index,
            score_thr,
            num_matches,
        )
        for rank, (img_id, row, similarity, is_true) in enumerate(
            zip(
                ranking.img_ids,
                ranking.rows,
                ranking.similarities,
                ranking.is_true,
            )
        ):
            _paste(
                sheet,
                draw,
                (x + cell[0] * (rank + 1) + GAP, y),
                img_paths[img_id],
                detections.boxes[row],
                RIGHT if is_true else WRONG,
                f'{similarity:.2f}',
            )
    return sheet


def _header(
    draw: ImageDraw.ImageDraw,
    block: int,
    columns: int,
    cell: int,
    num_matches: int,
) -> None:
    font = ImageFont.load_default(14)
    draw.text(
        (GAP, 8),
        'Each query (blue) and its most similar persons of the gallery: '
        'green = the queried person, red = another. Below: cosine.',
        INK,
        font,
    )
    for column in range(columns):
        x = GAP + column * block
        for rank in range(num_matches):
            draw.text(
                (x + cell * (rank + 1) + GAP + cell / 2 - GAP / 2, 32),
                str(rank + 1),
                INK,
                font,
                'ma',
            )


def _paste(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    corner: Tuple[int, int],
    img_path: str,
    box: np.ndarray,
    colour: Tuple[int, int, int],
    caption: str,
) -> None:
    """Put a framed crop, scaled to fit, with a line of text below it."""
    x, y = corner
    crop = crop_person(img_path, box, CROP)
    x += (CROP[0] - crop.width) // 2
    y += (CROP[1] - crop.height) // 2
    draw.rectangle(
        (
            x,
            y,
            x + crop.width + 2 * FRAME - 1,
            y + crop.height + 2 * FRAME - 1,
        ),
        colour,
    )
    sheet.paste(crop, (x + FRAME, y + FRAME))
    draw.text(
        (
            corner[0] + CROP[0] // 2 + FRAME,
            corner[1] + CROP[1] + 2 * FRAME + 2,
        ),
        caption,
        colour,
        ImageFont.load_default(14),
        'ma',
    )
