"""A worker of an indexing, called in this process."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_folder import make_photo_folder
from two_networks import BOXES

from mmdmr.apis import batches
from mmdmr.apis.embedding import EmbedOptions, embed_files
from mmdmr.apis.models import load_embedder
from mmdmr.apis.shards import Shard, ShardEmbedder, make_shards
from mmdmr.media.files import MediaFile, find_media


@pytest.fixture
def folder(tmp_path):
    make_photo_folder(tmp_path)
    return tmp_path


@pytest.fixture
def model(folder):
    return load_embedder(folder / 'two.yaml').model


def make_worker(folder, model):
    recipe = dict(config=str(folder / 'two.yaml'), threads=1)
    return ShardEmbedder(recipe, model, EmbedOptions())


def results(worker, *shards):
    column = np.empty(len(shards), object)
    column[:] = shards
    return [row['result'][0] for row in worker({'shard': column})]


def test_a_video_is_a_shard_of_its_own():
    files = [
        MediaFile(Path('/', name), name, 'video' if 'v' in name else 'image')
        for name in ('1', 'v1', '2', '3', 'v2')
    ]
    shards = make_shards(files, 2)
    names = [''.join(file.name for file in shard.files) for shard in shards]
    assert names == ['12', '3', 'v1', 'v2']
    assert [shard.number for shard in shards] == [0, 1, 2, 3]


def test_shards_of_photographs(folder, model):
    shards = make_shards(find_media(folder / 'photos').files, 2)
    found = results(make_worker(folder, model), *shards)
    assert [result.number for result in found] == [0, 0, 1, 1]
    assert [result.batch is None for result in found] == [0, 1, 0, 1]
    pictures = [p for r in found if r.batch for p in r.batch.pictures]
    assert [p.path for p in pictures] == ['c1_a.png', 'c1_b.png', 'c2_a.png']
    assert [len(p.detections) for p in pictures] == [len(BOXES)] * 3
    assert not any(result.failure for result in found)


def test_another_model_on_a_machine(folder, model):
    worker = make_worker(folder, replace(model, fingerprint='0' * 64))
    (result,) = results(worker, Shard(0, ()))
    assert f'{worker.host}: ' in result.failure
    assert 'gives another model there' in result.failure
    assert not result.is_bug


def test_no_model_on_a_machine(folder, model):
    (folder / 'reid.onnx').unlink()
    (result,) = results(make_worker(folder, model), Shard(0, ()))
    assert 'reid.onnx' in result.failure and not result.is_bug


def test_pictures_that_are_not_on_a_machine(folder, model):
    (shard,) = make_shards(find_media(folder / 'photos').files, 9)
    (folder / 'photos/c1_b.png').unlink()
    (folder / 'photos/c2_a.png').write_bytes(b'no image')
    worker = make_worker(folder, model)
    result, _ = results(worker, shard)
    missing, damaged = result.batch.bad
    assert f'no such file on {worker.host}' in missing.reason
    assert 'same path on all machines' in missing.reason
    # It is not remembered as bad, but the damaged one is.
    assert missing.content is None and damaged.content[1] == 8
    assert [p.path for p in result.batch.pictures] == ['c1_a.png']


def test_a_bug_comes_with_its_traceback(folder, model):
    worker = make_worker(folder, model)
    worker.embedder = None
    (result,) = results(worker, Shard(0, find_media(folder / 'photos').files))
    assert result.is_bug and 'AttributeError' in result.failure
    assert 'embedding.py' in result.failure


def test_batches_do_not_depend_on_shards(folder, model, monkeypatch):
    """Large pictures end a batch early, but not across two shards."""
    for i in range(7):
        image = np.full((120, 80, 3), 30 * i + 9, np.uint8)
        cv2.imwrite(str(folder / f'photos/{i}.png'), image)
    monkeypatch.setattr(batches, '_BATCH_BYTES', 3 * 120 * 80 * 3)
    files = find_media(folder / 'photos').files
    options = EmbedOptions(batch_size=4)
    embedder = load_embedder(folder / 'two.yaml')

    def sizes(files):
        return [
            len(batch.pictures)
            for batch in embed_files(embedder, options, files)
        ]

    assert sizes(files) == [3, 1, 3, 1, 2]
    shards = make_shards(files, 4)
    assert sum((sizes(shard.files) for shard in shards), []) == sizes(files)
