"""The claim of the one writer of a Qdrant gallery.

The claim stands in the head of the gallery. Each change of the head names the
state that it replaces, and Qdrant makes the change only if that state is the
stored one. So a writer that lost its claim cannot change the head any more.
"""

import os
import socket
import time
from dataclasses import replace
from uuid import uuid4

from mmdmr.errors import InputError
from mmdmr.structures.times import write_date

from .head import Head, Owner
from .store import QdrantStore

#: Seconds that a claim lasts after the last write.
SECONDS = 90.0


class Claim:
    """The right to write, until it is given back or runs out.

    Args:
        store (QdrantStore): The collections.

    Attributes:
        head (Head): Head of the gallery as this writer left it.

    Raises:
        InputError: Another process writes to the gallery.
    """

    def __init__(self, store: QdrantStore) -> None:
        self._store = store
        self._token = uuid4().hex
        self._since = time.time()
        self.head = store.head()
        self._check_free(self.head.owner)
        try:
            self.change(self.head)
        except InputError:
            # Another process was faster: its name makes the better message.
            self._check_free(store.head().owner)
            raise

    def change(self, head: Head) -> None:
        """Replace the head, and extend the claim.

        Args:
            head (Head): The former head with changes.

        Raises:
            InputError: Another process has taken the claim over.
        """
        new = replace(head, stamp=uuid4().hex, owner=self._owner())
        self._replace(new)

    def check(self) -> None:
        """Check that the claim still stands.

        Raises:
            InputError: Another process has taken the claim over.
        """
        stored = self._store.current_head()
        if stored.stamp != self.head.stamp:
            raise self._lost(stored.owner)

    def give_back(self) -> None:
        """Let other processes write.

        Raises:
            InputError: Another process has taken the claim over.
            ConnectionError: The server does not answer.
        """
        free = replace(self.head, stamp=uuid4().hex, owner=None)
        # A server that is away need not be waited for: the claim runs out.
        self._replace(free, patience=0)

    def _replace(self, new: Head, patience: float | None = None) -> None:
        stored = self._store.replace_head(new, self.head.stamp, patience)
        if stored.stamp != new.stamp:
            raise self._lost(stored.owner)
        self.head = new

    def _owner(self) -> Owner:
        return Owner(
            self._token,
            socket.gethostname(),
            os.getpid(),
            self._since,
            time.time() + SECONDS,
        )

    def _check_free(self, owner: Owner | None) -> None:
        # A folder of the embedded mode is locked: its former writer is gone.
        embedded = self._store.address.folder is not None
        if owner is None or embedded or time.time() > owner.until:
            return
        raise InputError(
            f'{self._store.address.shown}: the gallery is being written to '
            f'{_who(owner)}; wait until it has finished. If that process was '
            f'killed, its claim ends at {_clock(owner.until)}'
        )

    def _lost(self, owner: Owner | None) -> InputError:
        by = 'by another process' if owner is None else _who(owner)
        return InputError(
            f'{self._store.address.shown}: this process was silent for more '
            f'than {SECONDS:.0f} seconds, and the gallery has been taken over '
            f'{by}. Nothing is lost: run the command again when that process '
            'has finished'
        )


def _who(owner: Owner) -> str:
    return (
        f'by process {owner.process} on {owner.host} since '
        f'{_clock(owner.since)}'
    )


def _clock(seconds: float) -> str:
    date = write_date(seconds, '%Y-%m-%d %H:%M:%S UTC')
    return date or f'{seconds:g} s'
