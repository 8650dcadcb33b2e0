"""Strict JSON that keeps everything that a search found."""

import json
from pathlib import Path

import numpy as np
import pytest
from search_hits import make_frame, make_hit, make_result

from mmdmr.visualization.search_json import encode_search, is_search


def strict(text):
    """Read JSON as other languages do: without NaN and Infinity."""

    def refuse(name):
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


def test_every_field_comes_back():
    hit = make_frame(
        similarity=float(np.float32(0.1)),
        file=Path('/videos/a.mp4'),
        box=np.array([0.1, 1 / 3, 30, 60.5]),
        camera='3',
        verdict='unsure',
    )
    result = make_result([make_hit(), hit], notes=('Trained on drawings.',))
    text = encode_search([result], ['q.jpg'], [['1.jpg', None]])
    content = strict(text)
    assert content['model'] == dict(
        name='colours', fingerprint='ab12', dim=512, trained_on='drawings'
    )
    query = content['queries'][0]
    assert query['query'] == 'query.png'
    assert query['box'] == [10, 20, 30, 60]
    assert query['scene'] == 'q.jpg'
    assert query['num_persons'] == 1234
    assert query['notes'] == ['Trained on drawings.']
    assert [h['rank'] for h in query['hits']] == [1, 2]
    assert query['hits'][0]['file'] is None
    assert query['hits'][0]['scene'] == '1.jpg'
    assert query['hits'][1] == dict(
        rank=2,
        similarity=float(np.float32(0.1)),
        source='holiday',
        path='a.mp4',
        file='/videos/a.mp4',
        box=[0.1, 1 / 3, 30, 60.5],
        score=0.9,
        camera='3',
        time=15.0,
        frame=375,
        start=12.0,
        end=19.0,
        num_views=24,
        verdict='unsure',
        content_hash='',
        row=0,
        scene=None,
    )
    assert is_search(text)


@pytest.mark.parametrize('name', ['東京.png', 'a\udcff.png', 'a\n"b\\', '😀'])
def test_names_come_back(name):
    hit = make_hit(path=name, file=Path('/') / name)
    text = encode_search([make_result([hit], query=name)], [name], [[name]])
    query = strict(text.encode('ascii').decode())['queries'][0]
    assert query['query'] == query['scene'] == name
    assert query['hits'][0]['path'] == name
    assert query['hits'][0]['file'] == f'/{name}'


def test_numbers_of_numpy_and_numbers_that_are_none():
    hit = make_hit(
        similarity=np.float32(0.1),
        num_views=np.int64(3),
        time=float('nan'),
        box=np.array([0, np.inf, 1, 2]),
    )
    found = strict(encode_search([make_result([hit])], ['q'], [['h']]))
    found = found['queries'][0]['hits'][0]
    assert found['similarity'] == np.float32(0.1)
    assert (found['num_views'], found['time']) == (3, None)
    assert found['box'] == [0, None, 1, 2]


@pytest.mark.parametrize(
    'text', ['', '{', '[]', '{}', 'null', '{"format": 1}', '[' * 10**6]
)
def test_other_files_are_no_search(text):
    assert not is_search(text)
