"""GPUs, and mmcv's operators on them and on the CPU."""

from collections.abc import Iterator

from .facts import Facts
from .finding import Finding
from .symptoms import explain


def check_gpus(facts: Facts) -> Iterator[Finding]:
    """Tell what PyTorch was built for, and what it can use.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: A line about the build, and one for each GPU.
    """
    if facts.torch is None:
        return
    yield Finding(
        'ok',
        f'PyTorch is a build for {facts.torch.build}. Threads: '
        f'{facts.torch.threads}',
    )
    for gpu in facts.torch.gpus:
        major, minor = gpu.capability
        yield Finding(
            'ok',
            f'{gpu.name}, {gpu.memory / 2**30:.0f} GiB, compute capability '
            f'{major}.{minor}',
        )


def check_operators(facts: Facts) -> Iterator[Finding]:
    """Judge mmcv's operators, which were compiled for one PyTorch.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: A line for each device; one alone if the operators cannot be
        loaded.
    """
    error = facts.imports.get('mmcv.ops')
    if error:
        yield explain('mmcv.ops', error, facts)
    for device, failure in facts.operators.items():
        where = 'the CPU' if device == 'cpu' else 'the GPU'
        if failure:
            yield explain('mmcv.ops', failure, facts)
        else:
            yield Finding('ok', f"mmcv's operators work on {where}")
