"""The SQLite database of a gallery: making, opening, errors in plain words."""

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mmdmr.errors import InputError

#: Name of the database in the folder of a gallery.
DATABASE = 'gallery.sqlite'
#: An empty database whose lock marks the one writer.
LOCK = 'writer.lock'
#: Version of the format, ``PRAGMA user_version`` of the database.
FORMAT = 1
#: ``PRAGMA application_id``: "mdmr" in ASCII.
APPLICATION = 0x6D646D72
#: Seconds that a reader or writer waits for a lock.
_PATIENCE = 10.0

# Rows, files and frames keep their numbers for ever (AUTOINCREMENT): an index
# that was built before a removal can never mistake a new person for an old
# one. Embeddings have a table of their own, so that a walk over the other
# columns does not read them. "frame" is -1 for a photograph.
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name UNIQUE NOT NULL,
    root NOT NULL DEFAULT ''
);
CREATE TABLE cameras (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name UNIQUE NOT NULL
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL,
    path NOT NULL, content_hash NOT NULL, size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, complete INTEGER NOT NULL, reason NOT NULL,
    UNIQUE (source, path)
);
CREATE INDEX files_of_content ON files (content_hash);
CREATE TABLE frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT, file INTEGER NOT NULL,
    frame INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    camera INTEGER NOT NULL, time REAL, UNIQUE (file, frame)
);
CREATE TABLE persons (
    row INTEGER PRIMARY KEY AUTOINCREMENT, frame INTEGER NOT NULL,
    x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL,
    score REAL NOT NULL, sighting INTEGER NOT NULL
);
CREATE INDEX persons_of_frame ON persons (frame);
CREATE INDEX persons_of_sighting ON persons (sighting);
CREATE TABLE embeddings (row INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE removed (row INTEGER PRIMARY KEY);
"""


def create_database(folder: Path, meta: dict[str, str | int]) -> None:
    """Make the empty database of a new gallery.

    Args:
        folder (Path): Folder of the gallery; made if it is missing.
        meta (dict[str, str | int]): First entries of the table ``meta``.

    Raises:
        InputError: The folder holds a gallery or other files, or another
            process makes a gallery there.
        OSError: The folder or the database cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f'{folder} is a file; a gallery is a folder')
    if (folder / DATABASE).exists():
        raise InputError(
            f'{folder} is a gallery already; open it, or name another folder'
        )
    draft = folder / f'{DATABASE}.part'
    # Draft and lock are what a killed process left while it made the gallery.
    others = [
        x for x in _listed(folder) if not x.name.startswith((draft.name, LOCK))
    ]
    if others:
        raise InputError(
            f'{folder} holds other files, such as {others[0].name}; a gallery '
            'needs a folder of its own'
        )
    folder.mkdir(parents=True, exist_ok=True)
    # Of two processes that make a gallery at once, one would write to a draft
    # that the other has deleted.
    with closing(lock_writer(folder)):
        if (folder / DATABASE).exists():
            raise InputError(f'{folder}: another process made the gallery')
        _write_database(draft, meta)
        draft.rename(folder / DATABASE)


def _write_database(draft: Path, meta: dict[str, str | int]) -> None:
    draft.unlink(missing_ok=True)
    with reported(draft):
        db = sqlite3.connect(draft, isolation_level=None)
        try:
            # Large pages hold many embeddings without gaps.
            db.execute('PRAGMA page_size = 16384')
            db.execute(f'PRAGMA application_id = {APPLICATION}')
            # One transaction: each would wait for the disk.
            db.executescript(f'BEGIN; {_SCHEMA}')
            db.executemany('INSERT INTO meta VALUES (?, ?)', meta.items())
            db.execute(f'PRAGMA user_version = {FORMAT}')
            db.execute('COMMIT')
            db.execute('PRAGMA journal_mode = WAL')
        finally:
            db.close()


def open_database(folder: Path, write: bool) -> sqlite3.Connection:
    """Open the database of a gallery and check what it is.

    Args:
        folder (Path): Folder of the gallery.
        write (bool): True to change the gallery.

    Returns:
        sqlite3.Connection: Connection without implicit transactions.

    Raises:
        FileNotFoundError: The folder is missing.
        InputError: The folder is no gallery, of another format, or damaged.
        OSError: The folder cannot be written.
    """
    path = folder / DATABASE
    if not path.is_file():
        if not folder.exists():
            raise FileNotFoundError(f'{folder}: no such gallery')
        raise InputError(
            f'{folder} is not a gallery: it has no file {DATABASE}'
        )
    with reported(path):
        db = _connect(path, write)
        try:
            _check_format(db, path)
            _check_schema(db, path)
            # A commit is on the disk when it returns, also at a power cut.
            db.execute('PRAGMA synchronous = FULL')
            # Removed embeddings are overwritten. Without this line, it depends
            # on how SQLite was built.
            db.execute('PRAGMA secure_delete = ON')
            db.execute(f'PRAGMA mmap_size = {2**40}')
        except BaseException:
            db.close()
            raise
    return db


def lock_writer(folder: Path) -> sqlite3.Connection:
    """Become the one writer of a gallery.

    The lock is SQLite's own: it works on every system and ends with the
    process, however the process ends.

    Args:
        folder (Path): Folder of the gallery.

    Returns:
        sqlite3.Connection: The lock, which is given back by ``close()``.

    Raises:
        InputError: Another process or object writes to the gallery.
    """
    path = folder / LOCK
    with reported(path):
        lock = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            lock.execute('BEGIN EXCLUSIVE')
        except BaseException as error:
            lock.close()
            if 'locked' in str(error):
                raise InputError(
                    f'{folder}: the gallery is being written to by another '
                    'process; wait until it has finished'
                ) from None
            raise
    return lock


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into errors that name the file and the cure.

    Args:
        path (Path): The database.

    Raises:
        InputError: The database is damaged, or locked for too long.
        OSError: The disk is full, or the database cannot be written.
    """
    try:
        yield
    # SQLite quotes damaged names in its messages, which Python then decodes.
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # SQLite also quotes statements of the database, line by line.
        text = ' '.join(str(error).split())
        if 'is full' in text:
            raise OSError(
                errno.ENOSPC,
                'no space is left; nothing of this batch was stored. Make '
                'room and index again',
                str(path),
            ) from error
        if 'readonly' in text or 'unable to open' in text:
            raise PermissionError(
                errno.EACCES,
                f'cannot be opened or written ({text}); check the rights of '
                'its folder',
                str(path),
            ) from error
        if 'I/O error' in text:
            raise OSError(
                errno.EIO, f'cannot be read or written ({text})', str(path)
            ) from error
        if 'locked' in text:
            raise InputError(
                f'{path}: locked by another process; try again when it has '
                'finished'
            ) from error
        if isinstance(error, sqlite3.ProgrammingError):
            raise
        raise InputError(
            f'{path}: the database is damaged or of another kind ({text}); '
            'restore a copy, or index the pictures again into a new gallery'
        ) from error


def to_sql(name: str) -> str | bytes:
    r"""Prepare a name for SQLite, which takes valid Unicode only.

    Args:
        name (str): Name, maybe with the surrogates by which Python stands for
            bytes that are no UTF-8.

    Returns:
        str | bytes: The name itself, or bytes for :func:`from_sql`.

    Example:
        >>> to_sql('zoë'), to_sql('zo\udceb')
        ('zoë', b'zo\xed\xb3\xab')
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode('utf-8', 'surrogatepass')
    return name


def from_sql(name: str | bytes) -> str:
    r"""Undo :func:`to_sql`.

    Args:
        name (str | bytes): Value from the database.

    Returns:
        str: The name.

    Raises:
        ValueError: The value is no name.

    Example:
        >>> from_sql(to_sql('zo\udceb')) == 'zo\udceb'
        True
    """
    if isinstance(name, bytes):
        return name.decode('utf-8', 'surrogatepass')
    if not isinstance(name, str):
        raise ValueError(f'{name!r} is no name')
    return name


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    """Connect, also to a gallery in a folder that nobody may write to."""
    address = f'{path.absolute().as_uri()}?mode={"rw" if write else "ro"}'
    db = _open(address)
    try:
        db.execute('SELECT count(*) FROM sqlite_master').fetchone()
    except sqlite3.OperationalError as error:
        db.close()
        log = _log(path)
        # SQLite wants a file beside the database even to read, unless it is
        # told that nothing can change. A log with changes must not be skipped,
        # and a database that another process has locked is about to change.
        skips = log.exists() and log.stat().st_size
        if write or skips or 'locked' in str(error):
            raise
        db = _open(f'{address}&immutable=1')
    return db


def _log(path: Path) -> Path:
    """Write-ahead log: changes that are not in the database itself yet."""
    return path.with_name(f'{path.name}-wal')


def _open(address: str) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=True, timeout=_PATIENCE, isolation_level=None
    )


def _check_schema(db: sqlite3.Connection, path: Path) -> None:
    """Refuse what computes rows or runs statements, which no gallery has.

    A view of a few bytes may have endless rows, and a trigger may change
    other rows than those that are written.
    """
    db.execute('PRAGMA trusted_schema = OFF')
    entries = db.execute('SELECT type, name, sql FROM sqlite_master')
    for kind, name, sql in entries.fetchall():
        # Of a damaged entry, SQLite may return bytes.
        if not all(isinstance(x, str | None) for x in (kind, name, sql)):
            raise sqlite3.DatabaseError('malformed database schema')
        if kind not in ('table', 'index') or re.search(
            r'\b(AS|VIRTUAL)\b', sql or '', re.IGNORECASE
        ):
            raise InputError(
                f'{path}: {name} is no plain table, as those of a gallery '
                'are; the gallery is not opened. Restore a copy, or index '
                'the pictures again into a new gallery'
            )


def _check_format(db: sqlite3.Connection, path: Path) -> None:
    (page,) = db.execute('PRAGMA page_size').fetchone()
    if path.stat().st_size % page and not _log(path).exists():
        raise sqlite3.DatabaseError('the file was cut short')
    (application,) = db.execute('PRAGMA application_id').fetchone()
    (version,) = db.execute('PRAGMA user_version').fetchone()
    if application != APPLICATION:
        raise InputError(f'{path}: a database, but not that of a gallery')
    if version != FORMAT:
        age = 'newer' if version > FORMAT else 'older'
        raise InputError(
            f'{path}: the gallery has format {version}, which is {age} than '
            f'format {FORMAT} of this version of mmdmr; use the version that '
            'wrote it, or index the pictures again'
        )
