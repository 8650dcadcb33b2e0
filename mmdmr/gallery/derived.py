"""Files of the index: written once, checked before they are trusted."""

import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .filters import Columns

#: Names of the files in the folder of an index.
CODES, VECTORS = 'codes.faiss', 'vectors.npy'
_NAMES = {CODES, VECTORS, *(f'{field}.npy' for field in Columns._fields)}
_CHUNK = 2**22


@dataclass(frozen=True)
class IndexState:
    """Description of an index, kept in the database.

    Args:
        folder (str): Name of the folder of the index.
        num_rows (int): Number of persons n of the index.
        last_row (int): Greatest number of a person at the time of building.
        candidates (dict[int, int]): Numbers of candidates to compare for the
            10, 20, 50 and 100 most similar persons.
        recalls (dict[int, float]): Shares of the 10, 20, 50 and 100 most
            similar persons that are among the candidates, measured on a
            sample of stored persons.
        files (dict[str, tuple[int, int]]): Size in bytes and CRC-32 of each
            file.
        seconds (float): Time of building in seconds.
    """

    folder: str
    num_rows: int
    last_row: int
    candidates: dict[int, int]
    recalls: dict[int, float]
    files: dict[str, tuple[int, int]]
    seconds: float

    @property
    def recall(self) -> float:
        """float: Measured share of the 10 most similar persons."""
        return self.recalls[min(self.recalls)]

    @property
    def num_bytes(self) -> int:
        """int: Size of all files in bytes."""
        return sum(size for size, _ in self.files.values())

    def to_json(self) -> str:
        """Turn the description into text.

        Returns:
            str: JSON.
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> 'IndexState':
        """Read a description.

        Args:
            text (str): Text of :meth:`to_json`.

        Returns:
            IndexState: The description.

        Raises:
            ValueError: The text is something else.
        """
        try:
            values = json.loads(text)
            for field in ('candidates', 'recalls'):
                # JSON has turned the sizes into text.
                values[field] = {int(k): v for k, v in values[field].items()}
            values['files'] = {
                name: tuple(pair) for name, pair in values['files'].items()
            }
            state = cls(**values)
        except (
            *(AttributeError, KeyError, TypeError, ValueError),
            RecursionError,
        ) as error:
            raise ValueError(f'no description of an index: {error}') from error
        _check(state)
        return state

    def candidates_for(self, size: int) -> int:
        """Number of candidates to compare.

        Args:
            size (int): Number of most similar persons wanted.

        Returns:
            int: Number of candidates.
        """
        for measured in sorted(self.candidates):
            if size <= measured:
                return self.candidates[measured]
        return -(-size * self.candidates[measured] // measured)


def _check(state: IndexState) -> None:
    """Check the values of a description that was read.

    Raises:
        ValueError: A value is of another type, or a file lies elsewhere.
    """
    sizes = [size for pair in state.files.values() for size in pair]
    numbers = [state.num_rows, state.last_row, *sizes]
    numbers += state.candidates.values()
    names = [state.folder, *state.files]
    if (
        not all(type(number) is int and number >= 0 for number in numbers)
        or not all(type(recall) is float for recall in state.recalls.values())
        or not all(len(pair) == 2 for pair in state.files.values())
        or not all(isinstance(n, str) and Path(n).name == n for n in names)
        or not (state.candidates and state.recalls)
        or min(state.candidates) < 1
    ):
        raise ValueError('no description of an index: a value is wrong')


def describe_file(path: Path) -> tuple[int, int]:
    """Size and checksum of a file.

    Args:
        path (Path): The file.

    Returns:
        tuple[int, int]: Size in bytes and CRC-32.

    Raises:
        OSError: The file cannot be read.
    """
    checksum = 0
    with path.open('rb') as file:
        while chunk := file.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return path.stat().st_size, checksum


def flush(path: Path) -> None:
    """Wait until a file is on the disk.

    Args:
        path (Path): The file.
    """
    with path.open('rb+') as file:
        os.fsync(file.fileno())


def check_files(folder: Path, state: IndexState, thorough: bool) -> None:
    """Compare the files with their description.

    Args:
        folder (Path): Folder of the index.
        state (IndexState): Description.
        thorough (bool): True to read all files; False to compare the sizes,
            and the checksums of the small files.

    Raises:
        ValueError: A file is another one than at the time of building.
        OSError: A file is missing.
    """
    # Names are compared with constants: none leads out of the folder.
    if state.folder == '..' or set(state.files) != _NAMES:
        raise ValueError(f'{folder} has other files than an index')
    for name, (size, checksum) in state.files.items():
        path = folder / name
        if path.stat().st_size != size:
            raise ValueError(
                f'{path} has {path.stat().st_size} bytes, not {size}'
            )
        read = thorough or name != VECTORS
        if read and describe_file(path)[1] != checksum:
            raise ValueError(f'{path} is damaged')


def save_columns(folder: Path, columns: Columns) -> list[str]:
    """Write columns, one file each.

    Args:
        folder (Path): Folder of the index.
        columns (Columns): Persons of the index.

    Returns:
        list[str]: Names of the files.
    """
    names = [f'{field}.npy' for field in Columns._fields]
    for name, column in zip(names, columns):
        np.save(folder / name, column)
    return names


def load_columns(folder: Path) -> Columns:
    """Map the columns into memory.

    Args:
        folder (Path): Folder of the index.

    Returns:
        Columns: Persons of the index.
    """
    return Columns(
        *(load_array(folder / f'{name}.npy') for name in Columns._fields)
    )


def load_array(path: Path) -> np.ndarray:
    """Map an array into memory.

    Args:
        path (Path): File in NumPy's format.

    Returns:
        np.ndarray: The array, read when it is looked at.

    Raises:
        ValueError: The file is no array.
        OSError: The file is missing.
    """
    try:
        array = np.load(path, mmap_mode='r', allow_pickle=False)
    except OSError:
        raise
    except Exception as error:  # a damaged header raises many kinds
        raise ValueError(f'{path} is no array: {error}') from error
    # A plain view: each slice of a memmap object would cost microseconds.
    return array.view(np.ndarray)
