"""Will the validation give the figures that a training waits for?"""

from collections.abc import Iterator

from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook
from mmengine.runner import Runner

from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.evaluation.metrics import PersonSearchMetric


def check_scores(runner: Runner) -> None:
    """Check protocols of the metrics, and the figures that hooks watch.

    Where other metrics are among ours nothing is said of their figures.

    Args:
        runner (Runner): With its validation loop built, if there is one.

    Raises:
        InputError: A metric names a protocol that the data set does not give,
            or a hook waits for a figure of ours that no metric gives.
    """
    evaluator = getattr(runner.val_loop, 'evaluator', None)
    if evaluator is None:
        return
    with_gt = getattr(network_of(runner.model), 'embed_gt_boxes', False)
    given: list[str] = []
    others = False
    for prefix, metric, meta in _metrics(evaluator):
        if not isinstance(metric, PersonSearchMetric):
            others = True
            continue
        if 'search_task' in meta:
            names = metric.figure_names(meta['search_task'], with_gt)
            if metric.prefix:
                prefix += f'{metric.prefix}/'
            given += [prefix + name for name in names]
    for hook, figure in _watched(runner):
        # What other metrics give is theirs to say, but not a search's.
        ours = not others or (not given and figure.startswith('search'))
        if figure not in given and ours:
            there = ', '.join(given) or (
                'no figure of a search: val_evaluator needs a '
                'mmdmr.PersonSearchMetric, and the data set of val_dataloader '
                'test_mode=True'
            )
            raise InputError(
                f'{hook} waits for {figure}, which the validation will not '
                f'give; it gives {there}'
            )


def _metrics(evaluator: Evaluator) -> Iterator[tuple[str, BaseMetric, dict]]:
    """What is put before a metric's figures, it, and its data set's meta."""
    metas = evaluator.dataset_meta or {}
    prefixes = getattr(evaluator, 'dataset_prefixes', None)
    for i, metric in enumerate(evaluator.metrics):
        prefix = f'{prefixes[i]}/' if prefixes else ''
        meta = metas[i] if isinstance(metas, (list, tuple)) else metas
        yield prefix, metric, meta


def _watched(runner: Runner) -> Iterator[tuple[str, str]]:
    """Entries of hooks that name a figure, and the figure."""
    for hook in runner.hooks:
        if isinstance(hook, EarlyStoppingHook):
            yield 'EarlyStoppingHook.monitor', hook.monitor
        elif isinstance(hook, CheckpointHook) and hook.save_best:
            for figure in hook.key_indicators:
                if figure != 'auto':
                    yield 'default_hooks.checkpoint.save_best', figure
