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
from mmdmr.config import add_guards, load_run_config, set_epochs
from mmdmr.engine.bfloat16 import has_fast_bfloat16
from mmdmr.engine.checkpoint import check_pretrained, read_checkpoint
from mmdmr.engine.checks import check_training
from mmdmr.engine.hooks.finite_loss_hook import loss_told_first
from mmdmr.engine.launch import build_runner
from mmdmr.engine.resume import set_resume, take_seed
from mmdmr.engine.resumed_schedule import ResumedScheduleHook
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
        '--amp',
        action='store_true',
        help='train with mixed precision: float16 on a GPU, bfloat16 on a CPU '
        'that has instructions for it',
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
    with loss_told_first(runner):
        runner.train()
    if is_main_process():
        _print_next_step(args.config, runner)
    return 0


def _train_config(args: Namespace) -> Config:
    cfg = load_run_config(
        **run_arguments(args),
        loaders=('train_dataloader', 'val_dataloader'),
    )
    _set_precision(cfg, args.amp)
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise InputError(
                '--auto-scale-lr: the config has no '
                'auto_scale_lr.base_batch_size.'
            )
        cfg.auto_scale_lr.enable = True
    add_guards(cfg)
    set_resume(cfg, args.resume, args.overwrite)
    if cfg.get('load_from') and not is_remote(cfg.load_from):
        checkpoint = read_checkpoint(cfg.load_from)
        if cfg.get('resume', False):
            take_seed(cfg, checkpoint)
    check_pretrained(cfg.model)
    if args.epochs is not None:
        set_epochs(cfg, args.epochs)
    return cfg


def _set_precision(cfg: Config, amp: bool) -> None:
    """Choose the optimizer's wrapper for mixed precision.

    Args:
        cfg (Config): Config to change.
        amp (bool): True if the user asks for mixed precision by ``--amp``.

    Raises:
        InputError: MMEngine has no mixed precision for the device, and the
            device has no instructions for bfloat16.
    """
    wrapper = cfg.optim_wrapper
    without_gpu = not torch.cuda.is_available() and get_device() in _NO_AMP
    if amp and without_gpu and get_device() == 'cpu' and has_fast_bfloat16():
        wrapper.type = 'mmdmr.Bfloat16OptimWrapper'
        # Arguments of AmpOptimWrapper, in a config that names it.
        for name in ('loss_scale', 'dtype', 'use_fsdp'):
            wrapper.pop(name, None)
    elif amp:
        wrapper.type = 'AmpOptimWrapper'
        wrapper.setdefault('loss_scale', 'dynamic')
    if without_gpu and 'AmpOptimWrapper' in str(wrapper.get('type')):
        if amp:
            raise InputError(
                '--amp needs a GPU that PyTorch can use, or a CPU with '
                'instructions for bfloat16; neither was found.'
            )
        raise InputError(
            'optim_wrapper.type=AmpOptimWrapper needs a GPU that PyTorch can '
            'use; none was found: set optim_wrapper.type=OptimWrapper.'
        )


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
