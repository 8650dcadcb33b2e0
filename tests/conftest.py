"""Fixtures shared by all tests, and what keeps the tests fast."""

import gc
import json
import os
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import config as config_module
from mmengine.config import utils as config_utils
from mmengine.dataset import base_dataset
from yapf.yapflib import yapf_api

from mmdmr import stack

DATA = Path(__file__).parent / 'data'


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Spare the garbage collector the modules of PyTorch and MMDetection.

    To look for garbage among them takes a fifth of the time of importing them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.fixture(scope='session', autouse=True)
def quick_configs():
    """Let MMEngine parse a metafile only once, and write configs as they are.

    For each ``mmdet::`` that a config inherits from, MMEngine reads the
    hundred metafiles of MMDetection: nine tenths of the time of loading a
    config. A runner has its config laid out four times by YAPF. Tests that
    start a process of their own do both as users do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config_utils, 'load', cache(config_utils.load))
        patch.setattr(yapf_api, 'FormatCode', parse)
        # Upstream MMEngine imports the name, the fork the module.
        if hasattr(config_module, 'FormatCode'):
            patch.setattr(config_module, 'FormatCode', parse)
        yield


def parse(code, **options):
    """YAPF's FormatCode without a change of layout."""
    compile(code, 'config', 'exec')
    return code, False


@pytest.fixture(scope='session', autouse=True)
def no_collection_by_data_sets():
    """Let MMEngine's data sets leave the garbage to Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base_dataset, 'gc', SimpleNamespace(collect=int))
        yield


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


@pytest.fixture(autouse=True)
def own_choice_of_loading(monkeypatch):
    """Let a test choose what PyTorch loads, for itself alone."""
    for name in stack.LOADING:
        # Makes monkeypatch restore the variable, whoever changes it.
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)
