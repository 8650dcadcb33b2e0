"""Weights with the names and shapes of those that the authors released."""

import json

import torch

MEMORY = 'reid_head.loss_evaluator.'
VARIANTS = [
    'reppoints_sysu',
    'reppoints_prw',
    'retinanet_sysu',
    'retinanet_prw',
]
#: In the models without memory: rows of the table and of the queue.
OIM_ROWS = dict(sysu=(5532, 5000), prw=(483, 500))


def released_weights(golden, variant, columns=None, oim=False):
    """State dict of a variant, of random values; with ``columns`` no
    dimension but the first is longer than that."""
    content = json.loads((golden / 'dmrnet_keys.json').read_text())
    torch.manual_seed(0)
    shapes = dict(content[variant])
    if oim:
        shapes = {k: v for k, v in shapes.items() if MEMORY not in k}
        lut, queue = OIM_ROWS[variant.rpartition('_')[2]]
        shapes[MEMORY + 'lut'] = [lut, 2048]
        shapes[MEMORY + 'queue'] = [queue, 2048]

    def tensor(name, shape):
        dtypes = content['dtypes']
        dtype = dtypes.get(name, dtypes.get(name.rpartition('.')[2]))
        if dtype is None:
            return torch.randn(shape)
        return torch.randint(99, shape, dtype=getattr(torch, dtype))

    return {
        name: tensor(
            name, shape[:1] + [min(n, columns or n) for n in shape[1:]]
        )
        for name, shape in shapes.items()
    }
