"""Predictions of an embedder on the test split of a data set."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError
from mmdmr.inference import Embedder
from mmdmr.media.images import read_image
from mmdmr.media.prefetch import prefetch
from mmdmr.structures import Detections, SearchTask

from .batches import batches


class Predicted(NamedTuple):
    """Predictions of an embedder on a test split.

    Args:
        detections (Detections): Persons of all images, in their order.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        gt_feats (np.ndarray | None): (M, D) embeddings of the ground-truth
            boxes, image by image; None if they were not asked for.
    """

    detections: Detections
    query_feats: np.ndarray
    gt_feats: np.ndarray | None


def predict(
    embedder: Embedder,
    task: SearchTask,
    paths: Sequence[Path],
    gt: bool = False,
    batch_size: int = 8,
    progress: Callable[[Iterable, int], Iterable] = lambda items, total: items,
) -> Predicted:
    """Detect, and embed detections and queries of a test split.

    Each image is read once. Images are read ahead, so that decoding goes on
    beside the networks.

    Args:
        embedder (Embedder): The embedder.
        task (SearchTask): Images and queries of the test split.
        paths (Sequence[Path]): Files of the images, in their order.
        gt (bool): True to embed the ground-truth boxes as well. Defaults to
            False.
        batch_size (int): Number of images that the embedder is given at a
            time. Defaults to 8.
        progress (Callable): Wrapper of the loop over images, given the images
            and their number. Defaults to showing nothing.

    Returns:
        Predicted: Detections and embeddings.

    Raises:
        InputError: An image cannot be read, or a box cannot be embedded. The
            message names the image.
    """
    dim = embedder.model.dim
    query_ids_of = _query_ids_by_image(task)
    query_feats = np.zeros((len(task.queries.img_ids), dim), np.float32)
    gt_feats: list[np.ndarray] = [np.empty((0, dim), np.float32)]
    found: list[Detections] = []
    read = _images(paths)
    for batch in batches(
        progress(read, len(paths)), batch_size, lambda item: item[1]
    ):
        boxes_of = []
        for img_id, _ in batch:
            boxes = [task.queries.boxes[query_ids_of[img_id]]]
            if gt:
                boxes.append(task.ground_truth.boxes[img_id])
            boxes_of.append(np.concatenate(boxes))
        detections, feats_of = embed_batch(
            embedder,
            [paths[img_id] for img_id, _ in batch],
            [image for _, image in batch],
            boxes_of,
        )
        found.append(detections)
        for (img_id, _), feats in zip(batch, feats_of):
            query_ids = query_ids_of[img_id]
            query_feats[query_ids] = feats[: len(query_ids)]
            gt_feats.append(feats[len(query_ids) :])
    return Predicted(
        Detections.concatenate(found),
        query_feats,
        np.concatenate(gt_feats) if gt else None,
    )


def embed_batch(
    embedder: Embedder,
    paths: Sequence[str | Path],
    images: Sequence[np.ndarray],
    boxes_of: Sequence[np.ndarray],
) -> tuple[Detections, list[np.ndarray]]:
    """Detect and embed the persons of a batch, and embed given boxes.

    Args:
        embedder (Embedder): The embedder.
        paths (Sequence[str | Path]): Names of the n images, for messages.
        images (Sequence[np.ndarray]): n (h, w, 3) uint8 images, BGR.
        boxes_of (Sequence[np.ndarray]): (k, 4) boxes of each image, in its
            pixels.

    Returns:
        tuple[Detections, list[np.ndarray]]: Persons of the n images, and the
        (k, D) embeddings of the boxes of each image.

    Raises:
        InputError: The embedder fails. The message names the image.
    """
    # A network that makes both in one pass is run once.
    in_one_pass = getattr(embedder, 'embed_with_boxes', None)
    parts, feats_of = [], []
    for path, image, boxes in zip(paths, images, boxes_of):
        with _named(path):
            if in_one_pass:
                detections, feats = in_one_pass(image, boxes)
                parts.append(detections)
            else:
                feats = embedder.embed_boxes(image, boxes)
        feats_of.append(feats)
    if not in_one_pass:
        names = [paths[0], *([paths[-1]] if len(paths) > 1 else [])]
        with _named(' to '.join(map(str, names))):
            parts.append(embedder.embed(images))
    return Detections.concatenate(parts), feats_of


def _query_ids_by_image(task: SearchTask) -> list[np.ndarray]:
    """Positions of the queries of each image."""
    img_ids = task.queries.img_ids
    order = np.argsort(img_ids, kind='stable')
    num = len(task.ground_truth.img_names)
    starts = np.searchsorted(img_ids[order], np.arange(1, num))
    return np.split(order, starts)


def _images(paths: Sequence[Path]) -> Iterator[tuple[int, np.ndarray]]:
    """Images with their positions; an image that cannot be read is fatal."""
    for img_id, item in enumerate(prefetch(paths, read_image)):
        if item.value is None:
            raise item.error or InputError(f'{item.item}: no image')
        yield img_id, item.value


@contextmanager
def _named(name: str | Path) -> Iterator[None]:
    """Put the name of an image before the message of an error."""
    try:
        yield
    except InputError as error:
        raise InputError(f'{name}: {error}') from error
