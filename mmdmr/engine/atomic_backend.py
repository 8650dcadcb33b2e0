"""File backend of MMEngine that writes completely or not at all."""

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from mmdmr.files import atomic_path

#: Name of the backend in ``backend_args=dict(backend=...)``.
ATOMIC = 'mmdmr.atomic'


class AtomicBackend(LocalBackend):
    """Writes files of this machine completely or not at all.

    MMEngine's ``LocalBackend`` writes into the file itself: a run that is
    killed meanwhile leaves half a file, and none of the old one.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'epoch_1.pth')
        >>> AtomicBackend().put(b'weights', path)
        >>> path.read_bytes()
        b'weights'
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes.

        Args:
            obj (bytes): Content of the file.
            filepath (str | Path): The file.

        Raises:
            OSError: The file cannot be written; a file of this name stands as
                it was.
        """
        with atomic_path(Path(filepath)) as draft:
            draft.write_bytes(obj)

    def put_text(
        self, obj: str, filepath: str | Path, encoding: str = 'utf-8'
    ) -> None:
        """Write a text.

        Args:
            obj (str): Content of the file.
            filepath (str | Path): The file.
            encoding (str): Encoding of the text. Defaults to 'utf-8'.

        Raises:
            OSError: The file cannot be written; a file of this name stands as
                it was.
        """
        self.put(obj.encode(encoding), filepath)


register_backend(ATOMIC, AtomicBackend, force=True)
