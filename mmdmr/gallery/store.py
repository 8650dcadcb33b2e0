"""Reading and writing the database of a gallery."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import ModelInfo

from .checks import read_model
from .database import (
    DATABASE,
    create_database,
    from_sql,
    lock_writer,
    open_database,
    reported,
)
from .filters import COLUMN_TYPES, Columns, join_columns
from .removed import forget_removed
from .vectors import stored_dtype

#: Numbers of persons and sightings are below this: room for a next one.
_LARGEST = 2**62
#: Persons whose columns are read at once.
_SOME = 50_000


class Store:
    """The database of a gallery, and the lock of its writer.

    A connection belongs to the thread that made it.

    Args:
        folder (Path): Folder of the gallery.
        write (bool): True to change the gallery. Defaults to False.

    Attributes:
        model (ModelInfo): Model of the embeddings.
        dtype (np.dtype): Type of the stored embeddings.

    Raises:
        FileNotFoundError: The folder is missing.
        InputError: The folder is no gallery, is damaged, of another format,
            or being written to.
        OSError: The folder cannot be read or written.
    """

    def __init__(self, folder: Path, write: bool = False) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self.db = open_database(folder, write)
        self._lock: sqlite3.Connection | None = None
        try:
            self._lock = lock_writer(folder) if write else None
            self.model = self._read_model()
            self.dtype = self._read_dtype()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def create(folder: Path, model: ModelInfo, stored: str) -> None:
        """Make an empty gallery.

        Args:
            folder (Path): Folder that is missing or empty.
            model (ModelInfo): Model of the embeddings.
            stored (str): ``float16`` or ``int8``.

        Raises:
            InputError: The folder holds something, or the type is unknown.
            OSError: The folder cannot be written.
        """
        stored_dtype(stored)
        create_database(
            folder,
            dict(
                model=json.dumps(vars(model)),
                stored=stored,
                generation=0,
                next_sighting=0,
                index='',
            ),
        )

    def close(self) -> None:
        """Give back the files and the lock."""
        self.db.close()
        if self._lock is not None:
            self._lock.close()

    def damage(self, what: str) -> InputError:
        """Make the error for a damaged database.

        Args:
            what (str): What is wrong.

        Returns:
            InputError: Error that names the file and the cure.
        """
        return InputError(
            f'{self.path}: the database is damaged: {what}; restore a copy, '
            'or index the pictures again into a new gallery'
        )

    @contextmanager
    def sound(self) -> Iterator[None]:
        """Turn errors about values of the database into the one for damage.

        SQLite takes a value of any type into any column.

        Raises:
            InputError: A value is of another type, or beyond all bounds.
        """
        try:
            yield
        except InputError:
            raise
        except (
            *(TypeError, ValueError, ArithmeticError),
            RecursionError,
        ) as error:
            raise self.damage(
                f'a value is of a wrong kind ({error})'
            ) from error

    def check_writable(self) -> None:
        """Check that the gallery may be changed.

        Raises:
            InputError: The gallery was opened for reading.
        """
        if self._lock is None:
            raise InputError(
                f'{self.folder}: the gallery was opened for reading; open it '
                'with write=True to change it'
            )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read one state of the gallery, also while a writer changes it.

        Raises:
            InputError: The database is damaged.
        """
        with reported(self.path):
            if self.db.in_transaction:
                yield
                return
            self.db.execute('BEGIN')
            try:
                yield
            finally:
                self._end('COMMIT')

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change the gallery, durably and completely or not at all.

        Yields:
            sqlite3.Connection: Connection in a transaction.

        Raises:
            InputError: The gallery was opened for reading.
            OSError: The disk is full.
        """
        self.check_writable()
        with reported(self.path):
            self.db.execute('BEGIN IMMEDIATE')
            try:
                yield self.db
                forget_removed(self.db)
                self.db.execute(
                    'UPDATE meta SET value = value + 1 '
                    "WHERE key = 'generation'"
                )
                self.db.execute('COMMIT')
            except BaseException:
                # Ctrl-C, too, leaves nothing of the batch behind.
                self._end('ROLLBACK')
                raise

    def meta(self, key: str) -> Any:
        """Read a value of the table ``meta``.

        Args:
            key (str): Name of the value.

        Returns:
            Any: Text or a number.
        """
        value = self.one('SELECT value FROM meta WHERE key = ?', key)
        if value is None:
            raise self.damage(f'it lacks the entry {key!r}')
        return value[0]

    def one(self, sql: str, *values: Any) -> Any:
        """First row of a query.

        Args:
            sql (str): Statement.
            *values (Any): Values of its question marks.

        Returns:
            Any: The row, or None if there is none.
        """
        with reported(self.path):
            return self.db.execute(sql, values).fetchone()

    def all(self, sql: str, *values: Any) -> list[Any]:
        """All rows of a query.

        Args:
            sql (str): Statement.
            *values (Any): Values of its question marks.

        Returns:
            list[Any]: The rows.
        """
        with reported(self.path):
            return self.db.execute(sql, values).fetchall()

    def names(self, table: str) -> dict[str, int]:
        """Numbers of the sources or cameras by name.

        Args:
            table (str): ``sources`` or ``cameras``.

        Returns:
            dict[str, int]: Numbers, in the order in which names were added.
        """
        found = self.all(f'SELECT name, id FROM {table} ORDER BY id')
        with self.sound():
            return {from_sql(name): number for name, number in found}

    def columns(self, after: int) -> Columns:
        """What the filters look at.

        Args:
            after (int): Persons with greater numbers are read.

        Returns:
            Columns: Persons by rising number.
        """
        parts = [self._some_columns(after)]
        while len(parts[-1].rows) == _SOME:
            parts.append(self._some_columns(int(parts[-1].rows[-1])))
        return join_columns(parts)

    def blocks(
        self, size: int, after: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Read all embeddings, some at a time.

        Args:
            size (int): Number of embeddings of a block.
            after (int): Persons with greater numbers are read. Defaults to 0.

        Yields:
            tuple[np.ndarray, np.ndarray]: Rising (n,) int64 rows and (n, D)
            codes.
        """
        while True:
            found = self.all(
                'SELECT row, value FROM embeddings WHERE row > ? '
                'ORDER BY row LIMIT ?',
                after,
                size,
            )
            if not found:
                return
            rows, values = zip(*found)
            yield np.array(rows, dtype=np.int64), self._codes(values)
            after = rows[-1]

    def codes(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Read the embeddings of some persons.

        Args:
            rows (Sequence[int] | np.ndarray): (n,) numbers of persons, each
                once or more.

        Returns:
            np.ndarray: (n, D) codes.

        Raises:
            InputError: A person is not in the gallery.
        """
        values = self.by_row(
            'SELECT e.row, e.value FROM json_each(?) AS j '
            'CROSS JOIN embeddings AS e ON e.row = j.value',
            rows,
            lambda found: found[1],
        )
        return self._codes(values)

    def _some_columns(self, after: int) -> Columns:
        found = self.all(
            'SELECT p.row, f.source, r.camera, r.time, p.score, p.sighting '
            'FROM persons AS p JOIN frames AS r ON r.id = p.frame '
            'JOIN files AS f ON f.id = r.file WHERE p.row > ? '
            'ORDER BY p.row LIMIT ?',
            after,
            _SOME,
        )
        lists = zip(*found) if found else [[]] * len(COLUMN_TYPES)
        with self.sound(), np.errstate(over='raise'):
            return Columns(
                *(
                    np.array(values, dtype)
                    for values, dtype in zip(lists, COLUMN_TYPES)
                )
            )

    def by_row(
        self,
        sql: str,
        rows: Sequence[int] | np.ndarray,
        make: Callable[[Any], Any],
    ) -> list[Any]:
        """Read something of some persons.

        Args:
            sql (str): Statement whose question mark is a JSON list of rows,
                and whose first column is the row.
            rows (Sequence[int] | np.ndarray): Numbers of persons, in any
                order.
            make (Callable): Function of a found row.

        Returns:
            list[Any]: Results of ``make`` in the order of the numbers.

        Raises:
            InputError: A person is not in the gallery.
        """
        wanted = [int(row) for row in rows]
        found = self.all(sql, json.dumps(sorted(set(wanted))))
        with self.sound():
            made = {row[0]: make(row) for row in found}
        missing = [row for row in wanted if row not in made]
        if missing:
            raise InputError(
                f'{self.folder}: the gallery holds no person {missing[0]}, '
                'maybe no longer'
            )
        return [made[row] for row in wanted]

    def _codes(self, values: Sequence[bytes]) -> np.ndarray:
        width = self.model.dim * self.dtype.itemsize
        if any(
            not isinstance(value, bytes) or len(value) != width
            for value in values
        ):
            raise self.damage(f'an embedding does not have {width} bytes')
        codes = np.frombuffer(b''.join(values), self.dtype)
        return codes.reshape(-1, self.model.dim)

    def whole(self, key: str) -> int:
        """Read a number of the table ``meta``.

        Args:
            key (str): Name of the number.

        Returns:
            int: Number of 0 or more.

        Raises:
            InputError: The value is anything else.
        """
        value = self.meta(key)
        if not isinstance(value, int) or not 0 <= value < _LARGEST:
            raise self.damage(f'{key} is {value!r}')
        return value

    def _read_model(self) -> ModelInfo:
        try:
            return read_model(json.loads(self.meta('model')))
        except (TypeError, ValueError, RecursionError) as error:
            raise self.damage(f'the model is not described: {error}') from None

    def _read_dtype(self) -> np.dtype:
        try:
            return stored_dtype(str(self.meta('stored')))
        except InputError as error:
            raise self.damage(str(error)) from None

    def _end(self, statement: str) -> None:
        # After some errors SQLite has ended the transaction itself.
        if self.db.in_transaction:
            self.db.execute(statement)
