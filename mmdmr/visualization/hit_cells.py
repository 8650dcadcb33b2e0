"""Lines of a sheet: framed crops of a query and hits, with captions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from mmdmr.structures import Hit, SearchResult
from mmdmr.visualization.crops import crop_box
from mmdmr.visualization.drawing import (
    FRAME,
    INK,
    PAPER,
    fit_text,
    load_font,
    paste_framed,
    printable,
    to_picture,
    wrap_text,
)
from mmdmr.visualization.hit_text import (
    write_sighting,
    write_similarity,
    write_time,
)
from mmdmr.visualization.palette import QUERY, VERDICTS, Colour

#: Greatest width and height of a crop; all lengths are in pixels.
CROP = (110, 220)
#: Space between crops, and around them.
GAP = 12
#: Width of a crop with its frame, which is the room of a line of text.
ROOM = CROP[0] + 2 * FRAME
#: Height of a line of text.
LINE = 16
#: Sizes of letters: the first line of a caption, and the others.
LARGE, SMALL = 14, 12
SEPARATOR: Colour = (215, 215, 215)
BLANK: Colour = (225, 225, 225)


@dataclass(frozen=True)
class Cell:
    """A crop with what is written below it.

    Args:
        crop (Image.Image): RGB crop, at most as large as :data:`CROP`.
        colour (tuple[int, int, int]): Colour of the frame.
        title (str): First line of the caption.
        lines (list[str]): Other lines of the caption; they fit.
    """

    crop: Image.Image
    colour: Colour
    title: str
    lines: list[str]


def query_cell(result: SearchResult, title: str) -> Cell:
    """Cut out the queried person.

    Args:
        result (SearchResult): Result of a search.
        title (str): First line of the caption.

    Returns:
        Cell: Crop of the query in blue, with the name of its file.
    """
    crop = crop_box(to_picture(result.query_image), result.query_box, CROP)
    return Cell(crop, QUERY, title, _name_lines(result.query))


def hit_cell(
    hit: Hit, rank: int, crop: Image.Image, with_source: bool
) -> Cell:
    """Describe a hit.

    Args:
        hit (Hit): The hit.
        rank (int): Place among the hits, from 1.
        crop (Image.Image): RGB crop, at most as large as :data:`CROP`.
        with_source (bool): Whether to name the source.

    Returns:
        Cell: The crop in the colour of the verdict, with similarity, file,
        source, camera, time and sighting.
    """
    lines = _name_lines(hit.path)
    for text in (
        f'in {printable(hit.source)}' if with_source else '',
        f'camera {printable(hit.camera)}' if hit.camera else '',
        write_time(hit),
        write_sighting(hit),
    ):
        wrapped = wrap_text(text, load_font(SMALL), ROOM)
        lines += wrapped if len(wrapped) <= 2 else _name_lines(text)
    return Cell(
        crop, VERDICTS[hit.verdict], write_similarity(hit, rank), lines
    )


def _name_lines(name: str) -> list[str]:
    """The end of a name in one line; none for an empty name."""
    text = fit_text(printable(name), load_font(SMALL), ROOM)
    return [text] if text else []


def cut_hit(scene: np.ndarray, hit: Hit) -> Image.Image:
    """Cut a hit out of its scene, in the size of the sheet.

    Args:
        scene (np.ndarray): (h, w, 3) uint8 scene, BGR, upright.
        hit (Hit): The hit.

    Returns:
        Image.Image: RGB crop, at most as large as :data:`CROP`.
    """
    return crop_box(to_picture(scene), hit.box, CROP)


def blank_crop(reason: str) -> Image.Image:
    """Draw the grey area that takes the place of a crop.

    Args:
        reason (str): A few words: why there is no crop.

    Returns:
        Image.Image: RGB picture of the size :data:`CROP`.
    """
    blank = Image.new('RGB', CROP, BLANK)
    draw, font = ImageDraw.Draw(blank), load_font(LARGE)
    lines = wrap_text(reason, font, CROP[0] - 10)
    top = (CROP[1] - LINE * len(lines)) // 2
    for row, line in enumerate(lines):
        draw.text((CROP[0] // 2, top + row * LINE), line, INK, font, 'ma')
    return blank


def draw_cells(
    query: Cell | None, hits: Sequence[Cell], width: int
) -> Image.Image:
    """Draw one line of crops, as high as its longest caption.

    Args:
        query (Cell | None): The queried person; None in the second line of a
            query, and those after it.
        hits (Sequence[Cell]): Hits of the line; none if there are no hits.
        width (int): Width of the sheet.

    Returns:
        Image.Image: RGB picture of the line, with a separator above a query.
    """
    cells = [*([query] if query else []), *hits]
    below = GAP + CROP[1] + 2 * FRAME + 4
    num_lines = 1 + max(len(cell.lines) for cell in cells)
    strip = Image.new('RGB', (width, below + LINE * num_lines + GAP), PAPER)
    draw = ImageDraw.Draw(strip)
    if query:
        draw.line((GAP, 0, width - GAP, 0), SEPARATOR)
        _draw_cell(draw, strip, query, GAP, below)
    # The hits stand apart from the query by twice the usual gap.
    left = 3 * GAP + ROOM
    for column, cell in enumerate(hits):
        _draw_cell(draw, strip, cell, left + column * (ROOM + GAP), below)
    if not hits:
        draw.text((left, GAP + CROP[1] // 2), 'no hits', INK, load_font(LARGE))
    return strip


def _draw_cell(
    draw: ImageDraw.ImageDraw,
    strip: Image.Image,
    cell: Cell,
    left: int,
    below: int,
) -> None:
    paste_framed(strip, (left, GAP), cell.crop, CROP, cell.colour)
    middle = left + ROOM // 2
    draw.text((middle, below), cell.title, INK, load_font(LARGE), 'ma')
    for row, line in enumerate(cell.lines, 1):
        draw.text(
            (middle, below + row * LINE + 2), line, INK, load_font(SMALL), 'ma'
        )
