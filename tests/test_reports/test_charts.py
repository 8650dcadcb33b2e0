"""Charts are SVG in the colours of the page, with their numbers."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mmdmr.reports.charts import Line, draw_chart
from mmdmr.visualization.palette import CURVES, hexadecimal


def curve(num=30, run=0, **how):
    return Line('A', np.arange(num), np.linspace(1.0, 0.5, num), run, **how)


def test_equal_arguments_give_equal_text():
    charts = [draw_chart('loss', [curve()], 'iteration') for _ in range(2)]
    assert charts[0].svg == charts[1].svg


def test_colours_are_those_of_the_page():
    svg = draw_chart('loss', [curve(run=0), curve(run=7)], 'iteration').svg
    assert 'stroke: var(--curve-0)' in svg and 'stroke: var(--curve-1)' in svg
    assert 'fill: currentColor' in svg and 'stroke: var(--line)' in svg
    assert not re.search('#[0-9a-f]{6}', svg)
    # The eighth run has the second colour, dashed.
    dashed = re.search(r'stroke-dasharray[^"]*var\(--curve-1\)', svg)
    assert dashed and hexadecimal(CURVES[1]) not in svg


def test_an_element_needs_no_other_file():
    svg = draw_chart('a "b" <c>', [curve(5)], 'iteration').svg
    assert '://' not in svg and 'xmlns' not in svg and '<style' not in svg
    ids = set(re.findall(r' id="([^"]+)"', svg))
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
    assert ids == {name for pair in used for name in pair if name}
    # Well-formed, once the prefix of HTML's own is declared.
    ElementTree.fromstring(svg.replace('<svg', '<svg xmlns:xlink="x"', 1))


def test_the_table_has_the_values_as_logged():
    average = Line('A', np.arange(3), np.zeros(3), averaged=True)
    other = Line('B', np.array([1, 5]), np.array([np.nan, 2e-7]))
    chart = draw_chart(
        'loss', [curve(3, faint=True), average, other], 'iteration'
    )
    assert chart.head == ['iteration', 'A', 'B']
    assert chart.rows == [
        ['0', '1', ''],
        ['1', '0.75', ''],
        ['2', '0.5', ''],
        ['5', '', '2e-07'],
    ]
    assert chart.thinned == 1


def test_a_long_table_is_thinned_and_ends_with_the_last_value():
    chart = draw_chart('loss', [curve(1001)], 'iteration')
    assert len(chart.rows) <= 40
    assert chart.rows[-1] == ['1000', '0.5']
    steps = [int(row[0]) for row in chart.rows]
    assert set(np.diff(steps)) == {chart.thinned}


def test_a_long_curve_is_thinned():
    noise = np.random.default_rng(0).random(20_000)
    svg = draw_chart('t', [Line('A', np.arange(20_000), noise)], 'x').svg
    (line,) = re.findall(r'<path d="(M[^"]{2000,})"', svg)
    assert 300 < line.count('L') <= 500


@pytest.mark.parametrize('value', [0.0, 100.0])
def test_no_percentage_beyond_0_and_100_is_labelled(value):
    line = Line('A', np.arange(3), np.full(3, value))
    svg = draw_chart('mAP (%)', [line], 'epoch', percent=True).svg
    labels = [float(t) for t in re.findall(r'>(-?[\d.]+)</text>', svg)]
    assert value in labels and all(0 <= label <= 100 for label in labels)


def test_a_dollar_is_no_formula():
    svg = draw_chart('t', [curve(3)], 'iteration', marks=[(1, '$_^$')]).svg
    assert '>$_^$</text>' in svg


def test_few_points_are_marked_each():
    assert '<use' in draw_chart('t', [curve(1)], 'epoch').svg
    assert '<use' not in draw_chart('t', [curve(100)], 'epoch').svg
