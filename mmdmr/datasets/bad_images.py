"""Images that cannot be read: stop, or take another image in their place."""

import logging
from functools import cache
from typing import Any

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmengine.logging import print_log

from mmdmr.datasets.loading import is_plain_loader
from mmdmr.errors import InputError
from mmdmr.media.opening import BadMedia
from mmdmr.readers.image_size import upright_size

ON_BAD_IMAGE = ('raise', 'skip')
#: Bad images in a row after which most images must be bad.
_MOST_IN_A_ROW = 64
#: Bad images in a row after which a substitute may have another orientation:
#: perhaps all images of the orientation are bad.
_MOST_OF_A_KIND = 16
#: Draws after which an orientation is taken for missing.
_MOST_DRAWS = 100
#: Width and height of an image whose size cannot be read.
_UNREADABLE = (1, 1)


class SkippingDataset(BaseDetDataset):
    """MMDetection's base of data sets, with a rule for bad images.

    Bad is an image that is missing, empty, damaged or no image, as
    :class:`~mmdmr.datasets.LoadImageFromFile` tells.

    Args:
        on_bad_image (str): What training does about a bad image. ``raise``:
            it stops, and the error names the image. ``skip``: it takes another
            image, drawn by NumPy's global random state, of the same
            orientation (landscape or portrait). The data sample of that image
            lists the bad images with the reasons in its meta information,
            ``skipped_images``, from which ``mmdmr.BadImagesHook`` counts and
            reports. In test mode a bad image is always an error: a gallery
            with an image less would give other metrics. Defaults to 'raise'.
        **kwargs (Any): Arguments of :class:`mmdet.datasets.BaseDetDataset`.

    Raises:
        InputError: ``on_bad_image`` is unknown, or the pipeline has MMCV's
            loader, whose errors do not tell a bad image from other faults.
    """

    def __init__(
        self, *args: Any, on_bad_image: str = 'raise', **kwargs: Any
    ) -> None:
        if on_bad_image not in ON_BAD_IMAGE:
            raise InputError(
                f'{type(self).__name__}: on_bad_image must be '
                f'{" or ".join(ON_BAD_IMAGE)}, not {on_bad_image!r}'
            )
        self.on_bad_image = on_bad_image
        super().__init__(*args, **kwargs)
        if self.skips and any(map(is_plain_loader, self.pipeline.transforms)):
            raise InputError(
                f"{type(self).__name__}: on_bad_image='skip' needs a loader "
                "that tells bad images: put dict(type='LoadImageFromFile', "
                "_scope_='mmdmr') into the pipeline in place of "
                "dict(type='LoadImageFromFile')"
            )

    @property
    def skips(self) -> bool:
        """bool: True if training takes other images in place of bad ones."""
        return self.on_bad_image == 'skip' and not self.test_mode

    def prepare_data(self, idx: int) -> Any:
        """Pass an image through the pipeline.

        Args:
            idx (int): Position of the image.

        Returns:
            Any: Result of the pipeline. In training with
            ``on_bad_image='skip'``, it may be that of another image.

        Raises:
            InputError: The image is bad, or most images are.
        """
        try:
            return super().prepare_data(idx)
        except BadMedia as error:
            # Not as it is: the process that loads images could not hand over
            # an error of two arguments.
            if not self.skips:
                raise InputError(self._with_cure(error)) from error
            bad = error
        return self._substitute(idx, bad)

    def size_of(self, path: str) -> tuple[int, int]:
        """Read the size of a training image.

        Args:
            path (str): The image.

        Returns:
            tuple[int, int]: Upright width and height in pixels; 1 and 1 for
            a bad image that will be skipped.

        Raises:
            InputError: The image is bad.
        """
        try:
            return _size_of(path)
        except (InputError, OSError) as error:
            # The loader will tell. A size is needed to make batches.
            if self.skips:
                return _UNREADABLE
            raise InputError(self._with_cure(error)) from error

    def report_missing(self, missing: list[str], total: int) -> None:
        """Tell of images that do not exist.

        Args:
            missing (list[str]): Paths.
            total (int): Number of images of the data set.

        Raises:
            FileNotFoundError: Images are missing, and training does not skip
                bad images, or more than half are missing.
        """
        if not missing:
            return
        said = (
            f'{type(self).__name__}: {len(missing)} of {total} images do not '
            f'exist, {missing[0]} first; "mmdmr verify_dataset" names them.'
        )
        if not self.skips or 2 * len(missing) > total:
            raise FileNotFoundError(said + self._how_to_skip())
        print_log(
            f"{said} on_bad_image='skip': training takes other images in "
            'their place.',
            logger='current',
            level=logging.WARNING,
        )

    def _with_cure(self, error: Exception) -> str:
        """Message of a bad image, and what to do."""
        more = ' A test needs every image.' if self.test_mode else ''
        return (
            f'{error}. Copy or export the image again.{more}'
            f'{self._how_to_skip()}'
        )

    def _how_to_skip(self) -> str:
        """End of a message, where training could go on."""
        if self.test_mode or self.skips:
            return ''
        return (
            " To train without bad images, set on_bad_image='skip' of the "
            'data set (--cfg-options '
            'train_dataloader.dataset.on_bad_image=skip, unless the data set '
            'is inside a wrapper such as ConcatDataset).'
        )

    def _substitute(self, idx: int, bad: BadMedia) -> Any:
        """Sample of another image, which lists the bad images."""
        skipped = [(bad.name, bad.reason)]
        portrait = self._is_portrait(idx)
        for tried in range(_MOST_IN_A_ROW):
            if tried == _MOST_OF_A_KIND:
                portrait = None
            try:
                sample = super().prepare_data(self._draw(portrait))
            except BadMedia as error:
                skipped.append((error.name, error.reason))
                continue
            if sample is None:  # as a random transform may give
                continue
            if 'data_samples' not in sample:
                raise InputError(
                    f"{type(self).__name__}: on_bad_image='skip' needs a "
                    'pipeline that ends with mmdmr.PackPersonSearchInputs, '
                    f'to report {bad}'
                )
            sample['data_samples'].set_metainfo(
                dict(skipped_images=tuple(skipped))
            )
            return sample
        raise InputError(
            f'{type(self).__name__}: {len(skipped)} images in a row, {bad} '
            f'first, cannot be read: most images of {self.data_root} are '
            'missing or damaged; "mmdmr verify_dataset" names them'
        )

    def _draw(self, portrait: bool | None) -> int:
        """Draw an image of an orientation: batches are of one orientation,
        and an image of the other would need more memory.
        """
        for _ in range(_MOST_DRAWS):
            # Seeded for each sample, see mmdmr.datasets.seeding.
            idx = int(np.random.randint(len(self)))  # noqa: NPY002
            if portrait is None or self._is_portrait(idx) == portrait:
                break
        return idx

    def _is_portrait(self, idx: int) -> bool | None:
        """Whether an image is higher than wide; None if unknown."""
        info = self.get_data_info(idx)
        return info['width'] < info['height'] if 'width' in info else None


@cache
def _size_of(path: str) -> tuple[int, int]:
    """Width and height, read once: each epoch asks for every image."""
    return upright_size(path)
