"""The key encoder: a slow-moving average of the network."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from mmdmr.models.memory.loading import fill_absent
from mmdmr.registry import MODELS


@MODELS.register_module()
class KeyEncoder(nn.Module):
    r"""Exponential moving average of parts of a network.

    DMRNet (AAAI 2021, Sec. 3.3) fills its memory with embeddings of this
    encoder, after MoCo (CVPR 2020):

    .. math:: k \leftarrow (1 - \mu)\, k + \mu\, q

    over all parameters, before every iteration; the first update makes
    :math:`k = q`. No gradient flows into the copies. Parameters that are
    frozen in the source share their memory with it, until an update finds
    them trainable: from then on they are averaged, too.

    Before the first update the copies are those of a network that was not
    initialised or loaded yet. Keys from them would fill the memory with
    noise, so that they refuse to encode; in training, also before the first
    update of a resumed run. A loaded average encodes in evaluation mode.

    Buffers are not averaged: every copy runs in the source's mode on the same
    images, so that a BatchNorm that learns keeps running statistics of its
    own, of the averaged weights, and one that is frozen does not drift.

    The children carry the names they have in the source, e.g. ``backbone``,
    ``neck`` and ``reid_head`` of a detector, which makes the names in a
    checkpoint ``key_encoder.backbone.*`` and so on.

    Args:
        source (nn.ModuleDict): The parts to follow, by their names in the
            network that :meth:`update` will be given.
        momentum (float): :math:`\mu` in (0, 1], the share of the network in
            an update, as in MMEngine. The paper's "0.999" is 0.001. After n
            updates :math:`(1 - \mu)^n` of the first weights are left: 61 %
            after 500 updates with 0.001, so take 0.01 for runs of fewer
            than 5000 iterations. Defaults to 0.001.

    Raises:
        ValueError: If ``momentum`` is out of range.
        RuntimeError: If a part encodes before the first update.
    """

    updates: Tensor

    def __init__(self, source: nn.ModuleDict, momentum: float = 0.001) -> None:
        super().__init__()
        if not 0 < momentum <= 1:
            raise ValueError(f'momentum must be in (0, 1], got {momentum}')
        self.momentum = momentum
        for name, module in source.items():
            self.add_module(name, copy.deepcopy(module))
            getattr(self, name).register_forward_pre_hook(self._refuse)
        self.requires_grad_(False)
        self.register_buffer('updates', torch.zeros((), dtype=torch.long))
        self._num_updates = 0
        self._updated_here = False

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Tensor],
        prefix: str,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        fill_absent(self, state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        self._num_updates = int(self.updates)

    @torch.no_grad()
    def update(self, source: nn.Module) -> None:
        """Move towards ``source``; the first time, copy it.

        Args:
            source (nn.Module): The network that has the followed parts under
                the same names.
        """
        self._unshare(source)
        if self._num_updates == 0:
            self._copy(source)
        else:
            keys, queries = self._averaged(source)
            if keys:
                torch._foreach_lerp_(keys, queries, self.momentum)
        self._updated_here = True
        self._num_updates += 1
        self.updates.fill_(self._num_updates)

    def check_source(self, source: nn.Module) -> None:
        """Check that a network can be followed.

        Args:
            source (nn.Module): As in :meth:`update`.

        Raises:
            ValueError: It lacks a part, has it in another size, or is the
                key encoder itself.
        """
        for name, part in self.named_children():
            try:
                twin = source.get_submodule(name)
            except AttributeError:
                raise ValueError(
                    f'the key encoder follows {name}, which '
                    f'{type(source).__name__} has not; name the network that '
                    "has it: EMAEncoderHook.source=''"
                ) from None
            if twin is part or _shapes(twin) != _shapes(part):
                raise ValueError(
                    f'the key encoder cannot follow {name} of '
                    f'{type(source).__name__}: it is '
                    + ('itself' if twin is part else 'of another size')
                    + "; name the network: EMAEncoderHook.source=''"
                )

    def reset(self) -> None:
        """Let the next :meth:`update` copy the source again."""
        self._num_updates = 0
        self._updated_here = False
        self.updates.zero_()

    @torch.no_grad()
    def distance(self, source: nn.Module) -> float:
        """Relative distance ``|k - q| / |q|`` over all trainable weights.

        Args:
            source (nn.Module): As in :meth:`update`.

        Returns:
            float: 0 for a fresh copy, and where nothing is trainable.
        """
        pairs = [(k, q) for k, q in self._pairs(source) if q.requires_grad]
        if not pairs:
            return 0.0
        keys, queries = map(list, zip(*pairs))
        gaps = torch._foreach_norm(torch._foreach_sub(keys, queries))
        norms = torch._foreach_norm(queries)
        return float(
            torch.stack(gaps).norm() / torch.stack(norms).norm().clamp(1e-12)
        )

    def _pairs(self, source: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
        for name, part in self.named_children():
            twin = source.get_submodule(name)
            yield from zip(part.parameters(), twin.parameters())

    def _averaged(
        self, source: nn.Module
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Parameters that do not share their memory with the source's."""
        pairs = [
            (k, q)
            for k, q in self._pairs(source)
            if k.data_ptr() != q.data_ptr()
        ]
        return [k for k, _ in pairs], [q for _, q in pairs]

    def _copy(self, source: nn.Module) -> None:
        for name, part in self.named_children():
            part.load_state_dict(source.get_submodule(name).state_dict())
        for key, query in self._pairs(source):
            if not query.requires_grad:
                key.data = query.data

    def _unshare(self, source: nn.Module) -> None:
        """Give memory of their own to parameters that were unfrozen."""
        for key, query in self._pairs(source):
            if query.requires_grad and key.data_ptr() == query.data_ptr():
                key.data = query.data.clone()

    def _refuse(self, module: nn.Module, args: Any) -> None:
        """Forward hook of the parts: no keys of weights that nobody updates.

        A loaded average may encode, but in training it has to follow: what
        was updated in another process need not be in this one.
        """
        loaded = self._num_updates > 0 and not self.training
        if not self._updated_here and not loaded:
            raise RuntimeError(
                'the key encoder was never updated, so that its keys would '
                'be those of a network that nobody trains. Add '
                "dict(type='mmdmr.EMAEncoderHook') to custom_hooks, or, in a "
                'training loop of your own, call key_encoder.update(model) '
                'before every iteration'
            )


def _shapes(module: nn.Module) -> list[torch.Size]:
    return [parameter.shape for parameter in module.parameters()]
