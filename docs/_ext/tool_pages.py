"""The page of the command line tools, written from their parsers."""

import re
from argparse import SUPPRESS, Action, ArgumentParser
from itertools import groupby

from sphinx.application import Sphinx

from mmdmr.cli.main import build_parser
from mmdmr.cli.tools import TOOLS

#: Stands where the tools go in a page.
MARKER = '<!-- the tools -->'
_OPTION = re.compile(r'(?<![\w-])(--[\w-]*\w)')
_SPECIAL = re.compile(r'([\\`*_{}\[\]<>()#$|~^])')


def describe_tools() -> str:
    """Write down all tools: summary, usage and options.

    Returns:
        str: Markdown, a section for each group and for each tool.
    """
    parts = []
    for group, names in groupby(TOOLS, lambda name: TOOLS[name].group):
        parts.append(f'## {group.capitalize()}\n')
        parts += [describe_tool(name) for name in names]
    return '\n'.join(parts)


def describe_tool(name: str) -> str:
    """Write down one tool.

    Args:
        name (str): The tool.

    Returns:
        str: Markdown, a section.
    """
    tool = TOOLS[name]
    parts = [f'### {name}\n']
    if tool.upstream:
        parts.append(f'{escape(_sentence(tool.summary))}\n')
        parts.append(
            f"This tool is MMDetection's `tools/{tool.upstream}`. "
            f'`mmdmr {name} --help` shows its options.\n'
        )
        return '\n'.join(parts)
    parser = build_parser(name)
    # The table's line and the parser's description say the same: the fuller.
    texts = (_sentence(tool.summary), parser.description or '')
    parts.append(f'{_prose(max(texts, key=len))}\n')
    parts.append(f'```text\n{_usage(parser)}\n```\n')
    parts += [
        _entry(parser, action)
        for action in parser._actions
        # Launchers give the options that have no help.
        if action.help not in (None, SUPPRESS) and action.dest != 'help'
    ]
    return '\n'.join(parts)


def escape(text: str) -> str:
    """Keep a text from being read as Markdown.

    Args:
        text (str): Text.

    Returns:
        str: Markdown that shows the text.

    Example:
        >>> print(escape('a_b *c*'))
        a\\_b \\*c\\*
    """
    return _SPECIAL.sub(r'\\\1', text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Put the tools into the page that has the marker."""
    app.connect('source-read', _read)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    if MARKER in content[0]:
        content[0] = content[0].replace(MARKER, describe_tools())


def _sentence(summary: str) -> str:
    return f'{summary[0].upper()}{summary[1:]}.'


def _usage(parser: ArgumentParser) -> str:
    usage = parser.format_usage().removeprefix('usage: ').rstrip()
    # The lines after the first are indented to stand below it.
    return usage.replace('\n       ', '\n')


def _entry(parser: ArgumentParser, action: Action) -> str:
    """An option and its help, as an entry of a definition list."""
    formatter = parser._get_formatter()
    names = formatter._format_action_invocation(action)
    return f'`` {names} ``\n: {_prose(formatter._expand_help(action))}\n'


def _prose(text: str) -> str:
    """A text of a parser as Markdown, with options as code."""
    parts = _OPTION.split(' '.join(text.split()))
    # Every second part is an option.
    return ''.join(
        f'`{part}`' if i % 2 else escape(part) for i, part in enumerate(parts)
    )
