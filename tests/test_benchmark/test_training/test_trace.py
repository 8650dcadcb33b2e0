import json

import torch

from mmdmr.benchmark.training.parts import PartClock
from mmdmr.benchmark.training.step import REST
from mmdmr.benchmark.training.trace import profile_step, working_bytes


class Network:
    """Multiplies large matrices twelve times, and does little else."""

    clock = PartClock(torch.device('cpu'))

    def step(self, batch):
        with self.clock.part(REST):
            for function in (torch.exp, torch.sin, torch.cos, torch.tanh):
                function(batch[:2])
            batch.add(1).sub(1).div(2).sqrt().abs().neg().sum()
            with self.clock.part('key pass'):
                for _ in range(12):
                    batch @ batch


def test_the_trace_names_parts_and_operators(tmp_path):
    path = tmp_path / 'traces' / 'step.json'
    batch = torch.ones(300, 300)
    operators = profile_step(Network(), batch, path, on_gpu=False)
    names = {e['name'] for e in json.loads(path.read_text())['traceEvents']}
    assert {REST, 'key pass', 'aten::mm'} <= names
    assert len(operators) == 10
    assert not {REST, 'key pass'} & {o.name for o in operators}
    assert ('aten::mm', 12) in [operator[:2] for operator in operators]
    seconds = [operator.seconds for operator in operators]
    assert seconds == sorted(seconds, reverse=True) and seconds[-1] > 0
    assert 0 < operators[-1].share < sum(o.share for o in operators) <= 1.001


def test_working_memory_is_that_of_tensors_alive_at_once():
    kept = []

    def compute():
        for _ in range(3):
            torch.empty(50, 1000)  # freed at once
        kept.append(torch.empty(100, 1000))
        kept.append(torch.empty(25, 1000))

    kept.append(torch.empty(10**6))  # was there before
    assert working_bytes(compute, on_gpu=False) == 4 * 125 * 1000
