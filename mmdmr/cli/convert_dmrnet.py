"""``mmdmr convert_dmrnet``: the DMRNet authors' weights, for this package."""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from mmdmr.cli.errors import input_errors
from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.files import check_new

#: Names that both sides share, whatever the detector.
COMMON = (
    r'backbone\.(conv1|bn1|layer[1-4]\.\d\.(conv[123]|bn[123]|downsample\.'
    r'[01]))\.(weight|bias|running_mean|running_var|num_batches_tracked)',
    r'neck\.(lateral|fpn)_convs\.\d\.(conv|gn)\.(weight|bias)',
    r'bbox_head\.(cls|reg)_convs\.\d\.(conv|gn)\.(weight|bias)',
    r'reid_head\.fc\.(weight|bias)',
)

#: Where the released code keeps what its losses compare with.
MEMORY = 'reid_head.loss_evaluator.'

#: Why these are left out: training from weights begins with an empty memory.
PAIR_MEMORY = {
    'pointer': 'next slots of the two queues, which are not kept',
    'id_inx': "identities of the labelled queue, in the authors' numbering",
    'lut': 'the labelled queue: training fills its own',
    'queue': 'the unlabelled queue: training fills its own',
}
OIM_MEMORY = {
    'lut': "look-up table of OIM, rows in the authors' numbering",
    'queue': 'circular queue of OIM: training fills its own',
}

#: Rows of ``lut``: labelled slots of the queue, or identities of OIM.
DATA_SETS = {4096: 'cuhk-sysu', 5532: 'cuhk-sysu', 1024: 'prw', 483: 'prw'}


class Detector(NamedTuple):
    """A detector that the authors released weights for.

    Args:
        title (str): How it is called.
        config (str): How it is called in names of configs.
        mark (str): A name that only its weights have.
        names (str): Pattern of its own names, beside ``COMMON``.
        num_kept (int): Number of entries that are kept.
    """

    title: str
    config: str
    mark: str
    names: str
    num_kept: int


DETECTORS = (
    Detector(
        'RepPoints',
        'reppoints',
        'bbox_head.moment_transfer',
        r'bbox_head\.(moment_transfer|reppoints_(cls|pts_init|pts_refine)_'
        r'(conv|out)\.(weight|bias))',
        373,
    ),
    Detector(
        'RetinaNet',
        'retinanet',
        'bbox_head.retina_cls.weight',
        r'bbox_head\.retina_(cls|reg)\.(weight|bias)',
        364,
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Convert a released checkpoint.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    out = Path(args.out)
    with input_errors('convert_dmrnet'):
        check_new(out)
        state_dict = read_checkpoint(args.checkpoint)['state_dict']
        kept, dropped = convert(state_dict)
        out.parent.mkdir(parents=True, exist_ok=True)
    _save(kept, out)
    print(f'{out}: {describe(state_dict)}')
    print(f'{len(kept)} of {len(state_dict)} entries kept')
    for name, reason in dropped.items():
        print(f'dropped {name}: {reason}')
    return 0


def convert(
    state_dict: dict[str, Tensor],
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Turn the authors' weights into this package's.

    The names and the layout of what is kept are the same on both sides: the
    linear layer of the branch flattens its input in the same order.

    Args:
        state_dict (dict[str, Tensor]): Of a released checkpoint.

    Returns:
        tuple[dict[str, Tensor], dict[str, str]]: The weights, and why each of
        the other entries is left out.

    Raises:
        ValueError: These are not the authors' weights: an entry is unknown,
            or some are missing.
    """
    detector = find_detector(state_dict)
    reasons = {
        MEMORY + name: reason for name, reason in _memory(state_dict).items()
    }
    known = re.compile('|'.join((*COMMON, detector.names)))
    kept = {k: v for k, v in state_dict.items() if known.fullmatch(k)}
    unknown = [k for k in state_dict if k not in kept and k not in reasons]
    if unknown:
        raise ValueError(
            f'unknown to the weights of DMRNet on {detector.title}: '
            f'{", ".join(unknown[:8])}'
        )
    if len(kept) != detector.num_kept:
        raise ValueError(
            f'only {len(kept)} of the {detector.num_kept} weights of DMRNet '
            f'on {detector.title} are there'
        )
    return kept, {k: v for k, v in reasons.items() if k in state_dict}


def find_detector(state_dict: dict[str, Tensor]) -> Detector:
    """Tell the detector of a checkpoint.

    Args:
        state_dict (dict[str, Tensor]): Of a released checkpoint.

    Returns:
        Detector: One of ``DETECTORS``.

    Raises:
        ValueError: It is none of them.
    """
    for detector in DETECTORS:
        if detector.mark in state_dict:
            return detector
    marks = ' nor '.join(f'{d.mark} ({d.title})' for d in DETECTORS)
    raise ValueError(
        f'these are no weights of DMRNet: there is neither {marks}'
    )


def describe(state_dict: dict[str, Tensor]) -> str:
    """What a checkpoint holds, and the config to use it with.

    Args:
        state_dict (dict[str, Tensor]): Of a released checkpoint.

    Returns:
        str: One line.
    """
    detector = find_detector(state_dict)
    loss = 'OIM' if _memory(state_dict) is OIM_MEMORY else 'DMRNet'
    table = state_dict.get(MEMORY + 'lut', ())
    data_set = DATA_SETS.get(len(table), '*')
    return (
        f'{loss} on {detector.title}, for '
        f'dmrnet_{detector.config}_r50_fpn-gn_authors_{data_set}.py'
    )


def _memory(state_dict: dict[str, Tensor]) -> dict[str, str]:
    oim = MEMORY + 'lut' in state_dict and MEMORY + 'pointer' not in state_dict
    return OIM_MEMORY if oim else PAIR_MEMORY


def _save(state_dict: dict[str, Tensor], path: Path) -> None:
    """Write a checkpoint at once or not at all."""
    draft = path.with_name(path.name + '.part')
    torch.save(
        dict(
            meta=dict(dataset_meta=dict(classes=('person',))),
            state_dict=state_dict,
        ),
        draft,
    )
    draft.replace(path)


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr convert_dmrnet',
        description="Turn a checkpoint of DMRNet's release (RepPoints or "
        'RetinaNet) into one of this package, to test with or to start from '
        '(load_from). The config to use it with is printed.',
    )
    parser.add_argument('checkpoint', help="the authors' .pth file")
    parser.add_argument('out', help='file to write')
    return parser.parse_args(argv)
