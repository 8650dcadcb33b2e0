"""A page about one training, or about several in comparison.

Reading work dirs and drawing charts need no PyTorch. With MMEngine installed,
a run is also compared with the config that it was started from.
"""
