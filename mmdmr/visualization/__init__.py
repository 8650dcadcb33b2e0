from mmdmr.stack import load_stack

load_stack()

from .person_search_visualizer import PersonSearchVisualizer
from .ranking_sheet import draw_ranking_sheet

__all__ = ['PersonSearchVisualizer', 'draw_ranking_sheet']
