"""``mmdmr export_onnx``: a trained network that runs without PyTorch."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.cli.errors import config_errors
from mmdmr.export import export_bundle
from mmdmr.export.precision import FP32, PRECISIONS
from mmdmr.media.files import IMAGE, find_media
from mmdmr.media.images import read_image


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Turn a trained network into a bundle: a folder with ONNX graphs that '
        '"mmdmr index_gallery --model BUNDLE" and PersonSearcher run without '
        'PyTorch. The bundle is compared with the network; one that gives '
        'other results is not left behind.'
    )
    parser.add_argument(
        'config', help='config of the network, by path or name'
    )
    parser.add_argument('checkpoint', help='weights of the network')
    parser.add_argument('out', metavar='OUT', help='folder of the bundle')
    parser.add_argument(
        '--score-thr',
        type=float,
        help='least score of a detection (default: as the config says)',
    )
    parser.add_argument(
        '--images',
        metavar='DIR',
        help='pictures to compare bundle and network on (default: drawn '
        'scenes); int8 needs pictures like those that will be searched',
    )
    parser.add_argument(
        '--precision',
        choices=PRECISIONS,
        default=FP32,
        help='fp16: half the size; int8: a quarter of the size, and faster on '
        'a CPU (default: fp32, the same results as the network)',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace an older bundle of the same name',
    )


def run(args: Namespace) -> int:
    """Export a network and print what was measured.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong, or the network cannot be
            exported.
    """
    more: dict[str, Any] = {}
    if args.images is not None:
        more['images'] = partial(_images, args.images)
    with config_errors():
        report = export_bundle(
            args.config,
            args.checkpoint,
            args.out,
            score_thr=args.score_thr,
            overwrite=args.overwrite,
            precision=args.precision,
            **more,
        )
    for name, size in report.sizes.items():
        print(f'{report.folder / name}: {size / 1e6:.3f} MB')
    print(f'compared with the network: {report.verification}')
    return 0


def _images(folder: str) -> Iterator[np.ndarray]:
    """Images of a folder, with its subfolders."""
    for file in find_media(Path(folder)):
        if file.kind == IMAGE:
            yield read_image(file.path)
