"""CUHK-SYSU as an MMDetection data set."""

from collections.abc import Sequence
from typing import Any

from mmdmr.datasets.base import PersonSearchDataset
from mmdmr.readers import CUHKSYSUReader
from mmdmr.registry import DATASETS


@DATASETS.register_module()
class CUHKSYSUDataset(PersonSearchDataset):
    """CUHK-SYSU, read by :class:`~mmdmr.readers.CUHKSYSUReader`.

    Args:
        data_root (str): Folder that holds ``Image/SSM`` and ``annotation``.
        protocols (Sequence[str]): Protocols to be read in test mode, the
            headline first: ``G50`` ... ``G4000`` and ``full``. Defaults to
            ``('G100', )``.
        data_prefix (dict): ``img``: folder of the images, below
            ``data_root`` or absolute. Defaults to ``dict(img='Image/SSM')``.
        **kwargs: Arguments of :class:`PersonSearchDataset`.

    Raises:
        FileNotFoundError: A folder or annotation file is missing.
        InputError: An annotation file is broken or contradicts another, or a
            protocol is unknown.
    """

    def __init__(
        self,
        data_root: str,
        protocols: Sequence[str] = ('G100',),
        data_prefix: dict = dict(img=CUHKSYSUReader.img_dir),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            data_root=data_root,
            protocols=protocols,
            data_prefix=data_prefix,
            **kwargs,
        )

    def make_reader(self) -> CUHKSYSUReader:
        """See :meth:`PersonSearchDataset.make_reader`."""
        return CUHKSYSUReader(self.data_root, self.test_mode)
