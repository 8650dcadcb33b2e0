"""Search for persons in one's own pictures and videos."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import Calibration
from mmdmr.evaluation.functional.query_expansion import ExpansionOptions
from mmdmr.evaluation.functional.reranking import RerankingOptions
from mmdmr.gallery import (
    AnyGallery,
    Filters,
    create_gallery,
    gallery_exists,
    open_gallery,
)
from mmdmr.inference import Embedder
from mmdmr.inference.preprocessing import check_image
from mmdmr.media.hashing import content_hash
from mmdmr.media.images import read_image
from mmdmr.structures import Detections, ModelInfo, SearchResult

from .calibration import load_calibration
from .embedding import EmbedOptions
from .index_options import Progress, index_options, show_progress
from .index_report import IndexReport
from .models import check_origin, load_embedder, origin_of
from .notes import notes_on
from .query import QueryBox, embed_queries
from .ray_cluster import Cluster
from .ray_embedding import RayEmbedder, ray_embedder
from .searching import SearchOptions, check_searchable, find_hits
from .sources import FoundSource, Source, find_source, index_source


class PersonSearcher:
    """Indexes pictures and videos, and searches them for a person.

    Args:
        config (str | Path): One of

            - a YAML file that describes a person detector and a
              re-identification network in ONNX files; neither PyTorch nor
              MMDetection is needed;
            - the folder of a bundle of ``mmdmr export_onnx``, likewise;
            - the config of a person-search network, which needs
              ``checkpoint``, PyTorch and MMDetection.
        checkpoint (str | Path | None): Weights of a person-search network.
            Defaults to None.
        **options: Options of :func:`~mmdmr.apis.models.load_embedder`:
            ``threads``, ``score_thr``, ``device``, ``folder``, ``providers``,
            ``batch_size``.

    Attributes:
        embedder (Embedder): Detects and embeds persons.
        calibration (Calibration | None): Measured false alarms of the model,
            of ``mmdmr calibrate_threshold``.
        calibration_note (str): Why a calibration is not used; ''.

    Raises:
        FileNotFoundError: A file is missing.
        InputError: A file or an option is wrong.
        StackError: The model needs PyTorch or MMDetection, which is missing.

    Example::

        searcher = PersonSearcher('yolox-nano_osnet-x0.25.yaml')
        searcher.index('photos', 'photos.gallery')
        for person in searcher.search('anna.jpg', 'photos.gallery'):
            for hit in person.hits:
                print(hit.path, hit.box, hit.similarity, hit.verdict)
    """

    def __init__(
        self,
        config: str | Path,
        checkpoint: str | Path | None = None,
        **options: Any,
    ) -> None:
        self.embedder = load_embedder(config, checkpoint, **options)
        folder = options.get('folder') or ''
        self._origin = origin_of(config, checkpoint, folder)
        self._options = options
        self.calibration, self.calibration_note = load_calibration(
            checkpoint or Path(folder, config), self.model
        )

    @classmethod
    def from_embedder(
        cls, embedder: Embedder, calibration: Calibration | None = None
    ) -> 'PersonSearcher':
        """Make a searcher of any object that detects and embeds persons.

        Args:
            embedder (Embedder): The object, see
                :class:`~mmdmr.inference.Embedder`.
            calibration (Calibration | None): Measured false alarms of the
                model. Defaults to None.

        Returns:
            PersonSearcher: The searcher.
        """
        searcher = cls.__new__(cls)
        searcher.embedder = embedder
        searcher._origin = {}
        searcher._options = {}
        searcher.calibration = calibration
        searcher.calibration_note = ''
        return searcher

    @classmethod
    def of_gallery(
        cls, gallery: str | Path, **options: Any
    ) -> 'PersonSearcher':
        """Load the model that a gallery was indexed with.

        Args:
            gallery (str | Path): Folder or address of the gallery.
            **options: Options of :func:`~mmdmr.apis.models.load_embedder`.

        Returns:
            PersonSearcher: The searcher.

        Raises:
            FileNotFoundError: The gallery, or a file of the model, is
                missing.
            InputError: The gallery does not tell how its model is loaded, or
                names a config outside of this package, which is a program.
        """
        with open_gallery(gallery) as opened:
            origin, name = opened.origin, opened.model.name
        if not origin:
            raise InputError(
                f'{gallery}: the gallery was made by {name}, but not from '
                'files that it names; name the model'
            )
        check_origin(origin, str(gallery))
        return cls(**origin, **options)

    @property
    def model(self) -> ModelInfo:
        """ModelInfo: Name, fingerprint and training data of the model."""
        return self.embedder.model

    def embed(self, image: str | Path | np.ndarray) -> Detections:
        """Detect and embed the persons of a picture.

        Args:
            image (str | Path | np.ndarray): File, or (h, w, 3) uint8 array in
                BGR order.

        Returns:
            Detections: n persons of one image: boxes (n, 4) ``x1, y1, x2,
            y2`` in pixels of the upright picture, scores (n,) in [0, 1],
            embeddings (n, D) of unit length.

        Raises:
            InputError: The picture cannot be read.
        """
        return self.embedder.embed([_load(image)[1]])

    def index(
        self,
        source: Source,
        gallery: str | Path | AnyGallery,
        *,
        name: str | None = None,
        camera: str | Callable[[str], str] = '',
        every_seconds: float | None = None,
        every_frames: int | None = None,
        limit: int | None = None,
        group_photographs: bool = False,
        prune: bool = False,
        batch_size: int = 16,
        progress: Progress = show_progress,
        ray: str | None = None,
        ray_workers: int | None = None,
    ) -> IndexReport:
        """Embed the persons of pictures and videos into a gallery.

        Files that are in the gallery and did not change are passed over. So
        an interrupted indexing goes on where it stopped; at most one batch is
        lost, and of a video what was indexed of it.

        Args:
            source (str | Path | Sequence | Iterable): Folder, file, list of
                files, address of a stream, webcam such as ``/dev/video0``; or
                an iterator of (h, w, 3) uint8 BGR arrays, or of pairs of a
                name and an array.
            gallery (str | Path | AnyGallery): Folder of the gallery, or
                address such as ``http://HOST:PORT/COLLECTION``, see
                :func:`~mmdmr.gallery.open_gallery`. The gallery is made if
                it is missing. Or an open gallery.
            name (str | None): Name of the source in the gallery. Defaults to
                None: the name of the folder or file, the address, ``arrays``.
            camera (str | Callable[[str], str]): Camera of all pictures, or a
                function from the path of a picture in the source to its
                camera. Defaults to ''.
            every_seconds (float | None): Seconds between the frames of a
                video that are searched for persons. Defaults to None: 0.5
                unless ``every_frames`` is given.
            every_frames (int | None): Every n-th frame instead.
            limit (int | None): Largest number of frames of each video or
                stream. A video that it cuts short is indexed anew the next
                time. Defaults to None: to its end.
            group_photographs (bool): True to take a person in neighbouring
                photographs that are nearly the same for one sighting.
                Defaults to False.
            prune (bool): True to remove files from the gallery that the
                source no longer holds. Defaults to False.
            batch_size (int): Pictures or frames that are embedded and stored
                at a time. Defaults to 16.
            progress (Callable): Function of an iterable and its length (None
                if unknown) that shows the progress. Defaults to a bar on a
                terminal.
            ray (str | None): Address of a Ray cluster whose workers embed
                the files, see :class:`~.ray_cluster.Cluster`; ``local``
                starts Ray on this machine. Defaults to None: this process.
            ray_workers (int | None): Number of Ray workers. Defaults to
                None: as many as there are cores for.

        Returns:
            IndexReport: Counts, and the files that could not be read.

        Raises:
            InputError: The source is missing or holds neither images nor
                videos, the gallery is of another model, Ray does not answer,
                or an option is wrong.
        """
        options = index_options(
            camera,
            every_seconds,
            every_frames,
            limit,
            group_photographs,
            batch_size,
            progress,
        )
        # A source that is missing leaves no empty gallery behind.
        found = find_source(source)
        with ExitStack() as stack:
            workers = None
            if ray is not None:
                cluster = Cluster(ray, ray_workers)
                workers = stack.enter_context(
                    self._workers(cluster, found, options.embedding)
                )
            opened = stack.enter_context(self._opened(gallery, write=True))
            if self._origin and opened.origin != self._origin:
                opened.set_origin(self._origin)
            report = index_source(
                self.embedder, found, opened, name, options, prune, workers
            )
            report.notes += workers.notes if workers else []
            return report

    def search(
        self,
        image: str | Path | np.ndarray,
        gallery: str | Path | AnyGallery,
        *,
        box: QueryBox = None,
        top_k: int = 20,
        sources: Sequence[str] | None = None,
        cameras: Sequence[str] | None = None,
        time: tuple[float | None, float | None] | None = None,
        min_score: float = 0.0,
        exact: bool = False,
        with_own_picture: bool = False,
        expansion: ExpansionOptions | None = None,
        reranking: RerankingOptions | None = None,
    ) -> list[SearchResult]:
        """Search a gallery for the persons of a picture.

        Args:
            image (str | Path | np.ndarray): File, or (h, w, 3) uint8 array in
                BGR order.
            gallery (str | Path | AnyGallery): Folder or address of a gallery,
                or an open gallery.
            box (Sequence[float] | np.ndarray | str | None): ``x1, y1, x2,
                y2`` of the person in pixels; ``'full'`` to take the picture
                as a crop of one person. Defaults to None: every detected
                person is searched for.
            top_k (int): Largest number of hits of each person. Defaults to
                20.
            sources (Sequence[str] | None): Sources to search. Defaults to
                None: all.
            cameras (Sequence[str] | None): Cameras to search. Defaults to
                None: all.
            time (tuple[float | None, float | None] | None): Earliest and
                latest time, in seconds from the start of a video, or POSIX
                time of a photograph. Defaults to None: any.
            min_score (float): Least confidence of a detection, in [0, 1].
                Defaults to 0.
            exact (bool): True to compare with every person, without the
                index. Defaults to False.
            with_own_picture (bool): True to search the query's own picture as
                well, if the gallery holds the file. Defaults to False: its
                persons would be the first hits.
            expansion (ExpansionOptions | None): Query expansion, see
                :func:`~mmdmr.evaluation.functional.query_expansion.\
expand_query`. Defaults to None.
            reranking (RerankingOptions | None): Re-ranking of the best
                matches, see
                :func:`~mmdmr.evaluation.functional.reranking.rerank`.
                Defaults to None.

        Returns:
            list[SearchResult]: One result for each person that is searched
            for, with the best hits first: by similarity to the query, to the
            expanded query, or by re-ranking.

        Raises:
            FileNotFoundError: The picture or the gallery is missing.
            InputError: No person is detected, the box is outside the picture,
                the gallery is empty or of another model, a filter names what
                the gallery lacks, or an option is wrong.
        """
        filters = Filters(sources, cameras, time, min_score)
        name, array = _load(image)
        with self._opened(gallery) as opened:
            if isinstance(image, (str, Path)) and not with_own_picture:
                own = opened.rows_of_content(content_hash(image))
                filters = replace(filters, without_rows=own)
            options = SearchOptions(
                top_k, filters, exact, expansion, reranking
            )
            # Before the network runs: a wrong filter shows at once.
            check_searchable(opened, filters)
            boxes, feats = embed_queries(self.embedder, array, box, name)
            with opened.reading():
                hits, num_persons = find_hits(
                    opened, feats, options, self.calibration
                )
        notes = notes_on(
            self.model,
            self.calibration,
            num_persons,
            self.calibration_note,
            expanded=expansion is not None,
            reranked=reranking is not None,
        )
        return [
            SearchResult(
                name, array, box, found, self.model, num_persons, notes
            )
            for box, found in zip(boxes, hits)
        ]

    def _workers(
        self, cluster: Cluster, source: FoundSource, options: EmbedOptions
    ) -> AbstractContextManager[RayEmbedder]:
        """Workers of a cluster, which load this model from its files."""
        if source.media is None:
            raise InputError(
                f'{source.name}: Ray workers embed files only; index streams '
                'and arrays without Ray'
            )
        if not self._origin:
            raise InputError(
                f'{self.model.name}: Ray workers need a model that is loaded '
                'from files, not an object of this program'
            )
        recipe = {**self._options, **self._origin}
        return ray_embedder(cluster, recipe, self.model, options)

    @contextmanager
    def _opened(
        self, gallery: str | Path | AnyGallery, write: bool = False
    ) -> Iterator[AnyGallery]:
        """An open gallery of this model; closed only if opened here."""
        if not isinstance(gallery, (str, Path)):
            gallery.check_model(self.model)
            yield gallery
            return
        if write and not gallery_exists(gallery):
            opened = create_gallery(gallery, self.model)
        else:
            opened = open_gallery(gallery, self.model, write)
        with opened:
            yield opened


def _load(image: str | Path | np.ndarray) -> tuple[str, np.ndarray]:
    """Name and (h, w, 3) array of a picture."""
    if isinstance(image, (str, Path)):
        return str(image), read_image(image)
    check_image(image)
    return 'picture', image
