"""Fixtures shared by all tests."""

import json
import os
from pathlib import Path

import pytest

DATA = Path(__file__).parent / 'data'


@pytest.fixture(scope='session')
def golden():
    """Folder of the golden cases; MMDMR_GOLDEN names another one."""
    return Path(os.environ.get('MMDMR_GOLDEN', DATA / 'golden'))


@pytest.fixture(scope='session')
def expected(golden):
    """Figures of the golden cases by name."""
    return json.loads((golden / 'expected.json').read_text())


@pytest.fixture(scope='session')
def small_data():
    """Our own small data sets, whatever the golden cases are."""
    return DATA / 'golden'


@pytest.fixture(scope='session')
def tiny_files(tmp_path_factory):
    """Config, checkpoint and bundle of an untrained network; do not edit."""
    from tiny_bundle import save_tiny_bundle

    return save_tiny_bundle(tmp_path_factory.mktemp('tiny'))
