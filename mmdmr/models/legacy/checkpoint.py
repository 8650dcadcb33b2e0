"""Conversion of the checkpoints that DMRNet's authors released."""

import re
from typing import NamedTuple

from torch import Tensor

from mmdmr.errors import InputError

#: Names of the weights that are kept, for any detector.
COMMON = (
    r'backbone\.(conv1|bn1|layer[1-4]\.\d\.(conv[123]|bn[123]|downsample\.'
    r'[01]))\.(weight|bias|running_mean|running_var|num_batches_tracked)',
    r'neck\.(lateral|fpn)_convs\.\d\.(conv|gn)\.(weight|bias)',
    r'bbox_head\.(cls|reg)_convs\.\d\.(conv|gn)\.(weight|bias)',
    r'reid_head\.fc\.(weight|bias)',
)

#: Prefix of the memory in the released code.
MEMORY = 'reid_head.loss_evaluator.'

#: Entries of the memory that are dropped, with the reason: a training that
#: starts from weights begins with an empty memory.
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
        title (str): Name of the detector in messages.
        config (str): Name of the detector in names of configs.
        mark (str): Name of a weight that no other detector has.
        names (str): Pattern of the detector's own names, beside ``COMMON``.
        num_kept (int): Number of weights that are kept.

    Example:
        >>> [detector.title for detector in DETECTORS]
        ['RepPoints', 'RetinaNet']
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


def convert(
    state_dict: dict[str, Tensor],
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Keep the weights of a released checkpoint, drop its memory.

    Names and layout of the weights are the same in the released code and in
    this package: the linear layer of the re-ID branch flattens its input in
    the same order.

    Args:
        state_dict (dict[str, Tensor]): Weights of a released checkpoint, by
            name.

    Returns:
        tuple[dict[str, Tensor], dict[str, str]]: The weights that are kept,
        by name, and the reason for each name that is dropped.

    Raises:
        InputError: The weights are not from the authors' release: a name is
            unknown or missing.

    Example:
        >>> import torch
        >>> weights = {'bbox_head.retina_cls.weight': torch.zeros(1)}
        >>> convert(weights)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        mmdmr.errors.InputError: the checkpoint has only 1 of the 364 ...
    """
    detector = find_detector(state_dict)
    reasons = {
        MEMORY + name: reason for name, reason in _memory(state_dict).items()
    }
    known = re.compile('|'.join((*COMMON, detector.names)))
    kept = {k: v for k, v in state_dict.items() if known.fullmatch(k)}
    unknown = [k for k in state_dict if k not in kept and k not in reasons]
    if unknown:
        raise InputError(
            f'unknown to the weights of DMRNet on {detector.title}: '
            f'{", ".join(unknown[:8])}'
        )
    if len(kept) != detector.num_kept:
        raise InputError(
            f'the checkpoint has only {len(kept)} of the '
            f'{detector.num_kept} weights of DMRNet on {detector.title}'
        )
    return kept, {k: v for k, v in reasons.items() if k in state_dict}


def find_detector(state_dict: dict[str, Tensor]) -> Detector:
    """Tell the detector of a checkpoint by its names.

    Args:
        state_dict (dict[str, Tensor]): Weights of a released checkpoint, by
            name.

    Returns:
        Detector: One of ``DETECTORS``.

    Raises:
        InputError: The weights are of none of ``DETECTORS``.

    Example:
        >>> import torch
        >>> weights = {'bbox_head.retina_cls.weight': torch.zeros(1)}
        >>> find_detector(weights).title
        'RetinaNet'
    """
    for detector in DETECTORS:
        if detector.mark in state_dict:
            return detector
    marks = ' nor '.join(f'{d.mark} ({d.title})' for d in DETECTORS)
    raise InputError(
        f'no weights of DMRNet: the checkpoint has neither {marks}'
    )


def describe(state_dict: dict[str, Tensor]) -> str:
    """Name the loss and detector of a checkpoint, and the config to use.

    Args:
        state_dict (dict[str, Tensor]): Weights of a released checkpoint, by
            name.

    Returns:
        str: One line, the name of the config last.

    Raises:
        InputError: The weights are of none of ``DETECTORS``.

    Example:
        >>> import torch
        >>> describe({
        ...     'bbox_head.retina_cls.weight': torch.zeros(1),
        ...     'reid_head.loss_evaluator.lut': torch.zeros(483, 2048),
        ... })
        'OIM on RetinaNet, for dmrnet_retinanet_r50_fpn-gn_authors_prw.py'
    """
    detector = find_detector(state_dict)
    loss = 'OIM' if _memory(state_dict) is OIM_MEMORY else 'DMRNet'
    table = state_dict.get(MEMORY + 'lut')
    rows = len(table) if table is not None and table.ndim else 0
    data_set = DATA_SETS.get(rows, '*')
    return (
        f'{loss} on {detector.title}, for '
        f'dmrnet_{detector.config}_r50_fpn-gn_authors_{data_set}.py'
    )


def _memory(state_dict: dict[str, Tensor]) -> dict[str, str]:
    """Entries of the checkpoint's memory: only the pair loss has a pointer."""
    oim = MEMORY + 'lut' in state_dict and MEMORY + 'pointer' not in state_dict
    return OIM_MEMORY if oim else PAIR_MEMORY
