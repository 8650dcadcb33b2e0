"""Videos in a gallery: sightings, bad endings, streams."""

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene
from video_samples import write_video

from mmdmr.apis import PersonSearcher, embedding
from mmdmr.apis.scenes import read_scene
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery
from mmdmr.media.opening import BadMedia
from mmdmr.media.video import Frame

FPS = 10


@pytest.fixture
def searcher():
    return PersonSearcher.from_embedder(ColourEmbedder())


def walk(num=60):
    """Red walks from second 1 to 3, blue stands from second 2 to the end."""
    frames = []
    for i in range(num):
        persons = []
        if 10 <= i < 30:
            persons.append(('red', (4 * i - 36, 10, 4 * i - 6, 90)))
        if i >= 20:
            persons.append(('blue', (120, 20, 150, 110)))
        frames.append(draw_scene(persons))
    return frames


@pytest.fixture
def video(tmp_path):
    path = tmp_path / 'walk.mp4'
    write_video(path, walk(), fps=FPS)
    return path


def test_a_person_in_neighbouring_frames_is_one_hit(searcher, video, tmp_path):
    gallery = tmp_path / 'g'
    report = searcher.index(video, gallery, every_seconds=0.2)
    assert report.num_frames == 30
    assert report.num_persons == 10 + 20
    red = draw_scene([('red', (10, 10, 40, 90))])
    (result,) = searcher.search(red, gallery)
    hit, other = result.hits
    assert (hit.source, hit.path, hit.num_views) == ('walk.mp4',) * 2 + (10,)
    assert (hit.start, hit.end) == pytest.approx((1.0, 2.8))
    assert 1 <= hit.time <= 2.8
    assert other.num_views == 20
    scene = read_scene(hit)
    assert scene.shape == (120, 160, 3)
    x1, y1, x2, y2 = hit.box.astype(int)
    middle = scene[(y1 + y2) // 2, (x1 + x2) // 2].astype(int)
    assert middle[2] > 150 and middle[1] < 90  # the frame shows the red one


def test_frames_are_chosen_by_number(searcher, video, tmp_path):
    report = searcher.index(video, tmp_path / 'g', every_frames=15)
    assert report.num_frames == 4
    with pytest.raises(InputError, match='every_seconds'):
        searcher.index(
            video, tmp_path / 'h', every_frames=2, every_seconds=1.0
        )


def test_times_are_a_filter(searcher, video, tmp_path):
    gallery = tmp_path / 'g'
    searcher.index(video, gallery)
    blue = draw_scene([('blue', (10, 10, 40, 90))])
    (result,) = searcher.search(blue, gallery, time=(None, 1.6))
    assert [hit.similarity < 0.5 for hit in result.hits] == [True]  # red alone
    (result,) = searcher.search(blue, gallery, time=(4, None))
    assert result.hits[0].similarity > 0.7


def test_a_video_that_ends_early_keeps_its_frames(searcher, tmp_path):
    path = tmp_path / 'cut.mkv'
    write_video(path, walk(), fps=FPS)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    report = searcher.index(path, tmp_path / 'g', every_frames=1)
    assert list(report.bad) == ['cut.mkv']
    assert 20 < report.num_frames < 60
    again = searcher.index(path, tmp_path / 'g', every_frames=1)
    assert (again.num_frames, list(again.bad)) == (0, ['cut.mkv'])


def test_an_interrupted_video_is_indexed_anew(searcher, video, tmp_path):
    def interrupted(items, total):
        for number, item in enumerate(items):
            if number == 8:
                raise KeyboardInterrupt
            yield item

    gallery = tmp_path / 'g'
    with pytest.raises(KeyboardInterrupt):
        searcher.index(
            video, gallery, every_frames=2, batch_size=4, progress=interrupted
        )
    report = searcher.index(video, gallery, every_seconds=0.2)
    assert report.num_frames == 30
    with Gallery.open(gallery) as opened:
        assert opened.num_frames == 30  # none is there twice
        assert opened.known('walk.mp4')['walk.mp4'].complete


def test_a_limit_does_not_hide_the_rest_of_a_video(searcher, video, tmp_path):
    gallery = tmp_path / 'g'
    first = searcher.index(video, gallery, every_frames=2, limit=5)
    rest = searcher.index(video, gallery, every_frames=2)
    assert (first.num_frames, rest.num_frames) == (5, 30)
    again = searcher.index(video, gallery, every_frames=2)
    assert again.num_unchanged == 1
    with Gallery.open(gallery) as opened:
        assert opened.num_frames == 30


def test_videos_and_pictures_of_a_folder(searcher, tmp_path):
    folder = tmp_path / 'mixed'
    folder.mkdir()
    write_video(folder / 'a.mp4', walk(30), fps=FPS)
    (folder / 'b.mp4').write_bytes(b'no video')
    np.save(folder / 'c.npy', np.zeros(3))
    report = searcher.index(folder, tmp_path / 'g')
    assert (report.num_new, list(report.bad)) == (2, ['b.mp4'])
    assert report.num_frames == 6


def test_a_stream_that_is_away(searcher, tmp_path):
    with pytest.raises(InputError, match='rtsp://me@127.0.0.1:1/x') as error:
        searcher.index('rtsp://me:secret@127.0.0.1:1/x', tmp_path / 'g')
    assert 'secret' not in str(error.value)


def test_photographs_of_a_series_are_one_sighting(searcher, tmp_path):
    folder = tmp_path / 'series'
    folder.mkdir()
    for i in range(4):
        scene = draw_scene([('red', (10 + i, 10, 40 + i, 90))])
        cv2.imwrite(str(folder / f'{i}.png'), scene)
    red = draw_scene([('red', (10, 10, 40, 90))])
    searcher.index(folder, tmp_path / 'g')
    (result,) = searcher.search(red, tmp_path / 'g')
    assert len(result.hits) == 4
    searcher.index(folder, tmp_path / 'h', group_photographs=True)
    (result,) = searcher.search(red, tmp_path / 'h')
    assert [hit.num_views for hit in result.hits] == [4]


def test_days_of_a_live_stream_stay(searcher, video, tmp_path, monkeypatch):
    """The first frame of a day does not replace that of the day before."""
    now = [1000.0]

    def live(address, *options):
        for i, image in enumerate(walk(12)):
            yield Frame(image, now[0] + i / FPS, i)

    monkeypatch.setattr(embedding, 'read_frames', live)
    for day in range(2):
        now[0] = 1000.0 + 86400 * day
        searcher.index('rtsp://camera/1', tmp_path / 'g')
    with Gallery.open(tmp_path / 'g') as opened:
        assert opened.num_frames == 24
        assert opened.time_span() == pytest.approx((1000, 87401.1))


def test_a_missing_source_leaves_no_gallery(searcher, tmp_path):
    for source in (tmp_path / 'gone', tmp_path):
        with pytest.raises(InputError):
            searcher.index(source, tmp_path / 'g')
    assert not (tmp_path / 'g').exists()


def test_an_address_that_is_away_loses_nothing(
    searcher, tmp_path, monkeypatch
):
    def frames(address, *options):
        for i, image in enumerate(walk(12)):
            yield Frame(image, i / FPS, i)

    def away(address, *options):
        raise BadMedia(address, 'connection refused')
        yield

    address = 'https://host/walk.mp4'
    monkeypatch.setattr(embedding, 'read_frames', frames)
    searcher.index(address, tmp_path / 'g')
    monkeypatch.setattr(embedding, 'read_frames', away)
    with pytest.raises(BadMedia):
        searcher.index(address, tmp_path / 'g')
    monkeypatch.setattr(embedding, 'read_frames', frames)
    searcher.index(address, tmp_path / 'g')
    with Gallery.open(tmp_path / 'g') as opened:
        assert opened.num_frames == 12
