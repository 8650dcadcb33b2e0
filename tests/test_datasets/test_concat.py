"""Several data sets as one."""

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmdmr.datasets import ConcatDataset, CUHKSYSUDataset, PRWDataset

CONFIG = 'configs/dmrnet/dmrnet_faster-rcnn_r50_fpn_1x_cuhk-sysu-and-prw.py'


@pytest.fixture
def sets(small_data):
    def sets(**kwargs):
        return [
            CUHKSYSUDataset(str(small_data / 'CUHK-SYSU'), **kwargs),
            PRWDataset(str(small_data / 'PRW'), **kwargs),
        ]

    return sets


def ids_of(dataset):
    return {
        i['person_id']
        for n in range(len(dataset))
        for i in dataset.get_data_info(n)['instances']
    }


def test_identities_are_kept_apart(sets):
    alone = [ids_of(dataset) for dataset in sets()]
    first, second = sets()
    joined = ConcatDataset([first, second])
    assert len(joined) == 80
    num = len(first.metainfo['person_id_names'])
    assert ids_of(first) == alone[0]
    assert ids_of(second) == {i + num if i >= 0 else i for i in alone[1]}
    assert not (ids_of(first) & ids_of(second)) - {-1}
    names = joined.metainfo['person_id_names']
    assert names[num:] == second.metainfo['person_id_names']
    assert max(ids_of(second)) < len(names)


def test_unlabelled_persons_stay_unlabelled(sets):
    _, second = ConcatDataset(sets()).datasets
    assert -1 in ids_of(second)


def test_test_sets_are_searches_of_their_own(sets):
    joined = ConcatDataset(sets(test_mode=True))
    first, second = joined.metainfo
    assert list(first['search_task'].protocols) == ['G100']
    assert list(second['search_task'].protocols) == ['all']
    assert first['cumulative_sizes'] == [130, 260]
    assert ids_of(joined.datasets[1]) == ids_of(sets(test_mode=True)[1])


def test_training_and_test_sets_do_not_mix(sets):
    with pytest.raises(ValueError, match='test_mode'):
        ConcatDataset([sets()[0], sets(test_mode=True)[1]])


def test_joint_config_trains_and_tests_on_both(small_data, tmp_path, request):
    """Two iterations on both sets, then one test that scores each."""
    cfg = Config.fromfile(request.config.rootpath / CONFIG)
    small = Config.fromfile(
        request.config.rootpath
        / 'configs/_base_/dmrnet_faster-rcnn_r18_fpn_scratch.py'
    )
    cfg.model = small.model
    cfg.model.reid_head.out_channels = 16
    cfg.optim_wrapper = small.optim_wrapper
    cfg.work_dir, cfg.experiment_name = str(tmp_path), tmp_path.name
    cfg.train_cfg = dict(by_epoch=False, max_iters=2, val_interval=2)
    cfg.param_scheduler = []
    cfg.default_hooks.checkpoint.update(by_epoch=False, interval=2)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        for dataset, name in zip(
            loader.dataset.datasets, ('CUHK-SYSU', 'PRW')
        ):
            dataset.data_root = str(small_data / name)
        for step in loader.dataset.pipeline:
            if step.type == 'Resize':
                step.scale = (96, 96)
    cfg.val_dataloader.dataset.datasets[0].protocols = ['G50']
    cfg.test_dataloader = cfg.test_evaluator = cfg.test_cfg = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    figures = runner.message_hub.log_scalars
    for name in (
        'cuhk-sysu/search/mAP',
        'prw/search/mAP',
        'prw/search.cross-camera/mAP',
        'prw/detection/recall',
    ):
        assert f'val/{name}' in figures
    assert list(tmp_path.glob('best_prw_search_mAP*.pth'))
