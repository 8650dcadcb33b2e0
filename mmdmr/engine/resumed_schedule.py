"""Warn of a resumed run that does not follow the schedule of its config."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

#: Attributes of MMEngine's schedulers that a config sets.
_SETTINGS = frozenset(
    [
        *('begin', 'end', 'total_iters', 'total_steps', 'step_size'),
        *('T_max', 'eta_min', 'eta_max', 'milestones', 'gamma', 'power'),
        *('factor', 'start_factor', 'end_factor', 'periods'),
    ]
)


class ResumedScheduleHook(Hook):
    """Warn if a checkpoint brings another schedule than the config's.

    MMEngine saves a scheduler with its milestones and its end. A run that is
    resumed follows the saved schedule, whatever its config says now: with
    ``T_max=2`` in the checkpoint and ``T_max=4`` in the config, the cosine
    ends after two epochs.
    """

    def before_run(self, runner: Runner) -> None:
        """Note the schedule of the config, before a checkpoint is loaded.

        Args:
            runner (Runner): Runner with its schedulers built.
        """
        self._configured = _settings(runner)

    def before_train(self, runner: Runner) -> None:
        """Compare the schedule of the config with the schedule in use.

        Args:
            runner (Runner): Runner, resumed if it is to be.
        """
        restored = _settings(runner)
        changed = [
            f'{key} {now[key]!r} (config: {wanted[key]!r})'
            for now, wanted in zip(restored, self._configured)
            for key in now
            if key in wanted and now[key] != wanted[key]
        ]
        if changed:
            runner.logger.warning(
                'the learning rate follows the schedule with which the '
                f'checkpoint was trained: {", ".join(changed)}. To follow the '
                "config's schedule, start from the weights alone: load_from, "
                'without --resume'
            )


def _settings(runner: Runner) -> list[dict[str, Any]]:
    """Settings of each scheduler, without its progress."""
    schedulers = runner.param_schedulers or []
    # With several optimizers, schedulers are listed by optimizer.
    if isinstance(schedulers, dict):
        schedulers = [s for part in schedulers.values() for s in part]
    return [
        {
            name: value
            for name, value in scheduler.state_dict().items()
            if name in _SETTINGS
        }
        for scheduler in schedulers
    ]
