"""Options of tools that run a model over images."""

from argparse import ArgumentParser, Namespace
from typing import Any

from mmdmr.cli.argument_types import whole

_MODEL = (
    'YAML file that describes two ONNX networks, folder of a bundle of '
    '"mmdmr export_onnx", or config of a person-search network'
)
_CHECKPOINT = 'weights of the person-search network'


def add_model_arguments(parser: ArgumentParser) -> None:
    """Add a model and its checkpoint as positional arguments.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    parser.add_argument('model', help=_MODEL)
    parser.add_argument('checkpoint', nargs='?', help=_CHECKPOINT)


def add_gallery_model_options(parser: ArgumentParser) -> None:
    """Add a model and its checkpoint as options, which a gallery may replace.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    parser.add_argument(
        '--model', help=f'{_MODEL} (default: the model of the gallery)'
    )
    parser.add_argument('--checkpoint', help=_CHECKPOINT)


def add_embedder_options(
    parser: ArgumentParser, threshold: str = 'as the model says'
) -> None:
    """Add the options of :func:`~mmdmr.apis.models.load_embedder`.

    Args:
        parser (ArgumentParser): Parser to extend.
        threshold (str): Default of the least score, for the help. Defaults to
            'as the model says'.
    """
    parser.add_argument(
        '--score-thr',
        type=float,
        help=f'least score of a detection (default: {threshold})',
    )
    parser.add_argument(
        '--threads',
        type=whole(1),
        help='threads of the networks (default: as many as there are cores)',
    )
    parser.add_argument(
        '--device',
        help='device of PyTorch for a person-search network, such as cuda:0 '
        '(default: cpu)',
    )
    parser.add_argument(
        '--provider',
        metavar='NAME',
        help='execution provider of ONNX Runtime for two networks or a '
        'bundle, such as CUDAExecutionProvider (default: the CPU)',
    )
    parser.add_argument(
        '--images-per-run',
        type=whole(1),
        metavar='N',
        help='images of one size that a bundle runs together; changes no '
        'result (default: 1)',
    )


def embedder_keywords(args: Namespace) -> dict[str, Any]:
    """Options as keyword arguments of ``load_embedder``.

    Args:
        args (Namespace): Arguments of :func:`add_embedder_options`.

    Returns:
        dict[str, Any]: ``score_thr``, ``threads``, ``device``, ``providers``
        and ``batch_size``.
    """
    return dict(
        score_thr=args.score_thr,
        threads=args.threads,
        device=args.device,
        providers=None if args.provider is None else [args.provider],
        batch_size=args.images_per_run,
    )
