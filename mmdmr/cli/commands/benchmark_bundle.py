"""``mmdmr benchmark_bundle``: a bundle beside PyTorch."""

import json
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from mmdmr.apis.models import load_embedder, needs_checkpoint
from mmdmr.benchmark.agreement import Agreement
from mmdmr.benchmark.embedders import measure_in_turn, serve, size_on_disk
from mmdmr.benchmark.gallery import describe_machine
from mmdmr.cli.argument_types import whole
from mmdmr.errors import InputError
from mmdmr.files import check_target, write_json
from mmdmr.media.files import IMAGE, find_media

#: Program of a process that holds one of the models.
_CHILD = (
    'from mmdmr.cli.commands.benchmark_bundle import serve_model; '
    'serve_model()'
)
_BUNDLE, _TORCH = 'bundle', 'PyTorch'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Run a bundle and the network that it was exported from in turn, '
        'each in a process of its own. Print images a second, memory, size '
        'and loading time of both, and how far their detections agree.'
    )
    parser.add_argument('bundle', help='folder of "mmdmr export_onnx"')
    parser.add_argument(
        'config', help='config file, or name of a config of mmdmr'
    )
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--images', required=True, metavar='DIR', help='folder of images'
    )
    for name, default, text in (
        ('num', 50, 'number of images, spread over the folder'),
        ('rounds', 5, 'number of walks over the images; the median counts'),
        ('threads', 2, 'threads of each model'),
    ):
        parser.add_argument(
            f'--{name}',
            type=whole(1),
            default=default,
            help=f'{text} (default: {default})',
        )
    parser.add_argument(
        '--out', metavar='FILE.json', help='file for the figures'
    )


def run(args: Namespace) -> int:
    """Measure a bundle beside PyTorch.

    Returns:
        int: 0.

    Raises:
        FileNotFoundError: A file or folder is missing.
        InputError: A model or an argument is wrong.
    """
    if args.out:
        check_target(Path(args.out), '.json')
    if needs_checkpoint(args.bundle):
        raise InputError(
            f'{args.bundle} is no bundle: name a folder that "mmdmr '
            'export_onnx" wrote'
        )
    paths = _chosen(args.images, args.num)
    models = {_BUNDLE: [args.bundle], _TORCH: [args.config, args.checkpoint]}
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / 'images.json'
        listed.write_text(json.dumps([*map(str, paths)]), 'utf-8')
        shared = [str(listed), str(args.threads)]
        figures, agreement = measure_in_turn(
            _CHILD,
            {name: [*shared, *model] for name, model in models.items()},
            args.rounds,
        )
    for name, model in models.items():
        figures[name]['size'] = size_on_disk(Path(model[-1]))
    _report(figures, agreement, len(paths))
    if args.out:
        written = dict(
            arguments=vars(args),
            machine=describe_machine(),
            models=figures,
            agreement=agreement._asdict(),
        )
        write_json(Path(args.out), written)
    return 0


def serve_model() -> None:
    """Hold the model that the arguments of this process name."""
    listed, threads, model, *checkpoint = sys.argv[1:]
    paths = json.loads(Path(listed).read_text('utf-8'))
    sys.exit(
        serve(
            lambda: load_embedder(model, *checkpoint, threads=int(threads)),
            [*map(Path, paths)],
        )
    )


def _chosen(folder: str, num: int) -> list[Path]:
    """Images from all over a folder."""
    found = [file.path for file in find_media(folder) if file.kind == IMAGE]
    if not found:
        raise InputError(f'--images {folder} has no image')
    places = np.linspace(0, len(found) - 1, min(num, len(found)))
    return [found[i] for i in places.astype(int)]


def _report(
    figures: dict[str, dict[str, Any]], agreement: Agreement, num: int
) -> None:
    """Print ratios first, then the figures of both models."""
    ours, theirs = figures[_BUNDLE], figures[_TORCH]
    print(
        f'{num} images one by one, median of {len(ours["seconds"])} rounds '
        'in turn\n'
        f'{"":24}{"bundle/PyTorch":>16}{_BUNDLE:>10}{_TORCH:>10}'
    )
    # The two runs of a round are neighbours: their ratio is the steadiest.
    faster = [b / a for a, b in zip(ours['seconds'], theirs['seconds'])]
    speeds = [num / median(side['seconds']) for side in (ours, theirs)]
    _print_row('images a second', median(faster), speeds, '.2f')
    print(f'{"  in the rounds":24}{min(faster):>10.2f} to {max(faster):.2f}')
    # Other programs change this time less.
    spent = [
        1e3 * median(side['cpu_seconds']) / num for side in (ours, theirs)
    ]
    _print_row('processor time, ms', spent[0] / spent[1], spent, '.1f')
    for label, key, unit in (
        ('peak memory, MB', 'peak', 1e6),
        ('settled memory, MB', 'settled', 1e6),
        ('size on disk, MB', 'size', 1e6),
        ('start and load, s', 'load_seconds', 1),
    ):
        # Some systems do not tell the settled memory.
        if ours[key] is not None:
            sides = [side[key] / unit for side in (ours, theirs)]
            _print_row(label, sides[0] / sides[1], sides, '.1f')
    print(agreement.describe())
    machine = describe_machine()
    print(
        f'{machine["processors"]} processors, load of the last minute '
        f'{machine["load"]:.1f}'
    )


def _print_row(
    label: str, ratio: float, sides: list[float], form: str
) -> None:
    print(f'{label:24}{ratio:>16.2f}{sides[0]:>10{form}}{sides[1]:>10{form}}')
