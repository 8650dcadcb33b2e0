"""Descriptions of two networks, right and wrong."""

from pathlib import Path

import pytest
import yaml
from two_networks import description

from mmdmr.errors import InputError
from mmdmr.files import project_root
from mmdmr.inference.description import (
    BoxesScoresOutput,
    SsdOutput,
    YoloxOutput,
    read_description,
)


def read(tmp_path, content):
    path = tmp_path / 'two.yaml'
    path.write_text(
        content if isinstance(content, str) else yaml.safe_dump(content)
    )
    return read_description(path)


def changed(key, value):
    """A description with one other entry; the key is dotted."""
    content = description()
    *parents, last = key.split('.')
    entry = content
    for parent in parents:
        entry = entry[parent]
    entry[last] = value
    return content


def test_shipped_description_says_what_the_networks_need():
    (path,) = (project_root() / 'configs/search').glob('*.yaml')
    described = read_description(path)
    assert described.name == 'yolox-nano_osnet-x0.25'
    detector, reid = described.detector, described.reid
    assert detector.file == str(path.parent / 'yolox_nano.onnx')
    assert detector.input.size == (416, 416)
    assert detector.input.colours == 'bgr' and not detector.input.is_scaled
    assert detector.output == YoloxOutput()
    assert reid.input.size == (128, 256) and reid.input.colours == 'rgb'
    assert reid.input.is_scaled and reid.trained_on == 'MSMT17'


def test_defaults_are_those_of_the_kind(tmp_path):
    for kind, output in dict(
        yolox=YoloxOutput(), ssd=SsdOutput(), boxes_scores=BoxesScoresOutput()
    ).items():
        content = changed('detector.output', dict(kind=kind))
        described = read(tmp_path, content)
        assert described.detector.output == output
    assert described.detector.score_thr == 0.5
    assert (YoloxOutput().person_class, SsdOutput().person_class) == (0, 1)


def test_files_are_beside_the_description_or_in_a_given_folder(tmp_path):
    path = tmp_path / 'two.yaml'
    path.write_text(yaml.safe_dump(changed('reid.file', '/abs/r.onnx')))
    described = read_description(path)
    assert described.detector.file == str(tmp_path / 'detector.onnx')
    assert described.reid.file == '/abs/r.onnx'
    assert described.name == 'two'
    described = read_description(path, Path('elsewhere'))
    assert described.detector.file == 'elsewhere/detector.onnx'


@pytest.mark.parametrize(
    'key, value, message',
    [
        ('detector.input.colors', 'bgr', 'detector, input.*colors.*colours'),
        ('detector.input.colours', 'gbr', 'one of bgr, rgb .*gbr'),
        ('detector.input.size', [416], 'size must be a list of 2'),
        ('detector.input.size', [416, 0], 'each a whole number from 1'),
        ('detector.input.size', 416, 'size must be a list of 2'),
        ('detector.input.fill', True, 'fill must be a whole number'),
        ('detector.input.fill', 256, r'fill must be a whole .*255.*256'),
        ('detector.output.kind', 'yolo', 'yolox, ssd, .*mean yolox.*yolo'),
        ('detector.output', 'yolox', 'key kind, one of yolox'),
        ('detector.output', dict(strides=[8]), 'key kind, one of yolox'),
        ('detector.output.strides', [8], 'unknown key strides'),
        ('detector.output.columns', 'label', 'score-label'),
        ('detector.score_thr', 1.5, r'score_thr.*\[0, 1\], not 1.5'),
        ('detector.score_thr', float('nan'), r'score_thr.*\[0, 1\], not nan'),
        ('detector.nms_thr', '0.5', r"nms_thr.*not '0.5'"),
        ('detector.batch', 0, 'batch.*from 1 to'),
        ('detector.file', 3, 'file must be a text, not 3'),
        ('reid.score_thr', 0.5, 'reid: unknown key score_thr'),
        ('reid.input.std', [1, 0, 1], 'std.*above 0'),
        ('reid.input.mean', [0.5, 0.5], 'mean must be a list of 3'),
        ('reid.input.mean', [0, 0, None], 'mean must be a list'),
        ('reid.input.dtype', 'uint8', 'uint8 takes no divide_by'),
        ('reid.input', None, 'reid, input: must be a mapping'),
        ('name', '', 'name must be a text'),
        ('detecor', {}, 'detecor, did you mean detector'),
    ],
)
def test_wrong_entries_are_named(tmp_path, key, value, message):
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, changed(key, value))
    assert str(error.value).startswith(str(tmp_path / 'two.yaml'))


@pytest.mark.parametrize(
    'key', ['detector', 'reid', 'detector.file', 'detector.input.size']
)
def test_missing_entries_are_named(tmp_path, key):
    content = description()
    *parents, last = key.split('.')
    entry = content
    for parent in parents:
        entry = entry[parent]
    del entry[last]
    with pytest.raises(InputError, match=f'the key {last} is missing'):
        read(tmp_path, content)


def test_columns_and_outputs_exclude_each_other(tmp_path):
    for columns, other in (('score', 'scores'), ('score-label', 'labels')):
        output = {'kind': 'boxes_scores', 'columns': columns, other: 'x'}
        with pytest.raises(InputError, match=f'output: .*{other}'):
            read(tmp_path, changed('detector.output', output))


@pytest.mark.parametrize(
    'content', ['', 'a text', '- a list', 'model: {type: DMRNet}']
)
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(InputError, match='two.yaml'):
        read(tmp_path, content)


def test_nothing_of_the_file_is_run(tmp_path):
    content = '!!python/object/apply:os.mkdir [here]'
    with pytest.raises(InputError, match='not a YAML file'):
        read(tmp_path, content)


def test_keys_that_are_given_twice_are_refused(tmp_path):
    content = yaml.safe_dump(description())
    with pytest.raises(InputError, match='the key reid is given twice'):
        read(tmp_path, content + 'reid: {}\n')
    content = content.replace('score_thr', 'nms_thr')
    doubled = content.replace('colours: bgr', 'colours: bgr\n    colours: rgb')
    with pytest.raises(InputError, match='the key colours is given twice'):
        read(tmp_path, doubled)


@pytest.mark.parametrize(
    'content, message',
    [
        ('a: 2020-13-45', 'not a YAML file'),
        ('a: ' + 6000 * '9', 'not a YAML file'),
        ('a: ' + 2000 * '[', 'too deep'),
        ('&a [*a]', 'an alias'),
        ('#' * 10**6 + '#', 'more than 1000000 bytes'),
    ],
)
def test_what_python_refuses_is_named(tmp_path, content, message):
    with pytest.raises(InputError, match=f'two.yaml: .*{message}'):
        read(tmp_path, content)


def test_a_number_beyond_all_floats(tmp_path):
    content = changed('detector.input.divide_by', 10**400)
    with pytest.raises(InputError, match='divide_by must be a number above'):
        read(tmp_path, content)


def test_broken_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r'not a YAML file(.|\n)*line 1'):
        read(tmp_path, 'a: [1,')
    (tmp_path / 'b.yaml').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(InputError, match='UTF-8'):
        read_description(tmp_path / 'b.yaml')
    with pytest.raises(FileNotFoundError):
        read_description(tmp_path / 'none.yaml')


def test_a_text_that_repeats_itself_is_refused(tmp_path):
    """Ten lines could stand for a thousand million entries."""
    lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for i in range(9):
        lines.append(f'a{i + 1}: &a{i + 1} [{", ".join([f"*a{i}"] * 10)}]')
    with pytest.raises(InputError, match='an alias.*is not read'):
        read(tmp_path, '\n'.join([*lines, 'detector: *a9']))
