"""Descriptions of this package by name."""

import pytest

from mmdmr.files import project_root
from mmdmr.inference.find import (
    find_own_description,
    nearest_description,
    own_descriptions,
)

NAME = 'yolox-nano_osnet-x0.25'


@pytest.mark.parametrize('name', [NAME, f'{NAME}.yaml'])
def test_by_name(name):
    path = project_root() / 'configs/search' / f'{NAME}.yaml'
    assert find_own_description(name) == path
    assert path in own_descriptions().values()


@pytest.mark.parametrize('name', ['', 'none', f'configs/{NAME}', 'search'])
def test_other_names(name):
    assert find_own_description(name) is None


def test_nearest_name():
    assert NAME in nearest_description('a/yolox_osnet-x0.25.yml')
    assert nearest_description('faces') == ''
