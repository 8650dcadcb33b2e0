"""Loading of images that names bad files."""

from pathlib import Path

import mmcv.transforms
import numpy as np
from mmengine import fileio

from mmdmr.media.images import decode_image
from mmdmr.media.opening import BadMedia, open_file
from mmdmr.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadImageFromFile(mmcv.transforms.LoadImageFromFile):
    """MMCV's ``LoadImageFromFile``, with an error that names each bad file.

    JPEG files of three channels or one, and opaque PNG files of 8 bits, give
    the pixels of MMCV's transform. Other than in MMCV's transform,

    - the error tells what is wrong with a file, and whether a file is bad
      does not depend on the version of OpenCV,
    - a JPEG that ends in zeros, as after a download that was cut short, is an
      error; OpenCV takes the zeros for pixels,
    - the orientation of the EXIF data is applied in WebP files, too,
    - transparent pixels lie over white, as image viewers show them, and
      grey values of 16 bits are scaled to 8 in files of every format.

    In a config the step has its scope as an entry of its own, since
    MMDetection's inferencers look for a step of the type
    ``LoadImageFromFile``::

        dict(type='LoadImageFromFile', _scope_='mmdmr')

    Args:
        to_float32 (bool): True for float32 pixels, False for uint8. Defaults
            to False.
        backend_args (dict | None): Arguments of MMEngine's file backend, for
            images in another storage. Defaults to None: the file system, or
            the storage that the beginning of a path names.

    Raises:
        BadMedia: The file is missing, empty, truncated, of more than 89
            million pixels, or no image.

    Example:
        >>> LoadImageFromFile()(dict(img_path='gone.jpg'))
        Traceback (most recent call last):
        ...
        mmdmr.media.opening.BadMedia: gone.jpg: No such file or directory
    """

    def __init__(
        self, to_float32: bool = False, *, backend_args: dict | None = None
    ) -> None:
        super().__init__(to_float32=to_float32, backend_args=backend_args)

    def transform(self, results: dict) -> dict:
        """Load the image.

        Args:
            results (dict): ``data_info`` with ``img_path``.

        Returns:
            dict: The results with ``img`` ((h, w, 3), BGR, upright),
            ``img_shape`` and ``ori_shape``, both ``(h, w)``.
        """
        image = read_stored(results['img_path'], self.backend_args)
        if self.to_float32:
            image = image.astype(np.float32)
        results['img'] = image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results


def read_stored(path: str | Path, backend_args: dict | None) -> np.ndarray:
    """Read an image from a storage of MMEngine.

    Args:
        path (str | Path): The image.
        backend_args (dict | None): Arguments of the file backend; None for
            the file system, or for the storage that the path names.

    Returns:
        np.ndarray: (h, w, 3) uint8, BGR, upright.

    Raises:
        BadMedia: The file is missing or empty, or no whole image.
        Exception: The storage fails otherwise, as with a lost connection,
            which is no fault of the image.
    """
    backend = fileio.get_file_backend(
        path, backend_args=backend_args, enable_singleton=True
    )
    is_local = isinstance(backend, fileio.LocalBackend)
    try:
        if is_local:
            with open_file(path) as file:
                content = file.read()
        else:
            content = backend.get(path)
    except OSError as error:
        if is_local or isinstance(error, FileNotFoundError):
            raise BadMedia(path, error.strerror or str(error)) from error
        raise
    # Some storages return None for what is missing.
    return decode_image(bytes(content or b''), path)


def is_plain_loader(step: object) -> bool:
    """True for MMCV's own loader, whose errors are of any type.

    Args:
        step (object): Step of a pipeline.

    Returns:
        bool: False for any other step, and for a subclass.
    """
    return type(step) is mmcv.transforms.LoadImageFromFile
