"""``mmdmr convert_mot``: from tracked video to a data set."""

import json

import pytest
from PIL import Image
from tool_runner import tool

from mmdmr.datasets import CocoPersonSearchDataset


@pytest.fixture
def mot(tmp_path):
    """Two sequences of ten frames; two people each, one after the other."""
    root = tmp_path / 'mot'
    for shade, name in enumerate(('A', 'B')):
        (root / name / 'gt').mkdir(parents=True)
        (root / name / 'img1').mkdir()
        rows = [f'{n},{1 + (n > 5)},5,5,20,40,1,1,1\n' for n in range(1, 11)]
        (root / name / 'gt/gt.txt').write_text(''.join(rows))
        for n in range(1, 11):
            picture = Image.new('L', (64, 48), 90 + 60 * shade)
            picture.save(root / name / f'img1/{n:06d}.jpg')
    return root


def convert(mot, out, *argv):
    assert tool('convert_mot')([str(mot), '--out', str(out), *argv]) == 0
    return json.loads((out / 'annotations.json').read_text())


def test_each_sequence_is_a_camera_with_people_of_its_own(mot, tmp_path):
    content = convert(mot, tmp_path / 'out')
    assert {image['cam_id'] for image in content['images']} == {'A', 'B'}
    assert {ann['person_id'] for ann in content['annotations']} == {
        'A-1',
        'A-2',
        'B-1',
        'B-2',
    }
    first = content['images'][0]
    assert (tmp_path / 'out/images' / first['file_name']).is_file()


def test_shared_identities_and_fewer_frames(mot, tmp_path):
    content = convert(mot, tmp_path / 'out', '--shared-ids', '--every', '5')
    assert len(content['images']) == 4
    assert {ann['person_id'] for ann in content['annotations']} == {1, 2}


def test_converted_split_and_read(mot, tmp_path):
    out = tmp_path / 'out'
    convert(mot, out)
    assert (
        tool('split_dataset')(
            [str(out / 'annotations.json'), '--test-share', '0.5']
        )
        == 0
    )
    train = CocoPersonSearchDataset(data_root=str(out), pipeline=[])
    test = CocoPersonSearchDataset(
        data_root=str(out), pipeline=[], test_mode=True
    )
    assert len(train) + len(test) == 20
    assert not set(train.metainfo['person_id_names']) & set(
        test.metainfo['person_id_names']
    )


@pytest.mark.parametrize(
    'argv, message',
    [
        (['{root}/nowhere', '--out', '{root}/o'], 'neither a MOT sequence'),
        (['{root}/mot', '--out', '{root}/o', '--every', '0'], '--every'),
    ],
)
def test_wrong_arguments(mot, argv, message, capsys):
    with pytest.raises(SystemExit) as stop:
        tool('convert_mot')([a.format(root=mot.parent) for a in argv])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_a_sequence_named_alone_says_nothing_of_the_others(
    mot, tmp_path, capsys
):
    convert(mot / 'A', tmp_path / 'out')
    assert 'folders left out' not in capsys.readouterr().out


def test_a_sequence_named_by_a_dot_has_its_name(mot, tmp_path, monkeypatch):
    monkeypatch.chdir(mot / 'A')
    content = convert('.', tmp_path / 'out')
    assert {a['person_id'] for a in content['annotations']} == {'A-1', 'A-2'}


def test_folders_that_are_no_sequences_are_named(mot, tmp_path, capsys):
    (mot / 'B/gt/gt.txt').rename(mot / 'B/gt/GT.txt')
    (mot / '.cache').mkdir()
    convert(mot, tmp_path / 'out')
    out = capsys.readouterr().out
    assert 'folders left out, without gt/gt.txt: B\n' in out


def test_pictures_elsewhere_are_refused(mot, tmp_path, capsys):
    (mot / 'A/img1').rename(tmp_path / 'pictures')
    info = f'[Sequence]\nimDir={tmp_path}/pictures\n'
    (mot / 'A/seqinfo.ini').write_text(info)
    with pytest.raises(SystemExit):
        tool('convert_mot')([str(mot), '--out', str(tmp_path / 'out')])
    assert 'imDir in seqinfo.ini' in capsys.readouterr().err


def test_nothing_is_overwritten(mot, tmp_path, capsys):
    convert(mot, tmp_path / 'out')
    with pytest.raises(SystemExit):
        tool('convert_mot')([str(mot), '--out', str(tmp_path / 'out')])
    assert 'exists already' in capsys.readouterr().err
