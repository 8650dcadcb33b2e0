"""A resumed run warns if its schedule is not that of its config."""

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import TensorDataset

from mmdmr.engine.resumed_schedule import ResumedScheduleHook

COSINE = dict(type='CosineAnnealingLR', begin=0, convert_to_iter_based=True)
STEPS = dict(type='MultiStepLR', gamma=0.1, end=9)


class Line(BaseModel):
    """One weight."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, *inputs, mode='tensor'):
        return dict(loss=(self.weight**2).sum())


def train(folder, epochs, schedule, resume=False):
    runner = Runner(
        Line(),
        str(folder),
        train_dataloader=dict(
            batch_size=2,
            dataset=TensorDataset(torch.zeros(4, 1)),
            sampler=dict(type='DefaultSampler'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        param_scheduler=dict(schedule),  # is changed
        resume=resume,
        experiment_name=f'{folder.name}-{epochs}-{resume}',
    )
    runner.register_hook(ResumedScheduleHook())
    runner.train()
    return max(
        folder.glob('*/*.log'), key=lambda path: path.stat().st_mtime
    ).read_text()


@pytest.mark.parametrize(
    'schedule,longer,said',
    [
        (dict(COSINE, end=2, T_max=2), dict(COSINE, end=4, T_max=4), 'T_max'),
        (
            dict(STEPS, milestones=[1]),
            dict(STEPS, milestones=[3]),
            'milestones',
        ),
        (
            dict(COSINE, end=9, T_max=9),
            dict(COSINE, end=9, T_max=9, eta_min=0.01),
            'eta_min',
        ),
    ],
)
def test_another_schedule_is_told(tmp_path, schedule, longer, said):
    warning = 'follows the schedule with which'
    assert warning not in train(tmp_path, 2, schedule)
    assert warning not in train(tmp_path, 3, schedule, resume=True)
    log = train(tmp_path, 4, longer, resume=True)
    assert warning in log and said in log
