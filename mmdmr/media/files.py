"""Finding the images and videos of a folder or a list of files."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmdmr.errors import InputError, printable

from .opening import BadMedia

IMAGE, VIDEO = 'image', 'video'
_MISSING = 'no such file or folder'

#: Suffixes of files that are taken for images, in lower case.
IMAGE_SUFFIXES = frozenset(
    (
        *('.jpg', '.jpeg', '.jpe', '.jfif', '.mpo', '.jp2', '.j2k'),
        *('.png', '.apng', '.webp', '.avif', '.gif', '.bmp', '.dib'),
        *('.tif', '.tiff', '.ppm', '.pgm', '.pbm', '.pnm'),
    )
)
#: Suffixes of files that are taken for videos, in lower case.
VIDEO_SUFFIXES = frozenset(
    (
        *('.mp4', '.m4v', '.mov', '.3gp', '.avi', '.mkv', '.webm', '.ogv'),
        *('.mpg', '.mpeg', '.vob', '.ts', '.mts', '.m2ts', '.wmv', '.asf'),
        *('.flv', '.mjpeg', '.mjpg', '.h264', '.264', '.h265', '.265'),
        *('.hevc',),
    )
)


@dataclass(frozen=True)
class MediaFile:
    """An image or a video.

    Args:
        path (Path): The file, absolute.
        name (str): Path relative to the root of the source, with ``/``.
        kind (str): ``image`` or ``video``, by the suffix.
    """

    path: Path
    name: str
    kind: str


@dataclass(frozen=True)
class MediaFiles:
    """Images and videos of a source, and what was left out.

    Args:
        root (Path): Folder that the names are relative to, absolute.
        files (tuple[MediaFile, ...]): Files in natural order of their names:
            ``2.jpg`` before ``10.jpg``.
        ignored (dict[str, int]): Number of files that are neither images nor
            videos, by suffix in lower case; '' for files without a suffix.
        num_hidden (int): Number of hidden files and folders, which were not
            looked into.
        num_links (int): Number of symbolic links that were not followed.
        unusable (tuple[BadMedia, ...]): One error for each file or folder
            that was found but cannot be used.
    """

    root: Path
    files: tuple[MediaFile, ...]
    ignored: dict[str, int] = field(default_factory=dict)
    num_hidden: int = 0
    num_links: int = 0
    unusable: tuple[BadMedia, ...] = ()

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[MediaFile]:
        return iter(self.files)

    def notes(self) -> list[str]:
        """Tell in words what was left out.

        Returns:
            list[str]: One line for each reason; empty if nothing was left out.

        Example:
            >>> MediaFiles(Path('a'), (), {'.txt': 2, '': 1}).notes()
            ['neither images nor videos: 2 .txt, 1 without suffix']
        """
        notes = []
        if self.ignored:
            ignored = sorted(
                self.ignored.items(), key=lambda pair: (-pair[1], pair[0])
            )
            notes.append(
                'neither images nor videos: '
                + ', '.join(
                    f'{number} {printable(suffix) or "without suffix"}'
                    for suffix, number in ignored
                )
            )
        if self.num_hidden:
            notes.append(f'hidden files and folders: {self.num_hidden}')
        if self.num_links:
            notes.append(f'symbolic links, not followed: {self.num_links}')
        return notes


def find_media(
    source: str | Path | Sequence[str | Path], follow_links: bool = False
) -> MediaFiles:
    """Find the images and videos of a folder, a file or a list of files.

    A folder is searched with its subfolders. Files and folders whose names
    begin with a dot are left out. So are symbolic links inside the folder,
    which may lead out of it, unless ``follow_links`` is true. The source
    itself, and the files of a list, may be links. Files are not opened: kinds
    are told by suffix.

    Args:
        source (str | Path | Sequence[str | Path]): Folder, file, or files of
            any folders. Names are relative to the folder, or to the deepest
            folder that holds all files. A file that is listed twice is taken
            once; a listed file that is missing is noted and left out.
        follow_links (bool): Whether links inside a folder are followed. Each
            folder is searched once, so that links in circles do no harm.
            Defaults to False.

    Returns:
        MediaFiles: The files in natural order, and what was left out.

    Raises:
        InputError: The source is missing, or holds neither images nor videos.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ('10.jpg', '2.jpg', 'notes.txt'):
        ...     (folder / name).touch()
        >>> found = find_media(folder)
        >>> [file.name for file in found], found.ignored
        (['2.jpg', '10.jpg'], {'.txt': 1})
    """
    if not isinstance(source, (str, Path)):
        found = _of_list(source)
    elif os.path.isdir(source):
        found = _of_folder(Path(os.path.abspath(source)), follow_links)
    elif os.path.exists(source):
        found = _of_list([source])
    else:
        raise InputError(f'{printable(source)}: {_MISSING}')
    if not found.files:
        # A file alone is named itself, not by its folder.
        place: str | Path = found.root
        if isinstance(source, (str, Path)) and os.path.isfile(source):
            place = source
        raise InputError(
            '; '.join(
                [f'{printable(place)}: no images or videos']
                + found.notes()
                + [str(error) for error in found.unusable]
            )
        )
    return found


def natural_key(name: str) -> tuple[list[list[str | int]], str]:
    """Make a key that sorts names by the numbers in them.

    Args:
        name (str): Relative path with ``/``.

    Returns:
        tuple[list[list[str | int]], str]: Text and numbers of each part of
        the path, and the name, which decides between ``1.jpg`` and ``01.jpg``.

    Example:
        >>> sorted(['b/1.jpg', 'a10.jpg', 'a9.jpg'], key=natural_key)
        ['a9.jpg', 'a10.jpg', 'b/1.jpg']
    """
    # Text and numbers alternate, so that equal places hold equal types.
    return [
        [
            int(part) if place % 2 else part
            for place, part in enumerate(re.split('([0-9]+)', folder))
        ]
        for folder in name.split('/')
    ], name


def _kind(name: str) -> tuple[str, str]:
    """Kind of a file, '' if it is neither, and its suffix."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in IMAGE_SUFFIXES:
        return IMAGE, suffix
    return (VIDEO if suffix in VIDEO_SUFFIXES else ''), suffix


def _is_text(name: str) -> bool:
    """Whether a name is valid Unicode; it is stored as UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_list(paths: Sequence[str | Path]) -> MediaFiles:
    """Sort the files of a list; what is no file, or missing, is noted."""
    if not paths:
        raise InputError('no files were named; name an image or a video')
    # A dict drops doubles and keeps the order.
    absolute = list(dict.fromkeys(os.path.abspath(path) for path in paths))
    root = os.path.commonpath([os.path.dirname(path) for path in absolute])
    finder = _Finder(Path(root))
    for path in absolute:
        if os.path.isdir(path):
            finder.refuse(path, 'this is a folder, but a list holds files')
        elif not os.path.exists(path):
            finder.refuse(path, _MISSING)
        else:
            name = path[len(root) :].lstrip(os.sep).replace(os.sep, '/')
            finder.take(path, name)
    return finder.result()


def _of_folder(root: Path, follow_links: bool) -> MediaFiles:
    """Search a folder and its subfolders, without recursion."""
    finder = _Finder(root)
    seen: set[tuple[int, int]] = set()
    folders = [(str(root), '')]
    while folders:
        folder, prefix = folders.pop()
        try:
            if follow_links:
                status = os.stat(folder)
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = prefix + entry.name
                    if entry.name.startswith('.'):
                        finder.num_hidden += 1
                    elif entry.is_symlink() and not follow_links:
                        finder.num_links += 1
                    elif entry.is_dir():
                        folders.append((entry.path, f'{name}/'))
                    else:
                        finder.take(entry.path, name, entry.is_file())
        except OSError as error:
            finder.refuse(folder, error.strerror or str(error))
    return finder.result()


class _Finder:
    """Sorts files into usable, ignored and unusable ones."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[MediaFile] = []
        self.ignored: Counter[str] = Counter()
        self.num_hidden = 0
        self.num_links = 0
        self.unusable: list[BadMedia] = []

    def take(self, path: str, name: str, is_regular: bool = True) -> None:
        kind, suffix = _kind(name)
        if not kind:
            self.ignored[suffix] += 1
        elif not is_regular:
            self.refuse(path, 'this is no regular file')
        elif not _is_text(name):
            self.refuse(path, 'the name is no valid Unicode; rename the file')
        else:
            self.files.append(MediaFile(Path(path), name, kind))

    def refuse(self, path: str, reason: str) -> None:
        self.unusable.append(BadMedia(path, reason))

    def result(self) -> MediaFiles:
        return MediaFiles(
            self.root,
            tuple(sorted(self.files, key=lambda file: natural_key(file.name))),
            dict(self.ignored),
            self.num_hidden,
            self.num_links,
            tuple(sorted(self.unusable, key=str)),
        )
