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
    frame_time = None if hit.frame is None else hit.time or 0.0
    return read_stored(hit.file, frame_time, hit.content_hash)


def read_stored(
    file: Path | None, frame_time: float | None, digest: str
) -> np.ndarray | None:
    """Read a photograph or a frame that a gallery names.

    Args:
        file (Path | None): The file; None for a stream or an array.
        frame_time (float | None): Seconds of the frame in its video; None for
            a photograph.
        digest (str): Digest of the content when it was indexed; '' if
            unknown.

    Returns:
        np.ndarray | None: As :func:`read_scene`.

    Raises:
        InputError: As :func:`read_scene`.
    """
    if file is None or not file.exists():
        return None
    if frame_time is not None:
        return read_frame(file, frame_time)
    if digest not in ('', content_hash(file)):
        raise BadMedia(
            file, 'the file has changed since it was indexed; index it again'
        )
    return read_image(file)
