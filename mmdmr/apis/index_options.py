"""Options of an indexing, checked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from mmdmr.errors import InputError
from mmdmr.media.sampling import sampler

from .embedding import EmbedOptions

#: Seconds between the frames of a video that are searched for persons.
EVERY_SECONDS = 0.5
#: Walks through items and shows the progress: ``progress(items, total)``, with
#: None for an unknown total.
Progress = Callable[[Iterable[Any], int | None], Iterable[Any]]


@dataclass(frozen=True)
class IndexOptions:
    """Options of an indexing.

    Args:
        camera (Callable[[str], str]): Camera of a file, by its path in the
            source; '' if unknown.
        embedding (EmbedOptions): Options that change what is embedded.
        group_photographs (bool): True to take a person in neighbouring
            photographs, which are nearly the same, for one sighting.
        progress (Progress): Shows the progress.
    """

    camera: Callable[[str], str]
    embedding: EmbedOptions
    group_photographs: bool
    progress: Progress


def index_options(
    camera: str | Callable[[str], str],
    every_seconds: float | None,
    every_frames: int | None,
    limit: int | None,
    group_photographs: bool,
    batch_size: int,
    progress: Progress,
) -> IndexOptions:
    """Check options of :meth:`~.searcher.PersonSearcher.index`.

    Args:
        camera (str | Callable[[str], str]): Camera of all pictures, or a
            function of the path.
        every_seconds (float | None): Seconds between the frames of a video.
        every_frames (int | None): Every n-th frame instead. If both are None,
            a frame is taken every 0.5 seconds.
        limit (int | None): Largest number of frames of a video.
        group_photographs (bool): True to join neighbouring photographs.
        batch_size (int): Pictures that are embedded at a time.
        progress (Progress): Shows the progress.

    Returns:
        IndexOptions: The options.

    Raises:
        InputError: An option is out of its range.
    """
    if batch_size < 1:
        raise InputError(f'batch_size must be at least 1: {batch_size}')
    if limit is not None and limit < 1:
        raise InputError(f'limit must be at least 1: {limit}')
    if every_seconds is None and every_frames is None:
        every_seconds = EVERY_SECONDS
    # Raises an error for wrong options, before a video is opened.
    sampler(every_frames, every_seconds)
    return IndexOptions(
        camera if callable(camera) else lambda path: camera,
        EmbedOptions(
            batch_size, every_frames, every_seconds, limit, group_photographs
        ),
        group_photographs,
        progress,
    )


def show_progress(items: Iterable[Any], total: int | None) -> Iterable[Any]:
    """Show a bar on a terminal while items are walked through.

    Args:
        items (Iterable): Pictures or frames.
        total (int | None): Their number, if known.

    Returns:
        Iterable: The items.
    """
    return tqdm(items, total=total, unit='image', disable=None)
