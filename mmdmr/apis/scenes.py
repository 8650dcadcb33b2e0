"""Scenes of hits: reading them, and writing a search to a folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.media.frame import read_frame
from mmdmr.media.hashing import content_hash
from mmdmr.media.images import read_image
from mmdmr.media.opening import BadMedia
from mmdmr.structures import Hit, SearchResult
from mmdmr.visualization.search_report import SearchReport, write_search


def write_hits(
    results: Sequence[SearchResult], folder: str | Path
) -> SearchReport:
    """Write hits to a folder: a sheet, their scenes, and a JSON file.

    Args:
        results (Sequence[SearchResult]): Results of
            :meth:`~.searcher.PersonSearcher.search`, at least one.
        folder (str | Path): A new or empty folder, or one that holds a former
            search and nothing else, which is replaced.

    Returns:
        SearchReport: What was written, and the files that could not be read.

    Raises:
        InputError: There is no result.
        FileExistsError: The folder holds something else.
        OSError: The folder cannot be written.
    """
    return write_search(results, folder, read_scene)


def read_scene(hit: Hit) -> np.ndarray | None:
    """Read the photograph or the frame of a hit.

    Args:
        hit (Hit): The hit.

    Returns:
        np.ndarray | None: (h, w, 3) uint8 image, BGR, upright; None if the
        file has gone, or was a stream or an array of a program.

    Raises:
        InputError: The file cannot be read, or is a photograph that changed
            since it was indexed: the box would be that of another picture.
            Videos, which may be long, are not compared.
    """
    if hit.file is None or not hit.file.exists():
        return None
    if hit.frame is None:
        if hit.content_hash not in ('', content_hash(hit.file)):
            raise BadMedia(
                hit.file,
                'the file has changed since it was indexed; index it again',
            )
        return read_image(hit.file)
    return read_frame(hit.file, hit.time or 0.0)
