"""Files that change, vanish or are refused while a folder is indexed."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene
from video_samples import write_video

from mmdmr.apis import PersonSearcher, sources
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery
from mmdmr.media.files import MediaFiles, find_media
from mmdmr.media.opening import BadMedia

BOX = (10, 10, 40, 90)


class Fastidious(ColourEmbedder):
    """Refuses pictures with a yellow person, as broken weights would."""

    def embed_boxes(self, image, boxes):
        # A video changes colours a little.
        if (abs(image - np.float32((20, 220, 220))) < 40).all(axis=2).any():
            raise InputError('the embedding of a crop is not finite')
        return super().embed_boxes(image, boxes)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / 'photos'
    (folder / 'sub').mkdir(parents=True)
    for name, colour in {
        '1.png': 'red',
        '2.png': 'yellow',
        'sub/3.png': 'blue',
    }.items():
        cv2.imwrite(str(folder / name), draw_scene([(colour, BOX)]))
    return folder


def known(gallery):
    with Gallery.open(gallery) as opened:
        return sorted(opened.known('photos')), len(opened)


def test_a_picture_that_the_model_refuses(photos, tmp_path):
    searcher = PersonSearcher.from_embedder(Fastidious())
    report = searcher.index(photos, tmp_path / 'g')
    assert list(report.bad) == ['2.png']
    assert 'not finite' in report.bad['2.png']
    assert (report.num_frames, report.num_persons) == (2, 2)
    assert known(tmp_path / 'g') == (['1.png', 'sub/3.png'], 2)
    # It is tried again, and named again.
    report = searcher.index(photos, tmp_path / 'g')
    assert (list(report.bad), report.num_unchanged) == (['2.png'], 2)


@pytest.mark.parametrize('colours', [('red', 'yellow'), ('yellow',)])
def test_a_frame_that_the_model_refuses(photos, tmp_path, colours):
    images = [draw_scene([(colour, BOX)]) for colour in colours]
    write_video(photos / 'v.avi', images, fps=1, codec='ffv1')
    searcher = PersonSearcher.from_embedder(Fastidious())
    report = searcher.index(photos, tmp_path / 'g', every_frames=1)
    assert sorted(report.bad) == ['2.png', 'v.avi']
    assert f'frame {len(colours) - 1}: ' in report.bad['v.avi']
    assert known(tmp_path / 'g')[1] == 1 + len(colours)
    report = searcher.index(photos, tmp_path / 'g', every_frames=1)
    assert sorted(report.bad) == ['2.png', 'v.avi']


@pytest.mark.parametrize('name', ['1.png', 'v.avi'])
def test_a_file_that_vanishes(photos, tmp_path, name, monkeypatch):
    write_video(photos / 'v.avi', [np.zeros((32, 48, 3), np.uint8)])
    searcher = PersonSearcher.from_embedder(ColourEmbedder())
    gallery = tmp_path / 'g'

    def find_and_lose(source):
        found = find_media(source)
        Path(photos, name).unlink(missing_ok=True)
        return found

    searcher.index(photos, gallery)
    before = known(gallery)
    monkeypatch.setattr(sources, 'find_media', find_and_lose)
    report = searcher.index(photos, gallery)
    assert 'No such file' in report.bad[name]
    assert (report.num_unchanged, known(gallery)) == (3, before)
    report = searcher.index(photos, tmp_path / 'new')
    assert report.num_new == 3


def test_a_folder_that_cannot_be_read_is_not_pruned(
    photos, tmp_path, monkeypatch
):
    searcher = PersonSearcher.from_embedder(ColourEmbedder())
    searcher.index(photos, tmp_path / 'g')
    (photos / '2.png').unlink()

    def find_a_part(source):
        found = find_media(source)
        return MediaFiles(
            found.root,
            tuple(f for f in found.files if f.name == '1.png'),
            unusable=(BadMedia(photos / 'sub', 'Permission denied'),),
        )

    monkeypatch.setattr(sources, 'find_media', find_a_part)
    report = searcher.index(photos, tmp_path / 'g', prune=True)
    assert report.num_gone == 1
    assert known(tmp_path / 'g') == (['1.png', 'sub/3.png'], 2)
