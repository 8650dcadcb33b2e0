"""Check that the identities of a training set suit the losses."""

import numpy as np
from mmengine.runner import Runner

from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.checks.data_sets import person_search_sets
from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.models.losses import UnlabelledContrastiveLoss
from mmdmr.models.memory import OIMTable


def check_identities(runner: Runner) -> None:
    """Check that persons are labelled, numbered apart, and fit the tables.

    A training set in which no person is labelled twice makes a warning. A set
    without labelled persons makes a warning if a loss learns from unlabelled
    persons.

    Args:
        runner (Runner): Runner with its training loop built.

    Raises:
        InputError: No person is labelled and no loss learns from unlabelled
            persons, two data sets give different persons the same number, or
            a table of identities has too few rows.
    """
    sets = list(person_search_sets(runner.train_dataloader.dataset))
    if not sets:
        return
    _check_apart(sets)
    modules = list(network_of(runner.model).modules())
    # Number of annotations of each person_id.
    counts = np.concatenate([dataset.person_counts for dataset in sets])
    names = ', '.join(str(dataset.annotation_source) for dataset in sets)
    if not counts.sum():
        message = (
            f'no person of the training set is labelled ({names}), so that '
            'no identity can be learnt: give annotations a person_id'
        )
        if not any(isinstance(m, UnlabelledContrastiveLoss) for m in modules):
            raise InputError(message)
        runner.logger.warning(message)
    elif counts.max() < 2:
        runner.logger.warning(
            f'no person of the training set is labelled twice ({names}): '
            'training has no two pictures of one person to learn from'
        )
    # The person_ids of a data set follow the person_ids of earlier sets.
    num_ids = max(d.person_id_offset + len(d.person_counts) for d in sets)
    for module in modules:
        if isinstance(module, OIMTable) and len(module.table) < num_ids:
            raise InputError(
                f'the training set has {num_ids} identities, but the table '
                f'{len(module.table)} rows: set model.memory.num_ids={num_ids}'
            )


def _check_apart(sets: list[PersonSearchDataset]) -> None:
    """Check that data sets share numbers only if they share annotations.

    Any wrapper but ``mmdmr.ConcatDataset`` leaves every offset at 0. For two
    data sets of four persons each::

        wrapper      mmdmr.ConcatDataset   any other
        person_ids   0-3 and 4-7           0-3 and 0-3: persons are mixed up

    Data sets without identities are skipped: they share no number.
    """
    spans = sorted(
        (d.person_id_offset, len(d.person_counts), str(d.annotation_source))
        for d in sets
        if len(d.person_counts)
    )
    # In the order of their first numbers, a set must end before the next one.
    for (start, num, source), (next_start, _, next_source) in zip(
        spans, spans[1:]
    ):
        if source != next_source and next_start < start + num:
            raise InputError(
                f'persons of {source} and of {next_source} would have the '
                'same numbers, so that different persons are trained as one: '
                "put the data sets into dict(type='mmdmr.ConcatDataset', "
                'datasets=[...]), not into another wrapper'
            )
