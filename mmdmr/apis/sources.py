"""Sources of an indexing: folders, files, lists, streams and arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, cast

from mmdmr.errors import InputError
from mmdmr.gallery import AnyGallery
from mmdmr.inference import Embedder
from mmdmr.media.addresses import is_stream, without_password
from mmdmr.media.files import MediaFiles, find_media

from .embedding import EmbedFiles
from .index_options import IndexOptions
from .index_report import IndexReport
from .indexing import Indexer
from .pictures import NamedImage

#: Persons outside the index, as a number and as a share of the gallery, from
#: which the index is built anew. Searches compare with them one by one.
_LEAST_OUTSIDE, _OUTSIDE = 50_000, 0.1
#: Sources that :meth:`~.searcher.PersonSearcher.index` takes.
Source = str | Path | Sequence[str | Path] | Iterable[NamedImage]


@dataclass(frozen=True)
class FoundSource:
    """An existing source of pictures: files, a stream or arrays.

    Args:
        name (str): Name in the gallery, unless the user gives another one.
        media (MediaFiles | None): Images and videos of a folder or a list.
            Defaults to None.
        address (str): Address of a stream, or a webcam. Defaults to ''.
        images (Iterable | None): Images that a program gives. Defaults to
            None.
    """

    name: str
    media: MediaFiles | None = None
    address: str = ''
    images: Iterable[NamedImage] | None = None


def find_source(source: Source) -> FoundSource:
    """Tell the kind of a source, and find its files.

    Args:
        source (str | Path | Sequence | Iterable): Folder, file, files,
            address, webcam, or an iterator of images.

    Returns:
        FoundSource: The source.

    Raises:
        InputError: The source is missing, or holds nothing to index.

    Example:
        >>> find_source('rtsp://me:secret@camera/1').name
        'rtsp://me@camera/1'
    """
    if isinstance(source, (str, Path)) and is_stream(str(source)):
        return FoundSource(without_password(str(source)), address=str(source))
    if _is_of_files(source):
        media = find_media(source)
        return FoundSource(_media_name(source, media), media)
    return FoundSource('arrays', images=cast(Iterable[NamedImage], source))


def index_source(
    embedder: Embedder,
    source: FoundSource,
    gallery: AnyGallery,
    name: str | None,
    options: IndexOptions,
    prune: bool,
    embed_with: EmbedFiles | None = None,
) -> IndexReport:
    """Index a source of any kind.

    Args:
        embedder (Embedder): Detects and embeds persons.
        source (FoundSource): The source.
        gallery (AnyGallery): Gallery that is open for writing.
        name (str | None): Name of the source in the gallery; None: its own.
        options (IndexOptions): Options.
        prune (bool): True to remove files that the source no longer holds.
        embed_with (EmbedFiles | None): Embeds the files of a folder or a
            list. Defaults to None: in this process, with the embedder.

    Returns:
        IndexReport: Counts, and the files that could not be read.

    Raises:
        InputError: Another source has the name, or a stream cannot be opened.
    """
    indexer = Indexer(
        embedder, gallery, name or source.name, options, embed_with
    )
    if source.media is not None:
        _set_root(gallery, indexer.source, source.media.root)
        indexer.add_media(source.media, prune)
    elif source.images is not None:
        indexer.add_arrays(source.images)
    else:
        indexer.add_stream(source.address, source.name)
    indexer.report.notes += _update_index(gallery)
    return indexer.report


def _update_index(gallery: AnyGallery) -> list[str]:
    """Build the index anew if searches gain by it; a note if it failed."""
    status = gallery.index_status()
    num_outside = status.num_later + status.num_removed
    if num_outside < _LEAST_OUTSIDE or num_outside < _OUTSIDE * len(gallery):
        return []
    try:
        gallery.build_index()
    except (InputError, OSError) as error:
        # All persons are stored: searches are slower, but exact.
        return [f'no index was built: {error}']
    return []


def _is_of_files(
    source: Source,
) -> TypeGuard[str | Path | Sequence[str | Path]]:
    """Whether a source is a path, or a list of paths."""
    if isinstance(source, (str, Path)):
        return True
    return isinstance(source, (list, tuple)) and all(
        isinstance(item, (str, Path)) for item in source
    )


def _media_name(source: Any, media: MediaFiles) -> str:
    """Name of a folder, of a single file, or of the folder of a list."""
    if len(media) == 1 and not Path(str(source)).is_dir():
        return media.files[0].name
    # The root of all folders has no name.
    return media.root.name or str(media.root)


def _set_root(gallery: AnyGallery, name: str, root: Path) -> None:
    """Store a folder, but not under the name of another one."""
    former = gallery.roots.get(name)
    if former and Path(former) != root and Path(former).is_dir():
        raise InputError(
            f'{gallery.address}: the source {name!r} is the folder {former}, '
            f'not {root}; give the new source another name'
        )
    gallery.set_root(name, root)
