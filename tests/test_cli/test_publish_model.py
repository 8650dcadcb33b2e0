"""``mmdmr publish_model``: what is kept, and under which name."""

import hashlib

import pytest
import torch
from tool_runner import tool

main = tool('publish_model')


def save(path, **weights):
    torch.save(
        dict(
            meta=dict(epoch=3),
            state_dict={
                name: torch.full((2,), float(i))
                for i, name in enumerate(weights)
            }
            or {'memory.keys': torch.ones(1)},
            optimizer=dict(state={}),
        ),
        path,
    )


def test_weights_for_searching_are_kept(tmp_path, capsys):
    path, folder = tmp_path / 'epoch_3.pth', tmp_path / 'new'
    weights = {'neck.weight': 0, 'memory.keys': 1, 'key_encoder.neck.bias': 2}
    save(path, **weights)
    assert main([str(path), str(folder / 'dmr.pth')]) == 0
    (out,) = folder.iterdir()
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert out.name == f'dmr-{digest[:8]}.pth'
    stored = torch.load(out, weights_only=True)
    assert set(stored) == {'meta', 'state_dict'}
    assert list(stored['state_dict']) == ['neck.weight']
    assert stored['meta'] == dict(epoch=3)
    assert f'{out}: 0.0 MB of 0.0 MB' in capsys.readouterr().out


def test_nothing_to_search_with_is_an_error(tmp_path, capsys):
    save(tmp_path / 'a.pth')
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')])
    assert stop.value.code == 2
    assert 'a.pth holds no weight that searching' in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ['a.pth']
