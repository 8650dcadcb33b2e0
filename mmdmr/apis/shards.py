"""Shards of an indexing, and the worker that embeds them.

A shard is some photographs, or one video. Ray moves the objects of this
module between machines. The module itself does without Ray.
"""

import os
import socket
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmdmr.errors import InputError
from mmdmr.media.files import VIDEO, MediaFile
from mmdmr.stack import StackError
from mmdmr.structures import ModelInfo

from .embedded import BadFile, EmbeddedBatch
from .embedding import EmbedOptions, embed_files
from .models import load_embedder


@dataclass(frozen=True)
class Shard:
    """Files that one worker embeds together.

    Args:
        number (int): Place in the order of the shards.
        files (tuple[MediaFile, ...]): Photographs, or one video.
    """

    number: int
    files: tuple[MediaFile, ...]


@dataclass(frozen=True, eq=False)
class ShardResult:
    """What a worker sends of a shard: its batches, and then its end.

    Args:
        number (int): Number of the shard.
        worker (str): Host and process.
        batch (EmbeddedBatch | None): A batch. Defaults to None: the shard has
            ended.
        failure (str): Why the worker cannot go on. Defaults to ''.
        is_bug (bool): True if the failure is no error of the user's files.
            Defaults to False.
    """

    number: int
    worker: str
    batch: EmbeddedBatch | None = None
    failure: str = ''
    is_bug: bool = False


def make_shards(files: Sequence[MediaFile], size: int) -> list[Shard]:
    """Group files to shards.

    Args:
        files (Sequence[MediaFile]): Photographs, then videos.
        size (int): Photographs of a shard.

    Returns:
        list[Shard]: Shards in the order of the files. A video is a shard of
        its own, as its sightings need the order of its frames.

    Example:
        >>> from pathlib import Path
        >>> files = [MediaFile(Path(f'/{i}'), str(i), 'image')
        ...          for i in range(5)]
        >>> [len(shard.files) for shard in make_shards(files, 2)]
        [2, 2, 1]
    """
    photographs = [file for file in files if file.kind != VIDEO]
    groups = [
        tuple(photographs[start : start + size])
        for start in range(0, len(photographs), size)
    ]
    groups += [(file,) for file in files if file.kind == VIDEO]
    return [Shard(number, group) for number, group in enumerate(groups)]


class ShardEmbedder:
    """A worker: holds the model, and embeds the shards that Ray Data gives.

    An error is sent as a result. Ray would take the shard for lost, or lose
    the type of the error on its way.

    Args:
        recipe (dict): Arguments of :func:`~.models.load_embedder`.
        model (ModelInfo): Model of the gallery.
        options (EmbedOptions): Options.
    """

    def __init__(
        self, recipe: dict[str, Any], model: ModelInfo, options: EmbedOptions
    ) -> None:
        self.host = socket.gethostname()
        self.worker = f'{self.host} {os.getpid()}'
        self.options = options
        self.failure = ''
        try:
            self.embedder = load_embedder(**recipe)
        except (InputError, OSError, StackError) as error:
            self.failure = f'{self.host}: {error}'
            return
        found = self.embedder.model
        if (found.fingerprint, found.dim) != (model.fingerprint, model.dim):
            self.failure = (
                f'{self.host}: {recipe["config"]} gives another model there '
                f'({found.fingerprint[:12]}) than here '
                f'({model.fingerprint[:12]}); copy the files of the model to '
                'all machines'
            )

    def __call__(
        self, rows: dict[str, np.ndarray]
    ) -> Iterator[dict[str, np.ndarray]]:
        """Embed shards.

        Args:
            rows (dict[str, np.ndarray]): Shards in the column ``shard``.

        Yields:
            dict[str, np.ndarray]: Results, one in the column ``result``.
        """
        for shard in rows['shard']:
            for result in self._results(shard):
                # An array of one object, not of the object's elements.
                column = np.empty(1, object)
                column[0] = result
                yield {'result': column}

    def _results(self, shard: Shard) -> Iterator[ShardResult]:
        end = ShardResult(shard.number, self.worker, failure=self.failure)
        if not self.failure:
            try:
                for batch in embed_files(
                    self.embedder, self.options, shard.files
                ):
                    yield replace(end, batch=self._explained(batch, shard))
            except Exception:
                end = replace(end, failure=traceback.format_exc(), is_bug=True)
        yield end

    def _explained(self, batch: EmbeddedBatch, shard: Shard) -> EmbeddedBatch:
        """Say of files that are not on this machine what that means."""
        missing = {
            file.name for file in shard.files if not os.path.exists(file.path)
        }
        if not missing.intersection(bad.name for bad in batch.bad):
            return batch
        reason = (
            f'no such file on {self.host}; pictures must be there under the '
            'same path on all machines'
        )
        return replace(
            batch,
            bad=tuple(
                BadFile(bad.name, reason) if bad.name in missing else bad
                for bad in batch.bad
            ),
        )
