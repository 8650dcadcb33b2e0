"""``mmdmr benchmark_train``: what memory and key encoder cost a step."""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmengine.registry import init_default_scope

from mmdmr.benchmark.training.batches import data_batches, random_batches
from mmdmr.benchmark.training.machine import describe, prepare
from mmdmr.benchmark.training.peak import Peak, measure_peak
from mmdmr.benchmark.training.report import (
    loading_line,
    machine_line,
    memory_table,
    operator_table,
    part_table,
    step_table,
)
from mmdmr.benchmark.training.rounds import run_in_turn
from mmdmr.benchmark.training.seqnet import SEQNET, SeqNetTrainer
from mmdmr.benchmark.training.step import Trainer, build_trainers
from mmdmr.benchmark.training.trace import profile_step
from mmdmr.benchmark.training.variants import VARIANTS, variants_of
from mmdmr.cli.argument_types import whole
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.device_options import add_device_options
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_config
from mmdmr.errors import InputError
from mmdmr.files import check_target, write_json

#: Steps before the peak memory is read. The first step makes the optimizer's
#: state; the memory of the second one is that of all further steps.
_PEAK_STEPS = 3


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Time the training step of a network in turn with its detector alone '
        '(plain), with the re-ID branch (branch) and with the memory '
        '(memory): one process, the same batches, another order in each '
        'round. Print ratios, parts of the step and peak memory.'
    )
    add_config_options(parser)
    parser.add_argument(
        '--shape',
        type=_shape,
        default='896x1504',
        metavar='HxW',
        help='height and width of random images',
    )
    for name, least, default, text in (
        ('batch-size', 1, 3, 'random images in a batch'),
        ('persons', 1, 4, 'persons in a random image'),
        ('rounds', 1, 10, 'rounds; the median counts'),
        ('warmup', 1, 2, 'rounds before, which do not count'),
    ):
        parser.add_argument(
            f'--{name}', type=whole(least), default=default, help=text
        )
    parser.add_argument(
        '--data',
        action='store_true',
        help="batches of the config's train_dataloader in place of random "
        'ones; the peak memory is always that of random batches',
    )
    add_device_options(parser, 'trains')
    parser.add_argument(
        '--variants',
        nargs='+',
        choices=VARIANTS,
        default=VARIANTS,
        help='networks to train; the ratios are those to the first one '
        f'(default: {" ".join(VARIANTS)})',
    )
    parser.add_argument(
        '--peer',
        metavar='PATH',
        help='checkout of SeqNet, which needs torchvision and yacs: its own '
        'training step is timed, too, and comes first',
    )
    parser.add_argument(
        '--no-memory',
        action='store_true',
        help='leave out the peak memory of the first and the last network, '
        'which train in processes of their own',
    )
    parser.add_argument(
        '--profile',
        metavar='FILE.json',
        help='file for a trace of one more step of the last network, for '
        'chrome://tracing or Perfetto; prints the ten costliest operators',
    )
    parser.add_argument(
        '--out', metavar='FILE.json', help='file for the figures'
    )


def run(args: Namespace) -> int:
    """Time training steps.

    Returns:
        int: 0.

    Raises:
        FileNotFoundError: The config or its data does not exist.
        InputError: The config or an argument is wrong.
    """
    for path in filter(None, (args.profile, args.out)):
        check_target(Path(path), '.json')
    random = dict(
        shape=args.shape, batch_size=args.batch_size, num_persons=args.persons
    )
    num = args.warmup + args.rounds
    with config_errors():
        cfg = load_config(
            **config_arguments(args),
            loaders=('train_dataloader',) if args.data else (),
        )
        init_default_scope(cfg.get('default_scope', 'mmdet'))
        device = prepare(cfg, args.device, args.threads)
        models = variants_of(cfg)
        names = _names(args.variants, models)
        trainers: dict[str, Any] = {}
        if args.peer:
            trainers[SEQNET] = SeqNetTrainer(args.peer, args.shape, device)
        trainers |= build_trainers(models, names, cfg, device)
        # One batch more, for the profile.
        batches = (
            data_batches(cfg)
            if args.data
            else random_batches(num + 1, **random)
        )
    rounds = run_in_turn(
        trainers,
        batches,
        rounds=args.rounds,
        warmup=args.warmup,
        tell=lambda done: print(f'round {done} of {num}', file=sys.stderr),
    )
    machine = describe(device)
    print(_title(args))
    _print(step_table(rounds), part_table(rounds))
    if args.data:
        print(loading_line(rounds))
    if args.profile:
        _profile(trainers[names[-1]], next(batches), args)
    _warn(trainers)
    ends: dict[str, None] = {}
    if not args.no_memory:
        ends = dict.fromkeys([next(iter(trainers)), names[-1]])
    # The processes below need the memory that these networks take.
    trainers.clear()
    peaks = {
        name: measure_peak(
            cfg,
            name,
            steps=_PEAK_STEPS,
            device=args.device,
            threads=args.threads,
            peer=args.peer,
            **random,
        )
        for name in ends
    }
    if peaks:
        _print(memory_table(peaks))
    print(f'\n{machine_line(machine)}')
    if args.out:
        _write(Path(args.out), args, machine, rounds._asdict(), peaks)
    return 0


def _shape(text: str) -> tuple[int, int]:
    """Height and width from a text such as 896x1504."""
    found = re.fullmatch(r'(\d+)x(\d+)', text)
    if not found or min(map(int, found.groups())) < 32:
        raise ArgumentTypeError(
            f'must be height x width in pixels, 32 or more each, such as '
            f'896x1504, not {text}'
        )
    height, width = map(int, found.groups())
    return height, width


def _names(chosen: Iterable[str], models: Mapping[str, Any]) -> list[str]:
    """Chosen networks in their order, without those the config has not."""
    names = [name for name in models if name in chosen]
    if not names:
        raise InputError(
            f'--variants {" ".join(chosen)}: of this config there are '
            f'{", ".join(models)}'
        )
    return names


def _title(args: Namespace) -> str:
    if args.data:
        what = "batches of the config's training data"
    else:
        height, width = args.shape
        what = (
            f'{args.batch_size} x {height} x {width} random images, '
            f'{args.persons} persons each'
        )
    return (
        f'{args.config}: {what}, median of {args.rounds} rounds in turn after '
        f'{args.warmup} to warm up'
    )


def _print(*tables: Iterable[str]) -> None:
    for table in tables:
        print('', *table, sep='\n', flush=True)


def _profile(trainer: Trainer, batch: dict[str, Any], args: Namespace) -> None:
    operators = profile_step(
        trainer, batch, Path(args.profile), args.device == 'cuda'
    )
    _print(operator_table(operators))
    print(f'trace of this step: {args.profile}')


def _warn(trainers: Mapping[str, Any]) -> None:
    """Tell of losses that are no numbers: their steps may take longer."""
    for name, trainer in trainers.items():
        if trainer.num_not_finite:
            print(
                f'{name}: {trainer.num_not_finite} losses were NaN or '
                'infinite; lower the learning rate',
                file=sys.stderr,
            )


def _write(
    path: Path,
    args: Namespace,
    machine: dict[str, Any],
    rounds: dict[str, Any],
    peaks: Mapping[str, Peak],
) -> None:
    written = dict(
        arguments=vars(args),
        machine=machine,
        **rounds,
        peaks={name: peak._asdict() for name, peak in peaks.items()},
    )
    write_json(path, written)
