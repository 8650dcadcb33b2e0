"""A check of the built pages: they load nothing from elsewhere."""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

_LOGGER = logging.getLogger(__name__)
# What a browser fetches by itself; a link that a reader may click is not.
_LOADED = re.compile(
    r'<(?:script|img|iframe|source|video|audio|embed|object|link)\b[^>]*?'
    r'\s(?:src|srcset|data|href)="((?:https?:)?//[^"]*)"',
    re.I,
)
_LOADED_BY_CSS = re.compile(
    r'(?:url\(|@import)\s*["\']?((?:https?:)?//[^"\')\s]+)', re.I
)
# It names where a page lies, and loads nothing.
_NAMING = re.compile(r'<link\b[^>]*\brel="(?:canonical|author)"[^>]*>', re.I)


def foreign_parts(text: str) -> list[str]:
    """Find what a browser would load from other hosts.

    Args:
        text (str): HTML or CSS.

    Returns:
        list[str]: Addresses.

    Example:
        >>> foreign_parts('<script src="https://cdn.org/a.js"></script>')
        ['https://cdn.org/a.js']
        >>> foreign_parts('<a href="https://cdn.org">a link to click</a>')
        []
    """
    text = _NAMING.sub('', text)
    return _LOADED.findall(text) + _LOADED_BY_CSS.findall(text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Warn of each foreign part, after the build."""
    app.connect('build-finished', _check)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def _check(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != 'html':
        return
    for path in sorted(Path(app.outdir).rglob('*')):
        if path.suffix in ('.html', '.css', '.svg'):
            for part in foreign_parts(path.read_text(encoding='utf-8')):
                _LOGGER.warning('%s loads %s', path.name, part)
