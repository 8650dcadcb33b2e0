"""``mmdmr train``: train a network from a config."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.runner import Runner
from torch import nn

from mmdmr.cli.checkpoint import check_pretrained, read_checkpoint
from mmdmr.cli.config import (
    add_config_options,
    add_run_options,
    load_run_config,
)
from mmdmr.cli.errors import input_errors
from mmdmr.cli.launch import build_runner
from mmdmr.cli.schedule import set_epochs
from mmdmr.engine.checkpoint import TrainingRefused
from mmdmr.engine.checks import check_training
from mmdmr.engine.resumed_schedule import ResumedScheduleHook
from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.engine.work_dir import (
    OwnCheckpointsHook,
    check_own,
    checkpoint_folder,
    is_remote,
    last_checkpoint,
)

#: Devices that MMEngine has no mixed precision for.
_NO_AMP = ('cpu', 'mps')


def main(argv: Sequence[str] | None = None) -> int:
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
        runner.register_hook(OwnCheckpointsHook())
        runner.register_hook(ResumedScheduleHook())
        # Reads the data sets, so that what is wrong with them shows here.
        runner.train_loop, runner.val_loop
        # MMEngine's FlexibleRunner builds its model later; the hooks check
        # again, before the first iteration.
        if isinstance(runner.model, nn.Module):
            check_training(runner)
    with input_errors('train', TrainingRefused):
        runner.train()
    if is_main_process():
        _say_what_next(args, runner)
    return 0


def _parse(argv: Sequence[str] | None) -> Namespace:
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
        'one in the work dir, or anew if there is none',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='train into a work dir that holds checkpoints of another run, '
        'which are overwritten',
    )
    return parser.parse_args(argv)


def _train_config(args: Namespace) -> Config:
    cfg = load_run_config(args, ('train_dataloader', 'val_dataloader'))
    if args.amp:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    mixed = 'AmpOptimWrapper' in str(cfg.get('optim_wrapper', {}).get('type'))
    without = not torch.cuda.is_available() and get_device() in _NO_AMP
    if mixed and without:
        said = '--amp' if args.amp else 'optim_wrapper.type=AmpOptimWrapper'
        raise ValueError(
            f'{said} needs a GPU that PyTorch can use, and there is none'
            + ('.' if args.amp else ': set optim_wrapper.type=OptimWrapper.')
        )
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError(
                '--auto-scale-lr: the config has no '
                'auto_scale_lr.base_batch_size.'
            )
        cfg.auto_scale_lr.enable = True
    _set_resume(cfg, args)
    if cfg.get('load_from') and not is_remote(cfg.load_from):
        read_checkpoint(cfg.load_from)
    check_pretrained(cfg.model)
    if args.epochs is not None:
        set_epochs(cfg, args.epochs)
    return cfg


def _set_resume(cfg: Config, args: Namespace) -> None:
    """Find the checkpoint to go on from; spare those of other runs."""
    auto = args.resume == 'auto' or (
        args.resume is None
        and cfg.get('resume', False)
        and not cfg.get('load_from')
    )
    folder = checkpoint_folder(cfg)
    if is_remote(folder):
        # MMEngine finds its way there by itself.
        if args.resume is not None:
            cfg.resume = True
            cfg.load_from = None if auto else args.resume
        return
    if auto:
        found = last_checkpoint(cfg.work_dir, folder)
        if found is None and is_main_process():
            print(
                f'note: --resume: there is no checkpoint in {folder}, '
                'the training starts anew',
                file=sys.stderr,
            )
        cfg.resume = found is not None
        cfg.load_from = cfg.get('load_from') if found is None else str(found)
    elif args.resume is not None:
        cfg.resume, cfg.load_from = True, args.resume
    if not args.overwrite:
        resumed = cfg.load_from if cfg.get('resume', False) else None
        check_own(cfg.work_dir, resumed, folder)


def _say_what_next(args: Namespace, runner: Runner) -> None:
    """Where the weights are, and how they are tested."""
    hub = runner.message_hub
    for name, key in (('best', 'best_ckpt'), ('last', 'last_ckpt')):
        if hub.get_info(key) and os.path.isfile(hub.get_info(key)):
            print(
                f'The {name} checkpoint: {hub.get_info(key)}\n'
                f'Test it: mmdmr test {args.config} {hub.get_info(key)}'
            )
            break
