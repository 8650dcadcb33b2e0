"""Cutting one COCO-style file into a training and a test file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth

from .coco import CocoReader
from .coco_json import load_json
from .fields import identifier, raw_identity
from .query_rules import choose_queries
from .splitting import choose_test_images

#: With fewer queries a split is described as a coarse measure.
FEW_QUERIES = 50


@dataclass(frozen=True)
class CocoSplit:
    """Training and test file, checked and not yet written.

    Args:
        contents (tuple[dict, dict]): Content of the training and of the test
            file.
        truths (tuple[GroundTruth, GroundTruth]): Annotations of both.
        how (str): Way of the choice, as a message for the user.
        share (float): Share of the images in the test file, in [0, 1].
        num_queries (int): Queries of the test file, listed or chosen by rule.
        notes (list[str]): Oddities of the file, and queries that are lost.
    """

    contents: tuple[dict, dict]
    truths: tuple[GroundTruth, GroundTruth]
    how: str
    share: float
    num_queries: int
    notes: list[str]

    def summary(self, targets: Sequence[Path], test_share: float) -> list[str]:
        """Describe the split for the user.

        Args:
            targets (Sequence[Path]): Training and test file.
            test_share (float): Share of the images that was asked for.

        Returns:
            list[str]: Lines: notes, way of the choice, counts of both files.
        """
        lines = [
            *(f'note: {note}' for note in self.notes),
            f'{self.how}\n{100 * self.share:.0f} % of the images are for the '
            f'test, {100 * test_share:.0f} % were asked for',
        ]
        for target, truth in zip(targets, self.truths):
            ids = np.concatenate([[], *truth.person_ids])
            lines.append(
                f'{target}: {len(truth.img_names)} images, {len(ids)} boxes, '
                f'{(ids >= 0).sum()} of them labelled, '
                f'{len(truth.person_id_names)} identities'
            )
        lines.append(f'{self.num_queries} queries in {targets[1]}')
        if self.num_queries < FEW_QUERIES:
            lines.append(
                f'Fewer than {FEW_QUERIES} queries make a coarse measure: a '
                f'query is worth {100 / max(self.num_queries, 1):.0f} % of '
                'the scores. Label more persons in two images or more, or '
                'give a larger --test-share.'
            )
        return lines


def split_coco(
    path: Path,
    targets: Sequence[Path],
    by: str = 'auto',
    test_share: float = 0.3,
    seed: int = 0,
) -> CocoSplit:
    """Cut a file in two, without writing the parts.

    Args:
        path (Path): The file.
        targets (Sequence[Path]): Training and test file, for messages.
        by (str): ``people``, ``order`` or ``auto``, see
            :func:`~.splitting.choose_test_images`. Defaults to 'auto'.
        test_share (float): Share of the images for the test, in (0, 1).
            Defaults to 0.3.
        seed (int): Seed of the draw by people. Defaults to 0.

    Returns:
        CocoSplit: Both parts.

    Raises:
        FileNotFoundError: The file does not exist.
        InputError: The file is broken, cannot be split in this way, or a part
            is of no use for training or test.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'{path} is {"a folder" if path.is_dir() else "no file"}; '
            'name the JSON file to split'
        )
    content = load_json(path)
    # Read as a test file, so that the queries are checked, too.
    reader = CocoReader(path.parent, True, path.absolute(), content=content)
    truth = reader.ground_truth()
    is_test, how = choose_test_images(truth, by, test_share, seed)
    in_training = {
        truth.person_id_names[person]
        for ids, for_test in zip(truth.person_ids, is_test)
        if not for_test
        for person in ids[ids >= 0]
    }
    contents = cut(content, is_test, in_training)
    truths = (
        check_part(targets[0], contents[0], test=False),
        check_part(targets[1], contents[1], test=True),
    )
    listed, kept = (
        len(c.get('queries') or ()) for c in (content, contents[1])
    )
    notes = reader.notes
    if kept < listed:
        notes.append(
            f'{listed - kept} of {listed} listed queries are left out: '
            'their image or their person is in the training file'
            + ('' if kept else '; queries are chosen by rule instead')
        )
    return CocoSplit(
        contents=contents,
        truths=truths,
        how=how,
        share=float(is_test.mean()),
        num_queries=kept or len(choose_queries(truths[1]).img_ids),
        notes=notes,
    )


def cut(
    content: dict[str, Any], is_test: np.ndarray, seen_in_training: set[str]
) -> tuple[dict, dict]:
    """Make the contents of the two files.

    Args:
        content (dict): Content of the whole file, which
            :func:`~mmdmr.readers.coco_file.read_coco` accepts.
        is_test (np.ndarray): (n,) bool, True for test images.
        seen_in_training (set[str]): Identities of the training file, which
            become unlabelled in the test file.

    Returns:
        tuple[dict, dict]: Training and test file. Queries go to the test file
        if the test file has their image, with their person labelled.
    """
    train, test = (_images_of(content, mask) for mask in (~is_test, is_test))
    test['annotations'] = [
        _unlabelled(ann) if str(raw_identity(ann)) in seen_in_training else ann
        for ann in test['annotations']
    ]
    queries = train.pop('queries', None)
    if queries:
        labelled = {
            identifier(ann, 'id', '')
            for ann in test['annotations']
            if 'id' in ann and raw_identity(ann) is not None
        }
        ids = {identifier(image, 'id', '') for image in test['images']}
        test['queries'] = [
            query
            for query in queries
            if (
                identifier(query, 'annotation_id', '') in labelled
                if 'annotation_id' in query
                else identifier(query, 'image_id', '') in ids
                and str(raw_identity(query)) not in seen_in_training
            )
        ]
    return train, test


def check_part(
    target: Path, content: dict[str, Any], test: bool
) -> GroundTruth:
    """Check a part before it is written.

    Args:
        target (Path): File of the part, for messages.
        content (dict): Content of the part.
        test (bool): True for the test file.

    Returns:
        GroundTruth: Annotations of the part.

    Raises:
        InputError: The part is broken, or of no use for training or test.
    """
    if not content['images']:
        raise InputError(
            f'{target} would have no image; give another --test-share, or --by'
        )
    reader = CocoReader(
        target.parent, test, target.absolute(), content=content
    )
    truth = reader.ground_truth()
    if not any((ids >= 0).any() for ids in truth.person_ids):
        raise InputError(
            f'{target} would have no labelled person: there is nothing to '
            + ('search for' if test else 'learn')
            + '; label more persons with person_id, or give another '
            '--test-share, --seed or --by'
        )
    if test:
        reader.search_task(truth, reader.available_protocols(truth)[:1])
    return truth


def _images_of(content: dict[str, Any], mask: np.ndarray) -> dict[str, Any]:
    """Content of the file with the chosen images and their annotations."""
    images = [image for image, flag in zip(content['images'], mask) if flag]
    ids = {identifier(image, 'id', '') for image in images}
    annotations = [
        ann
        for ann in content['annotations']
        if identifier(ann, 'image_id', '') in ids
    ]
    return dict(content, images=images, annotations=annotations)


def _unlabelled(annotation: dict) -> dict:
    """The annotation without its identity."""
    return {
        **{k: v for k, v in annotation.items() if k != 'pid'},
        'person_id': -1,
    }
