"""Let PyTorch load MMEngine's checkpoints without executing what is in them.

Since PyTorch 2.6 ``torch.load`` refuses classes it does not know. MMEngine's
checkpoints hold the history of logged scalars.
"""

from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from mmdmr.errors import InputError


def _history_buffer_attribute(owner: type, name: str) -> Any:
    """Stand-in for ``getattr``, by which statistics methods are pickled."""
    if owner is not HistoryBuffer or name.startswith('_'):
        raise InputError(f'a checkpoint may not look up {name} in {owner}')
    return getattr(owner, name)


def register_safe_globals() -> None:
    """Register the few classes that MMEngine puts into a checkpoint.

    Does nothing for PyTorch before 2.6, which loads them without.
    """
    if tuple(map(int, torch.__version__.split('.')[:2])) < (2, 6):
        return
    multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray
    torch.serialization.add_safe_globals(
        [
            HistoryBuffer,
            (_history_buffer_attribute, 'builtins.getattr'),
            # In files written with NumPy 1 the module has its old name.
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
