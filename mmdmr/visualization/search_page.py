"""HTML page of queries, their matches and the appearances missed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmdmr.evaluation.functional import QueryPositives, Ranking
from mmdmr.visualization.crops import crop_person
from mmdmr.visualization.pages import page_environment, write_page

_CROP = (96, 192)
#: Kind of the frame, crop, and lines of text below it.
_Figure = tuple[str, Image.Image, list[str]]


@dataclass(frozen=True)
class QueryEntry:
    """One query on the page.

    Args:
        title (str): Heading of the query.
        note (str): Line below the heading, such as average precision.
        img_id (int): Image of the query.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` of the query in its image.
        ranking (Ranking): The r best matches.
        match_boxes (np.ndarray): (r, 4) boxes of the matches.
        truth (QueryPositives): Appearances of the queried person in the
            gallery.
    """

    title: str
    note: str
    img_id: int
    box: np.ndarray
    ranking: Ranking
    match_boxes: np.ndarray
    truth: QueryPositives


def write_search_page(
    path: str | Path,
    title: str,
    notes: Sequence[str],
    entries: Iterable[QueryEntry],
    img_paths: Sequence[str | Path],
    max_missed: int = 10,
) -> None:
    """Write one HTML file with all pictures in it.

    Args:
        path (str | Path): HTML file; its folder is made.
        title (str): Heading of the page.
        notes (Sequence[str]): Lines below the heading.
        entries (Iterable[QueryEntry]): The queries, in order.
        img_paths (Sequence[str | Path]): Files of the test images, by image
            index.
        max_missed (int): Greatest number of missed appearances shown for a
            query. Defaults to 10.

    Raises:
        InputError: An image cannot be read.
        OSError: The file cannot be written.
    """
    write_page(
        path,
        page_environment(),
        'search_page.html',
        title=title,
        notes=notes,
        queries=(
            describe_query(entry, img_paths, max_missed) for entry in entries
        ),
    )


def describe_query(
    entry: QueryEntry, img_paths: Sequence[str | Path], max_missed: int = 10
) -> dict[str, Any]:
    """Gather what the macro ``query_section`` of ``crops.html`` shows.

    Args:
        entry (QueryEntry): The query.
        img_paths (Sequence[str | Path]): Files of the test images, by image
            index.
        max_missed (int): Greatest number of missed appearances. Defaults to
            10.

    Returns:
        dict[str, Any]: ``title`` and ``note``; ``matches`` and ``missed``:
        kind, crop and lines of text of each figure, ``matches`` with the
        query in front; ``num_missed`` and ``num_positives``.

    Raises:
        InputError: An image cannot be read.
        OSError: An image is missing.
    """
    ranking, truth = entry.ranking, entry.truth
    matches = [_figure('query', img_paths[entry.img_id], entry.box, 'query')]
    matches += [
        _figure(
            ranking.kinds[place],
            img_paths[img_id],
            box,
            f'{place + 1}: {ranking.similarities[place]:.2f}',
        )
        for place, (img_id, box) in enumerate(
            zip(ranking.img_ids, entry.match_boxes)
        )
    ]
    missed = np.flatnonzero(truth.ranks >= len(ranking.rows))
    shown = missed[np.argsort(truth.ranks[missed], kind='stable')]
    return dict(
        title=entry.title,
        note=entry.note,
        matches=matches,
        missed=[
            _figure(
                'missed',
                img_paths[truth.img_ids[i]],
                truth.boxes[i],
                'not detected'
                if np.isinf(truth.ranks[i])
                else f'rank {truth.ranks[i] + 1:.0f}',
            )
            for i in shown[:max_missed]
        ],
        num_missed=len(missed),
        num_positives=len(truth.ranks),
    )


def _figure(
    kind: str, img_path: str | Path, box: np.ndarray, line: str
) -> _Figure:
    crop = crop_person(img_path, box, _CROP)
    return kind, crop, [line, Path(img_path).name]
