"""Annotations in the layout of CUHK-SYSU."""

import numpy as np
from synthetic_samples import TINY, mat


def test_layout_is_that_of_cuhk_sysu(tiny, small_data):
    """Shapes, fields and kinds, against the project's copy of the layout."""
    for name, variable in (
        ('Images', 'Img'),
        ('pool', 'pool'),
        ('Person', 'Person'),
        ('test/train_test/Train', 'Train'),
        ('test/train_test/TestG50', 'TestG50'),
    ):
        real = mat(small_data / 'CUHK-SYSU', name, variable)
        ours = mat(tiny, name, variable)
        assert _skeleton(ours) == _skeleton(real), name


def _skeleton(value):
    """Nesting of the first entries, without lengths and number types."""
    if isinstance(value, np.void) or value.dtype.names:
        entry = value if isinstance(value, np.void) else value.flat[0]
        return [(f, _skeleton(entry[f])) for f in entry.dtype.names]
    if value.dtype == object:
        return (value.ndim, value.shape[1:], _skeleton(value.flat[0]))
    return 'text' if value.dtype.kind == 'U' else value.shape


def test_number_types(tiny):
    image = mat(tiny, 'Images', 'Img')[0, 0]
    box = image['box'][0, 0]
    assert box['idlocate'].dtype in (np.uint8, np.uint16)
    assert box['ishard'].dtype == np.uint8
    assert image['nAppear'].dtype == np.uint8
    assert image['nAppear'].item() == image['box'].size


def test_gallery_lists_positives_first(tiny):
    for search in mat(tiny, 'test/train_test/TestG50', 'TestG50')[0]:
        query = search['Query'][0, 0]
        gallery = search['Gallery'][0]
        sizes = [item['idlocate'].shape for item in gallery]
        positives = sizes.count((1, 4))
        assert positives > 0
        assert sizes == (
            [(1, 4)] * positives + [(1, 0)] * (len(sizes) - positives)
        )
        names = [item['imname'].item() for item in gallery]
        assert len(set(names)) == len(names) == TINY.test_images - 1
        assert query['imname'].item() not in names
