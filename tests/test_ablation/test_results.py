"""The file of finished trainings, and the hash of their settings."""

import pytest
from ablation_results import made_up_result
from mmengine.config import Config

from mmdmr.ablation import Result, read_results
from mmdmr.ablation.results import append_result, config_hash
from mmdmr.errors import InputError


def test_hash_is_of_settings_not_of_places():
    def digest(a, root, **others):
        loader = dict(dataset=dict(data_root=root, pipeline=[1, 2]))
        return config_hash(
            Config(dict(model=dict(a=a), train_dataloader=loader, **others))
        )

    assert digest(1, 'x') == digest(1, 'y', unused=5)
    assert digest(1, 'x') != digest(2, 'x')
    assert digest(1, 'x') == digest(1, 'x', randomness=dict(seed=1))
    assert digest(1, 'x') != digest(1, 'x', custom_hooks=[1])
    assert len(digest(1, 'x')) == 12


def test_results_come_back_as_written(tmp_path):
    path = tmp_path / 'sub' / 'a.csv'
    assert read_results(path) == []
    results = [made_up_result(seed=s, gt_mAP=0.1 + s / 7) for s in range(3)]
    for r in results:
        append_result(path, r)
    assert read_results(path) == results


@pytest.mark.parametrize(
    'text, message',
    [
        ('a,b\n1,2\n', 'columns'),
        (','.join(Result._fields) + '\n' + ',' * 12 + '\n', 'line 2'),
    ],
)
def test_a_broken_file_is_named(tmp_path, text, message):
    path = tmp_path / 'a.csv'
    path.write_text(text)
    with pytest.raises(InputError, match=f'a.csv.*{message}'):
        read_results(path)
