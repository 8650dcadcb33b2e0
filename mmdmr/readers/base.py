"""The base class of readers: one split of a data set as plain arrays."""

import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import ClassVar

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth, Queries, SearchProtocol, SearchTask


class NothingToScore(InputError):
    """No query of a protocol has a positive in its gallery."""


class Reader(ABC):
    """Reads one split of a data set.

    A subclass reads the annotation files of its data set. Oddities that are no
    errors are noted in ``notes``.

    Args:
        root (str | Path): Folder of the data set.
        test (bool): True to read the test split, False to read the training
            split. Defaults to False.

    Attributes:
        img_dir (str): Usual folder of the images, below the root.
        published_protocols (tuple[str, ...]): Names of the protocols that
            papers report.
        published_counts (dict[str, int]): Number of images, boxes,
            identities and queries of the complete data set, by the names of
            :class:`~.verification_report.Report`. Empty for own data.
        notes (list[str]): Oddities met so far, as messages for the user.
    """

    img_dir: str
    published_protocols: tuple[str, ...] = ()
    published_counts: ClassVar[dict[str, int]] = {}

    def __init__(self, root: str | Path, test: bool = False) -> None:
        self.root = Path(root)
        self.test = test
        self.notes: list[str] = []

    @abstractmethod
    def files(self) -> tuple[Path, ...]:
        """Annotation files and folders that must exist.

        Returns:
            tuple[Path, ...]: Paths of the files and folders.
        """

    @abstractmethod
    def read_ground_truth(self) -> GroundTruth:
        """Read the images of this split, after a check that all files exist.

        Returns:
            GroundTruth: Annotations.
        """

    @abstractmethod
    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> tuple[str, ...]:
        """Names of the available search protocols.

        Args:
            ground_truth (GroundTruth): Annotations of the test split.

        Returns:
            tuple[str, ...]: Names, the headline first.
        """

    @abstractmethod
    def read_queries(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> Queries:
        """Read the queries of the test split.

        Args:
            ground_truth (GroundTruth): Annotations of the test split.
            protocols (Sequence[str]): Names of the protocols to be scored.

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
            queries (Queries): Queries of the test split.

        Returns:
            SearchProtocol: Protocol without the queries that have no positive
            in their gallery.
        """

    def why_unavailable(self, protocols: Sequence[str]) -> str:
        """Reason why protocols are not available.

        Args:
            protocols (Sequence[str]): Names that
                :meth:`available_protocols` does not list.

        Returns:
            str: End of an error message; empty if no reason is known.
        """
        return ''

    def declared_sizes(self) -> list[tuple[int, int] | None]:
        """Sizes of the images according to the annotation files.

        Returns:
            list[tuple[int, int] | None]: Per image width and height in
            pixels, None if unknown; empty if files of this format hold no
            sizes.
        """
        return []

    def ground_truth(self) -> GroundTruth:
        """Read the images of this split.

        Returns:
            GroundTruth: Annotations.

        Raises:
            FileNotFoundError: A file is missing.
            InputError: A file is broken, contradicts another, lists no image
                or lists an image twice.
        """
        require(self.root, *self.files())
        truth = self.read_ground_truth()
        names = Counter(truth.img_names)
        if not names:
            raise InputError(
                f'{self._source}: lists no images; add images, or name the '
                'file that lists the images'
            )
        name, count = names.most_common(1)[0]
        if count > 1:
            raise InputError(
                f'{self._source}: the image {name} is listed {count} times, '
                'so that a search would find an image in its copy; list it '
                'once'
            )
        return truth

    def image_paths(
        self, img_names: Sequence[str], img_dir: str | None = None
    ) -> list[Path]:
        """Files of images, which must exist.

        Args:
            img_names (Sequence[str]): Names of the images.
            img_dir (str | None): Folder of the images, below the root.
                Defaults to None: ``img_dir``.

        Returns:
            list[Path]: Paths, in the order of the names.

        Raises:
            FileNotFoundError: A file is missing.
            InputError: A name leads out of the data set.
        """
        folder = self.root / (img_dir or self.img_dir)
        self.check_inside(img_names, folder)
        paths = [folder / name for name in img_names]
        missing = [path for path in paths if not path.is_file()]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} of {len(paths)} images are missing, '
                f'{missing[0]} first; name their folder by --img-dir'
            )
        return paths

    def check_inside(self, img_names: Sequence[str], folder: Path) -> None:
        """Check that no name of an image leads out of the data set.

        The text of the names counts. A symbolic link inside the data set may
        lead anywhere.

        Args:
            img_names (Sequence[str]): Names of the images.
            folder (Path): Folder that the names are relative to.

        Raises:
            InputError: A path, such as ``../../a.jpg``, lies neither below
                the folder nor below the root.
        """
        start = os.path.abspath(folder)
        tops = [
            os.path.join(top, '')
            for top in (start, os.path.abspath(self.root))
        ]
        for i, name in enumerate(img_names):
            path = os.path.normpath(os.path.join(start, name))
            if not any(path.startswith(top) for top in tops):
                raise InputError(
                    f'{self._source}: image {i} (counted from 0) is named '
                    f'{name!r}, which leads out of {folder}; name images '
                    'relative to a folder that holds all of them, and set '
                    'that folder as data_prefix.img (verify_dataset: '
                    '--img-dir)'
                )

    @property
    def _source(self) -> str:
        """Files that an error message names, or else the folder."""
        return ', '.join(map(str, self.files()[:2])) or str(self.root)

    def search_task(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> SearchTask:
        """Read queries and protocols of the test split.

        Args:
            ground_truth (GroundTruth): Annotations of the test split.
            protocols (Sequence[str]): Names, the headline first.

        Returns:
            SearchTask: Ground truth, queries, and the protocols in the order
            of their names.

        Raises:
            NothingToScore: No query of a protocol has a positive.
            InputError: A protocol is unknown, or a file is broken or
                contradicts another.
        """
        available = self.available_protocols(ground_truth)
        unknown = [name for name in protocols if name not in available]
        if unknown or not protocols:
            raise InputError(
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
                    f'none of its {dropped} queries shows a person that is in '
                    'its gallery, too; leave the protocol out of "protocols"'
                )
            if dropped:
                self.notes.append(
                    f'protocol {name}: {dropped} of {dropped + kept} queries '
                    'have nothing to be found and are left out'
                )
        return SearchTask(ground_truth, queries, read)


def _check_queries(
    queries: Queries, ground_truth: GroundTruth, root: str
) -> None:
    """Check that each query has a box with a size."""
    boxes = queries.boxes
    good = np.isfinite(boxes).all(axis=1)
    good &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if not good.all():
        i = int(np.flatnonzero(~good)[0])
        raise InputError(
            f'{root}: {(~good).sum()} of {len(good)} queries have no box, the '
            f'first is query {i} (counted from 0) in '
            f'{ground_truth.img_names[queries.img_ids[i]]}, with x1, y1, x2, '
            f'y2 = {boxes[i].tolist()}; correct or remove this query'
        )


def check_names(names: Sequence[str], source: str | Path) -> None:
    """Check that names of images stay in the folder of the images.

    Args:
        names (Sequence[str]): Names of images.
        source (str | Path): File that lists them, for the message.

    Raises:
        InputError: A name is absolute, or leaves the folder by "..".

    Example:
        >>> check_names(['a.jpg', 'b/../a.jpg'], 'a.json')
        >>> check_names(['../a.jpg'], 'a.json')
        Traceback (most recent call last):
        ...
        mmdmr.errors.InputError: a.json: the image '../a.jpg' lies outside \
the folder of the images; give names from that folder, and name it by \
--img-dir or img_dir
    """
    for name in names:
        # Windows knows both slashes, and letters of drives.
        path, depth = PureWindowsPath(name), 0
        for part in path.parts:
            depth += -1 if part == '..' else 1
            if path.root or depth < 0:
                raise InputError(
                    f'{source}: the image {name!r} lies outside the folder of '
                    'the images; give names from that folder, and name it by '
                    '--img-dir or img_dir'
                )


def require(root: str | Path, *paths: str | Path) -> None:
    """Check that the files and folders of a data set exist.

    Args:
        root (str | Path): The data set's folder, for the message.
        *paths (str | Path): Files and folders.

    Raises:
        FileNotFoundError: A path is missing; the message lists all missing
            paths.
    """
    missing = [str(path) for path in paths if not Path(path).exists()]
    if missing:
        raise FileNotFoundError(
            f'missing: {", ".join(missing)}; point data_root (now '
            f"'{root}') at the folder that holds these files"
        )
