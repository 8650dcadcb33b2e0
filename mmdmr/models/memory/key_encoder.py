"""The key encoder: a slow-moving average of the network."""

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from mmdmr.errors import InputError
from mmdmr.models.memory.loading import fill_absent
from mmdmr.registry import MODELS

#: Precisions of the key pass by name.
_HALF = dict(bfloat16=torch.bfloat16, float16=torch.float16)


@MODELS.register_module()
class KeyEncoder(nn.Module):
    r"""Exponential moving average of parts of a network.

    DMRNet (AAAI 2021, Sec. 3.3) fills its memory with embeddings of this
    encoder, after MoCo (CVPR 2020):

    .. math:: k \leftarrow (1 - \mu)\, k + \mu\, q

    over all parameters, before every iteration. The first update makes
    :math:`k = q`. No gradient flows into the copies. A parameter that is
    frozen in the source shares its storage with the source. Once an update
    finds this parameter trainable, the parameter is averaged, too.

    Before the first update the copies hold the weights of a network that was
    not initialised or loaded yet. Keys from such weights would fill the memory
    with noise, so the parts refuse to encode. In training they also refuse
    before the first update of a resumed run. A loaded average encodes in
    evaluation mode.

    Buffers are not averaged: every copy runs in the source's mode on the same
    images. A BatchNorm that learns keeps running statistics of the averaged
    weights; a BatchNorm that is frozen does not drift.

    The children have the names of their sources, such as ``backbone``,
    ``neck`` and ``reid_head`` of a detector. A checkpoint therefore holds
    ``key_encoder.backbone.*`` and so on.

    Args:
        source (nn.ModuleDict): Parts to follow, by their names in the network
            that :meth:`update` will be given.
        momentum (float): Share :math:`\mu` of the network in an update, in
            (0, 1], as in MMEngine. The paper's "0.999" is 0.001. After n
            updates :math:`(1 - \mu)^n` of the first weights are left: 61 %
            after 500 updates with 0.001. Runs of fewer than 5000 iterations
            should take 0.01. Defaults to 0.001.
        precision (str | None): ``'bfloat16'`` or ``'float16'``: the key pass
            computes convolutions and linear layers in this precision; the
            average itself and the keys stay in float32. Defaults to None: the
            precision of the training.

    Raises:
        InputError: An argument is out of range.
        RuntimeError: A part encodes before the first update.

    Example:
        One weight, which training moves from 1 to 2 to 3. The first update
        copies; the next ones go a tenth of the way, 1 + 0.1 (2 - 1) = 1.1 and
        1.1 + 0.1 (3 - 1.1) = 1.29:

        >>> from torch import nn
        >>> net = nn.ModuleDict(dict(part=nn.Linear(1, 1, bias=False)))
        >>> encoder = KeyEncoder(net, momentum=0.1)
        >>> for weight in (1.0, 2.0, 3.0):
        ...     _ = nn.init.constant_(net.part.weight, weight)
        ...     encoder.update(net)
        ...     print(f'{encoder.part.weight.item():.2f}')
        1.00
        1.10
        1.29
        >>> print(f'{encoder.distance(net):.2f}')  # (3 - 1.29) / 3
        0.57
    """

    updates: Tensor

    def __init__(
        self,
        source: nn.ModuleDict,
        momentum: float = 0.001,
        precision: str | None = None,
    ) -> None:
        super().__init__()
        if not 0 < momentum <= 1:
            raise InputError(f'momentum must be in (0, 1], got {momentum}')
        if precision not in (None, *_HALF):
            raise InputError(
                f'precision must be None or one of {", ".join(_HALF)}, got '
                f'{precision!r}'
            )
        self.momentum = momentum
        self.precision = precision
        # Copies of the network as it is built; the first update copies the
        # weights again, after initialisation and loading.
        for name, module in source.items():
            self.add_module(name, copy.deepcopy(module))
            getattr(self, name).register_forward_pre_hook(self._refuse)
        self.requires_grad_(False)
        self.register_buffer('updates', torch.zeros((), dtype=torch.long))
        # The same number in Python, so that no update waits for the GPU.
        self._num_updates = 0
        # True once this process updated, False after loading alone.
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
        """Move towards ``source``; the first time, copy ``source``.

        Args:
            source (nn.Module): Network that has the followed parts under the
                same names.
        """
        if self._num_updates == 0:
            self._copy(source)
        if not self._updated_here:
            self._share(source)
        keys, queries = self._averaged(source)
        if keys and self._num_updates > 0:
            # DMRNet, Sec. 3.3: k <- k + mu (q - k), for all k in one call.
            torch._foreach_lerp_(keys, queries, self.momentum)
        self._updated_here = True
        self._num_updates += 1
        self.updates.fill_(self._num_updates)

    def autocast(self, device: str) -> AbstractContextManager[object]:
        """Context of the key pass, in which ``precision`` applies.

        Args:
            device (str): Type of the device, such as ``cuda``.

        Returns:
            AbstractContextManager: Autocast to the precision, or a context
            that changes nothing.
        """
        if self.precision is None:
            return nullcontext()
        return torch.autocast(device, dtype=_HALF[self.precision])

    def arrange(self, maps: Tensor) -> Tensor:
        """Arrange images or maps in memory as the key pass is fastest.

        In half precision processors and GPUs compute convolutions several
        times faster with the channels last.

        Args:
            maps (Tensor): Images or maps, (N, C, H, W).

        Returns:
            Tensor: The same numbers; with ``precision`` set, channels last.
        """
        if self.precision is None:
            return maps
        return maps.contiguous(memory_format=torch.channels_last)

    def check_source(self, source: nn.Module) -> None:
        """Check that a network can be followed.

        Args:
            source (nn.Module): Network as in :meth:`update`.

        Raises:
            InputError: The network lacks a part, has a part of another size,
                or is the key encoder itself.
        """
        for name, part in self.named_children():
            try:
                twin = source.get_submodule(name)
            except AttributeError:
                raise InputError(
                    f'the key encoder follows {name}, which '
                    f'{type(source).__name__} has not; name the network with '
                    "this part: EMAEncoderHook.source=''"
                ) from None
            if twin is part or _shapes(twin) != _shapes(part):
                raise InputError(
                    f'the key encoder cannot follow {name} of '
                    f'{type(source).__name__}: this part is '
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
            source (nn.Module): Network as in :meth:`update`.

        Returns:
            float: Distance >= 0; 0 for a fresh copy and for a network without
            trainable weights.
        """
        pairs = [(k, q) for k, q in self._pairs(source) if q.requires_grad]
        if not pairs:
            return 0.0
        keys, queries = map(list, zip(*pairs))
        # The norm of all weights is the norm of the norms of the parameters.
        gaps = torch._foreach_norm(torch._foreach_sub(keys, queries))
        norms = torch._foreach_norm(queries)
        return float(
            torch.stack(gaps).norm() / torch.stack(norms).norm().clamp(1e-12)
        )

    def _pairs(self, source: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
        """Each parameter k of the average with its parameter q."""
        for name, part in self.named_children():
            twin = source.get_submodule(name)
            yield from zip(part.parameters(), twin.parameters())

    def _averaged(
        self, source: nn.Module
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Parameters k with storage of their own, and their parameters q."""
        keys, queries = [], []
        for key, query in self._pairs(source):
            if key.data_ptr() == query.data_ptr():
                if not query.requires_grad:
                    continue
                # Unfrozen since the last update.
                key.data = query.data.clone()
            keys.append(key)
            queries.append(query)
        return keys, queries

    def _copy(self, source: nn.Module) -> None:
        """Make k = q, buffers included."""
        for name, part in self.named_children():
            part.load_state_dict(source.get_submodule(name).state_dict())

    def _share(self, source: nn.Module) -> None:
        """Let frozen parameters that equal their source share its storage."""
        for key, query in self._pairs(source):
            if not query.requires_grad and torch.equal(key, query):
                key.data = query.data

    def _refuse(self, module: nn.Module, args: Any) -> None:
        """Forward hook of the parts: refuse keys of weights never updated.

        A loaded average may encode in evaluation mode. In training the average
        must be updated in this process: updates before do not count.
        """
        loaded = self._num_updates > 0 and not self.training
        if not self._updated_here and not loaded:
            raise RuntimeError(
                'the key encoder was never updated: its keys would come from '
                'an untrained network. Add '
                "dict(type='mmdmr.EMAEncoderHook') to custom_hooks, or, in a "
                'training loop of your own, call key_encoder.update(model) '
                'before every iteration'
            )


def _shapes(module: nn.Module) -> list[torch.Size]:
    return [parameter.shape for parameter in module.parameters()]
