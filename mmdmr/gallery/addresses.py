"""Addresses of galleries: folders, Qdrant servers and Qdrant's own folders."""

from pathlib import Path
from typing import TYPE_CHECKING

from mmdmr.errors import InputError
from mmdmr.structures import ModelInfo

from .database import DATABASE
from .gallery import Gallery
from .interface import AnyGallery

if TYPE_CHECKING:
    from .qdrant.gallery import QdrantGallery

#: Beginnings of the addresses of galleries that Qdrant keeps.
_QDRANT = ('http://', 'https://', 'qdrant:')


def is_qdrant(address: str | Path) -> bool:
    """Tell a gallery that Qdrant keeps from a folder.

    Args:
        address (str | Path): Address of a gallery.

    Returns:
        bool: True for ``http(s)://HOST:PORT/COLLECTION`` and for
        ``qdrant:FOLDER``.

    Example:
        >>> is_qdrant('http://localhost:6333/street'), is_qdrant('street')
        (True, False)
    """
    return isinstance(address, str) and address.startswith(_QDRANT)


def gallery_exists(address: str | Path) -> bool:
    """Tell whether there is a gallery at an address.

    Args:
        address (str | Path): Address of a gallery.

    Returns:
        bool: True if there is a gallery, readable or not.

    Raises:
        InputError: The address is malformed, or the server refuses.
        ConnectionError: The server does not answer.
    """
    if is_qdrant(address):
        return _qdrant_gallery().exists(str(address))
    return Path(address, DATABASE).exists()


def open_gallery(
    address: str | Path, model: ModelInfo | None = None, write: bool = False
) -> AnyGallery:
    """Open a gallery of any kind.

    Args:
        address (str | Path): One of

            - a folder: an SQLite database with an index, see
              :class:`~mmdmr.gallery.gallery.Gallery`;
            - ``http://HOST:PORT/COLLECTION``, also ``https``: a collection of
              a Qdrant server. The key of the server is read from the
              environment variable ``QDRANT_API_KEY``;
            - ``qdrant:FOLDER``: Qdrant's embedded mode, for trying.
        model (ModelInfo | None): Model that will make queries or add persons.
            Defaults to None: not compared.
        write (bool): True to add or remove. Defaults to False.

    Returns:
        AnyGallery: The gallery.

    Raises:
        FileNotFoundError: There is no gallery.
        InputError: The gallery is damaged, of another format or model, being
            written to, or the address is malformed.
        OSError: The folder cannot be read, or the server does not answer.
    """
    if is_qdrant(address):
        return _qdrant_gallery().open(str(address), model, write)
    return Gallery.open(address, model, write)


def create_gallery(
    address: str | Path, model: ModelInfo, stored: str = 'float16'
) -> AnyGallery:
    """Make an empty gallery of any kind and open it for writing.

    Args:
        address (str | Path): Address, as :func:`open_gallery` takes it.
        model (ModelInfo): Model of the embeddings.
        stored (str): Type of the stored embeddings: ``float16``, in a folder
            also ``int8``. Defaults to 'float16'.

    Returns:
        AnyGallery: The gallery.

    Raises:
        InputError: The place is taken, the address is malformed, or the type
            is unknown.
        OSError: The folder cannot be written, or the server does not answer.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with create_gallery(folder, ModelInfo('toy', 'ab', 2)) as gallery:
        ...     len(gallery)
        0
        >>> gallery_exists(folder)
        True
    """
    if is_qdrant(address):
        return _qdrant_gallery().create(str(address), model, stored)
    return Gallery.create(address, model, stored)


def _qdrant_gallery() -> 'type[QdrantGallery]':
    try:
        # Only here is Qdrant's client needed.
        from .qdrant.gallery import QdrantGallery
    except ImportError as error:
        raise InputError(
            "a gallery of Qdrant needs Qdrant's client; install it with pip "
            "install 'mmdmr[qdrant]'"
        ) from error
    return QdrantGallery
