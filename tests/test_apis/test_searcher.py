"""Indexing and searching one's own pictures."""

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene
from two_networks import save_networks_of_public_names

from mmdmr.apis import PersonSearcher, write_hits
from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import Calibration
from mmdmr.evaluation.functional import FalseAlarms, OperatingPoint
from mmdmr.gallery import Gallery

LEFT, RIGHT = (10, 10, 40, 90), (90, 20, 120, 110)
#: Files of the folder, with the persons they show.
PHOTOS = {
    '1.png': [('red', LEFT)],
    '2.png': [('blue', LEFT), ('green', RIGHT)],
    'beach/3.png': [('red', RIGHT), ('pink', LEFT)],
    'beach/4.png': [],
}


@pytest.fixture
def searcher():
    return PersonSearcher.from_embedder(ColourEmbedder())


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / 'photos'
    for name, persons in PHOTOS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), draw_scene(persons))
    return folder


@pytest.fixture
def gallery(tmp_path):
    return tmp_path / 'photos.gallery'


def paths(results):
    return [[hit.path for hit in result.hits] for result in results]


def test_a_person_is_found_wherever_it_stands(searcher, photos, gallery):
    report = searcher.index(photos, gallery)
    assert (report.num_new, report.num_frames, report.num_persons) == (4, 4, 5)
    query = draw_scene([('red', (50, 30, 80, 100))])
    (result,) = searcher.search(query, gallery, top_k=2)
    assert sorted(paths([result])[0]) == ['1.png', 'beach/3.png']
    assert [hit.similarity for hit in result.hits] == pytest.approx([1, 1])
    boxes = {hit.path: hit.box.tolist() for hit in result.hits}
    assert boxes == {'1.png': list(LEFT), 'beach/3.png': list(RIGHT)}
    assert result.query_box.tolist() == [50, 30, 80, 100]
    assert result.num_persons == 5
    assert {hit.file for hit in result.hits} == {
        photos / '1.png',
        photos / 'beach/3.png',
    }


def test_every_detected_person_is_searched(searcher, photos, gallery):
    searcher.index(photos, gallery)
    results = searcher.search(
        photos / '2.png', gallery, top_k=1, with_own_picture=True
    )
    assert paths(results) == [['2.png'], ['2.png']]
    boxes = [result.hits[0].box.tolist() for result in results]
    assert sorted(boxes) == [list(LEFT), list(RIGHT)]


def test_a_box_and_the_whole_picture(searcher, photos, gallery):
    searcher.index(photos, gallery)
    scene = cv2.imread(str(photos / '2.png'))
    (result,) = searcher.search(
        scene, gallery, box=(80, 10, 130, 115), top_k=1
    )
    assert result.hits[0].box.tolist() == list(RIGHT)
    crop = draw_scene([('pink', (0, 0, 30, 80))], size=(30, 80))
    (result,) = searcher.search(crop, gallery, box='full', top_k=1)
    assert paths([result]) == [['beach/3.png']]
    assert result.query_box.tolist() == [0, 0, 30, 80]


@pytest.mark.parametrize(
    'box, words',
    [
        ((200, 10, 240, 90), 'holds no pixel'),
        ((40, 10, 10, 90), 'holds no pixel'),
        ((1, 2, 3), 'x1, y1, x2, y2'),
        ((1, 2, np.nan, 4), 'x1, y1, x2, y2'),
        ('left', "'full'"),
    ],
)
def test_wrong_boxes(searcher, photos, gallery, box, words):
    searcher.index(photos, gallery)
    with pytest.raises(InputError, match=words):
        searcher.search(photos / '1.png', gallery, box=box)


def test_the_querys_own_picture_is_left_out(searcher, photos, gallery):
    searcher.index(photos, gallery)
    copy = photos.parent / 'copy.png'
    copy.write_bytes((photos / '1.png').read_bytes())
    (result,) = searcher.search(copy, gallery)
    assert '1.png' not in paths([result])[0]
    assert result.hits[0].path == 'beach/3.png'
    assert result.num_persons == 4


def test_no_person_found(searcher, photos, gallery):
    searcher.index(photos, gallery)
    with pytest.raises(InputError, match='4.png: no person was detected'):
        searcher.search(photos / 'beach/4.png', gallery)


def test_only_changes_are_indexed_again(searcher, photos, gallery):
    searcher.index(photos, gallery)
    again = searcher.index(photos, gallery)
    assert (again.num_unchanged, again.num_frames) == (4, 0)
    cv2.imwrite(str(photos / '1.png'), draw_scene([('yellow', LEFT)]))
    cv2.imwrite(str(photos / '5.png'), draw_scene([('green', LEFT)]))
    (photos / '2.png').unlink()
    (photos / 'beach/3.png').touch()
    report = searcher.index(photos, gallery)
    counts = (report.num_new, report.num_changed, report.num_unchanged)
    assert counts == (1, 1, 2)
    assert report.num_gone == 1
    (red,) = searcher.search(draw_scene([('red', LEFT)]), gallery, top_k=1)
    assert paths([red]) == [['beach/3.png']]
    with Gallery.open(gallery) as opened:
        assert '2.png' in opened.known('photos')
    searcher.index(photos, gallery, prune=True)
    with Gallery.open(gallery) as opened:
        assert '2.png' not in opened.known('photos')
        assert len(opened) == 4


def test_pruning_by_a_list_keeps_what_it_leaves_out(searcher, photos, gallery):
    searcher.index(photos, gallery)
    (photos / '2.png').unlink()
    files = [photos / '1.png', photos / 'beach/3.png']
    report = searcher.index(files, gallery, name='photos', prune=True)
    assert (report.num_gone, report.num_unchanged) == (1, 2)
    with Gallery.open(gallery) as opened:
        assert list(opened.known('photos')) == [
            '1.png',
            'beach/3.png',
            'beach/4.png',
        ]


def test_a_file_that_became_empty_shows_nobody(searcher, photos, gallery):
    searcher.index(photos, gallery)
    whole = (photos / '1.png').read_bytes()
    (photos / '1.png').write_bytes(b'')
    report = searcher.index(photos, gallery)
    assert report.bad == {'1.png': 'the file is empty'}
    with Gallery.open(gallery) as opened:
        assert len(opened) == 4
        assert [path for _, path, _ in opened.bad_files()] == ['1.png']
    (photos / '1.png').write_bytes(whole)
    assert searcher.index(photos, gallery).num_persons == 1


def test_a_changed_photograph_is_not_drawn(searcher, photos, gallery):
    searcher.index(photos, gallery)
    cv2.imwrite(str(photos / 'beach/3.png'), draw_scene([('blue', RIGHT)]))
    results = searcher.search(photos / '1.png', gallery, top_k=2)
    report = write_hits(results, photos.parent / 'out')
    assert report.num_scenes == 1
    ((file, reason),) = report.unread.items()
    assert file.endswith('3.png') and 'changed since' in reason


def test_more_hits_than_persons(searcher, photos, gallery):
    searcher.index(photos, gallery)
    (result,) = searcher.search(photos / '1.png', gallery, top_k=10**12)
    assert len(result.hits) == 4


def test_bad_files_are_named_and_the_rest_goes_on(searcher, photos, gallery):
    (photos / 'a.jpg').write_text('no image')
    whole = (photos / '1.png').read_bytes()
    (photos / 'b.png').write_bytes(whole[: len(whole) // 2])
    (photos / 'notes.txt').write_text('notes')
    for _ in range(2):  # also the second time, when nothing is new
        report = searcher.index(photos, gallery)
        assert sorted(report.bad) == ['a.jpg', 'b.png']
        assert '.txt' in ' '.join(report.notes)
    cv2.imwrite(str(photos / 'b.png'), draw_scene([('red', LEFT)]))
    report = searcher.index(photos, gallery)
    assert (list(report.bad), report.num_frames) == (['a.jpg'], 1)


def test_filters(searcher, photos, gallery):
    query = draw_scene([('red', LEFT)])
    searcher.index(photos, gallery, camera=lambda path: path[:5])
    searcher.index([photos / '1.png'], gallery, name='other', camera='door')
    (result,) = searcher.search(query, gallery, cameras=['beach'])
    assert {hit.camera for hit in result.hits} == {'beach'}
    assert result.num_persons == 2
    (result,) = searcher.search(query, gallery, sources=['other'])
    assert paths([result]) == [['1.png']]
    (result,) = searcher.search(query, gallery, min_score=0.95)
    assert (paths([result]), result.num_persons) == ([[]], 0)
    with pytest.raises(InputError, match="'attic'.*photos, other"):
        searcher.search(query, gallery, sources=['attic'])


def test_another_models_gallery_is_refused(searcher, photos, gallery):
    searcher.index(photos, gallery)
    other = PersonSearcher.from_embedder(ColourEmbedder(stripes=2))
    for act in (
        lambda: other.index(photos, gallery),
        lambda: other.search(photos / '1.png', gallery),
    ):
        with pytest.raises(InputError, match='made by the model'):
            act()


def test_an_empty_gallery(searcher, photos, gallery, tmp_path):
    Gallery.create(gallery, searcher.model).close()
    with pytest.raises(InputError, match='holds no persons'):
        searcher.search(photos / '1.png', gallery)
    with pytest.raises(FileNotFoundError):
        searcher.search(photos / '1.png', tmp_path / 'none.gallery')


def test_arrays_of_a_program(searcher, gallery):
    images = [draw_scene([('red', LEFT)]), draw_scene([('blue', LEFT)])]
    report = searcher.index(iter(images), gallery)
    assert report.num_persons == 2
    report = searcher.index(iter([('b', images[1])]), gallery, name='named')
    (result,) = searcher.search(images[1], gallery)
    found = [(hit.source, hit.path, hit.file) for hit in result.hits[:2]]
    assert sorted(found) == [('arrays', '000001', None), ('named', 'b', None)]
    with pytest.raises(InputError, match='image 000000: .*uint8'):
        searcher.index(iter([np.zeros((4, 4))]), gallery)


def test_every_answer_names_the_training_data(searcher, photos, gallery):
    searcher.index(photos, gallery)
    (result,) = searcher.search(photos / '1.png', gallery)
    text = ' '.join(result.notes)
    assert result.model.trained_on == 'colours'
    assert 'uncalibrated' in text
    assert {hit.verdict for hit in result.hits} == {'uncalibrated'}


def test_a_second_folder_of_the_same_name(searcher, photos, gallery, tmp_path):
    searcher.index(photos, gallery)
    other = tmp_path / 'other' / 'photos'
    other.mkdir(parents=True)
    cv2.imwrite(str(other / '1.png'), draw_scene([('green', LEFT)]))
    with pytest.raises(InputError, match='another name'):
        searcher.index(other, gallery)
    photos.rename(tmp_path / 'moved')  # but a folder may move
    searcher.index(tmp_path / 'moved', gallery, name='photos')


def test_an_interrupted_indexing_goes_on(
    searcher, photos, gallery, monkeypatch
):
    embed, sizes = searcher.embedder.embed, []

    def interrupted(images):
        sizes.append(len(images))
        if len(sizes) == 2:
            raise KeyboardInterrupt
        return embed(images)

    with monkeypatch.context() as patched:
        patched.setattr(searcher.embedder, 'embed', interrupted)
        with pytest.raises(KeyboardInterrupt):
            searcher.index(photos, gallery, batch_size=2)
    with Gallery.open(gallery) as opened:
        assert opened.num_files == 2  # the batch in hand is lost
    report = searcher.index(photos, gallery)
    assert (report.num_unchanged, report.num_new) == (2, 2)


def test_the_users_files_stay_untouched(searcher, photos, gallery):
    before = {p: p.read_bytes() for p in photos.rglob('*') if p.is_file()}
    searcher.index(photos, gallery)
    searcher.search(photos / '1.png', gallery)
    after = {p: p.read_bytes() for p in photos.rglob('*') if p.is_file()}
    assert after == before


def test_drawings_are_no_photographs(photos, gallery):
    embedder = ColourEmbedder(trained_on='synthetic scenes (drawings)')
    searcher = PersonSearcher.from_embedder(embedder)
    searcher.index(photos, gallery)
    (result,) = searcher.search(photos / '1.png', gallery)
    assert 'not fit for photographs' in ' '.join(result.notes)


def test_verdicts_of_a_calibrated_model(photos, gallery):
    embedder = ColourEmbedder()
    points = (
        OperatingPoint(0.01, 0.5, 0.01, 0.9),
        OperatingPoint(0.001, 0.9, 0.001, 0.8),
    )
    calibration = Calibration(
        embedder.model, 'colours', 0.5, FalseAlarms(points, 9000, 90, 9, 60)
    )
    searcher = PersonSearcher.from_embedder(embedder, calibration)
    searcher.index(photos, gallery)
    (result,) = searcher.search(draw_scene([('red', LEFT)]), gallery)
    verdicts = [(h.similarity > 0.9, h.verdict) for h in result.hits]
    assert set(verdicts) == {(True, 'likely'), (False, 'unlikely')}
    assert '0.1 % false alarms' in ' '.join(result.notes)


def test_the_model_of_a_gallery_is_found_from_any_folder(
    photos, gallery, tmp_path, monkeypatch
):
    """Also a description of this package, whose networks lay in a folder."""
    home = tmp_path / 'home'
    home.mkdir()
    save_networks_of_public_names(home)
    monkeypatch.chdir(home)
    name = 'yolox-nano_osnet-x0.25.yaml'
    PersonSearcher(name).index(photos, gallery)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match='yolox_nano.onnx'):
        PersonSearcher(name)
    again = PersonSearcher.of_gallery(gallery)
    assert again.model.trained_on == 'MSMT17'
