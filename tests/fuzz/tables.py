"""Changes of SQLite databases: values, rows, tables."""

import contextlib
import os
import sqlite3
import tempfile

from .trees import CHANGES, change_json

VALUES = (
    *(None, -1, 0, 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1.5, 1e308),
    *(float('inf'), 'a', '', '7', 'a\0b', '\u202ea', '../../near/secret.json'),
    *('/etc/hostname', b'', b'\xff\xfe', b'\xed\xa0', 'x' * 5000),
)
STATEMENTS = (
    *('PRAGMA user_version = 2', 'PRAGMA application_id = 1'),
    *('PRAGMA journal_mode = DELETE', 'PRAGMA user_version = -5'),
)


def _edit(data, work):
    """Run SQL on a copy of a database and return what became of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.sqlite')
        with open(path, 'wb') as file:
            file.write(data)
        db = sqlite3.connect(path, isolation_level=None)
        with contextlib.closing(db):
            db.execute('PRAGMA synchronous = OFF')
            work(db)
            db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        with open(path, 'rb') as file:
            return file.read()


def _tables(db):
    found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return sorted(name for (name,) in found)


def cell(data, where, how):
    """Put another value into a column of a row, or of all rows."""

    def work(db):
        tables = _tables(db)
        table = tables[where % len(tables)]
        columns = [row[1] for row in db.execute(f'PRAGMA table_info({table})')]
        column = columns[where // 16 % len(columns)]
        number = db.execute(f'SELECT count(*) FROM {table}').fetchone()[0]
        value = VALUES[how % len(VALUES)]
        first = columns[0]
        sql = f'UPDATE OR REPLACE {table} SET {column} = ?'
        if how // 32 % 4:
            sql += (
                f' WHERE {first} = (SELECT {first} FROM {table} LIMIT 1 '
                f'OFFSET {where // 256 % max(number, 1)})'
            )
        db.execute(sql, (value,))

    return _edit(data, work)


def row(data, where, how):
    """Delete a row."""

    def work(db):
        tables = _tables(db)
        table = tables[where % len(tables)]
        first = db.execute(f'PRAGMA table_info({table})').fetchone()[1]
        number = db.execute(f'SELECT count(*) FROM {table}').fetchone()[0]
        db.execute(
            f'DELETE FROM {table} WHERE {first} = (SELECT {first} FROM '
            f'{table} LIMIT 1 OFFSET {how % max(number, 1)})'
        )

    return _edit(data, work)


def table(data, where, how):
    """Take a table or an index away, or change what the file says it is."""

    def work(db):
        tables = _tables(db)
        name = tables[where % len(tables)]
        if how % 4 == 0:
            db.execute(f'DROP TABLE {name}')
        elif how % 4 == 1:
            db.execute(f'ALTER TABLE {name} RENAME TO other')
        elif how % 4 == 2:
            columns = [r[1] for r in db.execute(f'PRAGMA table_info({name})')]
            column = columns[where // 16 % len(columns)]
            db.execute(f'ALTER TABLE {name} RENAME COLUMN {column} TO other')
        else:
            db.execute(STATEMENTS[where % len(STATEMENTS)])

    return _edit(data, work)


def meta(data, where, how):
    """Change a text of JSON in the table of facts."""

    def work(db):
        found = db.execute(
            "SELECT key, value FROM meta WHERE substr(value, 1, 1) = '{'"
        ).fetchall()
        name, value = found[where % len(found)]
        change = sorted(CHANGES)[where // 8 % len(CHANGES)]
        changed = change_json(value.encode(), change, where // 64, how)
        db.execute(
            'UPDATE meta SET value = ? WHERE key = ?',
            (changed.decode(), name),
        )

    return _edit(data, work)


TABLES = dict(cell=cell, row=row, table=table, meta=meta)
