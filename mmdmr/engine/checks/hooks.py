"""Has every memory and every key encoder the hook that serves it?"""

from mmengine.runner import Runner
from torch import nn

from mmdmr.engine.module_hook import ModuleHook
from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.models.memory import KeyEncoder, Memory

#: Kind of module, the hook that serves it, and the argument with its path.
_SERVED = (
    (KeyEncoder, 'EMAEncoderHook', 'key_encoder'),
    (Memory, 'MemoryQueueHook', 'memory'),
)


def check_hooks(runner: Runner) -> None:
    """Check that memory and key encoder will be written, once an iteration.

    Args:
        runner (Runner): The runner.

    Raises:
        InputError: A module has no hook or two, a hook's path leads nowhere,
            or a key encoder would not follow what its hook names.
    """
    hooks = [h for h in runner.hooks if isinstance(h, ModuleHook)]
    targets = [(hook, hook.find(runner)) for hook in hooks]
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
                    f'custom_hooks has {len(found)} {hook_type} for {path}: '
                    'it would be served as often in an iteration; keep one'
                )
            elif isinstance(module, KeyEncoder):
                module.check_source(found[0].find_source(runner))
                _judge_momentum(runner, path, module.momentum)
    if lacking:
        raise InputError(_lost(runner.model, paths, lacking))


def _judge_momentum(runner: Runner, path: str, momentum: float) -> None:
    if momentum > 0.5:
        runner.logger.warning(
            f'{path}.momentum is {momentum:g}, the share of the network that '
            'an update takes into the average, which then hardly averages; '
            f'what other code calls a momentum of {momentum:g} is '
            f'{1 - momentum:g} here'
        )


def _entry(hook_type: str, argument: str, path: str) -> str:
    """Config of a hook."""
    more = '' if path == argument else f", {argument}='{path}'"
    return f"dict(type='mmdmr.{hook_type}'{more})"


def _lost(model: nn.Module, paths: list[str], lacking: list[str]) -> str:
    return (
        f'nothing would serve {" and ".join(paths)} of '
        f'{type(network_of(model)).__name__}, so that identification learns '
        f'nothing of use: add {", ".join(lacking)} to custom_hooks. A list in '
        "a child config, or in --cfg-options, takes the place of its base's"
    )
