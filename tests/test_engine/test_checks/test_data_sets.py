"""Person-search data sets inside wrappers."""

from training_checks import check, wrapped

from mmdmr.engine.checks.data_sets import person_search_sets


def test_our_wrapper_around_two_sets(config, shops):
    config.train_dataloader.dataset = dict(
        wrapped(shops, 'mmdmr.ConcatDataset', []),
        pipeline=config.train_dataloader.dataset.pipeline,
    )
    for one in config.train_dataloader.dataset.datasets:
        del one['pipeline']
    runner = check(config)
    offsets = [
        d.person_id_offset
        for d in person_search_sets(runner.train_dataloader.dataset)
    ]
    assert offsets == [0, 4]
