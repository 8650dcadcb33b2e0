"""COCO-style JSON with identities as an MMDetection data set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdmr.datasets.base import PersonSearchDataset
from mmdmr.readers import CocoReader
from mmdmr.readers.coco import ANN_FILES
from mmdmr.registry import DATASETS


@DATASETS.register_module()
class CocoPersonSearchDataset(PersonSearchDataset):
    """Your own data, read by :class:`~mmdmr.readers.CocoReader`.

    Args:
        data_root (str): Folder that holds images and annotations.
        ann_file (str | None): The JSON file, below ``data_root`` or absolute.
            Defaults to None: ``annotations/test.json`` in test mode, else
            ``annotations/train.json``.
        protocols (Sequence[str]): Protocols to be read in test mode, the
            headline first: ``all`` and, if all images have a ``cam_id``,
            ``cross-camera`` and ``same-camera``. Defaults to ``('all', )``.
        data_prefix (dict): ``img``: folder that the file's ``file_name`` are
            named from, below ``data_root`` or absolute. Defaults to
            ``dict(img='images')``.
        query_rule (str): Rule by which queries are chosen if the file lists
            none: ``per-camera`` or ``all``, see the reader. Defaults to
            'per-camera'.
        test_mode (bool): True for the test split. Defaults to False.
        **kwargs: Arguments of :class:`PersonSearchDataset`.

    Raises:
        FileNotFoundError: A folder or annotation file is missing.
        InputError: The annotation file is broken, or a protocol is unknown.
    """

    def __init__(
        self,
        data_root: str,
        ann_file: str | None = None,
        protocols: Sequence[str] = ('all',),
        data_prefix: dict = dict(img=CocoReader.img_dir),
        query_rule: str = 'per-camera',
        test_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        self.query_rule = query_rule
        super().__init__(
            data_root=data_root,
            ann_file=ann_file or ANN_FILES['test' if test_mode else 'train'],
            protocols=protocols,
            data_prefix=data_prefix,
            test_mode=test_mode,
            **kwargs,
        )

    def make_reader(self) -> CocoReader:
        """See :meth:`PersonSearchDataset.make_reader`."""
        return CocoReader(
            self.data_root,
            self.test_mode,
            Path(self.ann_file).absolute(),
            self.query_rule,
        )
