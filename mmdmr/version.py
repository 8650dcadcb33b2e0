"""The version of mmdmr."""

__version__ = '0.1.0'
