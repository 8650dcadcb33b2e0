"""The report, for people and for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from .facts import Facts
from .finding import Finding

#: Width of a line; commands are not broken.
_WIDTH = 80
_INDENT = 9


def as_text(finding: Finding) -> str:
    """A finding as lines for a terminal.

    Args:
        finding (Finding): The finding.

    Returns:
        str: Lines of at most 80 characters; a command stands on a line of its
        own, to be copied.

    Example:
        >>> print(as_text(Finding('warning', 'So it is.', command='cure it')))
        warning  So it is.
                 Run: cure it
    """
    pad = ' ' * _INDENT
    lines = _wrapped(finding.text, f'{finding.level:<{_INDENT}}', pad)
    if finding.command and finding.advice.endswith(':'):
        lines.append(f'{pad}{finding.advice} {finding.command}')
        return '\n'.join(lines)
    if finding.command:
        lines.append(f'{pad}Run: {finding.command}')
    lines += _wrapped(finding.advice, pad, pad)
    if finding.source:
        lines.append(f'{pad}See {finding.source}')
    return '\n'.join(lines)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def summary(findings: Iterable[Finding]) -> str:
    """Last line of the report.

    Args:
        findings (Iterable[Finding]): All findings.

    Returns:
        str: How many problems and warnings there are.

    Example:
        >>> summary([Finding('ok', 'good'), Finding('warning', 'slow')])
        'No problem, 1 warning.'
        >>> summary([])
        'All is well.'
    """
    count = Counter(finding.level for finding in findings)
    if not count['problem'] and not count['warning']:
        return 'All is well.'
    parts = []
    for name in ('problem', 'warning'):
        number = count[name]
        plural = '' if number == 1 else 's'
        parts.append(f'{number or "no"} {name}{plural if number else ""}')
    text = ', '.join(parts)
    return f'{text[0].upper()}{text[1:]}.'


def as_json(facts: Facts, findings: Sequence[Finding]) -> str:
    """The report for programs.

    Args:
        facts (Facts): The environment.
        findings (Sequence[Finding]): All findings.

    Returns:
        str: JSON: ``findings``, each with ``level``, ``text``, ``advice``,
        ``command`` and ``source``, and the ``facts``.

    Example:
        >>> json.loads(as_json(Facts(), [Finding('ok', 'good')]))[
        ...     'findings'][0]['text']
        'good'
    """
    report: dict[str, Any] = dict(
        findings=[finding._asdict() for finding in findings],
        facts=asdict(facts),
    )
    return json.dumps(report, indent=2)
