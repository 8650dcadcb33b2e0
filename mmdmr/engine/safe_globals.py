"""Classes that PyTorch may load from a checkpoint of MMEngine.

Since PyTorch 2.6, ``torch.load`` refuses a pickled object unless its class is
registered: loading any other class may run code. MMEngine's checkpoints hold
the history of logged scalars, a :class:`~mmengine.logging.HistoryBuffer` each,
and NumPy arrays inside.
"""

from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from mmdmr.errors import InputError


def _history_buffer_attribute(owner: type, name: str) -> Any:
    """Stand-in for ``getattr`` while a checkpoint is loaded.

    A history buffer pickles its statistics, such as ``mean``, as
    ``getattr(HistoryBuffer, 'mean')``. The real ``getattr`` would give a
    checkpoint access to any attribute of any class.
    """
    if owner is not HistoryBuffer or name.startswith('_'):
        raise InputError(f'a checkpoint may not look up {name} in {owner}')
    return getattr(owner, name)


def register_safe_globals() -> None:
    """Register the classes that MMEngine puts into a checkpoint.

    PyTorch before 2.6 needs no registration: the function does nothing.

    Example:
        >>> register_safe_globals()
        >>> HistoryBuffer in torch.serialization.get_safe_globals()
        True
    """
    if tuple(map(int, torch.__version__.split('.')[:2])) < (2, 6):
        return
    # NumPy 2 renamed the module numpy.core to numpy._core.
    multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray
    torch.serialization.add_safe_globals(
        [
            HistoryBuffer,
            (_history_buffer_attribute, 'builtins.getattr'),
            # A file has the name of the NumPy version that wrote it.
            (multiarray._reconstruct, 'numpy.core.multiarray._reconstruct'),
            (multiarray._reconstruct, 'numpy._core.multiarray._reconstruct'),
            (multiarray.scalar, 'numpy.core.multiarray.scalar'),
            (multiarray.scalar, 'numpy._core.multiarray.scalar'),
            np.ndarray,
            np.dtype,
            *(
                type(np.dtype(name))
                for name in (
                    'float32',
                    'float64',
                    'int32',
                    'int64',
                    'uint32',
                    'bool',
                )
            ),
        ]
    )
