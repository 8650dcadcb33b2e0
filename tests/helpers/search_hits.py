"""Made-up results of a search."""

import dataclasses

import numpy as np

from mmdmr.structures import Hit, ModelInfo, SearchResult

MODEL = ModelInfo('colours', 'ab12', 512, 'drawings')


def make_hit(**changes):
    """A photograph that was found."""
    hit = Hit(
        similarity=0.75,
        source='holiday',
        path='a/b.png',
        file=None,
        box=np.array([10.0, 20, 30, 60]),
        score=0.9,
    )
    return dataclasses.replace(hit, **changes)


def make_frame(**changes):
    """A frame of a video that was found."""
    fields = dict(path='a.mp4', time=15.0, frame=375, start=12.0, end=19.0)
    return make_hit(**{**fields, 'num_views': 24, **changes})


def make_result(hits=(), **changes):
    """A query in black, its person in white."""
    image = np.zeros((80, 60, 3), np.uint8)
    image[20:60, 10:30] = 255
    result = SearchResult(
        query='query.png',
        query_image=image,
        query_box=np.array([10.0, 20, 30, 60]),
        hits=hits,
        model=MODEL,
        num_persons=1234,
    )
    return dataclasses.replace(result, **changes)


def read_red(hit):
    """The scene of every hit: red."""
    return np.full((80, 60, 3), (0, 0, 255), np.uint8)
