"""The result of a search: a queried person and the ranked hits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .model_info import ModelInfo

#: Verdicts on a hit, see :class:`Hit`.
LIKELY, UNSURE, UNLIKELY = 'likely', 'unsure', 'unlikely'
UNCALIBRATED = 'uncalibrated'


@dataclass(frozen=True, eq=False)
class Hit:
    """A person of a gallery that resembles the queried person.

    Args:
        similarity (float): Cosine of the embeddings, in [-1, 1].
        source (str): Name of the collection that was indexed, such as a
            folder.
        path (str): File relative to the folder of the source, or the address
            of a stream.
        file (Path | None): The file; None for a stream. The file may have
            been moved or deleted since.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` in pixels of the upright
            image.
        score (float): Confidence of the detection, in [0, 1].
        camera (str): Camera; '' if unknown. Defaults to ''.
        time (float | None): Seconds from the start of a video, or POSIX time
            of a photograph; None if unknown. Defaults to None.
        frame (int | None): Index of the frame in a video. Defaults to None:
            the file is a photograph.
        start (float | None): Time of the first frame of the sighting.
            Defaults to None.
        end (float | None): Time of the last frame of the sighting. Defaults
            to None.
        num_views (int): Number of detections of the sighting. Defaults to 1.
        verdict (str): ``likely``, ``unsure`` or ``unlikely``: whether the hit
            is the queried person, by the measured false alarms of the model;
            ``uncalibrated`` if the model's false alarms were not measured.
            Defaults to 'uncalibrated'.
        content_hash (str): Digest of the content of the file when it was
            indexed; '' for a stream. Defaults to '': unknown.
        row (int): Number of the person in the gallery. Defaults to 0: none.

    Example:
        >>> box = np.array([0., 0., 40., 90.])
        >>> Hit(0.8, 'photos', 'a.jpg', Path('photos/a.jpg'), box, 0.9).verdict
        'uncalibrated'
    """

    similarity: float
    source: str
    path: str
    file: Path | None
    box: np.ndarray
    score: float
    camera: str = ''
    time: float | None = None
    frame: int | None = None
    start: float | None = None
    end: float | None = None
    num_views: int = 1
    verdict: str = UNCALIBRATED
    content_hash: str = ''
    row: int = 0


@dataclass(frozen=True, eq=False)
class SearchResult:
    """A queried person and the hits, the best first.

    Args:
        query (str): File of the query, or a name for an array.
        query_image (np.ndarray): (h, w, 3) uint8 image of the query, BGR.
        query_box (np.ndarray): (4,) ``x1, y1, x2, y2`` of the queried person
            in pixels.
        hits (Sequence[Hit]): Hits, the best first: by falling similarity to
            the query or the expanded query, or as re-ranked. A sighting in a
            video is one hit: its best frame.
        model (ModelInfo): Model that made the embeddings.
        num_persons (int): Number of persons that were searched, behind the
            filters.
        notes (Sequence[str]): What the reader of the hits has to know, such
            as that the model is uncalibrated. Defaults to ().

    Example:
        >>> box = np.array([0., 0., 40., 90.])
        >>> hit = Hit(0.8, 'photos', 'a.jpg', Path('photos/a.jpg'), box, 0.9)
        >>> model = ModelInfo('osnet.onnx', 'ab12', 512, 'MSMT17')
        >>> image = np.zeros((99, 99, 3), np.uint8)
        >>> result = SearchResult('anna.jpg', image, box, [hit], model, 25)
        >>> [hit.path for hit in result.hits], result.num_persons
        (['a.jpg'], 25)
    """

    query: str
    query_image: np.ndarray
    query_box: np.ndarray
    hits: Sequence[Hit]
    model: ModelInfo
    num_persons: int
    notes: Sequence[str] = field(default=())
