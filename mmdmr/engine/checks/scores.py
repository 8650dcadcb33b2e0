"""Check that a validation computes the metrics that hooks wait for."""

from collections.abc import Iterator

from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook
from mmengine.runner import Runner

from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.evaluation.metrics import PersonSearchMetric


def check_scores(runner: Runner) -> None:
    """Check protocols of the metrics, and the metrics that hooks watch.

    The names of other packages' metrics are not known. If the evaluator has a
    metric of another package, a hook may wait for any name.

    Args:
        runner (Runner): Runner with its validation loop built, if the config
            has one.

    Raises:
        InputError: A metric names a protocol that the data set does not have,
            or a hook waits for a metric that will not be computed.
    """
    evaluator = getattr(runner.val_loop, 'evaluator', None)
    if evaluator is None:
        return
    with_gt = getattr(network_of(runner.model), 'embed_gt_boxes', False)
    given: list[str] = []
    has_other_metrics = False
    for prefix, metric, meta in _metrics(evaluator):
        if not isinstance(metric, PersonSearchMetric):
            has_other_metrics = True
            continue
        if 'search_task' in meta:
            names = metric.metric_names(meta['search_task'], with_gt)
            if metric.prefix:
                prefix += f'{metric.prefix}/'
            given += [prefix + name for name in names]
    for entry, name in _watched(runner):
        # Another package's metric may give any name but a search's.
        is_ours = not has_other_metrics or (
            not given and name.startswith('search')
        )
        if name not in given and is_ours:
            known = ', '.join(given) or (
                'no metric of a search: val_evaluator needs a '
                'mmdmr.PersonSearchMetric, and the data set of val_dataloader '
                'test_mode=True'
            )
            raise InputError(
                f'{entry} waits for {name}, which the validation does not '
                f'give; the validation gives {known}'
            )


def _metrics(evaluator: Evaluator) -> Iterator[tuple[str, BaseMetric, dict]]:
    """Metrics with the prefix of their names and their data set's meta."""
    metas = evaluator.dataset_meta or {}
    # MultiDatasetsEvaluator has one metric, prefix and meta for each data set.
    prefixes = getattr(evaluator, 'dataset_prefixes', None)
    for i, metric in enumerate(evaluator.metrics):
        prefix = f'{prefixes[i]}/' if prefixes else ''
        meta = metas[i] if isinstance(metas, (list, tuple)) else metas
        yield prefix, metric, meta


def _watched(runner: Runner) -> Iterator[tuple[str, str]]:
    """Entries of the config that name a metric, and the metric."""
    for hook in runner.hooks:
        if isinstance(hook, EarlyStoppingHook):
            yield 'EarlyStoppingHook.monitor', hook.monitor
        elif isinstance(hook, CheckpointHook) and hook.save_best:
            for name in hook.key_indicators:
                if name != 'auto':
                    yield 'default_hooks.checkpoint.save_best', name
