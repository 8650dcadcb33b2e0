"""``mmdmr benchmark_growth``: how the cost of the memory grows."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdmr.benchmark.training.growth import (
    Cell,
    measure_growth,
    measure_update,
    write_cells,
)
from mmdmr.benchmark.training.growth_model import Growth, fit_growth
from mmdmr.benchmark.training.growth_plot import draw_growth
from mmdmr.benchmark.training.machine import describe, prepare
from mmdmr.benchmark.training.report import machine_line
from mmdmr.cli.argument_types import whole
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.device_options import add_device_options
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_config
from mmdmr.files import check_target


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Time the re-ID part of a training step (losses, their gradient, '
        'commit) by the size of the memory and by the persons in a batch, '
        'and the update of the key encoder. Print a table, and the formula '
        'that explains it.'
    )
    add_config_options(parser)
    for name, default, text in (
        (
            'sizes',
            (0, 256, 1024, 4096, 16384, 65536),
            'labelled slots of the queue, 0: no memory; or identities of an '
            'OIM table',
        ),
        ('persons', (1, 4, 16, 64, 300), 'persons in an image'),
    ):
        parser.add_argument(
            f'--{name}',
            type=whole(int(name == 'persons')),
            nargs='+',
            default=default,
            help=f'{text} (default: {" ".join(map(str, default))})',
        )
    for name, number, text in (
        ('batch-size', 3, 'images in a batch'),
        ('rounds', 5, 'rounds; the median counts'),
    ):
        parser.add_argument(
            f'--{name}', type=whole(1), default=number, help=text
        )
    add_device_options(parser, 'computes')
    parser.add_argument('--out', metavar='FILE.csv', help='file for the table')
    parser.add_argument('--plot', metavar='FILE.png', help='file for a plot')


def run(args: Namespace) -> int:
    """Measure growth.

    Returns:
        int: 0.

    Raises:
        FileNotFoundError: The config does not exist.
        InputError: The config or an argument is wrong.
    """
    for path, kind in ((args.out, '.csv'), (args.plot, '.png')):
        if path:
            check_target(Path(path), kind)
    with config_errors():
        cfg = load_config(**config_arguments(args))
        init_default_scope(cfg.get('default_scope', 'mmdet'))
        device = prepare(cfg, args.device, args.threads)
    cells = measure_growth(
        cfg,
        sorted({*args.sizes}),
        sorted({num * args.batch_size for num in args.persons}),
        rounds=args.rounds,
        device=device,
        tell=_teller(args.rounds),
    )
    _print_cells(cells)
    formula = fit_growth(*_columns(cells), [cell.seconds for cell in cells])
    _print_formula('seconds', formula, 1e3, 'ms')
    found = fit_growth(*_columns(cells), [cell.working for cell in cells])
    _print_formula('working memory', found, 1e-6, 'MB')
    if cfg.model.get('key_encoder'):
        _print_update(cfg, args.rounds, device)
    print(f'\n{machine_line(describe(device))}')
    if args.out:
        write_cells(Path(args.out), cells)
    if args.plot:
        draw_growth(cells, formula, Path(args.plot))
    return 0


def _teller(rounds: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        print(f'round {done} of {rounds}', file=sys.stderr)

    return tell


def _columns(cells: Sequence[Cell]) -> tuple[list[int], list[int]]:
    return [cell.num_keys for cell in cells], [cell.persons for cell in cells]


def _print_cells(cells: Sequence[Cell]) -> None:
    titles = ('size', 'persons', 'ms', 'losses', 'backward', 'commit')
    print(''.join(f'{title:>10}' for title in titles), end='')
    print(f'{"work, MB":>10}{"stored, MB":>12}')
    for cell in cells:
        seconds = (
            cell.seconds,
            cell.loss_seconds,
            cell.backward_seconds,
            cell.commit_seconds,
        )
        times = ''.join(f'{1e3 * value:>10.2f}' for value in seconds)
        print(
            f'{cell.size:>10}{cell.persons:>10}{times}'
            f'{cell.working / 1e6:>10.1f}{cell.stored / 1e6:>12.1f}'
        )


def _print_formula(what: str, found: Growth, unit: float, name: str) -> None:
    """Print a formula for thousands of keys and of persons."""
    print(
        f'\n{what}, {name}: {unit * found.constant:.3g} + '
        f'{1e3 * unit * found.per_key:.3g} s/1000 + '
        f'{1e3 * unit * found.per_person:.3g} n/1000 + '
        f'{1e6 * unit * found.per_pair:.3g} (s/1000) (n/1000)\n'
        'for s keys, of memory and batch, and n persons in a batch; error '
        f'{found.median_error:.0%} in the median, '
        f'{found.greatest_error:.0%} at most'
    )


def _print_update(cfg: Config, rounds: int, device: torch.device) -> None:
    seconds, num = measure_update(cfg, rounds=rounds, device=device)
    print(
        f'\nupdate of the key encoder: {1e3 * seconds:.2f} ms for '
        f'{num / 1e6:.1f} million parameters, whatever s and n are'
    )
