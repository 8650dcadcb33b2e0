"""Description of a gallery, and a check of all that it holds."""

from pathlib import Path
from typing import Any

from .addresses import open_gallery
from .interface import AnyGallery


def describe(gallery: AnyGallery) -> dict[str, Any]:
    """Describe a gallery.

    Args:
        gallery (AnyGallery): The gallery.

    Returns:
        dict[str, Any]: Model, counts, names, time span, all bad files,
        state of the index and sizes, as JSON takes them.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mmdmr.gallery import Gallery
        >>> from mmdmr.structures import ModelInfo
        >>> folder = Path(tempfile.mkdtemp(), 'my.gallery')
        >>> with Gallery.create(folder, ModelInfo('toy', 'ab', 2)) as gallery:
        ...     describe(gallery)['persons']
        0
    """
    bad = gallery.bad_files()
    status = gallery.index_status()
    return dict(
        path=gallery.address,
        model=vars(gallery.model),
        format=gallery.format,
        stored=gallery.stored,
        persons=len(gallery),
        files=gallery.num_files,
        frames=gallery.num_frames,
        sources={name: gallery.roots[name] for name in gallery.sources()},
        cameras=gallery.cameras(),
        time_span=gallery.time_span(),
        num_bad_files=len(bad),
        bad_files=[list(row) for row in bad],
        index=dict(
            persons=status.num_indexed,
            recall=status.built.recall if status.built else None,
            later_persons=status.num_later,
            removed_persons=status.num_removed,
            note=status.note,
        ),
        bytes=gallery.sizes(),
    )


def verify(address: str | Path) -> list[str]:
    """Read all of a gallery and look for damage.

    Args:
        address (str | Path): Folder or address of the gallery.

    Returns:
        list[str]: What is wrong; empty if all is well.

    Raises:
        FileNotFoundError: The gallery is missing.
        InputError: The address is not that of a gallery, or the gallery
            cannot be opened.
    """
    with open_gallery(address) as gallery:
        return gallery.problems()
