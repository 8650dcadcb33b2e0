"""A training of seconds and a prediction, in a process of its own."""

import logging
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn

from mmdmr.config import load_run_config
from mmdmr.doctor.child import tell
from mmdmr.doctor.probes import in_one_line, own_output
from mmdmr.engine.launch import build_runner
from mmdmr.synthetic import Settings, generate

_CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
#: Few and small scenes: a step takes a tenth of a second.
_SCENES = Settings(
    images=8,
    test_images=2,
    identities=4,
    test_identities=4,
    queries=1,
    image_size=(288, 192),
)
#: A quarter of the channels, a short queue, one epoch of four steps.
_CHANGES: dict[str, Any] = {
    'model.backbone.base_channels': 16,
    'model.neck.in_channels': [16, 32, 64, 128],
    'model.reid_head.out_channels': 32,
    'model.memory.num_labelled': 16,
    'model.memory.num_unlabelled': 8,
    'train_cfg.max_epochs': 1,
    'train_cfg.val_interval': 99,
    'train_dataloader.batch_size': 2,
    'default_hooks.checkpoint.save_best': None,
    'default_hooks.checkpoint.interval': -1,
    'default_hooks.checkpoint.save_last': False,
    'log_level': 'ERROR',
}


class WatchHook(Hook):
    """Remembers the losses of a training.

    Attributes:
        losses (list[float]): Loss of each iteration.
    """

    def __init__(self) -> None:
        self.losses: list[float] = []

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Remember the loss of an iteration.

        Args:
            runner (Runner): The runner.
            batch_idx (int): Number of the batch.
            data_batch (Any): The batch. Defaults to None.
            outputs (dict | None): Losses by name. Defaults to None.
        """
        self.losses.append(float((outputs or {})['loss']))


def main() -> None:
    """Train and predict, and report to the parent process."""
    out = own_output()
    logging.disable(logging.WARNING)
    device = sys.argv[2]
    try:
        found = train_and_predict()
        found['device'] = str(get_device())
        tell(out, device, '', found)
    # Whatever fails is the answer.
    except Exception as error:
        tell(out, device, in_one_line(error))
    out.flush()
    os._exit(0)


def train_and_predict() -> dict[str, Any]:
    """Train a tiny DMRNet on drawn scenes, and search persons in them.

    Returns:
        dict[str, Any]: ``seconds``; finite ``losses``, and the number of all
        ``iterations``; ``fill``, the number of stored keys; ``distance`` of
        the key encoder from the weights that it started from; the number of
        ``embeddings``, and their ``lengths``, the least and the greatest.
    """
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / 'scenes', _SCENES)
        runner = build_runner(_tiny_config(folder))
        watch = WatchHook()
        runner.register_hook(watch)
        model = runner.model
        encoder = _weights(model.key_encoder)
        runner.train()
        moved = _weights(model.key_encoder) - encoder
        feats = _predict(runner)
        lengths = feats.norm(dim=1)
        return dict(
            seconds=time.perf_counter() - started,
            # JSON has no numbers that are not finite.
            losses=[x for x in watch.losses if math.isfinite(x)],
            iterations=len(watch.losses),
            fill=float(model.memory.statistics()['fill']),
            distance=float(moved.norm()),
            embeddings=len(feats),
            lengths=[float(lengths.min()), float(lengths.max())],
        )


def _tiny_config(folder: Path) -> Config:
    return load_run_config(
        _CONFIG,
        work_dir=str(folder / 'work'),
        data_root=str(folder / 'scenes'),
        options=_CHANGES,
    )


def _weights(network: nn.Module) -> Tensor:
    """All floating-point weights as a vector, copied."""
    values = [
        value.detach().float().flatten()
        for value in network.state_dict().values()
        if value.is_floating_point()
    ]
    return torch.cat(values).clone()


def _predict(runner: Runner) -> Tensor:
    """Embeddings of the persons of the test images."""
    loader = runner.build_dataloader(runner.cfg.test_dataloader)
    runner.model.eval()
    feats = []
    for batch in loader:
        for sample in runner.model.test_step(batch):
            feats.append(sample.gt_instances.reid_feats)
            feats.append(sample.pred_instances.reid_feats)
    return torch.cat(feats)
