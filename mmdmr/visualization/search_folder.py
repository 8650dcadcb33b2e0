"""The folder that holds a search: which one may be rewritten, and how."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmdmr.visualization.search_json import is_search

#: Content of the folder.
JSON, SHEET, SCENES = 'hits.json', 'hits.png', 'scenes'
#: Folder inside the folder in which a search is drafted.
DRAFT = '.search.part'
#: Pattern of the files in the folder of scenes, see :func:`name_scene`.
_SCENE = re.compile(r'\d{2,}_(query|\d{3,})(_.*)?\.jpg', re.DOTALL)
#: Characters that some file system or shell does not take in a name.
_UNSAFE = frozenset('/\\:*?"<>|\'`$ ')
#: Bytes of a name: file systems take 255, encrypted ones 143.
_LONGEST = 100


def name_scene(person: int, rank: int | None, path: str) -> str:
    """Name the file of a scene.

    Args:
        person (int): Place of the queried person, from 1.
        rank (int | None): Place among the hits, from 1; None for the scene
            of the query.
        path (str): File of the scene, or the address of a stream: any text.

    Returns:
        str: Such as ``01_003_frame_0012.jpg``. The numbers come first, so no
        two names are alike. Unicode stays; characters that some file system
        does not take become ``_``; long names are cut.

    Example:
        >>> name_scene(1, 3, 'cam 2/Zoë.png'), name_scene(1, None, '../..')
        ('01_003_Zoë.jpg', '01_query.jpg')
    """
    stem = Path(path.replace('\\', '/').rstrip('/')).stem
    safe = ''.join(
        c if c.isprintable() and c not in _UNSAFE else '_' for c in stem
    )
    # Cut between characters: a part of one is left out.
    safe = safe.encode()[:_LONGEST].decode(errors='ignore').strip('._')
    place = 'query' if rank is None else f'{rank:03d}'
    return f'{person:02d}_{place}{"_" if safe else ""}{safe}.jpg'


def check_search_folder(folder: Path) -> None:
    """Check that a search may be written, before it is computed.

    Args:
        folder (Path): Folder of the search: new, empty, or with a former
            search and nothing else.

    Raises:
        FileExistsError: The path is a file, or the folder holds files that
            are no search. Nothing was changed.
        OSError: The folder cannot be read.
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise FileExistsError(f'{folder} is no folder; name another one')
    names = {path.name for path in folder.iterdir()}
    foreign = sorted(names - {JSON, SHEET, SCENES, DRAFT})
    if names and not foreign and not _is_ours(folder, names):
        foreign = [JSON if JSON in names else min(names)]
    if SCENES in names and not foreign:
        foreign = _foreign_scenes(folder / SCENES)
    if foreign:
        raise FileExistsError(
            f'{folder} holds files that are no former search, such as '
            f'{foreign[0]!r}; name a new folder, or one of a former search '
            'to be replaced'
        )


def _is_ours(folder: Path, names: set[str]) -> bool:
    """Whether a folder was written by a search, finished or killed."""
    if JSON in names:
        try:
            return is_search((folder / JSON).read_text(encoding='utf-8'))
        except (UnicodeDecodeError, IsADirectoryError):
            return False
    draft = folder / DRAFT
    return draft.is_dir() and not draft.is_symlink()


def _foreign_scenes(scenes: Path) -> list[str]:
    if scenes.is_symlink() or not scenes.is_dir():
        return [SCENES]
    return sorted(
        f'{SCENES}/{path.name}'
        for path in scenes.iterdir()
        if not _SCENE.fullmatch(path.name)
    )


@contextmanager
def replace_search(folder: Path) -> Iterator[Path]:
    """Write a search completely, or leave the former one as it is.

    Args:
        folder (Path): Folder of the search. It is made if need be.

    Yields:
        Path: Draft inside the folder, with an empty folder of scenes. At the
        end its content replaces the former search; if an error is raised, the
        draft is deleted.

    Raises:
        FileExistsError: The folder holds something else.
        OSError: The folder cannot be written.
    """
    check_search_folder(folder)
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / DRAFT
    try:
        if draft.exists():  # of a process that was killed
            shutil.rmtree(draft)
        (draft / SCENES).mkdir(parents=True)
        yield draft
        if (folder / SCENES).exists():
            (folder / SCENES).rename(draft / 'former')
        (draft / SCENES).rename(folder / SCENES)
        (draft / SHEET).replace(folder / SHEET)
        # The last step: a process that is killed before leaves the draft, by
        # which the folder is known as a search.
        (draft / JSON).replace(folder / JSON)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # not empty: the search is complete
                folder.rmdir()
