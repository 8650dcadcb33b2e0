"""Start, resume and check runs; hooks; checkpoints."""

from mmdmr.stack import load_stack

load_stack()
