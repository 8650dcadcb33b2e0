"""Pictures, pages and plots of searches.

Only :class:`PersonSearchVisualizer` needs PyTorch and MMDetection.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    'PersonSearchVisualizer': 'person_search_visualizer',
    'draw_ranking_sheet': 'ranking_sheet',
}

__all__ = ['PersonSearchVisualizer', 'draw_ranking_sheet']  # noqa: F822


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that pictures need no PyTorch."""
    if name not in _WHERE:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'{__name__}.{_WHERE[name]}'), name)
