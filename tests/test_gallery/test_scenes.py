"""Scenes of a gallery, and the persons that they show."""

import pytest
from galleries import MODEL, entry, unit

from mmdmr.gallery import Gallery


@pytest.fixture
def gallery(tmp_path):
    with Gallery.create(tmp_path / 'g', MODEL) as opened:
        opened.add(
            [
                entry('1.jpg', unit(0, 1), camera='door', time=5.0),
                entry('2.jpg', unit(2), source='t'),
                entry('3.jpg', unit(), camera='door'),
            ]
        )
        for frame in (0, 7):
            opened.add(
                [
                    entry(
                        'a.mp4',
                        unit(3, 4),
                        frame=frame,
                        time=frame / 5,
                        sightings=[20, 21],
                    )
                ]
            )
        yield opened


def names(scenes):
    return [(scene.path, scene.frame) for scene in scenes]


def test_scenes_come_page_by_page(gallery):
    assert names(gallery.scenes(num=2)) == [('1.jpg', None), ('2.jpg', None)]
    rest = [('3.jpg', None), ('a.mp4', 0), ('a.mp4', 7)]
    assert names(gallery.scenes(start=2)) == rest
    assert gallery.num_scenes() == 5


def test_scenes_of_a_source_or_a_camera(gallery):
    assert names(gallery.scenes(source='t')) == [('2.jpg', None)]
    assert names(gallery.scenes(camera='door')) == [
        ('1.jpg', None),
        ('3.jpg', None),
    ]
    assert gallery.num_scenes('s', 'door') == 2
    assert gallery.num_scenes('t', 'door') == 0
    assert gallery.num_scenes('gone') == 0


def test_names_may_be_no_unicode(gallery):
    gallery.add([entry('4.jpg', unit(5), source='v\udceb', camera='k\udceb')])
    assert names(gallery.scenes(source='v\udceb')) == [('4.jpg', None)]
    assert gallery.num_scenes(camera='k\udceb') == 1


def test_a_scene_tells_what_is_stored(gallery):
    scene = gallery.scene(1)
    assert (scene.source, scene.camera, scene.time) == ('s', 'door', 5.0)
    assert (scene.size, scene.num_persons) == ((640, 480), 2)
    assert gallery.scene(99) is None


def test_persons_of_scenes_and_sightings(gallery):
    assert gallery.rows_of_scene(1) == [1, 2]
    assert gallery.rows_of_scene(3) == []
    assert gallery.scenes_of_rows([2, 5, 99]) == {2: 1, 5: 4}
    assert gallery.scenes_of_rows([]) == {}
    assert gallery.rows_of_sighting(4) == [4, 6]
    assert gallery.rows_of_sighting(1) == [1]
