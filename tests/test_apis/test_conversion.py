"""Detections and hits as objects of supervision."""

import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene

from mmdmr.apis import PersonSearcher, to_supervision
from mmdmr.errors import InputError
from mmdmr.structures import Detections

SCENE = draw_scene([('red', (10, 10, 40, 90)), ('blue', (90, 20, 120, 110))])


def test_persons_of_an_image():
    persons = PersonSearcher.from_embedder(ColourEmbedder()).embed(SCENE)
    found = to_supervision(persons)
    assert found.xyxy.tolist() == persons.boxes.tolist()
    assert found.confidence.tolist() == persons.scores.tolist()
    assert found.data['embedding'] is persons.feats
    assert set(found.data['class_name']) == {'person'}
    # supervision's own verbs work on the result.
    assert len(found[found.xyxy[:, 0] > 50]) == 1


def test_persons_of_two_images_have_no_common_place():
    persons = ColourEmbedder().embed([SCENE, SCENE])
    with pytest.raises(InputError, match='of 2 images'):
        to_supervision(persons)


def test_no_person():
    nobody = Detections.from_counts(
        np.empty((0, 4)), np.empty(0), np.empty((0, 8)), [0]
    )
    assert len(to_supervision(nobody)) == 0


def test_hits(tmp_path):
    searcher = PersonSearcher.from_embedder(ColourEmbedder())
    searcher.index(iter([('a', SCENE)]), tmp_path / 'g')
    result = searcher.search(SCENE, tmp_path / 'g')[0]
    found = to_supervision(result)
    similarities = [hit.similarity for hit in result.hits]
    assert found.data['similarity'].tolist() == similarities
    assert found.data['file'].tolist() == ['a', 'a']
    assert np.isnan(found.data['time']).all()
    assert found.data['verdict'].tolist() == ['uncalibrated'] * 2
