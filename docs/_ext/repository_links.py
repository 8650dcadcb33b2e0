"""Markdown that works on a code host works on the site, too.

Pages link to files by their path in the repository: ``../README.md``,
``../mmdmr/files.py``. The site holds fewer files, and some of them elsewhere.
So the links are rewritten while the build reads a page; the files stay as they
are. A page that consists of an ``{include}`` stands for another file,
whose links start from the folder of that file.

A link to any other file leads to the repository, if ``repository_url`` in
conf.py names it, else to a page with the content of the file.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
#: Markdown that a page shows by an include, and that page.
PAGES = {
    'docs/search.md': 'search_guide',
    'README.md': 'index',
    'CONTRIBUTING.md': 'contributing',
    'CHANGELOG.md': 'changelog',
    'configs/dmrnet/README.md': 'configs/dmrnet',
    'configs/comparison/README.md': 'configs/comparison',
}
#: Folder of the pages that show files, made by the build.
CODE = 'code'
_FENCE = re.compile(r'^ *```.*?^ *```$', re.M | re.S)
# A text, which may hold an image, and a target without a title.
_LINK = re.compile(
    r'(!?)\[((?:[^][]|\[[^][]*\](?:\([^()]*\))?)*)\]\(([^()]+)\)'
)
_INCLUDE = re.compile(r'\s*```\{include\} (\S+)\s+```\s*\Z')


def rewrite_links(
    text: str,
    path: str,
    pages: Mapping[str, str],
    source: Callable[[str], str],
) -> str:
    """Change the links of a page so that they hold on the site.

    Args:
        text (str): Markdown. Code is left as it is.
        path (str): The file of the page, from the root of the repository.
        pages (Mapping[str, str]): Pages by the files that they include.
        source (Callable[[str], str]): Target on the site by the path of any
            other file outside ``docs/``; '' leaves the link's text alone.

    Returns:
        str: Markdown.

    Example:
        >>> pages = {'README.md': 'index'}
        >>> rewrite_links('[a](../README.md#b)', 'docs/c.md', pages, str)
        '[a](/index.md#b)'
        >>> rewrite_links('[a](../LICENSE)', 'docs/c.md', {}, lambda _: '')
        'a'
    """

    def replace(match: re.Match) -> str:
        image, label, target = match.groups()
        label = _LINK.sub(replace, label)
        file, mark, anchor = target.partition('#')
        if not file or '://' in target:
            return f'{image}[{label}]({target})'
        found = posixpath.normpath(
            posixpath.join(posixpath.dirname(path), file)
        )
        if found in pages:
            target = f'/{pages[found]}.md{mark}{anchor}'
        elif found.startswith('docs/'):
            target = found.removeprefix('docs') + mark + anchor
        else:
            target = source(found)
        return f'{image}[{label}]({target})' if target else label

    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts.append(_LINK.sub(replace, text[end : fence.start()]))
        parts.append(fence.group())
        end = fence.end()
    return ''.join([*parts, _LINK.sub(replace, text[end:])])


def linked_files(texts: Mapping[str, str]) -> list[str]:
    """Find the files outside ``docs/`` that pages link to and no page shows.

    Args:
        texts (Mapping[str, str]): Markdown by path from the root of the
            repository.

    Returns:
        list[str]: Paths, sorted.

    Example:
        >>> linked_files({'docs/a.md': '[b](../c.py) [d](../README.md)'})
        ['c.py']
    """
    found: set[str] = set()

    def note(file: str) -> str:
        found.add(file)
        return ''

    for path, text in texts.items():
        rewrite_links(text, path, PAGES, note)
    return sorted(found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite each page that Sphinx reads."""
    app.add_config_value('repository_url', '', 'env')
    app.connect('builder-inited', _write_code_pages)
    app.connect('source-read', _read)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def _text_of(path: Path) -> tuple[str, str]:
    """Path from the root, and text, of what a page shows."""
    text = path.read_text(encoding='utf-8')
    include = _INCLUDE.match(text)
    if include:
        path = Path(posixpath.normpath(path.parent / include[1]))
        text = path.read_text(encoding='utf-8')
    return path.relative_to(ROOT).as_posix(), text


def _write_code_pages(app: Sphinx) -> None:
    """Write a page for each file that is linked to."""
    folder = Path(app.srcdir, CODE)
    pages = [
        p for p in Path(app.srcdir).rglob('*.md') if '_build' not in p.parts
    ]
    files = (
        []
        if app.config.repository_url
        else linked_files(dict(map(_text_of, pages)))
    )
    wanted = {folder / f'{file}.rst': file for file in files}
    for path in set(folder.rglob('*.rst')) - set(wanted):
        path.unlink()
    for path, file in wanted.items():
        title = f'{file}\n{"=" * len(file)}'
        depth = len(path.relative_to(ROOT).parts) - 1
        text = (
            f':orphan:\n\n{title}\n\n'
            f'.. literalinclude:: {"../" * depth}{file}\n'
        )
        if not path.exists() or path.read_text(encoding='utf-8') != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    path = Path(app.env.doc2path(docname))
    if path.suffix != '.md':
        return
    file, text = _text_of(path)
    app.env.note_dependency(str(ROOT / file))

    def source(file: str) -> str:
        url = app.config.repository_url
        return f'{url.rstrip("/")}/{file}' if url else f'/{CODE}/{file}.rst'

    content[0] = rewrite_links(text, file, PAGES, source)
