"""Turning a trained network into a bundle that runs without PyTorch."""

from .bundle import ExportReport, export_bundle
from .verification import Verification, verify

__all__ = ['ExportReport', 'Verification', 'export_bundle', 'verify']
