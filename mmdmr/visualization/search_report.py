"""A search written to a folder: sheet, JSON, and hits in their scenes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mmdmr.errors import InputError
from mmdmr.structures import Hit, SearchResult
from mmdmr.visualization.hit_cells import blank_crop, cut_hit
from mmdmr.visualization.hit_scenes import draw_hit_scene, draw_query_scene
from mmdmr.visualization.hit_sheet import ReadScene, lay_out_sheet
from mmdmr.visualization.search_folder import (
    JSON,
    SCENES,
    SHEET,
    name_scene,
    replace_search,
)
from mmdmr.visualization.search_json import encode_search

_QUALITY = 90


@dataclass(frozen=True)
class SearchReport:
    """What was written of a search.

    Args:
        folder (Path): The folder.
        sheet (Path): Picture of all queried persons and their hits.
        json (Path): The hits for programs.
        num_scenes (int): Number of hits that were drawn in their scenes.
        unread (dict[str, str]): Files of hits that could not be drawn, with
            the reasons.
    """

    folder: Path
    sheet: Path
    json: Path
    num_scenes: int
    unread: dict[str, str]


def write_search(
    results: Sequence[SearchResult], folder: str | Path, read_scene: ReadScene
) -> SearchReport:
    """Write a search to a folder.

    The folder then holds ``hits.png``, the sheet; ``hits.json``, the hits for
    programs; and ``scenes/``, each query and each hit drawn in its scene.
    Nothing is written elsewhere. A hit whose file has gone or cannot be read
    stays in the sheet and in the JSON file; the report names the file.

    Args:
        results (Sequence[SearchResult]): One result for each queried person,
            all of one model; at least one.
        folder (str | Path): A new or empty folder, or one that holds a former
            search and nothing else: it is replaced when the new one is
            complete.
        read_scene (Callable[[Hit], np.ndarray | None]): Gives the (h, w, 3)
            uint8 BGR scene of a hit; None if the file has gone. An
            :class:`InputError` or :class:`OSError` means that the file cannot
            be read.

    Returns:
        SearchReport: What was written and what could not be read.

    Raises:
        InputError: There is no result.
        FileExistsError: The folder holds something else.
        OSError: The folder cannot be written.
    """
    folder = Path(folder)
    if not results:
        raise InputError(
            f'no person was searched: nothing to write to {folder}. Name the '
            'box of a person in the query'
        )
    unread: dict[str, str] = {}
    with replace_search(folder) as draft:
        query_scenes: list[str] = []
        scenes: list[list[str | None]] = []
        crops: list[list[Image.Image]] = []
        for person, result in enumerate(results, 1):
            name = name_scene(person, None, result.query)
            _save(
                draw_query_scene(result.query_image, result.query_box),
                draft / SCENES / name,
            )
            query_scenes.append(f'{SCENES}/{name}')
            names: list[str | None] = []
            crops.append([])
            for rank, hit in enumerate(result.hits, 1):
                name = name_scene(person, rank, hit.path)
                crop, reason = _write_hit(
                    read_scene, hit, rank, draft / SCENES / name
                )
                crops[-1].append(crop)
                names.append(None if reason else f'{SCENES}/{name}')
                if reason:
                    unread[str(hit.file or hit.path)] = reason
            scenes.append(names)
        lay_out_sheet(results, crops).save(draft / SHEET)
        (draft / JSON).write_text(
            encode_search(results, query_scenes, scenes), encoding='ascii'
        )
    drawn = sum(name is not None for names in scenes for name in names)
    return SearchReport(folder, folder / SHEET, folder / JSON, drawn, unread)


def _write_hit(
    read_scene: ReadScene, hit: Hit, rank: int, path: Path
) -> tuple[Image.Image, str]:
    """Crop of a hit, and why its scene could not be drawn, if so."""
    try:
        scene = read_scene(hit)
    except (InputError, OSError) as error:
        return blank_crop('file not readable'), str(error)
    if scene is None:
        return blank_crop('file not found'), 'file not found'
    _save(draw_hit_scene(scene, hit, rank), path)
    return cut_hit(scene, hit), ''


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, quality=_QUALITY)
