"""Steps of the child processes: importing libraries and trying them."""

import io
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TextIO

from mmdmr.doctor.child import tell

#: Longest error that is reported; some are pages.
_LONGEST = 400


def main() -> None:
    """Import the modules that ``sys.argv`` names, and try some of them.

    The answers go to the standard output, what libraries print to the
    standard error.
    """
    out = own_output()
    warnings.simplefilter('ignore')
    for name in sys.argv[2:]:
        try:
            # The forks print a line for each optional data set.
            with redirect_stdout(io.StringIO()):
                import_module(name)
                value = _LOOKS[name]() if name in _LOOKS else None
            tell(out, name, '', value)
        # A library may even ask the process to exit.
        except (Exception, SystemExit) as error:
            tell(out, name, in_one_line(error))
    out.flush()
    # Libraries that crash when they are unloaded have answered by now.
    os._exit(0)


def own_output() -> TextIO:
    """Take the standard output for answers alone.

    Returns:
        TextIO: File of the parent; what libraries print from now on goes to
        the standard error.
    """
    out = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    return out


def in_one_line(error: BaseException) -> str:
    r"""Type and message of an error.

    Args:
        error (BaseException): The error.

    Returns:
        str: One line of at most 400 characters.

    Example:
        >>> in_one_line(OSError('no such\n  file'))
        'OSError: no such file'
    """
    text = ' '.join(f'{type(error).__name__}: {error}'.split())
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]} ...'


def _look_at_torch() -> dict[str, Any]:
    """Fields of :class:`~mmdmr.doctor.facts.TorchFacts`."""
    import torch

    found: dict[str, Any] = dict(threads=torch.get_num_threads(), build='CPU')
    if torch.version.hip:
        found.update(build=f'ROCm {torch.version.hip}')
    elif torch.version.cuda:
        found.update(build=f'CUDA {torch.version.cuda}')
    elif torch.backends.mps.is_available():
        found.update(build='MPS')
    if not (torch.version.hip or torch.version.cuda):
        return found
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return found | dict(gpu_error=in_one_line(error))
    found.update(archs=torch.cuda.get_arch_list(), gpus=[])
    for index in range(torch.cuda.device_count()):
        gpu = torch.cuda.get_device_properties(index)
        found['gpus'].append(
            (gpu.name, gpu.total_memory, (gpu.major, gpu.minor))
        )
    return found


def _try_operators() -> dict[str, str]:
    """Suppress one of two equal boxes, on each device; errors by device."""
    import torch
    from mmcv.ops import nms

    errors = {}
    devices = ['cpu'] + ['cuda'] * torch.cuda.is_available()
    for device in devices:
        boxes = torch.tensor([[0.0, 0, 9, 9], [0, 0, 9, 9]], device=device)
        try:
            _, kept = nms(boxes, torch.ones(2, device=device), 0.5)
            good = len(kept.tolist()) == 1
            errors[device] = '' if good else 'NMS gives a wrong result'
        except RuntimeError as error:
            errors[device] = in_one_line(error)
    return errors


def _providers() -> list[str]:
    import onnxruntime

    return onnxruntime.get_available_providers()


def _run_network() -> bool:
    """Add two numbers by a network; False without ONNX Runtime."""
    if find_spec('onnxruntime') is None:
        return False
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper

    a, b, total = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
        for name in ('a', 'b', 'total')
    )
    node = helper.make_node('Add', ['a', 'b'], ['total'])
    model = helper.make_model(
        helper.make_graph([node], 'sum', [a, b], [total]),
        opset_imports=[helper.make_opsetid('', 17)],
        ir_version=8,
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=['CPUExecutionProvider']
    )
    values = dict.fromkeys('ab', np.array([2], np.float32))
    if session.run(None, values)[0].tolist() != [4]:
        raise RuntimeError('ONNX Runtime gives a wrong result')
    return True


def _search_beside_torch() -> None:
    """A search by FAISS, where PyTorch's OpenMP is loaded if there is one."""
    import faiss
    import numpy as np

    vectors = np.eye(8, dtype=np.float32)
    index = faiss.IndexFlatL2(8)
    index.add(vectors)
    found = index.search(vectors, 1)[1]
    if found.ravel().tolist() != list(range(8)):
        raise RuntimeError('FAISS gives a wrong result')


#: What is tried behind an import.
_LOOKS: dict[str, Callable[[], Any]] = {
    'torch': _look_at_torch,
    'mmcv.ops': _try_operators,
    'onnxruntime': _providers,
    'onnx': _run_network,
    'faiss': _search_beside_torch,
}
