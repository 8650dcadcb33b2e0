from mmdmr.stack import require_stack

require_stack()
