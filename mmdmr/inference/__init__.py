"""Detecting and embedding persons in images, without PyTorch."""

from .embedder import Embedder

__all__ = ['Embedder']
