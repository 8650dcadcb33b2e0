"""Weights of another library under the names of this library."""

from torch import Tensor

from mmdmr.errors import InputError


def rename_by_order(
    source: dict[str, Tensor], target: dict[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Name the weights of a network as another implementation does.

    Two implementations of a network differ in names, but most often have the
    same layers in the same order. Weights are paired in that order. Each pair
    must agree in shape and in the last word of the name (``weight``,
    ``running_mean``, ...). A missing, additional or displaced layer is an
    error.

    Args:
        source (dict[str, Tensor]): State dict of the trained network, in the
            order of its layers. Layers behind the last layer of the target,
            such as a classifier, are left over.
        target (dict[str, Tensor]): State dict of the network whose names the
            weights get.

    Returns:
        tuple[dict[str, Tensor], list[str]]: Weights by the target's names,
        and names of the source's weights that are left over.

    Raises:
        InputError: A pair does not agree, or the source ends too early.

    Example:
        >>> import torch
        >>> old = {'0.weight': torch.zeros(3, 2), '0.bias': torch.zeros(3)}
        >>> new = {'fc.weight': torch.ones(3, 2), 'fc.bias': torch.ones(3)}
        >>> list(rename_by_order(old, new)[0])
        ['fc.weight', 'fc.bias']
    """
    names = list(source)
    for i, (name, value) in enumerate(target.items()):
        given = names[i] if i < len(names) else None
        if given is None or _kind(given, source[given]) != _kind(name, value):
            found = 'nothing'
            if given is not None:
                found = f'{given} {tuple(source[given].shape)}'
            raise InputError(
                f'entry {i}: {name} {tuple(value.shape)} is wanted, {found} '
                'was found: this is another network, or its layers stand in '
                'another order'
            )
    renamed = {name: source[names[i]] for i, name in enumerate(target)}
    return renamed, names[len(target) :]


def _kind(name: str, value: Tensor) -> tuple[str, tuple[int, ...]]:
    """Last word of a name, and shape: what two paired weights share."""
    return name.rsplit('.', 1)[-1], tuple(value.shape)
