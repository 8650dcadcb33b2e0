"""Weights of another library under the names of this one."""

from torch import Tensor


def rename_by_order(
    source: dict[str, Tensor], target: dict[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Name the weights of a network as another implementation does.

    Two implementations of a network have other names, but most often the same
    layers in the same order. Weights are paired in that order, and each pair
    must agree in shape and in what it is (``weight``, ``running_mean``, ...),
    so that a layer more or less, or in another place, is an error.

    Args:
        source (dict[str, Tensor]): State dict of the network that was
            trained, in the order of its layers. May go on behind the last
            layer of the target, as a classifier does.
        target (dict[str, Tensor]): State dict of the network to name them by.

    Returns:
        tuple[dict[str, Tensor], list[str]]: The weights by the target's
        names, and the names of what is left over.

    Raises:
        ValueError: They do not agree.

    Example:
        >>> import torch
        >>> old = {'0.weight': torch.zeros(3, 2), '0.bias': torch.zeros(3)}
        >>> new = {'fc.weight': torch.ones(3, 2), 'fc.bias': torch.ones(3)}
        >>> list(rename_by_order(old, new)[0])
        ['fc.weight', 'fc.bias']
    """
    names = list(source)
    for i, (name, value) in enumerate(target.items()):
        there = names[i] if i < len(names) else None
        if there is None or _kind(there, source[there]) != _kind(name, value):
            found = 'nothing'
            if there is not None:
                found = f'{there} {tuple(source[there].shape)}'
            raise ValueError(
                f'entry {i}: {name} {tuple(value.shape)} is wanted, {found} '
                'is there: this is another network, or its layers stand in '
                'another order'
            )
    renamed = {name: source[names[i]] for i, name in enumerate(target)}
    return renamed, names[len(target) :]


def _kind(name: str, value: Tensor) -> tuple[str, tuple[int, ...]]:
    return name.rsplit('.', 1)[-1], tuple(value.shape)
