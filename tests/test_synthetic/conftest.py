"""Fixtures of the tests of synthetic sets."""

import pytest
from synthetic_samples import TINY

from mmdmr.synthetic import generate


@pytest.fixture(scope='session')
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny') / 'set'
    generate(root, TINY)
    return root
