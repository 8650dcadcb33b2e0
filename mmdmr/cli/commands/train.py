"""``mmdmr train``: train a network from a config."""

import os
from argparse import ArgumentParser, Namespace

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.runner import Runner
from torch import nn

from mmdmr.cli.config_options import (
    add_config_options,
    add_run_options,
    run_arguments,
)
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_run_config, set_epochs
from mmdmr.engine.checkpoint import check_pretrained, read_checkpoint
from mmdmr.engine.checks import check_training
from mmdmr.engine.launch import build_runner
from mmdmr.engine.resume import set_resume
from mmdmr.engine.resumed_schedule import ResumedScheduleHook
from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.engine.used_detections import drop_unused_detections
from mmdmr.engine.work_dir import OwnCheckpointsHook, is_remote
from mmdmr.errors import InputError

#: Devices that MMEngine has no mixed precision for.
_NO_AMP = ('cpu', 'mps')


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = 'Train a network.'
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
        'checkpoint of the work dir, or anew if the work dir has none',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='train into a work dir that holds checkpoints of another run, '
        'which are overwritten',
    )


def run(args: Namespace) -> int:
    """Train from a config.

    Returns:
        int: 0.

    Raises:
        InputError: The config, its data or the checkpoint is wrong.
    """
    register_safe_globals()
    with config_errors():
        runner = build_runner(_train_config(args), args.local_rank)
        runner.register_hook(OwnCheckpointsHook())
        runner.register_hook(ResumedScheduleHook())
        # Reads the data sets, so that errors in them show before training.
        runner.train_loop, runner.val_loop
        # MMEngine's FlexibleRunner builds its model later; the hooks check
        # again, before the first iteration.
        if isinstance(runner.model, nn.Module):
            check_training(runner)
            drop_unused_detections(runner, runner.val_loop)
    runner.train()
    if is_main_process():
        _print_next_step(args.config, runner)
    return 0


def _train_config(args: Namespace) -> Config:
    cfg = load_run_config(
        **run_arguments(args),
        loaders=('train_dataloader', 'val_dataloader'),
    )
    if args.amp:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    mixed = 'AmpOptimWrapper' in str(cfg.get('optim_wrapper', {}).get('type'))
    without = not torch.cuda.is_available() and get_device() in _NO_AMP
    if mixed and without:
        said = '--amp' if args.amp else 'optim_wrapper.type=AmpOptimWrapper'
        raise InputError(
            f'{said} needs a GPU that PyTorch can use; none was found'
            + ('.' if args.amp else ': set optim_wrapper.type=OptimWrapper.')
        )
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise InputError(
                '--auto-scale-lr: the config has no '
                'auto_scale_lr.base_batch_size.'
            )
        cfg.auto_scale_lr.enable = True
    set_resume(cfg, args.resume, args.overwrite)
    if cfg.get('load_from') and not is_remote(cfg.load_from):
        read_checkpoint(cfg.load_from)
    check_pretrained(cfg.model)
    if args.epochs is not None:
        set_epochs(cfg, args.epochs)
    return cfg


def _print_next_step(config: str, runner: Runner) -> None:
    """Print the path of the weights and the command that tests them."""
    hub = runner.message_hub
    for name, key in (('best', 'best_ckpt'), ('last', 'last_ckpt')):
        if hub.get_info(key) and os.path.isfile(hub.get_info(key)):
            print(
                f'The {name} checkpoint: {hub.get_info(key)}\n'
                f'Test it: mmdmr test {config} {hub.get_info(key)}'
            )
            break
