"""What all readers of annotation files have in common."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

from mmdmr.structures import GroundTruth, Queries, SearchProtocol, SearchTask


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
        remarks (list[str]): Oddities met so far, for people to read.
    """

    img_dir: str

    def __init__(self, root: Union[str, Path], test: bool = False) -> None:
        self.root = Path(root)
        self.test = test
        self.remarks: List[str] = []

    @abstractmethod
    def files(self) -> Tuple[Path, ...]:
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
    ) -> Tuple[str, ...]:
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

    def declared_sizes(self) -> List[Optional[Tuple[int, int]]]:
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
            ValueError: A file is broken or contradicts another.
        """
        require(self.root, *self.files())
        return self.read_ground_truth()

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
            )
        queries = self.read_queries(ground_truth, protocols)
        read = {}
        for name in protocols:
            read[name] = self.read_protocol(name, ground_truth, queries)
            dropped, kept = read[name].num_dropped, len(read[name].query_ids)
            if not kept:
                raise ValueError(
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


def require(root: Union[str, Path], *paths: Union[str, Path]) -> None:
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
