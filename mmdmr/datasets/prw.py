"""PRW as an MMDetection data set."""

from collections.abc import Sequence
from typing import Any

from mmdmr.datasets.base import PersonSearchDataset
from mmdmr.readers import PRWReader
from mmdmr.registry import DATASETS


@DATASETS.register_module()
class PRWDataset(PersonSearchDataset):
    """PRW, read by :class:`~mmdmr.readers.PRWReader`.

    Args:
        data_root (str): Folder that holds ``frames``, ``annotations`` and
            ``frame_train.mat``.
        protocols (Sequence[str]): Protocols to be read in test mode, the
            headline first: ``all``, ``cross-camera``, ``same-camera``.
            Defaults to ``('all', )``.
        data_prefix (dict): ``img``: folder of the frames, below
            ``data_root`` or absolute. Defaults to ``dict(img='frames')``.
        **kwargs: Arguments of :class:`PersonSearchDataset`.

    Raises:
        FileNotFoundError: A folder or annotation file is missing.
        InputError: An annotation file is broken, or a protocol is unknown.
    """

    def __init__(
        self,
        data_root: str,
        protocols: Sequence[str] = ('all',),
        data_prefix: dict = dict(img=PRWReader.img_dir),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            data_root=data_root,
            protocols=protocols,
            data_prefix=data_prefix,
            **kwargs,
        )

    def make_reader(self) -> PRWReader:
        """See :meth:`PersonSearchDataset.make_reader`."""
        return PRWReader(self.data_root, self.test_mode)
