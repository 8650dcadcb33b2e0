"""Hits and queries drawn in their scenes."""

import numpy as np
from PIL import Image, ImageDraw

from mmdmr.structures import Hit
from mmdmr.visualization.drawing import (
    INK,
    PAPER,
    fit_text,
    load_font,
    to_picture,
)
from mmdmr.visualization.hit_text import write_similarity
from mmdmr.visualization.palette import QUERY, VERDICTS, Colour

#: Greatest width and height of a drawn scene in pixels.
LONGEST = 1600


def draw_hit_scene(image: np.ndarray, hit: Hit, rank: int) -> Image.Image:
    """Draw a hit in its scene: a box with rank, similarity and verdict.

    Args:
        image (np.ndarray): (h, w, 3) uint8 scene, BGR, upright.
        hit (Hit): The hit.
        rank (int): Place among the hits, from 1.

    Returns:
        Image.Image: RGB scene with the box in the colour of the verdict;
        scaled down to 1600 pixels on the longer side if it is larger.
    """
    return _draw_box(
        image, hit.box, VERDICTS[hit.verdict], write_similarity(hit, rank)
    )


def draw_query_scene(image: np.ndarray, box: np.ndarray) -> Image.Image:
    """Draw the queried person in its scene: a blue box.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image of the query, BGR, upright.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` in pixels.

    Returns:
        Image.Image: RGB scene; scaled down to 1600 pixels on the longer side
        if it is larger.
    """
    return _draw_box(image, box, QUERY, 'query')


def _draw_box(
    image: np.ndarray, box: np.ndarray, colour: Colour, label: str
) -> Image.Image:
    scene = to_picture(image)
    scale = min(1, LONGEST / max(scene.size))
    if scale < 1:
        scene = scene.resize(
            (
                max(1, round(scene.width * scale)),
                max(1, round(scene.height * scale)),
            )
        )
    line = max(3, round(max(scene.size) / 250))
    rim = line + 2
    # The frame lies around the person and, where the box leaves the image, on
    # the edge of the image. An empty box gets a frame, too.
    edge = np.array(scene.size) - 1
    start = np.clip(box[:2] * scale - rim, 0, np.maximum(edge - 2 * rim, 0))
    end = np.clip(box[2:] * scale + rim, start + 2 * rim, edge)
    left, top = start.astype(int).tolist()
    right, bottom = np.maximum(end, start + 2).astype(int).tolist()
    draw = ImageDraw.Draw(scene)
    # A light rim keeps the frame apart from a scene of the same colour.
    draw.rectangle((left, top, right, bottom), outline=PAPER, width=rim)
    draw.rectangle(
        (left + 1, top + 1, right - 1, bottom - 1), outline=colour, width=line
    )
    _draw_label(draw, scene.size, (left, top, bottom), colour, label)
    return scene


def _draw_label(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    box: tuple[int, int, int],
    colour: Colour,
    label: str,
) -> None:
    """Write above the box; below or into it where the image ends."""
    left, top, bottom = box
    text_height = min(28, max(12, round(max(size) / 50)))
    font = load_font(text_height)
    margin = text_height // 3
    height = text_height + 2 * margin
    label = fit_text(label, font, size[0] - 2 * margin)
    width = round(font.getlength(label)) + 2 * margin
    x = max(0, min(left, size[0] - width))
    if top >= height:
        y = top - height
    elif bottom + height < size[1]:
        y = bottom + 1
    else:
        y = top
    draw.rectangle((x, y, x + width - 1, y + height - 1), colour)
    # Dark letters on amber, and cyan, light letters on the darker colours.
    red, green, blue = colour
    is_light = 0.3 * red + 0.59 * green + 0.11 * blue > 110
    draw.text(
        (x + margin, y + height / 2),
        label,
        INK if is_light else PAPER,
        font,
        'lm',
    )
