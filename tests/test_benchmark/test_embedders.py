"""Embedders in processes of their own; nothing is timed here."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene

from mmdmr.benchmark.embedders import measure_in_turn, size_on_disk
from mmdmr.errors import InputError

HELPERS = Path(__file__).parents[1] / 'helpers'
#: Stripes of the histogram, then images.
PROGRAM = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(HELPERS)!r})
from colour_embedder import ColourEmbedder
from mmdmr.benchmark.embedders import serve
stripes, *paths = sys.argv[1:]
def load():
    print('as libraries do')
    return ColourEmbedder(int(stripes))

sys.exit(serve(load, [*map(Path, paths)]))
"""
FIELDS = {
    *('model', 'load_seconds', 'seconds', 'cpu_seconds'),
    *('peak', 'settled'),
}


@pytest.fixture
def paths(tmp_path):
    scenes = [
        [('red', (10, 10, 30, 60)), ('green', (60, 10, 90, 90))],
        [('blue', (5, 5, 25, 60))],
    ]
    made = []
    for i, persons in enumerate(scenes):
        made.append(str(tmp_path / f'{i}.png'))
        cv2.imwrite(made[-1], draw_scene(persons))
    return made


def test_two_embedders_in_turn(paths):
    figures, agreement = measure_in_turn(
        PROGRAM, {'a': ['1', *paths], 'b': ['1', *paths]}, 3
    )
    for values in figures.values():
        assert set(values) == FIELDS
        assert values['model'] == str(ColourEmbedder().model)
        assert len(values['seconds']) == 3 and min(values['seconds']) > 0
        assert values['load_seconds'] > 0
        # The kernel's counts lag behind by some pages.
        assert 1.01 * values['peak'] > values['settled'] > 10**7
    assert agreement[:4] == (3, 0, 0, 0)
    assert agreement.least_cosine == pytest.approx(1)


def test_errors_of_a_process_are_reported(paths):
    good = ['1', *paths]
    with pytest.raises(InputError, match='length 512 and of length 1024'):
        measure_in_turn(PROGRAM, {'a': good, 'b': ['2', *paths]}, 1)
    Path(paths[1]).write_bytes(b'no image')
    with pytest.raises(InputError, match='1.png'):
        measure_in_turn(PROGRAM, {'a': good, 'b': good}, 1)
    with pytest.raises(InputError, match='ended with code 1'):
        measure_in_turn('raise SystemExit(1)', {'a': good, 'b': good}, 1)


def test_size_on_disk(tmp_path):
    (tmp_path / 'a/b').mkdir(parents=True)
    for name, num in (('a/1', 3), ('a/b/2', 4)):
        (tmp_path / name).write_bytes(np.zeros(num, np.uint8).tobytes())
    assert size_on_disk(tmp_path / 'a') == 7
    assert size_on_disk(tmp_path / 'a/1') == 3
