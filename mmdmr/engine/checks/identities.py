"""Do the identities of a training mean what the losses take them for?"""

import numpy as np
from mmengine.runner import Runner

from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.checks.data_sets import person_search_sets
from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.models.losses import UnlabelledContrastiveLoss
from mmdmr.models.memory import OIMTable


def check_identities(runner: Runner) -> None:
    """Check that persons are labelled, told apart, and have their places.

    Says by a warning if nobody is seen twice.

    Args:
        runner (Runner): With its training loop built.

    Raises:
        InputError: Nobody is labelled and no loss learns from that, two data
            sets number different persons alike, or a table of identities is
            too short.
    """
    sets = list(person_search_sets(runner.train_dataloader.dataset))
    if not sets:
        return
    _check_apart(sets)
    modules = list(network_of(runner.model).modules())
    counts = np.concatenate([dataset.person_counts for dataset in sets])
    names = ', '.join(str(dataset.annotation_source) for dataset in sets)
    if not counts.sum():
        said = (
            f'no person of the training set is labelled ({names}): there is '
            'no identity to learn; give annotations a person_id'
        )
        if not any(isinstance(m, UnlabelledContrastiveLoss) for m in modules):
            raise InputError(said)
        runner.logger.warning(said)
    elif counts.max() < 2:
        runner.logger.warning(
            f'no person of the training set is labelled twice ({names}): what '
            'two pictures of a person have in common cannot be learnt'
        )
    num_ids = max(d.person_id_offset + len(d.person_counts) for d in sets)
    for module in modules:
        if isinstance(module, OIMTable) and len(module.table) < num_ids:
            raise InputError(
                f'the training set has {num_ids} identities, but the table '
                f'{len(module.table)} rows: set model.memory.num_ids={num_ids}'
            )


def _check_apart(sets: list[PersonSearchDataset]) -> None:
    """Two sets may share numbers only where they share the persons."""
    spans = sorted(
        (d.person_id_offset, len(d.person_counts), str(d.annotation_source))
        for d in sets
    )
    for (start, num, source), (other, other_num, other_source) in zip(
        spans, spans[1:]
    ):
        if (
            source != other_source
            and num
            and other_num
            and other < start + num
        ):
            raise InputError(
                f'persons of {source} and of {other_source} would have the '
                'same numbers, strangers taken for one: put the data sets '
                "into dict(type='mmdmr.ConcatDataset', datasets=[...]), not "
                'into another wrapper'
            )
