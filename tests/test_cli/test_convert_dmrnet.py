"""``mmdmr convert_dmrnet``: from the authors' file to one of ours."""

import pytest
import torch
from released_weights import released_weights
from tool_runner import tool

from mmdmr.models.legacy.checkpoint import convert

main = tool('convert_dmrnet')


@pytest.fixture
def theirs(tmp_path, golden):
    """Write a checkpoint like the authors', with changed entries."""
    path = tmp_path / 'theirs.pth'

    def write(changes=None):
        state_dict = released_weights(golden, 'retinanet_prw', columns=1)
        state_dict.update(changes or {})
        content = dict(
            meta=dict(epoch=12, config='a config', mmcv_version='0.2.14'),
            state_dict={k: v for k, v in state_dict.items() if v is not None},
            optimizer=dict(state={}, param_groups=[dict(lr=0.001)]),
        )
        torch.save(content, path, _use_new_zipfile_serialization=False)
        return content['state_dict']

    return write


def test_file_to_file(theirs, tmp_path, capsys):
    before = theirs()
    out = tmp_path / 'new/ours.pth'
    assert main([str(tmp_path / 'theirs.pth'), str(out)]) == 0
    after = torch.load(out, weights_only=True)
    assert set(after) == {'meta', 'state_dict'}
    kept, dropped = convert(before)
    assert list(after['state_dict']) == list(kept)
    assert all(
        torch.equal(v, kept[name]) and v.dtype == kept[name].dtype
        for name, v in after['state_dict'].items()
    )
    assert [path.name for path in out.parent.iterdir()] == ['ours.pth']
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f'{out}: DMRNet on RetinaNet, for '
        'dmrnet_retinanet_r50_fpn-gn_authors_prw.py'
    )
    assert lines[1] == f'{len(kept)} of {len(before)} entries kept'
    assert lines[2:] == [f'dropped {k}: {v}' for k, v in dropped.items()]


@pytest.mark.parametrize('content', [b'junk', None])
def test_wrong_file_is_one_message(tmp_path, capsys, content):
    path, out = tmp_path / 'a.pth', tmp_path / 'out.pth'
    if content:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        main([str(path), str(out)])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith('mmdmr convert_dmrnet: error: ')
    assert len(err.splitlines()) == 1 and str(path) in err
    assert not out.exists()


def test_unknown_weights_and_folders_end_with_code_2(theirs, tmp_path, capsys):
    theirs({'head.weight': torch.ones(1)})
    path = str(tmp_path / 'theirs.pth')
    for out, message in (
        (tmp_path / 'out.pth', 'head.weight'),
        (tmp_path, 'exists already'),
    ):
        with pytest.raises(SystemExit) as stop:
            main([path, str(out)])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['theirs.pth']


def test_an_interrupted_write_leaves_no_file_of_the_name(
    theirs, tmp_path, monkeypatch, capsys
):
    theirs()
    out = tmp_path / 'ours.pth'

    def full(content, file):
        file.write(b'half')
        raise OSError('no space left')

    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(SystemExit):
        main([str(tmp_path / 'theirs.pth'), str(out)])
    assert 'no space' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['theirs.pth']


@pytest.mark.parametrize('name', ['theirs.pth', 'epoch_1.pth'])
def test_no_file_is_written_over(theirs, tmp_path, capsys, name):
    theirs()
    path = tmp_path / name
    if not path.exists():
        path.write_text('of a night of training')
    before = path.read_bytes()
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / 'theirs.pth'), str(path)])
    assert stop.value.code == 2
    assert f'{name} exists already' in capsys.readouterr().err
    assert path.read_bytes() == before
