"""Says if a resumed run does not follow the schedule of its config."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

#: What a config says of a schedule, under the names of MMEngine's schedulers.
_CHOSEN = frozenset(
    [
        *('begin', 'end', 'total_iters', 'total_steps', 'step_size'),
        *('T_max', 'eta_min', 'eta_max', 'milestones', 'gamma', 'power'),
        *('factor', 'start_factor', 'end_factor', 'periods'),
    ]
)


class ResumedScheduleHook(Hook):
    """Warns where a checkpoint brings another schedule than the config's.

    MMEngine restores a scheduler with its milestones and its end as they were
    when the checkpoint was written, whatever the config says now.
    """

    def before_run(self, runner: Runner) -> None:
        """Note the schedule of the config, before anything is restored.

        Args:
            runner (Runner): With its schedulers built.
        """
        self._configured = _settings(runner)

    def before_train(self, runner: Runner) -> None:
        """Compare it with what is followed.

        Args:
            runner (Runner): Perhaps resumed.
        """
        restored = _settings(runner)
        changed = [
            f'{key} {now[key]!r} (config: {said[key]!r})'
            for now, said in zip(restored, self._configured)
            for key in now
            if key in said and now[key] != said[key]
        ]
        if changed:
            runner.logger.warning(
                'the learning rate follows the schedule with which the '
                f'checkpoint was trained: {", ".join(changed)}. For the '
                "config's schedule start from the weights alone: load_from, "
                'without --resume'
            )


def _settings(runner: Runner) -> list[dict[str, Any]]:
    """What was chosen of each scheduler: no steps done, no rates reached."""
    schedulers = runner.param_schedulers or []
    if isinstance(schedulers, dict):
        schedulers = [one for part in schedulers.values() for one in part]
    return [
        {
            name: value
            for name, value in scheduler.state_dict().items()
            if name in _CHOSEN
        }
        for scheduler in schedulers
    ]
