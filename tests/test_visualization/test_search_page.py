"""The page is one file, its frames in the colours of the palette."""

from dataclasses import replace

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import score_search
from mmdmr.visualization.query_entries import query_entries
from mmdmr.visualization.search_page import write_search_page


@pytest.fixture
def page(scene, tmp_path):
    """Text of a page of the only query, which has this embedding."""
    task, detections, paths = scene
    names = ('<7>', '8')
    truth = replace(task.ground_truth, person_id_names=names)
    task = replace(task, ground_truth=truth)
    protocol = task.protocols['all']

    def write(num_matches, feat=(1.0, 0.0)):
        search = (protocol, detections, np.array([feat]))
        scores = score_search(*search[1:], protocol)
        entries = query_entries(
            task, *search, scores, [0], score_thr=0.5, num_matches=num_matches
        )
        path = tmp_path / 'new/page.html'
        write_search_page(path, 'A & B', ['note'], entries, paths)
        return path.read_text('utf-8')

    return write


def test_frames_have_the_colours_of_the_palette(page):
    style = page(2).split('</style>')[0]
    for kind, colour in dict(
        query='#3c5ac8',
        right='#149632',
        wrong='#d22828',
        uncounted='#e19600',
        missed='#7a4fc0',
    ).items():
        assert f'--{kind}: {colour};' in style
        assert f'\n.{kind} img {{ border-color: var(--{kind}); }}\n' in style


def test_matches_are_numbered_and_names_escaped(page):
    text = page(2)
    assert '<h1>A &amp; B</h1>' in text and 'person &lt;7&gt;' in text
    right = text.index('<figure class="crop right">')
    wrong = text.index('<figure class="crop wrong">')
    assert right < wrong
    assert '1: 0.80<br>1.png' in text and '2: 0.60<br>2.png' in text
    assert '<figure class="crop missed"' not in text


def test_an_appearance_that_is_no_match_is_missed(page):
    text = page(1, feat=(0.6, 0.8))  # more like the other person
    assert '<b>1 of 1</b> appearances are not among these matches:' in text
    assert '<figure class="crop missed">' in text and 'rank 2<br>1.png' in text


def test_a_page_that_cannot_be_finished_is_not_written(page, tmp_path):
    (tmp_path / '2.png').write_bytes(b'junk')
    with pytest.raises(InputError, match='2.png: no readable image'):
        page(2)
    assert list((tmp_path / 'new').iterdir()) == []
