"""Times, sightings and similarities in words."""

import pytest
from search_hits import make_frame, make_hit

from mmdmr.visualization.hit_text import (
    write_clock,
    write_sighting,
    write_similarity,
    write_time,
)


@pytest.mark.parametrize(
    ('seconds', 'expected'),
    [
        (0, '0:00'),
        (59.99, '0:59'),
        (60, '1:00'),
        (3599.9, '59:59'),
        (3600, '1:00:00'),
        (90000, '25:00:00'),
        (-0.5, '0:00'),  # the first timestamp of a stream may lie before 0
    ],
)
def test_a_time_in_a_video(seconds, expected):
    assert write_clock(seconds) == expected


def test_the_time_depends_on_the_kind_of_file():
    assert write_time(make_hit()) == ''
    assert write_time(make_hit(time=1714745520.0)) == '2024-05-03 14:12'
    assert write_time(make_frame()) == '0:00:15'


@pytest.mark.parametrize(
    ('changes', 'expected'),
    [
        (dict(), '0:12-0:19, 24 frames'),
        (dict(num_views=1), ''),
        (dict(start=None), '24 frames'),
        (dict(frame=None), '24 photographs'),
    ],
)
def test_a_sighting(changes, expected):
    text = write_sighting(make_frame(**changes))
    assert text.replace('\N{NO-BREAK SPACE}', ' ') == expected


def test_only_a_calibrated_similarity_has_a_verdict():
    assert write_similarity(make_hit(), 3) == '3. 0.75'
    assert write_similarity(make_hit(verdict='likely'), 1) == '1. 0.75 likely'
