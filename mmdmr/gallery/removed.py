"""The numbers of persons that were removed from a gallery."""

import sqlite3

#: Removed persons outside the index whose numbers are kept, at most.
_MOST_REMOVED = 2000


def forget_removed(db: sqlite3.Connection) -> None:
    """Keep the table of removed persons short: readers read it at each change.

    Persons of the index stay in it, because the index still holds them.

    Args:
        db (sqlite3.Connection): The database, in a transaction that changes
            it.
    """
    (last,) = db.execute(
        "SELECT coalesce(max(json_extract(value, '$.last_row')), 0) FROM meta "
        "WHERE key = 'index' AND json_valid(value)"
    ).fetchone()
    (num,) = db.execute(
        'SELECT count(*) FROM removed WHERE row > ?', (last,)
    ).fetchone()
    if num <= _MOST_REMOVED:
        return
    db.execute('DELETE FROM removed WHERE row > ?', (last,))
    # The generation that this change will have.
    db.execute(
        "INSERT OR REPLACE INTO meta SELECT 'forgotten', value + 1 FROM meta "
        "WHERE key = 'generation'"
    )
