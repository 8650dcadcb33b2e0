"""Addresses of network streams and webcams."""

import re
from urllib.parse import urlsplit

_SCHEME = re.compile(r'[a-z][a-z0-9+.-]+://', re.IGNORECASE)
_PASSWORD = re.compile(r'(?<=://)([^/?#@:]*):[^/?#]*@')
#: Secrets in the path or the query, as cameras have them.
_SECRET = re.compile(
    r'((?:password|passwd|pass|pwd|token)=)[^&/?#]*', re.IGNORECASE
)
_WEBCAM = re.compile(r'/dev/video[0-9]+')
#: Schemes of streams that run in real time.
_LIVE = frozenset(('rtsp', 'rtsps', 'rtmp', 'rtmps', 'rtp', 'udp', 'srt'))


def is_address(source: str) -> bool:
    """Tell the address of a network stream from the name of a file.

    Args:
        source (str): Address or file.

    Returns:
        bool: True for an address with a scheme.

    Example:
        >>> is_address('rtsp://camera/1'), is_address('a.mp4')
        (True, False)
    """
    return bool(_SCHEME.match(source))


def is_webcam(source: str) -> bool:
    """Tell a webcam of Linux from a file.

    Args:
        source (str): Device or file.

    Returns:
        bool: True for ``/dev/video0`` and its like.

    Example:
        >>> is_webcam('/dev/video0')
        True
    """
    return bool(_WEBCAM.fullmatch(source))


def is_stream(source: str) -> bool:
    """Tell a network stream or a webcam from a file.

    Args:
        source (str): Address, webcam or file.

    Returns:
        bool: True for an address and for a webcam.

    Example:
        >>> is_stream('rtsp://camera/1'), is_stream('a.mp4')
        (True, False)
    """
    return is_address(source) or is_webcam(source)


def is_live(source: str) -> bool:
    """Tell a stream that runs in real time from a video with an end.

    Args:
        source (str): Address, webcam or file.

    Returns:
        bool: True for webcams and the protocols of cameras, such as RTSP.

    Example:
        >>> is_live('rtsp://camera/1'), is_live('https://host/a.mp4')
        (True, False)
    """
    if is_webcam(source):
        return True
    return is_address(source) and urlsplit(source).scheme.lower() in _LIVE


def without_password(source: str) -> str:
    """Remove the password from an address.

    Args:
        source (str): Address or file.

    Returns:
        str: Address without password, fit to be stored and shown.

    Example:
        >>> without_password('rtsp://me:secret@camera:554/1')
        'rtsp://me@camera:554/1'
    """
    if not is_address(source):
        return source
    return _SECRET.sub(r'\1', _PASSWORD.sub(r'\1@', source))
