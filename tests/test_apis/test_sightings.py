"""Persons of neighbouring frames and photographs."""

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene
from video_samples import write_video

from mmdmr.apis.sightings import (
    PhotographTracker,
    SightingTracker,
    thumbnail,
)
from mmdmr.errors import InputError
from mmdmr.media.video import read_frames
from mmdmr.structures import Detections

rng = np.random.default_rng(0)
#: Embeddings of ten persons, cosines around 0.
PERSONS = np.linalg.qr(rng.normal(size=(64, 64)))[0][:10]


def views(feats, noise=0.3):
    """Embeddings of persons as a network sees them, cosines around 0.9."""
    noisy = feats + noise / 8 * rng.normal(size=feats.shape)
    return noisy / np.linalg.norm(noisy, axis=1, keepdims=True)


def found(x, feats, y=50.0, width=40.0, height=100.0):
    """Persons whose boxes begin at x, one after the other."""
    x = np.asarray(x, np.float64)
    boxes = np.stack([x, x * 0 + y, x + width, x * 0 + y + height], axis=1)
    return Detections.from_counts(boxes, np.ones(len(x)), feats, [len(x)])


@pytest.mark.parametrize('fps', [25, 5, 2, 1])
def test_a_walk_is_one_sighting(fps):
    """At 1 frame a second the boxes (120 pixels on) do not overlap."""
    tracker = SightingTracker(first=5)
    for i in range(10 * fps):
        ids = tracker.update(
            found([120 * i / fps], views(PERSONS[:1])), i / fps
        )
        assert ids.dtype == np.int64 and ids.tolist() == [5]
    assert tracker.next_id == 6


@pytest.mark.parametrize('fps', [25, 5, 2, 1])
@pytest.mark.parametrize('cosine', [0, 0.7])
def test_persons_who_cross_are_not_mixed(fps, cosine):
    """They walk through each other, also if their clothes are alike."""
    pair = PERSONS[:2].copy()
    pair[1] = cosine * pair[0] + np.sqrt(1 - cosine**2) * pair[1]
    tracker = SightingTracker()
    for i in range(6 * fps):
        x = 100 * i / fps
        # The order of detections tells nothing.
        order = rng.permutation(2) if i else np.arange(2)
        seen = found(np.array([x, 500 - x])[order], views(pair, 0.2)[order])
        assert tracker.update(seen, i / fps).tolist() == order.tolist()


def test_twins_side_by_side_are_told_by_their_boxes():
    """Embeddings cannot: at 25 frames a second the boxes can."""
    tracker = SightingTracker()
    for i in range(50):
        order = rng.permutation(2) if i else np.arange(2)
        seen = found(
            np.array([2.0 * i, 2.0 * i + 30])[order],
            views(PERSONS[[0, 0]])[order],
        )
        assert tracker.update(seen, i / 25).tolist() == order.tolist()


def test_a_person_who_comes_back_late_is_a_new_sighting():
    tracker = SightingTracker(max_gap=2)
    person = found([0], PERSONS[:1])
    for time, sighting in ((0, 0), (2, 0), (4, 0), (6.01, 1), (8, 1)):
        assert tracker.update(person, time).tolist() == [sighting]


def test_a_hidden_person_keeps_the_sighting():
    """Frames without anybody are frames."""
    tracker = SightingTracker()
    nobody = found([], np.empty((0, 64)))
    assert tracker.update(nobody, 0).shape == (0,)
    assert tracker.update(found([0], PERSONS[:1]), 1).tolist() == [0]
    for time in (2, 3, 4):
        assert tracker.update(nobody, time).tolist() == []
    both = found([300, 0], PERSONS[:2])
    assert tracker.update(both, 5).tolist() == [0, 1]
    # Nobody for too long, embeddings of another length: all begins anew.
    other = found([0], np.eye(3)[:1])
    assert tracker.update(other, 99).tolist() == [2]


def test_another_person_in_the_same_place_is_another_sighting():
    tracker = SightingTracker()
    assert tracker.update(found([0], PERSONS[:1]), 0).tolist() == [0]
    assert tracker.update(found([0], PERSONS[1:2]), 0.04).tolist() == [1]
    # 0 is still remembered.
    assert tracker.update(found([0], PERSONS[:1]), 0.08).tolist() == [0]


@pytest.mark.parametrize('x, wanted', [(0, [0]), (200, [1])])
def test_an_overlap_lets_less_similarity_suffice(x, wanted):
    """Cosine 0.65."""
    tracker = SightingTracker(min_similarity=0.7)
    turned = 0.65 * PERSONS[:1] + np.sqrt(1 - 0.65**2) * PERSONS[1:2]
    tracker.update(found([0], PERSONS[:1]), 0)
    assert tracker.update(found([x], turned), 1).tolist() == wanted


def test_each_detection_of_a_frame_has_its_own_sighting():
    """Two boxes around one person, five persons, one remembered."""
    tracker = SightingTracker()
    tracker.update(found([0], PERSONS[:1]), 0)
    ids = tracker.update(found([0, 5, 100, 200, 300], PERSONS[[0] * 5]), 1)
    assert sorted(ids.tolist()) == [0, 1, 2, 3, 4] and ids[0] == 0


def test_an_impossible_pair_prevents_no_possible_one():
    """One person leaves as two come."""
    tracker = SightingTracker()
    tracker.update(found([0, 100, 200], PERSONS[[0, 1, 2]]), 0)
    ids = tracker.update(found([0, 90, 180], PERSONS[[3, 0, 4]]), 1)
    assert ids.tolist() == [3, 0, 4]


def test_impossible_pairs_do_not_outweigh_a_possible_one():
    """Cosines .75 and 0 against .6 and .69: only .75 is enough."""
    known, seen = np.zeros((2, 64)), np.zeros((2, 64))
    known[[0, 1], [0, 1]] = 1
    seen[0, :3] = 0.75, 0.6, np.sqrt(1 - 0.75**2 - 0.6**2)
    seen[1, [0, 3]] = 0.69, np.sqrt(1 - 0.69**2)
    tracker = SightingTracker(min_similarity=0.7)
    tracker.update(found([0, 200], known), 0)
    assert tracker.update(found([400, 600], seen), 1).tolist() == [0, 2]


def test_a_mean_of_views_is_as_near_as_a_view():
    """Means of unit vectors are shorter, which must not cost similarity."""
    first = PERSONS[:1]
    second = 0.72 * first + np.sqrt(1 - 0.72**2) * PERSONS[1:2]
    mean = (first + second) / np.linalg.norm(first + second)
    third = 0.74 * mean + np.sqrt(1 - 0.74**2) * PERSONS[2:3]
    tracker = SightingTracker(min_similarity=0.7)
    for time, view in enumerate((first, second, third)):
        assert tracker.update(found([100 * time], view), time).tolist() == [0]


def test_embeddings_of_zeros_do_no_harm():
    tracker = SightingTracker(min_similarity=-1)
    zeros = np.zeros((1, 64))
    assert tracker.update(found([0], zeros), 0).tolist() == [0]
    assert tracker.update(found([0], zeros), 1).tolist() == [0]
    assert tracker.update(found([0], PERSONS[:1]), 2).tolist() == [0]


def test_single_precision_is_enough():
    tracker = SightingTracker(min_similarity=0.999)
    for time in range(50):
        person = found([0], PERSONS[:1].astype(np.float16))
        assert tracker.update(person, time).tolist() == [0]


@pytest.mark.parametrize(
    'options',
    [
        dict(first=-1),
        dict(max_gap=-1),
        dict(max_gap=float('nan')),
        dict(min_similarity=1.1),
        dict(min_similarity=float('nan')),
    ],
)
def test_wrong_options(options):
    (name,) = options
    with pytest.raises(InputError, match=name):
        SightingTracker(**options)
    if name != 'max_gap':
        with pytest.raises(InputError, match=name):
            PhotographTracker(**options)


@pytest.mark.parametrize('options', [{}, dict(every_seconds=1.0)])
def test_persons_of_a_video(options, tmp_path):
    """Red walks right, blue left below; red is away from 4 to 10 seconds."""
    images = []
    for i in range(120):
        time = i / 10
        right = 156 - i // 2 * 2
        persons = [('blue', (right - 16, 70, right, 110))]
        if not 4 <= time < 10:
            left = i // 2 * 2
            persons.append(('red', (left, 10, left + 16, 50)))
        images.append(draw_scene(persons))
    # Without loss: the colours lie near the bounds of bins.
    write_video(tmp_path / 'a.mkv', images, fps=10, codec='ffv1')
    embedder, tracker = ColourEmbedder(), SightingTracker(max_gap=3)
    sightings = {}
    for frame in read_frames(tmp_path / 'a.mkv', **options):
        persons = embedder.embed([frame.image])
        # Red is above.
        for box, number in zip(
            persons.boxes, tracker.update(persons, frame.time)
        ):
            colour = 'red' if box[1] < 40 else 'blue'
            sightings.setdefault((colour, int(number)), []).append(frame.time)
    spans = {key: (min(times), max(times)) for key, times in sightings.items()}
    assert sorted(key[0] for key in spans) == ['blue', 'red', 'red']
    step = options.get('every_seconds', 0.1)
    wanted = [(0, 12 - step), (0, 4 - step), (10, 12 - step)]
    np.testing.assert_allclose(
        [span for _, span in sorted(spans.items())], wanted, atol=1e-6
    )


def scene(seed):
    coarse = np.random.default_rng(seed).integers(
        0, 256, (6, 8, 3), dtype=np.uint8
    )
    return cv2.resize(coarse, (160, 120))


def test_a_series_of_photographs():
    """The second is brighter and noisier; the third another scene."""
    tracker = PhotographTracker(first=3)
    person = found([0], PERSONS[:1])
    image = scene(0)
    noise = rng.normal(size=image.shape) * 5
    brighter = np.clip(image * 0.8 + 40 + noise, 0, 255).astype(np.uint8)
    smaller = cv2.resize(brighter, (120, 90))
    for photograph, wanted in (
        (image, 3),
        (brighter, 3),
        (smaller, 3),
        (scene(1), 4),
        # Neighbours only: the first scene again is a new one.
        (image, 5),
    ):
        ids = tracker.update(person, None, thumbnail(photograph))
        assert ids.tolist() == [wanted]
    assert tracker.next_id == 6


def test_photographs_of_one_scene_at_different_times():
    tracker = PhotographTracker(max_gap=5)
    person = found([0], PERSONS[:1])
    for time, wanted in ((0, 0), (5, 0), (60, 1), (None, 1), (900, 1)):
        ids = tracker.update(person, time, thumbnail(scene(0)))
        assert ids.tolist() == [wanted]


def test_persons_are_compared_with_the_last_photograph_only():
    tracker = PhotographTracker()
    for persons, wanted in (([0, 1], [0, 1]), ([1], [1]), ([1, 0], [1, 2])):
        seen = found(100 * np.array(persons), PERSONS[persons])
        ids = tracker.update(seen, None, thumbnail(scene(0)))
        assert ids.tolist() == wanted


def test_plain_and_black_photographs():
    """Without any contrast, nothing tells that two are the same."""
    tracker = PhotographTracker()
    black = thumbnail(np.zeros((60, 80, 3), np.uint8))
    person = found([0], PERSONS[:1])
    assert tracker.update(person, None, black).tolist() == [0]
    assert tracker.update(person, None, black).tolist() == [1]
