"""Two Ray workers fill the gallery that one process fills, row for row."""

import os
import signal
import sqlite3

import cv2
import numpy as np
import pytest
from photo_folder import picture
from two_networks import save_two_networks
from video_samples import write_video

from mmdmr.apis import PersonSearcher, ray_embedding
from mmdmr.apis.ray_cluster import import_ray
from mmdmr.apis.shards import ShardEmbedder
from mmdmr.cli.main import main
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery
from mmdmr.gallery.database import DATABASE

pytest.importorskip('ray', reason="needs pip install 'mmdmr[ray]'")
pytest.importorskip('onnxruntime')
TWO = dict(ray='local', ray_workers=2)


@pytest.fixture(scope='module')
def ray():
    """Ray for all tests of the file: it takes seconds to start."""
    ray = import_ray()
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


def draw(folder, num, seed=0):
    """Drawn pictures, some of them alike."""
    rng = np.random.default_rng(seed)
    colours = ('red', 'green', 'blue', 'yellow', 'pink')
    for i in range(num):
        image = picture(colours[i // 3 % 5], colours[i // 2 % 5])
        noise = rng.integers(0, 9, image.shape, dtype=np.uint8)
        cv2.imwrite(str(folder / f'c{i % 3}_{i}.png'), image + noise)


@pytest.fixture
def photos(tmp_path):
    """40 pictures, a video, and a file that is neither."""
    save_two_networks(tmp_path)
    folder = tmp_path / 'photos'
    folder.mkdir()
    draw(folder, 40)
    (folder / 'c2_5.png').write_bytes(b'no image')
    frames = [picture('red', 'blue')] * 9 + [picture('green', 'pink')] * 3
    write_video(folder / 'v.avi', frames, fps=5, codec='ffv1')
    return folder


@pytest.fixture
def searcher(tmp_path, photos):
    return PersonSearcher(tmp_path / 'two.yaml', threads=1)


def content(gallery):
    """All tables of a gallery, with the embeddings bit for bit."""
    db = sqlite3.connect(gallery / DATABASE)
    try:
        return list(db.iterdump())
    finally:
        db.close()


def fatal_worker(marker, number):
    """Worker that is killed with a shard in hand, but only once."""

    class Mortal(ShardEmbedder):
        def _results(self, shard):
            if shard.number == number and not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super()._results(shard)

    return Mortal


def camera(path):
    return path[:2]


def test_the_gallery_of_one_process(
    ray, searcher, photos, tmp_path, monkeypatch
):
    """Also if a worker is killed on the way, and files change."""
    options = dict(
        camera=camera, group_photographs=True, batch_size=4, every_frames=2
    )
    one, two = tmp_path / 'one', tmp_path / 'two'
    searcher.index(photos, one, **options)
    with monkeypatch.context() as patched:
        patched.setattr(
            ray_embedding, 'ShardEmbedder', fatal_worker(tmp_path / 'dead', 3)
        )
        report = searcher.index(photos, two, **options, **TWO)
    assert (tmp_path / 'dead').exists()
    assert (report.num_new, report.num_frames) == (40, 45)
    assert list(report.bad) == ['c2_5.png']
    assert content(two) == content(one)
    with Gallery.open(two) as gallery:
        assert gallery.cameras() == ['c0', 'c1', 'c2', 'v.']
        # Pictures that are alike, and frames, were joined.
        assert gallery.next_sighting < len(gallery)

    (photos / 'c0_0.png').unlink()
    (photos / 'c1_1.png').write_bytes((photos / 'c2_2.png').read_bytes())
    draw(photos, 3, seed=1)
    write_video(photos / 'w.avi', [picture('pink', 'red')] * 5, codec='ffv1')
    (photos / 'c2_8.png').unlink()
    options |= dict(prune=True, limit=2)
    expected = searcher.index(photos, one, **options)
    report = searcher.index(photos, two, **options, **TWO)
    assert (report.num_changed, report.num_gone) == (3, 1)
    assert vars(report) == vars(expected)
    assert content(two) == content(one)


@pytest.mark.slow
def test_an_interrupted_indexing_goes_on(
    ray, searcher, photos, tmp_path, capsys
):
    def interrupted(items, total):
        for number, item in enumerate(items):
            if number == 13:
                raise KeyboardInterrupt
            yield item

    options = dict(batch_size=4, every_frames=2)
    searcher.index(photos, tmp_path / 'one', **options)
    gallery = tmp_path / 'two'
    with pytest.raises(KeyboardInterrupt):
        searcher.index(photos, gallery, progress=interrupted, **options, **TWO)
    with Gallery.open(gallery) as opened:
        assert opened.num_files == 16  # four shards
    argv = ['index_gallery', str(photos), '--gallery', str(gallery)]
    argv += ['--threads', '1', '--batch-size', '4', '--every-frames', '2']
    assert main([*argv, '--ray', 'local', '--ray-workers', '2']) == 0
    assert 'files: 24 new, 0 changed, 16 unchanged' in capsys.readouterr().out
    assert ray.is_initialized()

    def stored(path):
        with Gallery.open(path) as opened:
            rows = range(1, len(opened) + 1)
            persons = [
                (p.row, p.path, p.frame, *p.box, p.sighting)
                for p in opened.read(rows)
            ]
            return persons, opened.embeddings(rows).tobytes()

    assert stored(gallery) == stored(tmp_path / 'one')


def test_workers_that_cannot_load_the_model(ray, searcher, photos, tmp_path):
    (tmp_path / 'reid.onnx').rename(tmp_path / 'moved.onnx')
    with pytest.raises(InputError, match='reid.onnx'):
        searcher.index(photos, tmp_path / 'g', **TWO)
    with Gallery.open(tmp_path / 'g') as gallery:
        assert len(gallery) == gallery.num_files == 0


@pytest.mark.slow
def test_a_picture_that_kills_its_worker_each_time(
    ray, searcher, photos, tmp_path, monkeypatch
):
    class Poisoned(ShardEmbedder):
        def _results(self, shard):
            if any(file.name == 'c0_9.png' for file in shard.files):
                os.kill(os.getpid(), signal.SIGKILL)
            return super()._results(shard)

    monkeypatch.setattr(ray_embedding, 'ShardEmbedder', Poisoned)
    report = searcher.index(photos, tmp_path / 'g', batch_size=4, **TWO)
    assert sorted(report.bad) == ['c0_9.png', 'c2_5.png']
    assert 'worker died' in report.bad['c0_9.png']
    assert report.num_new == 39 and 'workers died' in report.notes[-1]
    monkeypatch.undo()
    report = searcher.index(photos, tmp_path / 'g')
    assert (report.num_unchanged, report.num_new) == (39, 1)
