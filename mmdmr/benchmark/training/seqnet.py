"""SeqNet's own training step, from a checkout of SeqNet, under a clock."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from mmdet.structures.bbox import get_box_tensor
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from mmdmr.benchmark.training.parts import PartClock
from mmdmr.benchmark.training.step import REST
from mmdmr.errors import InputError

#: Name of the network in tables.
SEQNET = 'SeqNet'
#: Label of a person without identity in SeqNet's data sets.
_UNLABELLED = 5555
#: SeqNet's warm-up starts at this share of the learning rate.
_WARMUP_FACTOR = 1e-3
_FILES = ('models/seqnet.py', 'defaults.py', 'configs/prw.yaml')


class SeqNetTrainer:
    """Trains SeqNet (AAAI 2021) as its ``train_one_epoch`` does.

    Source: ``engine.py`` of https://github.com/serend1p1ty/SeqNet. Network,
    losses and settings are those of the checkout and of its config for PRW.
    No pretrained weights are loaded.

    Args:
        folder (str): The checkout, which is put on ``sys.path``.
        shape (Sequence[int]): Height and width of the images in pixels, which
            SeqNet then does not resize.
        device (torch.device): Device that trains.

    Attributes:
        model (nn.Module): The network.
        num_not_finite (int): Steps whose loss was not finite.

    Raises:
        FileNotFoundError: The folder is no checkout of SeqNet.
        InputError: SeqNet needs a package that is missing.
    """

    def __init__(
        self, folder: str, shape: Sequence[int], device: torch.device
    ) -> None:
        defaults, seqnet = _import(folder)
        self._cfg = defaults.get_default_cfg()
        self._cfg.merge_from_file(str(Path(folder) / 'configs/prw.yaml'))
        sides = dict(MIN_SIZE=min(shape), MAX_SIZE=max(shape))
        self._cfg.merge_from_list(
            [x for k, v in sides.items() for x in (f'INPUT.{k}', v)]
        )
        torch.manual_seed(0)
        with _nothing_downloaded():
            self.model: nn.Module = seqnet.SeqNet(self._cfg)
        self.model.to(device).train()
        solver = self._cfg.SOLVER
        self._optimizer = torch.optim.SGD(
            [p for p in self.model.parameters() if p.requires_grad],
            lr=solver.BASE_LR * _WARMUP_FACTOR,
            momentum=solver.SGD_MOMENTUM,
            weight_decay=solver.WEIGHT_DECAY,
        )
        self.num_not_finite = 0
        self._device = device
        self._clock = PartClock(device)

    def step(self, batch: dict[str, Any]) -> dict[str, float]:
        """Train one step.

        Args:
            batch (dict[str, Any]): Batch of a data loader, which stays as it
                is.

        Returns:
            dict[str, float]: Seconds by part, with the names of
            :data:`~mmdmr.benchmark.training.step.PARTS`.
        """
        part = self._clock.part
        with part(REST):
            with part('data'):
                images, targets = self._inputs(batch)
            with part('query pass'):
                losses = self.model(images, targets)
                loss = torch.stack([*losses.values()]).sum()
            # Their loop reads the loss in each step.
            self.num_not_finite += not loss.isfinite().item()
            self._optimizer.zero_grad()
            with part('backward'):
                loss.backward()
            with part('optimizer'):
                clip_grad_norm_(
                    self.model.parameters(), self._cfg.SOLVER.CLIP_GRADIENTS
                )
                self._optimizer.step()
        return self._clock.pop_seconds()

    def _inputs(
        self, batch: dict[str, Any]
    ) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
        """Images in [0, 1], and boxes with the labels of SeqNet."""
        images = [x.to(self._device).float() / 255 for x in batch['inputs']]
        targets = []
        for sample in batch['data_samples']:
            found = sample.gt_instances
            ids = found.person_ids
            # The identities of SeqNet begin with 1; 0 is the background.
            known = ids % self._cfg.MODEL.LOSS.LUT_SIZE + 1
            labels = torch.where(ids < 0, _UNLABELLED, known)
            targets.append(
                dict(
                    boxes=get_box_tensor(found.bboxes).to(self._device),
                    labels=labels.to(self._device),
                )
            )
        return images, targets


def _import(folder: str) -> tuple[ModuleType, ModuleType]:
    """Modules ``defaults`` and ``models.seqnet`` of a checkout."""
    missing = [x for x in _FILES if not (Path(folder) / x).is_file()]
    if missing:
        raise FileNotFoundError(
            f'--peer {folder}: no {", ".join(missing)} in this folder; name a '
            'checkout of SeqNet'
        )
    sys.path.insert(0, folder)
    # Not the modules of another folder that was named before.
    for name in [*sys.modules]:
        if name.partition('.')[0] in ('models', 'defaults'):
            del sys.modules[name]
    try:
        return (
            importlib.import_module('defaults'),
            importlib.import_module('models.seqnet'),
        )
    except ImportError as error:
        raise InputError(
            f'--peer {folder}: SeqNet needs {error.name}; install it (yacs, '
            'torchvision)'
        ) from error


@contextmanager
def _nothing_downloaded() -> Iterator[None]:
    """Let SeqNet build its ResNet-50 without pretrained weights."""
    from torchvision.models import resnet

    own = resnet.resnet50
    resnet.resnet50 = lambda pretrained: own(weights=None)
    try:
        yield
    finally:
        resnet.resnet50 = own
