"""Sheets of hits: places, colours, and texts that fit."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from search_hits import make_frame, make_hit, make_result, read_red

from mmdmr.errors import InputError
from mmdmr.visualization import draw_hit_sheet, hit_cells, hit_sheet
from mmdmr.visualization.palette import (
    QUERY,
    RIGHT,
    UNCOUNTED,
    UNJUDGED,
    WRONG,
)


def frames_of(sheet, colour):
    """(left, top) of the frames of a colour, line by line."""
    mask = (np.asarray(sheet) == colour).all(axis=2)
    # A frame is higher than any square of a legend.
    tall = np.zeros_like(mask)
    for x in range(mask.shape[1]):
        edges = np.flatnonzero(np.diff(np.r_[0, mask[:, x].astype(int), 0]))
        for start, stop in edges.reshape(-1, 2):
            tall[start, x] = stop - start >= 50
    # A side is some pixels wide; each frame has a left and a right side.
    sides = [
        (x, y) for y, x in np.argwhere(tall).tolist() if not tall[y, x - 1]
    ]
    return sides[::2]


@pytest.fixture
def texts(monkeypatch):
    """Collects the ends of all texts that are drawn, and the texts."""
    found = []
    draw_text = ImageDraw.ImageDraw.text

    def spy(draw, xy, text, fill=None, font=None, anchor=None):
        found.append((draw.im.size, draw.textbbox(xy, text, font, anchor)))
        words.append(text)
        draw_text(draw, xy, text, fill, font, anchor)

    words = []
    monkeypatch.setattr(ImageDraw.ImageDraw, 'text', spy)
    return found, words


def test_frames_tell_verdicts_in_order():
    hits = [
        make_hit(verdict='likely'),
        make_hit(verdict='unsure', similarity=0.5),
        make_hit(verdict='unlikely', similarity=0.2),
    ]
    sheet = draw_hit_sheet([make_result(hits)], read_red)
    corners = [
        frames_of(sheet, colour)[0]
        for colour in (QUERY, RIGHT, UNCOUNTED, WRONG)
    ]
    assert corners == sorted(corners)
    assert len({y for _, y in corners}) == 1
    assert not frames_of(sheet, UNJUDGED)


def test_crops_are_the_boxes():
    sheet = draw_hit_sheet([make_result([make_hit()])], read_red)
    (x, y) = frames_of(sheet, QUERY)[0]
    # the box is half as wide as high, as is the greatest crop
    inside = np.asarray(sheet)[y + 5 : y + 225, x + 5 : x + 115]
    assert (inside == 255).all()
    (x, y) = frames_of(sheet, UNJUDGED)[0]
    inside = np.asarray(sheet)[y + 5 : y + 225, x + 5 : x + 115]
    assert (inside == (255, 0, 0)).all()


def test_twenty_hits_take_two_lines():
    results = [make_result([make_hit()] * 20), make_result([make_hit()])]
    sheet = draw_hit_sheet(results, read_red)
    corners = np.array(frames_of(sheet, UNJUDGED))
    tops = np.unique(corners[:, 1]).tolist()
    counts = [(corners[:, 1] == top).sum() for top in tops]
    assert counts == [10, 10, 1]
    queries = frames_of(sheet, QUERY)
    assert [y for _, y in queries] == [tops[0], tops[2]]
    # hits stand below each other, right of the query
    assert len(np.unique(corners[:, 0])) == 10
    assert corners[:, 0].min() > queries[0][0] + 120


def test_a_file_that_has_gone_leaves_a_grey_area(texts):
    def read(hit):
        if hit.path == 'gone.png':
            return None
        if hit.path == 'bad.png':
            raise InputError('bad.png: truncated')
        raise PermissionError('secret.png')

    hits = [make_hit(path=p) for p in ('gone.png', 'bad.png', 'secret.png')]
    sheet = draw_hit_sheet([make_result(hits)], read)
    corners = frames_of(sheet, UNJUDGED)
    assert len(corners) == 3
    for x, y in corners:
        assert sheet.getpixel((x + 10, y + 10)) == hit_cells.BLANK
    assert texts[1].count('file not found') == 1
    assert texts[1].count('readable') == 2  # the second line


def test_other_errors_are_bugs():
    def read(hit):
        raise KeyError

    with pytest.raises(KeyError):
        draw_hit_sheet([make_result([make_hit()])], read)


def test_texts_name_everything(texts):
    hit = make_frame(camera='3', verdict='likely', similarity=0.876)
    notes = ('Trained on drawings.', 'Re-ranked.')
    results = [
        make_result([hit], notes=notes[:1]),
        make_result([make_hit(source='party')], notes=notes),
    ]
    draw_hit_sheet(results, read_red)
    words = texts[1]
    for text in (
        *('1. 0.88 likely', 'a.mp4', 'in holiday', 'in party', 'camera 3'),
        *('0:00:15', '0:12-0:19, 24 frames', 'query 1', 'query 2'),
        'query.png',
        *notes,
        *('likely', 'unsure', 'unlikely'),
    ):
        assert words.count(text) == (2 if text == 'query.png' else 1), text
    header = ' '.join(words[:5])
    assert 'Model colours, trained on drawings.' in header
    assert '1,234 persons' in header


def test_an_uncalibrated_model_says_so_and_has_no_legend(texts):
    draw_hit_sheet([make_result([make_hit()])], read_red)
    assert not {'likely', 'unsure', 'unlikely'} & set(texts[1])
    assert any('not calibrated' in text for text in texts[1])
    assert 'in holiday' not in texts[1]  # one source goes without saying


def test_texts_stay_in_the_picture_and_off_each_other(texts):
    names = ['x' * 300, '😀/' * 90, '東京 ' * 50, 'a\nb\udcff', '../../..', '']
    hits = [
        make_frame(
            path=name,
            source=name,
            camera=name,
            time=1e6,
            start=1e6,
            end=1e7,
            num_views=10**6,
        )
        for name in names
    ]
    results = [
        make_result(hits, query='y/' * 200, notes=('note ' * 99,)),
        make_result(),
    ]
    draw_hit_sheet(results, read_red)
    assert 'no hits' in texts[1]
    by_strip = {}
    for size, (left, top, right, bottom) in texts[0]:
        assert left >= 0 and right <= size[0]
        assert top >= 0 and bottom <= size[1]
        for other in by_strip.setdefault(size, []):
            apart = (
                right <= other[0]
                or other[2] <= left
                or bottom <= other[1]
                or other[3] <= top
            )
            assert apart or size == hit_cells.CROP
        by_strip[size].append((left, top, right, bottom))


def test_a_search_of_a_crowd_is_cut(monkeypatch, texts):
    monkeypatch.setattr(hit_sheet, 'LINES', 3)
    results = [make_result([make_hit()] * 20), make_result(), make_result()]
    sheet = draw_hit_sheet(results, read_red)
    assert len(frames_of(sheet, QUERY)) == 2
    assert any('ends after 3 lines' in text for text in texts[1])
    texts[1].clear()
    draw_hit_sheet(results[:2], read_red)
    assert not any('ends after' in text for text in texts[1])


def test_a_wide_person_fits():
    box = np.array([0.0, 0, 60, 10])
    sheet = draw_hit_sheet([make_result(query_box=box)], read_red)
    x, _ = np.argwhere((np.asarray(sheet) == QUERY).all(axis=2))[0][::-1]
    assert x >= hit_cells.GAP


def test_no_person_is_an_error():
    with pytest.raises(InputError, match='no person was searched'):
        draw_hit_sheet([], read_red)


def test_large_scenes_give_crops_of_one_size():
    scene = np.zeros((3000, 4000, 3), np.uint8)
    hit = make_hit(box=np.array([0.0, 0, 4000, 3000]))
    crop = hit_cells.cut_hit(scene, hit)
    assert isinstance(crop, Image.Image)
    assert crop.width == hit_cells.CROP[0] and crop.height <= 220
