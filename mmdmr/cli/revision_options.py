"""Options of tools that re-rank matches or expand queries."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Any

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import ExpansionOptions, RerankingOptions


def add_revision_options(parser: ArgumentParser, also: str = '') -> None:
    """Add the options of re-ranking and query expansion.

    Args:
        parser (ArgumentParser): Parser to extend.
        also (str): Word before the help, for a tool that does both with and
            without. Defaults to ''.
    """
    first = RerankingOptions()
    parser.add_argument(
        '--rerank',
        nargs='*',
        metavar='K1 K2 LAMBDA N',
        help=f'{also}re-rank the N best matches by their k-reciprocal '
        'neighbours. Values may be left out from the end; they are then '
        f'{first.k1} {first.k2} {first.weight:g} {first.num}',
    )
    parser.add_argument(
        '--expand-query',
        nargs='+',
        metavar=('K', 'ALPHA'),
        help=f'{also}average the query with its K best matches. ALPHA weights '
        'each match by its similarity to this power (0 if left out: the plain '
        'average)',
    )


def reranking_options(args: Namespace) -> RerankingOptions | None:
    """Options of re-ranking that a user asks for.

    Args:
        args (Namespace): Arguments of :func:`add_revision_options`.

    Returns:
        RerankingOptions | None: Options; None if not asked for.

    Raises:
        InputError: A value is no number or out of its range.

    Example:
        >>> reranking_options(Namespace(rerank=['30', '8'])).k1
        30
    """
    if args.rerank is None:
        return None
    values = _numbers(
        '--rerank', args.rerank, dict(k1=int, k2=int, weight=float, num=int)
    )
    return RerankingOptions(**values)


def expansion_options(args: Namespace) -> ExpansionOptions | None:
    """Options of query expansion that a user asks for.

    Args:
        args (Namespace): Arguments of :func:`add_revision_options`.

    Returns:
        ExpansionOptions | None: Options; None if not asked for.

    Raises:
        InputError: A value is no number or out of its range.

    Example:
        >>> expansion_options(Namespace(expand_query=['5', '3'])).alpha
        3.0
    """
    if args.expand_query is None:
        return None
    values = _numbers(
        '--expand-query', args.expand_query, dict(k=int, alpha=float)
    )
    return ExpansionOptions(**values)


def describe_revisions(
    expansion: ExpansionOptions | None, reranking: RerankingOptions | None
) -> list[str]:
    """Sentences on the options in use, to print below figures.

    Args:
        expansion (ExpansionOptions | None): Options of query expansion.
        reranking (RerankingOptions | None): Options of re-ranking.

    Returns:
        list[str]: A sentence for each that is in use.

    Example:
        >>> describe_revisions(ExpansionOptions(k=3), None)
        ['Query expansion: 3 best matches, alpha 0.']
    """
    lines = []
    if expansion is not None:
        lines.append(
            f'Query expansion: {expansion.k} best matches, alpha '
            f'{expansion.alpha:g}.'
        )
    if reranking is not None:
        lines.append(
            f'Re-ranking: k1 {reranking.k1}, k2 {reranking.k2}, lambda '
            f'{reranking.weight:g}, {reranking.num} best matches.'
        )
    return lines


def _numbers(
    option: str, texts: Sequence[str], kinds: dict[str, Callable]
) -> dict[str, Any]:
    """Numbers by name, as many as there are texts."""
    if len(texts) > len(kinds):
        raise InputError(
            f'{option} takes at most {len(kinds)} values, not {len(texts)}'
        )
    values = {}
    for text, (name, kind) in zip(texts, kinds.items()):
        try:
            values[name] = kind(text)
        except ValueError:
            what = 'a whole number' if kind is int else 'a number'
            raise InputError(f'{option}: {text!r} is not {what}') from None
    return values
