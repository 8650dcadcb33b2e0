"""A test run sends each test image through the network once."""

from collections import Counter

from mmengine.runner import Runner


def test_every_figure_comes_from_one_pass(tiny_config, tmp_path):
    cfg = tiny_config(tmp_path)
    cfg.test_dataloader.dataset.protocols = ['G50', 'G100', 'full']
    cfg.test_evaluator = dict(
        type='mmdmr.PersonSearchMetric', cbgm=dict(), cws=True, strict=True
    )
    runner = Runner.from_cfg(cfg)
    passed = []
    runner.model.backbone.register_forward_pre_hook(
        lambda module, args: passed.append(len(args[0]))
    )
    predict, seen = runner.model.predict, Counter()

    def counting(inputs, samples, *args, **kwargs):
        seen.update(sample.img_path for sample in samples)
        return predict(inputs, samples, *args, **kwargs)

    runner.model.predict = counting
    figures = runner.test()
    assert {'search/mAP', 'search.full+cbgm+gt+strict/top1'} <= set(figures)
    num = len(runner.test_dataloader.dataset)
    assert num == 130
    assert sum(passed) == num
    assert len(seen) == num and set(seen.values()) == {1}
