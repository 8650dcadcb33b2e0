"""Pictures, pages and plots of searches.

Only :class:`PersonSearchVisualizer` needs PyTorch and MMDetection.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    'PersonSearchVisualizer': 'person_search_visualizer',
    'draw_hit_scene': 'hit_scenes',
    'draw_hit_sheet': 'hit_sheet',
    'draw_query_scene': 'hit_scenes',
    'draw_ranking_sheet': 'ranking_sheet',
    'write_search': 'search_report',
}

__all__ = [  # noqa: F822
    'PersonSearchVisualizer',
    'draw_hit_scene',
    'draw_hit_sheet',
    'draw_query_scene',
    'draw_ranking_sheet',
    'write_search',
]


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that pictures need no PyTorch."""
    if name not in _WHERE:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'{__name__}.{_WHERE[name]}'), name)
