from mmdmr.stack import load_stack

load_stack()
