"""Public networks and frames for tests that need real ones.

A test is skipped where the files are not there.
"""

import os
from pathlib import Path

import pytest
import yaml

from mmdmr.files import project_root

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(os.environ.get('MMDMR_WEIGHTS', ROOT / '../shared/weights'))
DATA = Path(os.environ.get('MMDMR_DATA', ROOT / '../shared/data'))
DESCRIPTION = project_root() / 'configs/search/yolox-nano_osnet-x0.25.yaml'


def save_public_description(folder):
    """Copy the shipped description, with the paths of the networks."""
    content = yaml.safe_load(DESCRIPTION.read_text())
    for network in (content['detector'], content['reid']):
        file = (WEIGHTS / network['file']).resolve()
        if not file.is_file():
            pytest.skip(f'{file} is not there (MMDMR_WEIGHTS names a folder)')
        network['file'] = str(file)
    path = folder / DESCRIPTION.name
    path.write_text(yaml.safe_dump(content))
    return path


def frames_of_streets():
    """Folder of PRW's frames and annotations, or a part of it."""
    folder = (DATA / 'PRW-mini').resolve()
    if not folder.is_dir():
        pytest.skip(f'{folder} is not there (MMDMR_DATA names its parent)')
    return folder
