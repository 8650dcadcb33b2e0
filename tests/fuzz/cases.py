"""Cases: a sound set of files, and what is done with it."""

import os
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .guard import Wrong

#: Folder of the kept recipes, and of content that takes PyTorch to make.
SEEDS = Path(__file__).parents[1] / 'data/fuzz'


@dataclass
class Case:
    """A sound set of files, and what is done with it.

    Args:
        make (Callable): Writes the files into a folder.
        run (Callable): Takes the folder of the files, perhaps changed, and a
            folder for results.
        writes (tuple[str, ...]): Folders that may change: ``out``, and
            ``in/NAME``.
        weight (int): How often the case is drawn, compared with others.
        often (dict[str, int]): How often files are changed, 1 if missing.
    """

    make: Callable
    run: Callable
    writes: tuple = ('out',)
    weight: int = 1
    often: dict = field(default_factory=dict)

    @cached_property
    def _files(self):
        with tempfile.TemporaryDirectory() as folder:
            self.make(Path(folder))
            return {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(Path(folder).rglob('*'))
                if path.is_file()
            }

    def files(self):
        """Content of the sound set by name; made once."""
        return self._files


def claim(condition, text):
    """Report a result that is not what it has to be."""
    if not condition:
        raise Wrong(text)


@contextmanager
def inside(folder):
    """Work in a folder."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
