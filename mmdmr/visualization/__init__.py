from .ranking_sheet import draw_ranking_sheet

__all__ = ['draw_ranking_sheet']
