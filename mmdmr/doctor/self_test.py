"""The self-test: a training and a prediction, in seconds."""

from typing import Any

from .child import Answer, run_steps
from .facts import Facts
from .finding import Finding
from .symptoms import explain

_FUNCTION = 'mmdmr.doctor.training.main'
#: Limit in seconds: on a busy machine, the self-test takes a minute.
_LIMIT = 300
#: How far the length of an embedding may be from 1.
_TOLERANCE = 1e-3


def run_self_test(facts: Facts) -> list[Finding]:
    """Train and predict on the CPU, and on the GPU if it is usable.

    Args:
        facts (Facts): The environment.

    Returns:
        list[Finding]: A finding for each device; one that says why nothing
        was trained if nothing can be.
    """
    if facts.imports.get('mmdet.datasets') != '':
        return [Finding('ok', _why_not(facts))]
    found = []
    for device in ('cpu', 'cuda'):
        if facts.operators.get(device) != '':
            continue
        # For so small a network, more threads wait for each other.
        changes = {'OMP_NUM_THREADS': '1'}
        if device == 'cpu':
            changes['CUDA_VISIBLE_DEVICES'] = ''
        answers = run_steps(_FUNCTION, [device], _LIMIT, environment=changes)
        found.append(judge(answers[device], device, facts))
    return found


def _why_not(facts: Facts) -> str:
    text = 'Self-test: nothing was trained, which needs a working PyTorch and '
    text += 'MMDetection.'
    if facts.ran_network:
        return f'{text} ONNX Runtime ran a network.'
    if facts.providers:
        return f'{text} ONNX Runtime can be imported; no network was run.'
    return text


def judge(answer: Answer, device: str, facts: Facts) -> Finding:
    """Judge a training of seconds.

    Args:
        answer (Answer): Answer of :func:`mmdmr.doctor.training.main`.
        device (str): Device that was asked for, ``cpu`` or ``cuda``.
        facts (Facts): The environment.

    Returns:
        Finding: A problem if the training failed, or did not do what a
        training of DMRNet does.

    Example:
        >>> judge(Answer('OSError: disk full'), 'cpu', Facts()).level
        'problem'
    """
    where = 'on the CPU' if device == 'cpu' else 'on the GPU'
    if answer.error:
        return explain(f'Self-test {where}:', answer.error, facts)
    wrong = _wrong(answer.value)
    if wrong:
        return Finding(
            'problem',
            f'Self-test {where}: {"; ".join(wrong)}.',
            'Report this, with the whole output of mmdmr doctor.',
        )
    return Finding(
        'ok',
        f'Self-test {where}: trained {answer.value["iterations"]} steps and '
        f'embedded {answer.value["embeddings"]} persons in '
        f'{answer.value["seconds"]:.0f} s',
    )


def _wrong(found: dict[str, Any]) -> list[str]:
    """What a training of DMRNet would have done, and this one did not."""
    wrong = []
    if len(found['losses']) < found['iterations'] or not found['iterations']:
        wrong.append('a loss is not finite')
    if not found['fill'] > 0:
        wrong.append('the memory queue is empty')
    if not found['distance'] > 0:
        wrong.append('the key encoder did not move')
    shortest, longest = found['lengths']
    if not 1 - _TOLERANCE < shortest <= longest < 1 + _TOLERANCE:
        wrong.append(
            f'embeddings have lengths from {shortest:.4g} to {longest:.4g}, '
            'not 1'
        )
    return wrong
