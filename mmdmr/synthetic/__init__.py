"""Drawn persons in drawn scenes, in the layout of CUHK-SYSU."""

from .generate import Settings, generate

__all__ = ['Settings', 'generate']
