"""``mmdmr convert_backbone``: weights of another library to start from."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import torch
from mmengine.registry import init_default_scope

from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_config
from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.errors import InputError
from mmdmr.files import atomic_path, check_new
from mmdmr.models.renaming import rename_by_order
from mmdmr.registry import MODELS

#: Prefix of the names in the file, as in a checkpoint of a detector.
PREFIX = 'backbone'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        "Rename the weights of another library's network as a "
        "config's backbone names them, layer by layer in order, so that a "
        'training can start from the file.'
    )
    parser.add_argument(
        'weights', help='PyTorch file: a state dict or a checkpoint'
    )
    add_config_options(parser)
    parser.add_argument('out', help='file to write')


def run(args: Namespace) -> int:
    """Rename the weights of another library's backbone for a config.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    out = Path(args.out)
    with config_errors():
        check_new(out)
        stored = read_checkpoint(args.weights)['state_dict']
        cfg = load_config(**config_arguments(args))
        init_default_scope(cfg.default_scope)
        backbone = {**cfg.model.backbone, 'init_cfg': None}
        target = MODELS.build({'_scope_': 'mmdet', **backbone}).state_dict()
        try:
            renamed, left = rename_by_order(stored, target)
        except ValueError as error:
            raise InputError(
                f'{args.weights} does not fit the {backbone["type"]} of '
                f'{args.config}: {error}'
            ) from error
    weights = {f'{PREFIX}.{name}': value for name, value in renamed.items()}
    # An open file raises an error of the system if it cannot be written.
    with atomic_path(out) as draft, draft.open('wb') as file:
        torch.save(dict(state_dict=weights), file)
    print(f'{out}: {len(renamed)} of {len(stored)} entries, each by its shape')
    if left:
        print(f'not used: {", ".join(left)}')
    print(
        "start from the file: model.backbone.init_cfg=dict(type='Pretrained', "
        f"checkpoint='{out}', prefix='{PREFIX}')"
    )
    return 0
