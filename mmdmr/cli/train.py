"""``mmdmr train``: train a network from a config."""

from argparse import ArgumentParser, Namespace
from typing import Optional, Sequence

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from mmdmr.cli.checkpoint import check_pretrained, read_checkpoint
from mmdmr.cli.config import (
    add_config_options,
    add_run_options,
    load_run_config,
)
from mmdmr.cli.errors import input_errors
from mmdmr.cli.launch import build_runner
from mmdmr.cli.schedule import set_epochs
from mmdmr.engine.hooks.checkpoint import ResumeError
from mmdmr.engine.safe_globals import register_safe_globals


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Train from a config.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input found before training exits with code 2.
    """
    args = _parse(argv)
    register_safe_globals()
    with input_errors('train'):
        runner = build_runner(_train_config(args), args.local_rank)
        # Reads the data sets, so that what is wrong with them shows here.
        runner.train_loop, runner.val_loop
    with input_errors('train', ResumeError):
        runner.train()
    if is_main_process():
        _say_what_next(args, runner)
    return 0


def _parse(argv: Optional[Sequence[str]]) -> Namespace:
    parser = ArgumentParser('mmdmr train', description='Train a network.')
    add_config_options(parser)
    add_run_options(parser)
    parser.add_argument(
        '--epochs',
        type=int,
        metavar='N',
        help='train for N epochs, with the schedule of the learning rate '
        "stretched or shortened (default: the config's number)",
    )
    parser.add_argument(
        '--amp', action='store_true', help='train with mixed precision'
    )
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the batch size over all processes',
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='continue from this checkpoint; without a name, from the last '
        'one in the work dir',
    )
    return parser.parse_args(argv)


def _train_config(args: Namespace) -> Config:
    cfg = load_run_config(args, ('train_dataloader', 'val_dataloader'))
    if args.amp:
        if not torch.cuda.is_available():
            raise ValueError(
                '--amp needs a GPU that PyTorch can use, and there is none.'
            )
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError(
                '--auto-scale-lr: the config has no '
                'auto_scale_lr.base_batch_size.'
            )
        cfg.auto_scale_lr.enable = True
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if cfg.get('load_from') and '://' not in cfg.load_from:
        read_checkpoint(cfg.load_from)
    check_pretrained(cfg.model)
    if args.epochs is not None:
        set_epochs(cfg, args.epochs)
    return cfg


def _say_what_next(args: Namespace, runner: Runner) -> None:
    """Where the weights are, and how they are tested."""
    hub = runner.message_hub
    for name, key in (('best', 'best_ckpt'), ('last', 'last_ckpt')):
        if hub.get_info(key):
            print(
                f'The {name} checkpoint: {hub.get_info(key)}\n'
                f'Test it: mmdmr test {args.config} {hub.get_info(key)}'
            )
            break
