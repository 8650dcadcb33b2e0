"""Check that hooks serve the memory and the key encoder."""

from mmengine.runner import Runner
from torch import nn

from mmdmr.engine.module_hook import ModuleHook
from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.models.memory import KeyEncoder, Memory

#: Class of a module, its hook, and the hook's argument for the module's path.
_SERVED = (
    (KeyEncoder, 'EMAEncoderHook', 'key_encoder'),
    (Memory, 'MemoryQueueHook', 'memory'),
)


def check_hooks(runner: Runner) -> None:
    """Check that exactly one hook serves each memory and each key encoder.

    A key encoder with a large momentum makes a warning.

    Args:
        runner (Runner): Runner with its model and hooks.

    Raises:
        InputError: A module has no hook or several, the path of a hook leads
            nowhere, or the network that a hook names cannot be averaged by
            the key encoder.
    """
    hooks = [h for h in runner.hooks if isinstance(h, ModuleHook)]
    targets = [(hook, hook.find(runner)) for hook in hooks]
    # Modules without a hook are collected, to list all in one message.
    lacking, paths = [], []
    for path, module in network_of(runner.model).named_modules():
        for kind, hook_type, argument in _SERVED:
            if not isinstance(module, kind):
                continue
            found = [
                hook
                for hook, target in targets
                if target is module and hook.argument == argument
            ]
            if not found:
                paths.append(path)
                lacking.append(_entry(hook_type, argument, path))
            elif len(found) > 1:
                raise InputError(
                    f'custom_hooks has {len(found)} {hook_type} for {path}, '
                    'and each would write it in every iteration: keep a '
                    'single hook'
                )
            elif isinstance(module, KeyEncoder):
                module.check_source(found[0].find_source(runner))
                _check_momentum(runner, path, module.momentum)
    if lacking:
        raise InputError(_lost(runner.model, paths, lacking))


def _check_momentum(runner: Runner, path: str, momentum: float) -> None:
    """Warn of a momentum that is meant as the share of the old average."""
    if momentum > 0.5:
        runner.logger.warning(
            f'{path}.momentum is {momentum:g}. This momentum is the share '
            'that an update takes from the network, so that the average '
            'follows the network almost at once. A momentum that other code '
            f'gives as {momentum:g} is {1 - momentum:g} here'
        )


def _entry(hook_type: str, argument: str, path: str) -> str:
    """Entry of ``custom_hooks`` that would serve a module."""
    # The path of the usual place is the default of the argument.
    more = '' if path == argument else f", {argument}='{path}'"
    return f"dict(type='mmdmr.{hook_type}'{more})"


def _lost(model: nn.Module, paths: list[str], lacking: list[str]) -> str:
    """Message about modules without a hook."""
    return (
        f'no hook serves {" and ".join(paths)} of '
        f'{type(network_of(model)).__name__}, so that identification learns '
        f'nothing of use: add {", ".join(lacking)} to custom_hooks. A list in '
        'a child config, or in --cfg-options, replaces the list of its base'
    )
