"""Hard synthetic scenes, the data of most trainings of the ablation."""

import json
import subprocess
import sys
from pathlib import Path

from mmdmr.errors import InputError

#: Options of ``mmdmr make_synthetic`` that make the scenes.
HARD_SCENES = {
    '--difficulty': 'hard',
    '--images': 300,
    '--identities': 240,
    '--test-images': 120,
    '--test-identities': 60,
    '--queries': 120,
}
#: Folder that the configs read the scenes from.
HARD_ROOT = 'data/synthetic-hard'


def make_scenes() -> None:
    """Draw the scenes into ``HARD_ROOT``, unless the folder holds them.

    Raises:
        InputError: The folder holds other scenes.
        subprocess.CalledProcessError: The drawing failed.
    """
    about = Path(HARD_ROOT, 'synthetic.json')
    if about.is_file():
        _check_scenes(about)
        return
    words = [str(word) for option in HARD_SCENES.items() for word in option]
    subprocess.check_call(
        [sys.executable, '-m', 'mmdmr', 'make_synthetic']
        + ['--out', HARD_ROOT, *words]
    )


def _check_scenes(about: Path) -> None:
    """Check that scenes were drawn with the options of the ablation.

    Args:
        about (Path): JSON that ``mmdmr make_synthetic`` wrote beside the
            scenes.

    Raises:
        InputError: An option differs, or the file is broken.
    """
    try:
        settings = json.loads(about.read_text('utf-8'))
        other = {
            option: value
            for option, value in HARD_SCENES.items()
            if settings.get(option[2:].replace('-', '_')) != value
        }
    except (ValueError, AttributeError) as error:
        raise InputError(
            f'{about}: not what "mmdmr make_synthetic" writes ({error}): '
            f'remove {HARD_ROOT}'
        ) from error
    if other:
        raise InputError(
            f'{HARD_ROOT} was not drawn with {other}, so that metrics '
            'cannot be compared: remove the folder'
        )
