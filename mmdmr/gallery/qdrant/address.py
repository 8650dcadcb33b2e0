"""Addresses of Qdrant galleries."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from mmdmr.errors import InputError

#: Beginning of the address of a folder of Qdrant's embedded mode.
EMBEDDED = 'qdrant:'
#: Suffix of the collection of files, beside the collection of persons.
FILES = '.files'
#: Name of the collection in a folder of the embedded mode.
_COLLECTION = 'gallery'
#: Port of a Qdrant server.
_PORT = 6333
#: Seconds that a call may take, unless the address says otherwise.
_TIMEOUT = 10
_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]*')
_FORM = 'http(s)://HOST:PORT/COLLECTION'


@dataclass(frozen=True)
class Address:
    """Where a Qdrant gallery is.

    Args:
        shown (str): Address for messages.
        url (str): Server; '' for the embedded mode.
        folder (Path | None): Folder of the embedded mode; None for a server.
        collection (str): Collection of the persons.
        timeout (int): Seconds that a call may take.
    """

    shown: str
    url: str
    folder: Path | None
    collection: str
    timeout: int = _TIMEOUT

    @property
    def files(self) -> str:
        """str: Collection of the files and frames."""
        return self.collection + FILES


def parse_address(text: str) -> Address:
    """Read the address of a Qdrant gallery.

    Args:
        text (str): ``http(s)://HOST:PORT/COLLECTION``, also with
            ``?timeout=SECONDS``, or ``qdrant:FOLDER``.

    Returns:
        Address: The parts.

    Raises:
        InputError: The address has another form. A password is not repeated.

    Example:
        >>> parse_address('http://localhost/street?timeout=30')
        Address(shown='http://localhost:6333/street', \
url='http://localhost:6333', folder=None, collection='street', timeout=30)
        >>> parse_address('qdrant:try').collection
        'gallery'
    """
    if text.startswith(EMBEDDED):
        folder = text.removeprefix(EMBEDDED)
        if not folder:
            raise InputError(f'{text}: name the folder: {EMBEDDED}FOLDER')
        return Address(text, '', Path(folder), _COLLECTION)
    try:
        parts = urlsplit(text)
        port = parts.port or _PORT
    except ValueError as error:
        raise InputError(f'the gallery must be {_FORM}: {error}') from None
    if parts.username or parts.password:
        # Not shown: the message would show the password.
        raise InputError(
            f'the gallery must be {_FORM}, without a user or a password; the '
            'key of the server is read from the environment variable '
            'QDRANT_API_KEY'
        )
    prefix, _, name = parts.path.rstrip('/').rpartition('/')
    name = unquote(name)
    if not parts.hostname or not _NAME.fullmatch(name):
        raise InputError(
            f'{text}: a gallery on a server is {_FORM}; the collection is a '
            'name of letters, digits, dots, hyphens and underscores'
        )
    if name.endswith(FILES):
        raise InputError(
            f'{text}: a name that ends with {FILES!r} is the second '
            f'collection of a gallery; name {name.removesuffix(FILES)!r}'
        )
    host = parts.netloc.rpartition(':')[0] if parts.port else parts.netloc
    url = f'{parts.scheme}://{host}:{port}{prefix}'
    return Address(
        f'{url}/{name}', url, None, name, _timeout(text, parts.query)
    )


def _timeout(text: str, query: str) -> int:
    """Seconds of a call, from the part of an address behind the ``?``."""
    options = dict(parse_qsl(query, keep_blank_values=True))
    seconds = options.pop('timeout', str(_TIMEOUT))
    if options or not seconds.isdecimal() or not 0 < int(seconds) < 10**6:
        raise InputError(
            f'{text}: behind the ? only timeout=SECONDS is known, a whole '
            'number above 0'
        )
    return int(seconds)
