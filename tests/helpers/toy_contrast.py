"""A toy contrastive model with a memory and a key encoder."""

import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from mmdmr.models import KeyEncoder, MemoryQueue, pair_loss


class Contrast(BaseModel):
    """Embed points by one layer, and compare them with a memory."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(8, 4)
        self.memory = MemoryQueue(num_labelled=16, feat_channels=4)
        self.key_encoder = KeyEncoder(
            nn.ModuleDict(dict(encoder=self.encoder)), momentum=0.1
        )

    def forward(self, inputs, labels, mode='tensor'):
        query = F.normalize(self.encoder(inputs), dim=1)
        if mode != 'loss':
            return query
        keys = F.normalize(self.key_encoder.encoder(inputs), dim=1)
        self.memory.stage(keys, labels)
        bank = self.memory.bank()
        return dict(loss=pair_loss(query, labels, bank.keys, bank.ids))


def toy_data():
    """Six noisy points around each of ten centres, with their labels."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(10, 8, generator=generator)
    noise = torch.randn(6, 10, 8, generator=generator)
    return [
        (x, label)
        for i in range(6)
        for label, x in enumerate(centres + 0.3 * noise[i])
    ]


class NoisyToyData(list):
    """The toy data, with noise from each source of random numbers."""

    def __getitem__(self, index):
        x, label = super().__getitem__(index)
        noise = random.random() + float(torch.rand(()))
        noise += np.random.rand()  # noqa: NPY002
        return x + 0.1 * noise, label


def make_runner(work_dir, hooks=None, **kwargs):
    """A plain MMEngine runner of 20 iterations, with both hooks."""
    if hooks is None:
        hooks = ['mmdmr.EMAEncoderHook', 'mmdmr.MemoryQueueHook']
    torch.manual_seed(0)
    return Runner(
        model=kwargs.pop('model', None) or Contrast(),
        work_dir=str(work_dir),
        experiment_name=f'{work_dir.parent.name}-{work_dir.name}',
        train_dataloader=dict(
            dict(
                batch_size=6,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=toy_data(),
                collate_fn=dict(type='default_collate'),
            ),
            **kwargs.pop('train_dataloader', {}),
        ),
        train_cfg=kwargs.pop('train_cfg', None)
        or dict(by_epoch=False, max_iters=kwargs.pop('max_iters', 20)),
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=0.5),
            **kwargs.pop('optim_wrapper', {}),
        ),
        custom_hooks=[
            h if isinstance(h, dict) else dict(type=h) for h in hooks
        ],
        default_hooks=dict(
            dict(
                logger=dict(type='LoggerHook', interval=10),
                checkpoint=dict(
                    type='CheckpointHook', by_epoch=False, interval=10
                ),
            ),
            **kwargs.pop('default_hooks', {}),
        ),
        visualizer=dict(
            type='Visualizer',
            vis_backends=[dict(type='TensorboardVisBackend')],
        ),
        randomness=kwargs.pop('randomness', dict(seed=0)),
        **kwargs,
    )


def read_log(runner):
    """Text that a runner has logged."""
    return next(Path(runner.log_dir).glob('*.log')).read_text()
