import sys

import torch

from mmdmr.benchmark.training.peak import bytes_of, measure_peak, report_peak


def test_bytes_of_parameters_and_buffers():
    module = torch.nn.BatchNorm1d(3)
    # Weight, bias, mean and variance in float32, a count in int64.
    assert bytes_of(module) == 4 * 3 * 4 + 8
    assert bytes_of(None) == 0


def test_the_process_of_a_network(cfg, small, monkeypatch, capsys):
    """What the process of a network does, in this one."""
    commands = []

    def run(command, **kwargs):
        commands.append(command)
        report_peak(command[-1])
        kwargs['stdout'] = 'noise\n' + capsys.readouterr().out
        return type('Result', (), dict(stdout=kwargs['stdout'], returncode=0))

    monkeypatch.setattr('subprocess.run', run)
    found = measure_peak(
        cfg, 'keys', steps=1, device='cpu', threads=None, **small
    )
    # A key has 16 numbers, an identity and the time of writing; each ring has
    # two counters, the memory one.
    assert found.memory == 20 * (16 * 4 + 8 + 8) + 5 * 8
    assert found.peak > 10**8
    ((program, option, *_),) = commands
    assert program == sys.executable and option == '-c'
