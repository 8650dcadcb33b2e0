"""HTML page of queries, their matches and the appearances missed."""

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from mmdmr.evaluation.functional import QueryPositives, Ranking
from mmdmr.files import atomic_path
from mmdmr.visualization.crops import crop_person
from mmdmr.visualization.palette import (
    MATCHES,
    MISSED,
    QUERY,
    hexadecimal,
)

_CROP = (96, 192)
_QUALITY = 82
_FRAMES = ''.join(
    f'.{kind} img {{ border-color: {hexadecimal(colour)}; }}\n'
    for kind, colour in dict(query=QUERY, **MATCHES).items()
)
_STYLE = f"""
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 24px; color: #222;
       background: #fff; max-width: 1500px; }}
h1 {{ font-size: 22px; margin: 0 0 4px; }}
h2 {{ font-size: 16px; margin: 0; }}
header p {{ margin: 2px 0; color: #555; }}
section {{ border-top: 1px solid #ddd; padding: 14px 0 10px; }}
.row {{ display: flex; flex-wrap: wrap; gap: 10px; margin-top: 8px;
       align-items: flex-end; }}
figure {{ margin: 0; text-align: center; width: 112px; font-size: 12px;
         overflow-wrap: anywhere; }}
img {{ border: 5px solid; display: block; margin: 0 auto 3px; }}
{_FRAMES}.missed img {{ border: 5px dashed {hexadecimal(MISSED)}; }}
.query {{ margin-right: 14px; }}
.label {{ color: #555; font-size: 13px; margin: 10px 0 0; }}
b {{ font-weight: 600; }}
"""


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
    with (
        atomic_path(Path(path)) as draft,
        draft.open('w', encoding='utf-8') as file,
    ):
        file.write(
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f'<title>{escape(title)}</title><style>{_STYLE}</style></head>\n'
            f'<body><header><h1>{escape(title)}</h1>'
            + ''.join(f'<p>{escape(note)}</p>' for note in notes)
            + '<p>Blue: the query. Green: the queried person. Orange: the '
            'queried person in a box that does not count: it overlaps the '
            'annotated box too little, or another box was taken before. Red: '
            'another person. Violet, dashed: the queried person where it was '
            'not among the best. Numbers are cosine similarities.</p>'
            '</header>\n'
        )
        for entry in entries:
            file.write(''.join(_section(entry, img_paths, max_missed)))
        file.write('</body></html>\n')


def _section(
    entry: QueryEntry, img_paths: Sequence[str | Path], max_missed: int
) -> Iterator[str]:
    ranking, truth = entry.ranking, entry.truth
    yield f'<section><h2>{escape(entry.title)}</h2>'
    yield f'<p class="label">{escape(entry.note)}</p><div class="row">'
    yield _figure('query', img_paths[entry.img_id], entry.box, ['query'])
    for place, (img_id, box) in enumerate(
        zip(ranking.img_ids, entry.match_boxes)
    ):
        kind = ranking.kinds[place]
        lines = [f'{place + 1}: {ranking.similarities[place]:.2f}']
        yield _figure(kind, img_paths[img_id], box, lines)
    yield '</div>'
    missed = np.flatnonzero(truth.ranks >= len(ranking.rows))
    if len(missed):
        shown = missed[np.argsort(truth.ranks[missed], kind='stable')]
        more = len(missed) - max_missed
        yield (
            f'<p class="label"><b>{len(missed)} of {len(truth.ranks)}</b> '
            'appearances are not among these matches'
            + (f'; the first {max_missed}:' if more > 0 else ':')
            + '</p><div class="row">'
        )
        for i in shown[:max_missed]:
            rank = truth.ranks[i]
            reason = f'rank {rank + 1:.0f}'
            if np.isinf(rank):
                reason = 'not detected'
            yield _figure(
                'missed',
                img_paths[truth.img_ids[i]],
                truth.boxes[i],
                [reason],
            )
        yield '</div>'
    yield '</section>\n'


def _figure(
    kind: str,
    img_path: str | Path,
    box: np.ndarray,
    lines: list[str],
    name: str | None = None,
) -> str:
    crop = crop_person(img_path, box, _CROP)
    stream = io.BytesIO()
    crop.save(stream, 'JPEG', quality=_QUALITY)
    data = base64.b64encode(stream.getvalue()).decode()
    name = name or Path(img_path).name
    caption = '<br>'.join(map(escape, [*lines, name]))
    return (
        f'<figure class="{kind}"><img width="{crop.width}" '
        f'height="{crop.height}" alt="{escape(lines[0])}, {escape(name)}" '
        f'src="data:image/jpeg;base64,{data}">'
        f'<figcaption>{caption}</figcaption></figure>'
    )
