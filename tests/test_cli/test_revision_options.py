"""Options of re-ranking and query expansion, from a command line."""

from argparse import ArgumentParser

import pytest

from mmdmr.cli.revision_options import (
    add_revision_options,
    describe_revisions,
    expansion_options,
    reranking_options,
)
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import ExpansionOptions, RerankingOptions


def parsed(*argv):
    parser = ArgumentParser()
    add_revision_options(parser)
    return parser.parse_args(argv)


@pytest.mark.parametrize(
    'argv, options',
    [
        ([], None),
        (['--rerank'], RerankingOptions()),
        (['--rerank', '10', '3'], RerankingOptions(10, 3)),
        (['--rerank', '9', '2', '.5', '50'], RerankingOptions(9, 2, 0.5, 50)),
    ],
)
def test_reranking(argv, options):
    assert reranking_options(parsed(*argv)) == options
    assert len(describe_revisions(None, options)) == len(argv[:1])


@pytest.mark.parametrize(
    'argv, options',
    [
        ([], None),
        (['--expand-query', '3'], ExpansionOptions(3)),
        (['--expand-query', '3', '2.5'], ExpansionOptions(3, 2.5)),
    ],
)
def test_expansion(argv, options):
    assert expansion_options(parsed(*argv)) == options
    assert len(describe_revisions(options, None)) == len(argv[:1])


@pytest.mark.parametrize(
    'argv, message',
    [
        (['--rerank', 'x'], "--rerank: 'x' is not a whole number"),
        (['--rerank', '5', '5', 'nan'], r'lambda must be in \[0, 1\]'),
        (['--rerank', *'12345'], 'takes at most 4 values, not 5'),
        (['--expand-query', '1.5'], "'1.5' is not a whole number"),
        (['--expand-query', '1', 'inf'], 'alpha must be from 0 to 100'),
    ],
)
def test_wrong_values(argv, message):
    read = reranking_options if 'rerank' in argv[0] else expansion_options
    with pytest.raises(InputError, match=message):
        read(parsed(*argv))
