"""The page shows the numbers of the files, and needs no other file."""

import json
import re
from html.parser import HTMLParser

import pytest
from past_trainings import losses, write_settings, write_work_dir

from mmdmr.reports.page import write_report
from mmdmr.reports.runs import name_runs, read_run
from mmdmr.reports.work_dirs import WorkDir


class Tables(HTMLParser):
    """Rows of all tables, and headings in order."""

    def __init__(self):
        super().__init__()
        self.tables, self.headings, self._open = [], [], []

    def handle_starttag(self, tag, attrs):
        self._open.append(tag)
        if tag == 'table':
            self.tables.append([])
        elif tag == 'tr':
            self.tables[-1].append([])
        elif tag in ('td', 'th'):
            self.tables[-1][-1].append('')

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        tag = self._open[-1] if self._open else ''
        if tag in ('td', 'th'):
            self.tables[-1][-1][-1] += data
        elif re.fullmatch('h[1-6]', tag):
            self.headings.append((int(tag[1]), data))


def read(text):
    found = Tables()
    found.feed(text)
    return found


def table(text, head, row):
    """Rows by name, of the table with this head and a row of this name."""
    for rows in read(text).tables:
        named = {cells[0]: cells[1:] for cells in rows[1:]}
        if rows[0][1 : 1 + len(head)] == head and row in named:
            return named
    raise AssertionError(f'no table {head} with {row}')


def chart_table(text, title):
    """The table below the chart of this title."""
    part = text[text.index(f'<b>{title}</b>') :]
    return read(part[: part.index('</figure>')]).tables[0]


@pytest.fixture
def write(tmp_path, small_data):
    """A function that writes a report of runs with these momenta."""

    def write_page(*momenta, change=lambda folder: None, **options):
        runs, names = [], []
        for i, momentum in enumerate(momenta):
            folder = tmp_path / f'run{i}'
            write_work_dir(folder, small_data, momentum, offset=i)
            change(folder)
            runs.append(read_run(WorkDir('', folder), num_queries=2))
            names.append('')
        path = tmp_path / 'new/report.html'
        notes = write_report(path, name_runs(runs, names), **options)
        return path.read_text('utf-8'), notes

    return write_page


def test_charts_have_the_numbers_of_the_scalars_file(write, tmp_path):
    text, _ = write(0.001)
    (path,) = tmp_path.glob('run0/*/vis_data/scalars.json')
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for name in ('loss', 'loss_reid', 'ema_distance', 'memory_positives'):
        rows = chart_table(text, name)[1:]
        logged = [(r['iter'], r[name]) for r in records if 'iter' in r]
        assert [int(step) for step, _ in rows] == [i for i, _ in logged]
        assert [float(value) for _, value in rows] == pytest.approx(
            [value for _, value in logged], rel=1e-4
        )
    rows = chart_table(text, 'search/mAP (%)')
    assert rows[0][0] == 'epoch' and rows[1:] == [['1', '20'], ['2', '40']]


def test_the_head_tells_the_run_and_its_metrics(write):
    text, _ = write(0.001)
    facts = table(text, ['this run'], 'command')
    assert facts['command'] == ['mmdmr train mine.py']
    assert facts['trained'] == ['epoch 2 of 2, iteration 40']
    assert facts['duration'] == ['0:07:00']
    assert facts['versions'] == [
        'mmdmr 0.1.0, torch 2.13.0, mmcv 2.3.6, mmdet 3.5.1, '
        'mmengine 0.10.12, Python 3.11.7'
    ]
    metrics = table(text, ['this run', 'untrained network'], 'search/mAP')
    assert metrics['search/mAP'] == ['35.40', '', '']
    assert metrics['search+gt/mAP'] == ['60.00', '12.50', '31.25']


def test_pages_open_without_a_network_and_follow_the_ground(write):
    text, _ = write(0.001, 0.01)
    outside = r'(src|href|action)="(?!#|data:)|@import|url\((?!#)|https?://'
    assert not re.search(outside, text.partition('<pre')[0])
    assert '<script' not in text
    assert 'prefers-color-scheme: dark' in text
    assert text.count('<svg') > 10 and 'src="data:image/jpeg' in text


def test_headings_go_down_one_level_at_a_time(write):
    levels = [level for level, _ in read(write(0.001, 0.01)[0]).headings]
    assert levels[0] == 1 and set(levels) == {1, 2, 3, 4}
    assert all(
        after <= before + 1 for before, after in zip(levels, levels[1:])
    )


def test_queries_have_pictures(write):
    text, _ = write(0.001)
    assert text.count('class="crop query"') == 4
    assert text.count('AP 0.0, recall') == 2


def test_runs_are_compared_in_charts_and_tables(write):
    text, _ = write(0.001, 0.01)
    names = ['momentum=0.001', 'momentum=0.01']
    key = 'model.key_encoder.momentum'
    assert table(text, names, key)[key] == ['0.001', '0.01']
    rows = chart_table(text, 'loss')
    assert rows[0] == ['iteration', *names]
    first = losses()[0]['loss']
    assert rows[1] == ['5', f'{first:g}', f'{first + 1:g}']
    chart = text[text.index('<b>loss</b>') :].partition('</figure>')[0]
    assert 'var(--curve-0)' in chart and 'var(--curve-1)' in chart
    assert text.count('class="legend"') >= 4
    head = [*names, f'untrained network ({names[0]})']
    assert table(text, head, 'search/mAP')


def test_settings_are_compared_with_the_config_of_the_run(write, tmp_path):
    text, _ = write(0.5)
    key = 'model.key_encoder.momentum'
    rows = table(text, ['config', 'run'], key)
    assert rows[key] == ['0.001', '0.5']
    assert 'work_dir' not in rows
    base = tmp_path / 'base.py'
    base.write_text((tmp_path / 'run0/config.py').read_text())
    again, _ = write_again(tmp_path, base)
    assert f'The same settings as the config {base}' in again


def write_again(tmp_path, base):
    path = tmp_path / 'again.html'
    run = read_run(WorkDir('', tmp_path / 'run0'))
    notes = write_report(path, [run], str(base))
    return path.read_text('utf-8'), notes


def test_an_unknown_config_has_no_base(write, tmp_path):
    def rename(folder):
        write_settings(folder, 'gone', name='mine')

    text, notes = write(0.001, change=rename)
    assert any('--base' in note and 'mine' in note for note in notes)
    assert all(note.replace('"', '&#34;') in text for note in notes)
    with pytest.raises(FileNotFoundError, match='no_such_config'):
        write_again(tmp_path, 'no_such_config')


def test_names_are_escaped(write):
    def change(folder):
        write_settings(folder, 'gone', name='<b>&"mine"')
        (path,) = folder.glob('*/vis_data/scalars.json')
        path.write_text(
            '{"loss<i>": 1, "loss": 1, "iter": 1, "step": 1}\n'
            '{"a</td>": 1, "step": 1}\n{"a</td>": 1, "step": 2}\n'
        )
        (path,) = folder.glob('*/*.log')
        path.write_text('    Command: mmdmr <u>\n')

    text, _ = write(0.001, change=change)
    for raw in ('<b>&', '<i>', 'a</td>', '<u>'):
        assert raw not in text
    assert '<title>Training: &lt;b&gt;&amp;&#34;mine&#34;</title>' in text


def test_names_that_no_text_takes_are_spelt_out(write):
    def change(folder):
        write_settings(folder, 'gone', name='\\udc80\\x07')
        (path,) = folder.glob('*/vis_data/scalars.json')
        path.write_text('{"loss\\ud800": 1, "iter": 1, "step": 1}\n')

    text, _ = write(0.001, change=change)
    assert '<title>Training: \\udc80\\x07</title>' in text
    assert '<b>loss\\ud800</b>' in text


def test_equal_runs_give_equal_bytes(write, tmp_path):
    text, _ = write(0.001)
    run = read_run(WorkDir('', tmp_path / 'run0'), num_queries=2)
    write_report(tmp_path / 'again.html', [run])
    assert (tmp_path / 'again.html').read_text('utf-8') == text


def test_an_empty_work_dir_gives_a_page_of_notes(tmp_path):
    (tmp_path / 'config.py').write_text('')
    path = tmp_path / 'report.html'
    notes = write_report(path, [read_run(WorkDir('', tmp_path))])
    assert any('No scalars' in note for note in notes)
    assert path.read_text().count('class="note"') == len(notes)
