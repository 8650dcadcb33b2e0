"""The sheet of a search: queried persons beside their hits."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from PIL import Image, ImageDraw

from mmdmr.errors import InputError
from mmdmr.structures import Hit, SearchResult
from mmdmr.structures.hits import UNCALIBRATED
from mmdmr.visualization.drawing import (
    INK,
    PAPER,
    load_font,
    printable,
    wrap_text,
)
from mmdmr.visualization.hit_cells import (
    GAP,
    ROOM,
    blank_crop,
    cut_hit,
    draw_cells,
    hit_cell,
    query_cell,
)
from mmdmr.visualization.palette import QUERY, VERDICTS

#: Least and greatest number of hits side by side. The least leaves room for
#: the header.
COLUMNS = (4, 10)
#: Greatest number of lines of crops: a picture of 20,000 pixels.
LINES = 60
#: Height of a line of the header in pixels, and sizes of its letters.
_LINE, _TITLE, _TEXT = 20, 18, 14

#: Gives the scene of a hit: (h, w, 3) uint8, BGR, upright; None if its file
#: has gone.
ReadScene = Callable[[Hit], np.ndarray | None]


def draw_hit_sheet(
    results: Sequence[SearchResult], read_scene: ReadScene
) -> Image.Image:
    """Draw queried persons beside their hits, most similar first.

    The frame of a query is blue. The frame of a hit has the colour of its
    verdict: green for likely, amber for unsure, red for unlikely, cyan if the
    model is not calibrated. A grey area takes the place of a crop whose file
    has gone or cannot be read.

    Args:
        results (Sequence[SearchResult]): One result for each queried person,
            all of one model.
        read_scene (Callable[[Hit], np.ndarray | None]): Gives the (h, w, 3)
            uint8 BGR scene of a hit; None if the file has gone. An
            :class:`InputError` or :class:`OSError` means that the file cannot
            be read.

    Returns:
        Image.Image: The sheet, RGB. A search of many persons is cut after 60
        lines of crops, which the sheet says.

    Raises:
        InputError: There is no result.
    """
    return lay_out_sheet(
        results,
        [[_read_crop(read_scene, hit) for hit in r.hits] for r in results],
    )


def _read_crop(read_scene: ReadScene, hit: Hit) -> Image.Image:
    try:
        scene = read_scene(hit)
    except (InputError, OSError):
        return blank_crop('file not readable')
    return (
        blank_crop('file not found') if scene is None else cut_hit(scene, hit)
    )


def lay_out_sheet(
    results: Sequence[SearchResult], crops: Sequence[Sequence[Image.Image]]
) -> Image.Image:
    """Draw the sheet of a search from crops that were cut before.

    Args:
        results (Sequence[SearchResult]): One result for each queried person.
        crops (Sequence[Sequence[Image.Image]]): A crop for each hit of each
            result, by :func:`~.hit_cells.cut_hit`.

    Returns:
        Image.Image: The sheet, as :func:`draw_hit_sheet` draws it.

    Raises:
        InputError: There is no result.
    """
    if not results:
        raise InputError(
            'no person was searched: there are no hits to draw. Name the box '
            'of a person in the query'
        )
    most = max(len(result.hits) for result in results)
    columns = min(max(most, COLUMNS[0]), COLUMNS[1])
    width = 2 * GAP + (ROOM + GAP) * (columns + 1)
    # A query without hits takes a line, too.
    num_lines = sum(max(1, -(-len(r.hits) // columns)) for r in results)
    lines = _draw_lines(results, crops, columns, width)
    return _stack(
        [
            _draw_header(results, width, num_lines > LINES),
            *islice(lines, LINES),
        ]
    )


def _draw_lines(
    results: Sequence[SearchResult],
    crops: Sequence[Sequence[Image.Image]],
    columns: int,
    width: int,
) -> Iterator[Image.Image]:
    # The source of a hit tells something only if there are several.
    sources = {hit.source for result in results for hit in result.hits}
    for place, result in enumerate(results, 1):
        query = query_cell(
            result, f'query {place}' if len(results) > 1 else 'query'
        )
        hits = [
            hit_cell(hit, rank, crop, len(sources) > 1)
            for rank, (hit, crop) in enumerate(
                zip(result.hits, crops[place - 1], strict=True), 1
            )
        ]
        for start in range(0, max(1, len(hits)), columns):
            yield draw_cells(
                None if start else query, hits[start : start + columns], width
            )


def _draw_header(
    results: Sequence[SearchResult], width: int, is_cut: bool
) -> Image.Image:
    verdicts = {hit.verdict for r in results for hit in r.hits}
    is_calibrated = bool(verdicts - {UNCALIBRATED})
    font = load_font(_TEXT)
    lines = [
        line
        for text in _paragraphs(results, is_calibrated, is_cut)
        for line in wrap_text(printable(text), font, width - 2 * GAP)
    ]
    top = GAP + 28
    legend = top + _LINE * len(lines)
    height = legend + _LINE * is_calibrated + GAP
    header = Image.new('RGB', (width, height), PAPER)
    draw = ImageDraw.Draw(header)
    title = 'Queried persons and their hits'
    draw.text((GAP, GAP), title, INK, load_font(_TITLE))
    for row, line in enumerate(lines):
        draw.text((GAP, top + row * _LINE), line, INK, font)
    if is_calibrated:
        _draw_legend(draw, legend)
    return header


def _paragraphs(
    results: Sequence[SearchResult], is_calibrated: bool, is_cut: bool
) -> list[str]:
    verdict = ' and verdict' if is_calibrated else ' (not calibrated)'
    texts = [
        f'Model {results[0].model}. Searched: '
        f'{results[0].num_persons:,} persons.',
        f'Below each hit: rank, cosine similarity{verdict}, file, camera '
        'and time.',
        # All results of a search have the same notes, or nearly so.
        *dict.fromkeys(note for result in results for note in result.notes),
    ]
    if is_cut:
        texts.append(
            f'The sheet ends after {LINES} lines: not all hits of '
            f'{len(results):,} queried persons are drawn.'
        )
    return texts


def _draw_legend(draw: ImageDraw.ImageDraw, top: int) -> None:
    font, left = load_font(_TEXT), float(GAP)
    colours = dict(query=QUERY, **VERDICTS)
    del colours[UNCALIBRATED]
    for word, colour in colours.items():
        draw.rectangle((left, top + 2, left + 12, top + 14), colour)
        draw.text((left + 18, top), word, INK, font)
        left += 18 + font.getlength(word) + 2 * GAP


def _stack(strips: Sequence[Image.Image]) -> Image.Image:
    sheet = Image.new(
        'RGB', (strips[0].width, sum(strip.height for strip in strips)), PAPER
    )
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    return sheet
