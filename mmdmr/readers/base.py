"""What all readers of annotation files have in common."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.structures import GroundTruth, Queries, SearchProtocol, SearchTask


class NothingToScore(ValueError):
    """None of a protocol's queries has anything to be found."""


class Reader(ABC):
    """Reads one split of a data set.

    A subclass says how its annotation files are read. What is odd about them
    without being wrong is noted in :attr:`remarks`.

    Args:
        root (str | Path): Folder the files are named from.
        test (bool): Whether to read the test split, not the training split.
            Defaults to False.

    Attributes:
        img_dir (str): Folder of the images below the root, as data sets of
            this kind have it.
        published_protocols (tuple[str]): Those that published figures are
            of.
        remarks (list[str]): Oddities met so far, for people to read.
    """

    img_dir: str
    published_protocols: tuple[str, ...] = ()

    def __init__(self, root: str | Path, test: bool = False) -> None:
        self.root = Path(root)
        self.test = test
        self.remarks: list[str] = []

    @abstractmethod
    def files(self) -> tuple[Path, ...]:
        """Annotation files and folders without which nothing can be read.

        Returns:
            tuple[Path]: Their paths.
        """

    @abstractmethod
    def read_ground_truth(self) -> GroundTruth:
        """Read the images of this split. The files have been checked for.

        Returns:
            GroundTruth: Annotations.
        """

    @abstractmethod
    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> tuple[str, ...]:
        """Names of the search protocols that can be asked for.

        Args:
            ground_truth (GroundTruth): Annotations of the test split.

        Returns:
            tuple[str]: Names, the headline first.
        """

    @abstractmethod
    def read_queries(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> Queries:
        """Read the queries of the test split.

        Args:
            ground_truth (GroundTruth): Its annotations.
            protocols (Sequence[str]): Names of the protocols they are for.

        Returns:
            Queries: Shared by all protocols.
        """

    @abstractmethod
    def read_protocol(
        self, name: str, ground_truth: GroundTruth, queries: Queries
    ) -> SearchProtocol:
        """Read one search protocol.

        Args:
            name (str): One of :meth:`available_protocols`.
            ground_truth (GroundTruth): Annotations of the test split.
            queries (Queries): Its queries.

        Returns:
            SearchProtocol: Without the queries that have nothing to be found.
        """

    def why_unavailable(self, protocols: Sequence[str]) -> str:
        """Say why protocols cannot be asked for.

        Args:
            protocols (Sequence[str]): None of :meth:`available_protocols`.

        Returns:
            str: The end of a message; empty where there is nothing to say.
        """
        return ''

    def declared_sizes(self) -> list[tuple[int, int] | None]:
        """Sizes of the images according to the annotation files.

        Returns:
            list[tuple[int, int] | None]: Per image width and height in
            pixels, if the files tell; nothing where they never do.
        """
        return []

    def ground_truth(self) -> GroundTruth:
        """Read the images of this split.

        Returns:
            GroundTruth: Annotations.

        Raises:
            FileNotFoundError: A file is missing.
            ValueError: A file is broken or contradicts another, or lists an
                image twice or none.
        """
        require(self.root, *self.files())
        truth = self.read_ground_truth()
        names = Counter(truth.img_names)
        if not names:
            raise ValueError(f'{self._source}: lists no images')
        name, count = names.most_common(1)[0]
        if count > 1:
            raise ValueError(
                f'{self._source}: the image {name} is listed {count} times, '
                'so that a search would find it in its own copy; list it once'
            )
        return truth

    @property
    def _source(self) -> str:
        """The file that an error is about, or the folder."""
        return ', '.join(map(str, self.files()[:2])) or str(self.root)

    def search_task(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> SearchTask:
        """Read queries and protocols of the test split.

        Args:
            ground_truth (GroundTruth): Its annotations.
            protocols (Sequence[str]): Names, the headline first.

        Returns:
            SearchTask: With the protocols in the order asked for.

        Raises:
            ValueError: A protocol is unknown or has nothing to score, a file
                is broken or contradicts another.
        """
        available = self.available_protocols(ground_truth)
        unknown = [name for name in protocols if name not in available]
        if unknown or not protocols:
            raise ValueError(
                f'{type(self).__name__}: unknown protocol '
                f'{", ".join(map(repr, unknown)) or "(none given)"}; '
                f'available under {self.root}: {", ".join(available)}'
                f'{self.why_unavailable(unknown)}'
            )
        queries = self.read_queries(ground_truth, protocols)
        _check_queries(queries, ground_truth, str(self.root))
        read = {}
        for name in protocols:
            read[name] = self.read_protocol(name, ground_truth, queries)
            dropped, kept = read[name].num_dropped, len(read[name].query_ids)
            if not kept:
                raise NothingToScore(
                    f'protocol {name} has nothing to score under {self.root}: '
                    f'none of its {dropped} queries shows a person who is in '
                    'its gallery, too; leave it out of "protocols"'
                )
            if dropped:
                self.remarks.append(
                    f'protocol {name}: {dropped} of {dropped + kept} queries '
                    'have nothing to be found and are left out'
                )
        return SearchTask(ground_truth, queries, read)


def _check_queries(
    queries: Queries, ground_truth: GroundTruth, root: str
) -> None:
    """A person cannot be looked at in a box without size."""
    boxes = queries.boxes
    good = np.isfinite(boxes).all(axis=1)
    good &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if not good.all():
        i = int(np.flatnonzero(~good)[0])
        raise ValueError(
            f'{root}: {(~good).sum()} of {len(good)} queries have no box, the '
            f'first is query {i} (counted from 0) in '
            f'{ground_truth.img_names[queries.img_ids[i]]}, whose x1, y1, x2, '
            f'y2 are {boxes[i].tolist()}; correct or remove it'
        )


def require(root: str | Path, *paths: str | Path) -> None:
    """Check that what a data set consists of is there.

    Args:
        root (str | Path): The data set's folder, for the message.
        *paths (str | Path): Files and folders.

    Raises:
        FileNotFoundError: Some are missing; the message lists them.
    """
    missing = [str(path) for path in paths if not Path(path).exists()]
    if missing:
        raise FileNotFoundError(
            f'not there: {", ".join(missing)} (looked for: '
            f'{", ".join(map(str, paths))}); point data_root (now '
            f"'{root}') at the folder that holds them"
        )
