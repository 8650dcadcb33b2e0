"""Embedding files with workers on many machines, by Ray Data.

Workers hold the model and embed shards. Their batches come back without
pixels, in the order of the files, to the one process that writes the gallery.
So the gallery is the one record of what is done: there are no files of shards
that could be left half written.
"""

import copy
import logging
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmdmr.errors import InputError
from mmdmr.media.files import MediaFile
from mmdmr.structures import ModelInfo

from .embedded import BadFile, EmbeddedBatch
from .embedding import EmbedOptions
from .ray_cluster import Cluster, connected, cores, import_ray
from .shards import Shard, ShardEmbedder, ShardResult, make_shards

#: Shards of a task of Ray are more than one only if there are more shards
#: than this: Ray keeps a record of each task.
_MAX_TASKS = 4096
#: Times that a task is tried again after its worker died.
_RETRIES = 2
#: Bytes of results that a worker gathers before it sends them.
_BLOCK = 1 << 20
#: Execution providers of ONNX Runtime that need a GPU.
_ON_GPU = ('CUDAExecutionProvider', 'TensorrtExecutionProvider')


class RayEmbedder:
    """Embeds files with the workers of a cluster, as an ``EmbedFiles``.

    Args:
        recipe (dict): Arguments of :func:`~.models.load_embedder`.
        model (ModelInfo): Model of the gallery.
        options (EmbedOptions): Options.
        num_workers (int): Number of workers.
    """

    def __init__(
        self,
        recipe: dict[str, Any],
        model: ModelInfo,
        options: EmbedOptions,
        num_workers: int,
    ) -> None:
        self._arguments = (recipe, model, options)
        self._options = options
        self._num_workers = num_workers
        self._resources = {
            'num_cpus': recipe['threads'],
            'num_gpus': int(_needs_gpu(recipe)),
        }
        self._has_lost = False

    @property
    def notes(self) -> list[str]:
        """list[str]: That workers died, if any did."""
        if not self._has_lost:
            return []
        return [
            'Ray workers died and were replaced; what they had begun was '
            'embedded again'
        ]

    def __call__(self, files: Sequence[MediaFile]) -> Iterator[EmbeddedBatch]:
        """Embed photographs and videos.

        A shard whose worker dies each time, perhaps since a picture takes
        more memory than there is, is tried again alone, and then file by
        file. So only the file is reported that does the harm.

        Args:
            files (Sequence[MediaFile]): Photographs, then videos.

        Yields:
            EmbeddedBatch: Batches in the order of the files. What is tried
            again comes last.

        Raises:
            InputError: A worker cannot load the model, or loads another one,
                or the cluster is gone.
        """
        shards = make_shards(files, self._options.batch_size)
        lost = yield from self._embed(shards)
        if not lost:
            return
        # A video that is begun anew is told from its first part.
        yield EmbeddedBatch()
        # A worker with one shard at a time takes no other one with it.
        lost = yield from self._embed(lost, in_flight=1)
        singles = [file for shard in lost for file in shard.files]
        lost = yield from self._embed(make_shards(singles, 1), in_flight=1)
        reason = (
            'its worker died each time, perhaps for lack of memory; the file '
            'is tried again the next time'
        )
        for shard in lost:
            yield EmbeddedBatch(bad=(BadFile(shard.files[0].name, reason),))

    def _embed(
        self, shards: list[Shard], in_flight: int = 2
    ) -> Generator[EmbeddedBatch, None, list[Shard]]:
        """Batches of shards; returns those whose worker died each time."""
        if not shards:
            return []
        ray = import_ray()
        pending = {shard.number: shard for shard in shards}
        workers: set[str] = set()
        try:
            for row in self._rows(ray, shards, in_flight):
                result: ShardResult = row['result']
                workers.add(result.worker)
                if result.is_bug:
                    raise RuntimeError(
                        f'worker {result.worker}: {result.failure}'
                    )
                if result.failure:
                    raise InputError(result.failure)
                if result.batch is None:
                    del pending[result.number]
                else:
                    yield result.batch
        except ray.exceptions.RayError as error:
            # The last line names the error, the others where it was raised.
            raise InputError(
                f'the Ray workers cannot go on: {str(error).splitlines()[-1]}'
                '. All machines need the same versions of mmdmr, Ray and '
                'Python. What was stored stays; run the command again to go on'
            ) from error
        self._has_lost |= len(workers) > self._num_workers or bool(pending)
        return list(pending.values())

    def _rows(
        self, ray: Any, shards: list[Shard], in_flight: int
    ) -> Iterator[dict[str, Any]]:
        data, resources = ray.data, self._resources
        with warnings.catch_warnings():
            # Ray 2.60 names no other way to set the retries.
            warnings.simplefilter('ignore', DeprecationWarning)
            with data.DataContext.current(_context(data)):
                results = data.from_items(
                    [{'shard': shard} for shard in shards],
                    override_num_blocks=min(len(shards), _MAX_TASKS),
                ).map_batches(
                    ShardEmbedder,
                    fn_constructor_args=self._arguments,
                    batch_size=1,
                    batch_format='numpy',
                    compute=data.ActorPoolStrategy(
                        size=min(self._num_workers, len(shards)),
                        max_tasks_in_flight_per_actor=in_flight,
                    ),
                    # Dead workers are replaced without limit (Ray Data's
                    # default), but a task is not tried for ever.
                    ray_remote_args_fn=lambda: dict(
                        resources, max_task_retries=_RETRIES
                    ),
                    **resources,
                )
        # The data set keeps its settings; the user's are back.
        return iter(results.iter_rows())


@contextmanager
def ray_embedder(
    cluster: Cluster,
    recipe: dict[str, Any],
    model: ModelInfo,
    options: EmbedOptions,
) -> Iterator[RayEmbedder]:
    """Connect to a cluster, to embed files there.

    Args:
        cluster (Cluster): The cluster, and the number of workers.
        recipe (dict): Arguments of :func:`~.models.load_embedder`, with
            absolute paths. Without ``threads`` a worker takes one core, and
            of ``local`` all that the workers leave.
        model (ModelInfo): Model that the workers have to load.
        options (EmbedOptions): Options.

    Yields:
        RayEmbedder: The embedder.

    Raises:
        InputError: Ray is not installed, or the cluster does not answer or
            has too few cores.
    """
    threads = recipe.get('threads')
    if threads is None and cluster.address == 'local' and cluster.workers:
        threads = max(1, cores() // cluster.workers)
    recipe = {**recipe, 'threads': threads or 1}
    with connected(cluster, recipe['threads']) as num_workers:
        yield RayEmbedder(recipe, model, options, num_workers)


def _context(data: Any) -> Any:
    """Settings of Ray Data for one run, without changing the user's."""
    context = copy.deepcopy(data.DataContext.get_current())
    context.execution_options.preserve_order = True
    # Only lost workers: errors come as results, see ShardEmbedder.
    context.max_errored_blocks = -1
    context.target_max_block_size = _BLOCK
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger('ray.data').setLevel(logging.CRITICAL)
    return context


def _needs_gpu(recipe: dict[str, Any]) -> bool:
    """Whether a worker computes on a GPU, which Ray has to lend it."""
    providers = [
        name if isinstance(name, str) else name[0]
        for name in recipe.get('providers') or ()
    ]
    return str(recipe.get('device')).startswith('cuda') or any(
        name in _ON_GPU for name in providers
    )
