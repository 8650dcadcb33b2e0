"""Counts what makes the host wait for a GPU."""

from collections import Counter

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

#: Methods that copy values to the host without an operator of their own.
COPIES = ('tolist', 'numpy', '__array__', 'cpu')
_INDEXING = ('aten::index', 'aten::index_put_', 'aten::index_put')


class _Operators(TorchDispatchMode):
    """Counts operators that read values, or whose shapes depend on them."""

    def __init__(self, found):
        super().__init__()
        self.found = found

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        waits = (
            torch.Tag.data_dependent_output in func.tags
            or torch.Tag.dynamic_output_shape in func.tags
        )
        name = func.name().split('.')[0]
        if name in _INDEXING:
            # Indices of whole numbers have a known length, masks have not.
            waits = any(
                i is not None and i.dtype in (torch.bool, torch.uint8)
                for i in args[1]
            )
        if waits:
            self.found[name] += 1
        return func(*args, **(kwargs or {}))


class _Copies(TorchFunctionMode):
    """Counts copies to the host."""

    def __init__(self, found):
        super().__init__()
        self.found = found

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, '__name__', '')
        if name in COPIES:
            self.found[name] += 1
        return func(*args, **(kwargs or {}))


def count_host_reads(function):
    """Run a function and count what would wait for a GPU.

    Args:
        function (Callable): Function without arguments.

    Returns:
        Counter: Number of calls by name of the operator.
    """
    found = Counter()
    with _Operators(found), _Copies(found):
        function()
    return found
