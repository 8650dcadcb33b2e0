"""Sheets of queries with their best matches."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from mmdmr.evaluation.functional import rank_gallery
from mmdmr.structures import Detections, SearchTask
from mmdmr.visualization.crops import crop_person
from mmdmr.visualization.drawing import (
    FRAME,
    INK,
    PAPER,
    load_font,
    paste_framed,
)
from mmdmr.visualization.palette import MATCHES, QUERY, Colour

#: Greatest width and height of a crop; all lengths are in pixels.
CROP = (80, 160)
GAP = 10
LINE = 15
CAPTION = 2 * LINE + 4
HEADER = 72
#: Characters of a caption.
LONGEST = 15


def draw_ranking_sheet(
    task: SearchTask,
    protocol_name: str,
    detections: Detections,
    query_feats: np.ndarray,
    img_paths: Sequence[str],
    indices: Sequence[int] | np.ndarray,
    num_matches: int = 5,
    score_thr: float = 0.5,
    columns: int = 2,
) -> Image.Image:
    """Draw queries beside their most similar persons of the gallery.

    The frame of a query is blue. The frame of a match is green for the
    queried person, red for another person, and amber for the queried person
    in a detection that does not count: in a poor box, or found already. The
    cosine similarity and the image are written below each match.

    Args:
        task (SearchTask): Queries and protocols of the test set.
        protocol_name (str): Protocol to search by.
        detections (Detections): Detected persons of all test images.
        query_feats (np.ndarray): (q, D) embeddings of all queries.
        img_paths (Sequence[str]): Files of the test images, by image index.
        indices (Sequence[int] | np.ndarray): Positions of the queries in the
            protocol.
        num_matches (int): Number of matches for each query. Defaults to 5.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        columns (int): Number of queries side by side. Defaults to 2.

    Returns:
        Image.Image: The sheet, RGB.

    Raises:
        InputError: An image cannot be read.
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
            _name(task, query_id),
            task.ground_truth.img_names[img_id],
        )
        ranking = rank_gallery(
            detections,
            query_feats[query_id],
            protocol,
            index,
            score_thr,
            num_matches,
        )
        for rank, (img_id, row, similarity, kind) in enumerate(
            zip(
                ranking.img_ids,
                ranking.rows,
                ranking.similarities,
                ranking.kinds,
            )
        ):
            _paste(
                sheet,
                draw,
                (x + cell[0] * (rank + 1) + GAP, y),
                img_paths[img_id],
                detections.boxes[row],
                MATCHES[kind],
                f'{similarity:.2f}',
                task.ground_truth.img_names[img_id],
            )
    return sheet


def _header(
    draw: ImageDraw.ImageDraw,
    block: int,
    columns: int,
    cell: int,
    num_matches: int,
) -> None:
    font = load_font(14)
    draw.text(
        (GAP, 8),
        'Queries (blue) and their most similar persons of the gallery, with '
        'cosine and image. Green: the queried person.',
        INK,
        font,
    )
    draw.text(
        (GAP, 26),
        'Red: another person. Amber: the person, but in a poor box or found '
        'already, which does not count.',
        INK,
        font,
    )
    for column in range(columns):
        x = GAP + column * block
        for rank in range(num_matches):
            draw.text(
                (x + cell * (rank + 1) + GAP + cell / 2 - GAP / 2, 50),
                str(rank + 1),
                INK,
                font,
                'ma',
            )


def _paste(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    img_path: str,
    box: np.ndarray,
    colour: Colour,
    *captions: str,
) -> None:
    """Put a framed crop, scaled to fit, with lines of text below it."""
    paste_framed(sheet, corner, crop_person(img_path, box, CROP), CROP, colour)
    for line, caption in enumerate(captions):
        draw.text(
            (
                corner[0] + CROP[0] // 2 + FRAME,
                corner[1] + CROP[1] + 2 * FRAME + 2 + line * LINE,
            ),
            caption
            if len(caption) <= LONGEST
            else f'…{caption[1 - LONGEST :]}',
            colour if line == 0 else INK,
            load_font(13 if line == 0 else 11),
            'ma',
        )


def _name(task: SearchTask, query_id: int) -> str:
    """Identity of a query; "query" if the data set has no names."""
    person = task.queries.person_ids[query_id]
    names = task.ground_truth.person_id_names
    return f'id {names[person]}' if person < len(names) else 'query'
