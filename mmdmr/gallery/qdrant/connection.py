"""The connection to Qdrant: patience with a server, errors in plain words."""

import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any, TypeVar

import httpx
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import (
    ResponseHandlingException,
    UnexpectedResponse,
)

from mmdmr.errors import InputError

from .address import Address
from .pickles import check_folder

#: Environment variable with the key of the server.
KEY = 'QDRANT_API_KEY'
#: Seconds of pauses between tries; the last pause repeats.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
#: Seconds after the first failure during which a call is tried again.
PATIENCE = 60.0
#: Oldest server with conditional writes, which keep two writers apart.
OLDEST = (1, 16)

_Answer = TypeVar('_Answer')
_FAILURES = (
    ResponseHandlingException,
    UnexpectedResponse,
    ResourceExhaustedResponse,
)
#: What the client raises of an answer that it does not understand.
_ODD = (json.JSONDecodeError, UnicodeDecodeError, AssertionError)
#: Letters of what a server says that are repeated.
_SAID = 200
_LOGGER = logging.getLogger(__name__)


class Connection:
    """A client of Qdrant that waits for a server that is away or busy.

    Every call may be repeated: an answer can be lost after the server has
    done the work. So calls must be such that a second time changes nothing.

    Args:
        address (Address): Server or folder.

    Attributes:
        client (QdrantClient): Qdrant's client.

    Raises:
        InputError: The folder is in use or damaged, or the server is too old
            or no Qdrant server.
        ConnectionError: The server does not answer.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        if address.folder is not None:
            self.client = _embedded(address)
            return
        self.client = _remote(address)
        try:
            self._check_version()
        except BaseException:
            self.client.close()
            raise

    def call(
        self,
        function: Callable[[QdrantClient], _Answer],
        patience: float | None = None,
    ) -> _Answer:
        """Ask the server, again and again if it is away or busy.

        Args:
            function (Callable): Function that makes one call of the client
                and may be repeated.
            patience (float | None): Seconds after the first failure during
                which the call is repeated. Defaults to None: ``PATIENCE``.

        Returns:
            Any: What the function returns.

        Raises:
            InputError: The server refuses.
            ConnectionError: The server does not answer in time.
        """
        patience = PATIENCE if patience is None else patience
        first_failure: float | None = None
        for pause in _pauses():
            try:
                answer = function(self.client)
            except _FAILURES as error:
                reason = self._temporary(error)
            except _ODD as error:
                if self.address.folder is not None:
                    # Not of an answer: a bug.
                    raise
                raise self._no_qdrant() from error
            else:
                if first_failure is not None:
                    _LOGGER.warning('%s: answers again', self.address.shown)
                return answer
            now = time.monotonic()
            if first_failure is None:
                first_failure = now
                if patience:
                    _LOGGER.warning(
                        '%s: %s; waiting for the server, up to %.0f s',
                        *(self.address.shown, reason, patience),
                    )
            if now + pause > first_failure + patience:
                break
            time.sleep(pause)
        raise ConnectionError(
            f'{self.address.shown}: the Qdrant server did not answer for '
            f'{patience:.0f} seconds ({reason}). What was stored is safe: '
            'start the server, then run the command again to go on'
        )

    def close(self) -> None:
        """Give back the folder or the connection."""
        self.client.close()

    def _temporary(self, error: Exception) -> str:
        """Reason of a failure that may pass; other failures are raised."""
        if isinstance(error, UnexpectedResponse):
            status = error.status_code or 0
            # 408 and 429: too slow, too many calls. 5xx: trouble over there.
            if status >= 500 or status in (408, 429):
                return f'the server answers {status}: {_said(error)}'
            raise self._refusal(status, _said(error)) from None
        if isinstance(error, ResponseHandlingException):
            source = error.source
            if isinstance(source, httpx.TransportError):
                text = f': {source}' if str(source) else ''
                return f'{type(source).__name__}{text}'
            if isinstance(source, httpx.InvalidURL):
                raise InputError(
                    f'{self.address.shown}: no address of a server: {source}'
                ) from None
            raise self._no_qdrant() from error
        return str(error)

    def _no_qdrant(self) -> InputError:
        return InputError(
            f'{self.address.shown}: the answer is not that of a Qdrant '
            'server of a version that its client knows; check the address'
        )

    def _refusal(self, status: int, said: str) -> InputError:
        shown = self.address.shown
        if status in (401, 403):
            state = 'is set, but' if os.environ.get(KEY) else 'is not set, and'
            return InputError(
                f'{shown}: the server wants a key with the right to do this '
                f'({status}). The environment variable {KEY} {state} the '
                'server refuses'
            )
        return InputError(f'{shown}: the server refuses ({status}): {said}')

    def _check_version(self) -> None:
        version = self.call(lambda client: client.info()).version
        numbers = version.split('.')[:2]
        if not all(part.isdecimal() for part in numbers):
            return
        if tuple(map(int, numbers)) < OLDEST:
            oldest = '.'.join(map(str, OLDEST))
            raise InputError(
                f'{self.address.shown}: the server is Qdrant {version}; '
                f'galleries need Qdrant {oldest} or newer, which can write '
                'under a condition'
            )


def _pauses() -> Iterator[float]:
    return chain(PAUSES, repeat(PAUSES[-1]))


def _said(error: UnexpectedResponse) -> str:
    """What the server says of an error, in one short line."""
    text = error.content.decode('utf-8', 'replace')
    try:
        text = str(json.loads(text)['status']['error'])
    except (ValueError, KeyError, TypeError):
        text = text or error.reason_phrase
    return ' '.join(text.split())[:_SAID]


def _remote(address: Address) -> QdrantClient:
    key = os.environ.get(KEY)
    is_secure = address.url.startswith('https:')
    if key and not is_secure:
        _LOGGER.warning(
            '%s: the key of %s is sent without encryption', address.shown, KEY
        )
    # Without TLS, certificates need not be loaded: that saves 0.1 s.
    options: dict[str, Any] = {} if is_secure else dict(verify=False)
    with warnings.catch_warnings():
        # Said above, in our words.
        warnings.simplefilter('ignore', UserWarning)
        return QdrantClient(
            url=address.url,
            api_key=key or None,
            timeout=address.timeout,
            check_compatibility=False,
            **options,
        )


def _embedded(address: Address) -> QdrantClient:
    assert address.folder is not None
    check_folder(address.folder, {address.collection, address.files})
    try:
        with warnings.catch_warnings():
            # Of more than 20,000 persons, which the documentation tells.
            warnings.simplefilter('ignore', UserWarning)
            return QdrantClient(path=str(address.folder))
    except RuntimeError as error:
        if 'already accessed' not in str(error):
            raise
        raise InputError(
            f'{address.shown}: the gallery is in use by another process; in '
            "Qdrant's embedded mode only one process at a time may open it. "
            'Wait until it has finished, or use a server'
        ) from None
