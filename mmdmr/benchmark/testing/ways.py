"""The test of a network, and a way to run it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from mmdmr.datasets import PersonSearchDataset
from mmdmr.evaluation.metrics import PersonSearchMetric
from mmdmr.models import PersonSearchMixin

from .parts import Clock, first


@dataclass(frozen=True)
class TestSet:
    """What is tested, and on which images.

    Args:
        network (PersonSearchMixin): Network in test mode, on its device.
        dataset (PersonSearchDataset): Test set.
        loader (ConfigDict): Config of the test set's loader.
        metric (PersonSearchMetric): Metric that scores the search.
        img_ids (Sequence[int] | None): Images to run. Defaults to None: all
            images; only then is the search scored.
    """

    # Not a test, whatever its name.
    __test__ = False

    network: PersonSearchMixin
    dataset: PersonSearchDataset
    loader: ConfigDict
    metric: PersonSearchMetric
    img_ids: Sequence[int] | None = None

    def make_loader(
        self, img_ids: Sequence[int] | None, **changes: Any
    ) -> DataLoader:
        """Make a loader of some images, in their order.

        Args:
            img_ids (Sequence[int] | None): Images, perhaps repeated; None for
                all images.
            **changes (Any): Changed entries of the config.

        Returns:
            DataLoader: Loader of MMEngine.
        """
        dataset = self.dataset
        if img_ids is not None:
            dataset = dataset.get_subset(list(img_ids))
        cfg = dict(self.loader, dataset=dataset, **changes)
        return Runner.build_dataloader(cfg)


class Way:
    """A way to run the test: one pass an image.

    Args:
        test_set (TestSet): What is tested.
        batch_size (int): Images of a batch.
        amp (torch.dtype | None): Type of half precision. Defaults to None.
    """

    def __init__(
        self,
        test_set: TestSet,
        batch_size: int,
        amp: torch.dtype | None = None,
    ) -> None:
        self.test_set = test_set
        self.amp = amp
        self.num_passes = len(
            test_set.dataset if test_set.img_ids is None else test_set.img_ids
        )
        self.embed_score_thr = test_set.metric.keep_thr
        self._loader = test_set.make_loader(
            test_set.img_ids, batch_size=batch_size
        )

    def process(
        self, clock: Clock, evaluator: Evaluator, num_batches: int | None
    ) -> None:
        """Run the network, and hand its results to the evaluator.

        Args:
            clock (Clock): Clock of ``loading`` and ``scoring``.
            evaluator (Evaluator): Evaluator of the metric.
            num_batches (int | None): Number of batches; None for all.
        """
        for batch in clock.each(first(self._loader, num_batches), 'loading'):
            samples = self.test_set.network.test_step(batch)
            with clock.timed('scoring'):
                evaluator.process(samples, batch)
